"""Holding: a watch for each directory, and what to do where the kernel does not give one."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from watcher import kernel, limits
from watcher.scene import MISSING, identify
from watcher.tree import ASLEEP, POLLED, REFUSED, SHUT, TWIN

if TYPE_CHECKING:
    from watcher.scene import Scene
    from watcher.tree import Node

_FULL: Final = frozenset({errno.ENOSPC, errno.ENOMEM})
_NAMED: Final = 10
"""How many unreadable directories are named one by one."""


class Holder:
    """Adds watches. `stolen` are directories whose watch turned out to be another one's.

    `shut` are the paths of directories that cannot be read now; it stays the same set.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.full = False
        self.stolen: list[Node] = []
        self._told_full = False
        self.shut: set[bytes] = set()

    def hold(self, node: Node, path: bytes) -> int:
        """Watch a directory; 0 where it may be looked at, else the error that forbids it.

        A watch that is held already is moved, if it is not on the directory at this path.
        """
        scene, branch = self._scene, node.branch
        if branch is None or not branch.verdict.watches:
            return self._unwatched(node, POLLED)
        if scene.notifier is None or (self.full and node.wd < 0):
            return self._unwatched(node, REFUSED)
        mask = kernel.TOP if branch.top is node else kernel.BELOW
        wd = scene.notifier.add(path, mask)
        if wd >= 0:
            return 0 if wd == node.wd else self._held(node, path, wd)
        if -wd in _FULL:
            self.full = True
            return self._unwatched(node, REFUSED)
        return -wd

    def _unwatched(self, node: Node, why: int) -> int:
        scene = self._scene
        if node.wd >= 0 and scene.notifier is not None:
            scene.removed.add(node.wd)
            scene.notifier.remove(node.wd)
        if node.wd != why:
            scene.tree.set_watch(node, why)
        return 0

    def _held(self, node: Node, path: bytes, wd: int) -> int:
        scene = self._scene
        other = scene.tree.watched.get(wd)
        if other is not None:
            other_path = scene.tree.path(other)
            if other_path is not None and identify(other_path)[0] == identify(path)[0]:
                # The same directory by two names: one of them is enough.
                if node.wd != TWIN:
                    scene.tree.set_watch(node, TWIN)
                return errno.EEXIST
            # It moved and nobody said so: its old name has to be looked at anew.
            scene.tree.set_watch(other, ASLEEP)
            self.stolen.append(other)
        if node.wd >= 0:
            self._unwatched(node, ASLEEP)
        scene.tree.set_watch(node, wd)
        return 0

    def failed(self, node: Node, path: bytes, code: int) -> None:
        """Note that a directory cannot be read now; it is named once and tried again later."""
        if code == errno.EEXIST or code in MISSING:
            return
        if node.wd >= 0 and self._scene.notifier is not None:
            self._scene.removed.add(node.wd)
            self._scene.notifier.remove(node.wd)
        if node.wd != SHUT:
            self._scene.tree.set_watch(node, SHUT)
        if path in self.shut:
            return
        self.shut.add(path)
        text = os.fsdecode(path)
        if len(self.shut) <= _NAMED:
            self._scene.teller.report(
                "WARNING",
                f"{text}: cannot be read ({os.strerror(code)}); what happens in it is not seen. "
                f"It is tried again, every {self._scene.pace.retry_s:g}s at least",
            )
        elif len(self.shut) == _NAMED + 1:
            self._scene.teller.report(
                "WARNING", f"{text} and further directories cannot be read; `status` counts them"
            )

    def opened(self, path: bytes) -> None:
        """Note that a directory can be read (again)."""
        if path in self.shut:
            self.shut.discard(path)
            self._scene.teller.report("INFO", f"{os.fsdecode(path)}: can be read again")

    def report_limit(self) -> None:
        """Say once that watches ran out, and once that there are enough again.

        To be called when all directories are known, so that the number is right.
        """
        tree, report = self._scene.tree, self._scene.teller.report
        refused = [branch for branch in tree.branches if branch.refused]
        path = self._scene.ground.folder.path
        if refused and not self._told_full:
            self._told_full = True
            every_s = min(branch.interval_s for branch in refused)
            if self._scene.notifier is None:
                report("ERROR", limits.instances_refused(path, every_s, limits.read()))
            else:
                needed = sum(branch.directories for branch in tree.branches)
                report("ERROR", limits.watches_refused(path, needed, every_s, limits.read()))
        elif self._told_full and not refused:
            self._told_full = False
            report("INFO", f"{path}: the kernel grants enough watches again, all is watched")
