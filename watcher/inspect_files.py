"""Inspecting: the files of a directory are looked at one by one, and compared by fingerprint.

This finds what names cannot show: a file that was written to in place. It costs one system call a
file, so it comes when all directories are watched and nothing else is waiting.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from watcher.events import What
from watcher.known import (
    UNKNOWN,
    fingerprint,
    fingerprints,
    look_at,
    look_at_all,
    pack,
    prints_of,
    split,
    unpack,
)
from watcher.spelling import Spelling
from watcher.tree import is_kept_up

if TYPE_CHECKING:
    import os

    from watcher.scene import Scene
    from watcher.tree import Node

_CLOCK_STEP_S = 0.02
"""Times of files come from a clock that the kernel moves on each tick only, a hundred a second."""


class Inspector:
    """Directories whose files wait to be inspected. One thread owns it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._waiting: deque[Node] = deque()
        self._spelling = Spelling(scene.tree)

    def __len__(self) -> int:
        return len(self._waiting)

    def queue(self, node: Node) -> None:
        """Have the files of a directory inspected when nothing more urgent waits."""
        self._waiting.append(node)

    def step(self, until_s: float) -> None:
        """Inspect waiting directories until a monotonic time."""
        waiting, clock = self._waiting, self._scene.clock
        self._spelling.forget()
        while waiting:
            for _ in range(min(16, len(waiting))):
                self._inspect(waiting.popleft())
            if clock() >= until_s:
                return

    def inspect(self, node: Node) -> None:
        """Inspect one directory's files now."""
        self._spelling.forget()
        self._inspect(node)

    def _inspect(self, node: Node) -> None:
        path, branch = self._spelling.path(node), node.branch
        if branch is None or path is None or node.names is None:
            return
        names, stable = split(node.names), branch.verdict.stable_inodes
        if self._scene.starting() is None:
            prints = prints_of(path, names, node.prints, stable_inodes=stable)
        else:
            prints = self._look_for_newborn(node, path, names, stable_inodes=stable)
        if prints != node.prints:
            self._tell_changes(node, path, names, prints)

    def _tell_changes(self, node: Node, path: bytes, names: list[bytes], prints: bytes) -> None:
        changed = [
            name
            for name, old, new in zip(
                names, unpack(node.prints, len(names)), unpack(prints, len(names)), strict=True
            )
            if old not in {new, UNKNOWN}
        ]
        if changed:
            self._scene.touch(node)
        node.prints = prints
        for name in changed:
            self._scene.teller.tell(What.WRITTEN, path + b"/" + name)

    def _look_for_newborn(
        self, node: Node, path: bytes, names: list[bytes], *, stable_inodes: bool
    ) -> bytes:
        """Inspect on the first day, when what came after the start shows by its times only."""
        before = unpack(node.prints, len(names))
        looks = look_at_all(path, names)
        window = self._scene.starting()
        if window is not None and (UNKNOWN in before or not names):
            unknown = [
                (name, found)
                for name, old, found in zip(names, before, looks, strict=True)
                if old == UNKNOWN and found is not None
            ]
            self._tell_newborn(node, path, unknown, window)
        return pack(fingerprints(looks, before, stable_inodes=stable_inodes))

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
        for name, found in zip(missing, look_at_all(path, missing), strict=True):
            if found is None and name in fleeting:
                del known[name]
            elif found is not None:
                known[name] = fingerprint(found, stable_inodes=stable)
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
        show for it, has lost something.
        """
        if is_kept_up(node):
            window = (window[0], math.inf)  # nobody has told of anything until now
        own = look_at(path or b"/")
        names_moved = own is not None and _is_within(own.st_mtime, window)
        what = What.CREATED if names_moved else What.WRITTEN
        newborn = [name for name, found in unknown if _is_within(found.st_ctime, window)]
        if newborn or names_moved:
            self._scene.touch(node)
        for name in newborn:
            self._scene.teller.tell(what, path + b"/" + name)
        if names_moved and not newborn and not self._has_new_child(node, path, window):
            self._tell_loss(node, path)

    @staticmethod
    def _has_new_child(node: Node, path: bytes, window: tuple[float, float]) -> bool:
        return any(_changed_within(path + b"/" + name, window) for name in node.children or ())

    def _tell_loss(self, node: Node, path: bytes) -> None:
        if node.branch is not None and node.branch.top is not node:
            self._scene.teller.tell(What.WRITTEN, path, is_dir=True)


def _changed_within(path: bytes, window: tuple[float, float]) -> bool:
    found = look_at(path)
    return found is not None and _is_within(found.st_ctime, window)


def _is_within(at_s: float, window: tuple[float, float]) -> bool:
    return window[0] - _CLOCK_STEP_S <= at_s <= window[1]
