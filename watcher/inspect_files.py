"""Inspecting: the files of a directory are looked at one by one, and compared by fingerprint.

This finds what names cannot show: a file that was written to in place. It costs one system call a
file, so it comes when all directories are watched and nothing else is waiting.
"""

from __future__ import annotations

import math
import os
import stat
from collections import deque
from typing import TYPE_CHECKING

from watcher.events import What
from watcher.known import (
    UNKNOWN,
    fingerprint,
    fingerprints,
    is_link,
    links_of,
    look_at,
    look_at_all,
    pack,
    prints_of,
    split,
    unpack,
)
from watcher.tree import is_kept_up

if TYPE_CHECKING:
    from watcher.scene import Scene
    from watcher.tree import Node

_CLOCK_STEP_S = 0.02
"""Times of files come from a clock that the kernel moves on each tick only, a hundred a second."""

_IN_A_ROW = 16
"""So many directories at most are inspected between two looks at the clock."""


class Inspector:
    """Directories whose files are to be inspected. One thread owns it.

    `waiting` are those that wait until nothing more urgent does; whoever finds one appends it.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.waiting: deque[Node] = deque()
        self._stalled: dict[Node, None] = {}

    def __len__(self) -> int:
        return len(self.waiting)

    def try_again(self) -> None:
        """Queue what did not answer."""
        stalled, self._stalled = self._stalled, {}
        self.waiting.extend(stalled)

    @property
    def is_stalled(self) -> bool:
        """Whether something could not be inspected, since it did not answer."""
        return bool(self._stalled)

    def step(self, until_s: float) -> None:
        """Inspect waiting directories until a monotonic time."""
        waiting, clock, tree = self.waiting, self._scene.clock, self._scene.tree
        while waiting:
            node = waiting.popleft()
            path = tree.path(node)
            if path is not None:
                self._inspect(node, path)
                self._inspect_beside(node, path[: len(path) - len(node.name)])
            if clock() >= until_s:
                return

    def inspect(self, node: Node) -> None:
        """Inspect one directory's files now."""
        path = self._scene.tree.path(node)
        if path is not None:
            self._inspect(node, path)

    def _inspect_beside(self, first: Node, within: bytes) -> None:
        """Inspect those that wait right behind one and lie beside it, as nearly all do.

        In few steps, where nothing is in doubt: it is what `_inspect` does there.
        """
        scene, waiting, parent, branch = self._scene, self.waiting, first.parent, first.branch
        if branch is None or branch.verdict.may_hang or scene.tree.respelled or scene.uncertain():
            return
        stable, leads_on = branch.verdict.stable_inodes, scene.leads_on
        for _ in range(min(_IN_A_ROW, len(waiting))):
            node = waiting[0]
            if node.parent is not parent or node.branch is not branch:
                return
            waiting.popleft()
            names = node.names
            if names:
                path = within + node.name
                prints = prints_of(
                    path, names, node.prints, stable_inodes=stable, leads_on=leads_on
                )
                if prints != node.prints:
                    self._tell_changes(node, path, split(names), prints)

    def _inspect(self, node: Node, path: bytes) -> None:
        branch, names = node.branch, node.names
        if branch is None or names is None:
            return
        if branch.verdict.may_hang and self._scene.is_silent(branch, path):
            self._stalled[node] = None
            return
        stable, leads_on = branch.verdict.stable_inodes, self._scene.leads_on
        if self._scene.uncertain() is not None:
            prints = self._look_for_newborn(node, path, split(names), stable_inodes=stable)
        elif names:
            prints = prints_of(path, names, node.prints, stable_inodes=stable, leads_on=leads_on)
        else:
            prints = b""
        if prints != node.prints:
            self._tell_changes(node, path, split(names), prints)

    def _tell_changes(self, node: Node, path: bytes, names: list[bytes], prints: bytes) -> None:
        changed = [
            (name, old, new)
            for name, old, new in zip(
                names, unpack(node.prints, len(names)), unpack(prints, len(names)), strict=True
            )
            if old not in {new, UNKNOWN}
        ]
        if changed:
            self._scene.touch(node)
        node.prints = prints
        links = links_of(node.names, prints)
        if links or node.links:
            now = node.known_links().difference(names) | links
            if now != node.links or any(is_link(new) for _, _, new in changed):
                self._scene.tree.set_links(node, now)
        for name, old, new in changed:
            self._tell_change(path + b"/" + name, was_link=is_link(old), is_link=is_link(new))

    def _tell_change(self, path: bytes, *, was_link: bool, is_link: bool) -> None:
        tell = self._scene.teller.tell
        if was_link != is_link:
            tell(What.DELETED, path, is_dir=was_link)
        if is_link:
            tell(What.WRITTEN, path, is_dir=True)
        else:
            tell(What.CREATED if was_link else What.WRITTEN, path)

    def _look_for_newborn(
        self, node: Node, path: bytes, names: list[bytes], *, stable_inodes: bool
    ) -> bytes:
        """Inspect while what changed after the first start of all shows by its times only."""
        before = unpack(node.prints, len(names))
        looks = look_at_all(path, names, self._scene.leads_on)
        window = self._scene.uncertain()
        if window is not None and (UNKNOWN in before or not names):
            unknown = [
                (name, found)
                for name, old, found in zip(names, before, looks, strict=True)
                if found is not None and (old == UNKNOWN or is_link(old))
            ]
            self._tell_newborn(node, path, unknown, window)
        return pack(fingerprints(path, names, looks, before, stable_inodes=stable_inodes))

    def learn(
        self, node: Node, path: bytes, names: list[bytes], prints: bytes, came: list[bytes]
    ) -> tuple[list[bytes], bytes]:
        """Fill in the fingerprints that are not known, without telling anything.

        Returns the names without those that came and are gone already (new when they come again),
        and the fingerprints of the others.
        """
        fleeting = set(came)
        stable = node.branch is not None and node.branch.verdict.stable_inodes
        known = dict(zip(names, unpack(prints, len(names)), strict=True))
        missing = [name for name, one in known.items() if one == UNKNOWN]
        looks = look_at_all(path, missing, self._scene.leads_on)
        for name, found in zip(missing, looks, strict=True):
            if found is None and name in fleeting:
                del known[name]
            elif found is not None:
                known[name] = fingerprint(path + b"/" + name, found, stable_inodes=stable)
        return list(known), pack(known.values())

    def _tell_newborn(
        self,
        node: Node,
        path: bytes,
        unknown: list[tuple[bytes, os.stat_result]],
        window: tuple[float, float],
    ) -> None:
        """Tell what changed on the first day, after the start and before its watch stood.

        Without a memory there is nothing to compare with, but times of status changes tell: they
        cannot be set at will. A directory whose own time moved, and that holds nothing new to
        show for it, has lost something; where names are remembered, they show that.
        """
        if is_kept_up(node):
            window = (window[0], math.inf)  # nobody has told of anything until now
        own = None if self._scene.has_memory else look_at(path or b"/")
        names_moved = own is not None and _is_within(own.st_mtime, window)
        what = What.CREATED if names_moved else What.WRITTEN
        newborn = [
            (full, stat.S_ISDIR(found.st_mode))
            for full, found in ((path + b"/" + name, found) for name, found in unknown)
            if _is_newborn(full, found, window)
        ]
        if newborn or names_moved:
            self._scene.touch(node)
        for full, leads_away in newborn:
            self._scene.teller.tell(What.WRITTEN if leads_away else what, full, is_dir=leads_away)
        if names_moved and not newborn:
            self._tell_loss(node, path)

    def _tell_loss(self, node: Node, path: bytes) -> None:
        if node.branch is not None and node.branch.top is not node:
            self._scene.teller.tell(What.WRITTEN, path, is_dir=True)


def _is_newborn(path: bytes, found: os.stat_result, window: tuple[float, float]) -> bool:
    if stat.S_ISDIR(found.st_mode):  # what a link leads to has times of its own
        return _changed_within(path, window)
    return _is_within(found.st_ctime, window)


def _changed_within(path: bytes, window: tuple[float, float]) -> bool:
    try:
        return _is_within(os.lstat(path).st_ctime, window)
    except OSError:
        return False


def _is_within(at_s: float, window: tuple[float, float]) -> bool:
    return window[0] - _CLOCK_STEP_S <= at_s <= window[1]
