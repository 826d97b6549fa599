"""Looking: a directory is watched, then read, then compared with what was known of it.

The watch comes first, so that what is made after it is told by the kernel and what was there
before it is found by reading; what falls between is seen twice, which does no harm. Directories
found are looked at in turn, nearest to the top first. Comparing what is in the files themselves
comes after all the reading: see `watcher.inspect_files`.
"""

from __future__ import annotations

import errno
from collections import deque
from typing import TYPE_CHECKING

from watcher.differences import Differences, Mode
from watcher.known import Listing, read, sort_out
from watcher.plain_look import PlainLook
from watcher.scene import MISSING

if TYPE_CHECKING:
    from watcher.differences import Tops, Waiting
    from watcher.hold import Holder
    from watcher.inspect_files import Inspector
    from watcher.known import Contents
    from watcher.scene import Scene
    from watcher.tree import Branch, Node

_BASELINE, _COMPARE, _ANNOUNCE = Mode.BASELINE, Mode.COMPARE, Mode.ANNOUNCE
"""By these names within: a member of an enumeration takes five times as long to look up."""

_IN_A_ROW = 16
"""So many directories at most are looked at between two looks at the clock."""


class Looker:
    """Directories waiting to be looked at, and the looking. One thread owns it."""

    def __init__(self, scene: Scene, holder: Holder, inspector: Inspector) -> None:
        self._scene = scene
        self._holder = holder
        self._inspector = inspector
        self._waiting: Waiting = deque()
        self._tops_waiting: dict[Node, Mode] = {}
        self._stalled: dict[Node, Mode] = {}
        self._looked = 0
        self._differences = Differences(scene, inspector, self._waiting)
        self._plain = PlainLook(
            scene, holder, self._waiting, inspector.waiting, self._differences.take_in
        )

    @property
    def tops(self) -> Tops:
        """Who answers for the tops of branches; to be given before the first look."""
        return self._differences.tops

    @tops.setter
    def tops(self, tops: Tops) -> None:
        self._differences.tops = tops

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def queue(self, node: Node, mode: Mode) -> None:
        """Have a directory looked at when its turn comes.

        A top that waits already waits once: while nothing below it is watched, each look at it
        would be followed by one at everything below.
        """
        if node.branch is not None and node.branch.top is node:
            if self._tops_waiting.get(node, -1) >= mode:
                return
            self._tops_waiting[node] = mode
        self._waiting.append(([node], mode))

    def stall(self, node: Node, mode: Mode) -> None:
        """Have a directory looked at when it is tried again what did not answer."""
        self._scene.stalled = True
        self._stalled[node] = max(mode, self._stalled.get(node, mode))

    def try_again(self) -> None:
        """Queue what did not answer."""
        stalled, self._stalled = self._stalled, {}
        for node, mode in stalled.items():
            self.queue(node, mode)
        self._inspector.try_again()

    @property
    def looked(self) -> int:
        """How many directories were looked at."""
        return self._looked + self._plain.looked

    @property
    def is_stalled(self) -> bool:
        """Whether something could not be looked at, since it did not answer."""
        return bool(self._stalled) or self._inspector.is_stalled

    def step(self, until_s: float) -> None:
        """Look at waiting directories until a monotonic time."""
        waiting, clock = self._waiting, self._scene.clock
        while waiting:
            nodes, mode = waiting[0]
            if self._tops_waiting and len(nodes) == 1:
                self._tops_waiting.pop(nodes[0], None)  # asked for from now on, it waits again
            node = self._plain.look(nodes, mode, _IN_A_ROW)
            if node is not None and self._look_closely(node, mode, self._plain.take_contents()):
                self._inspector.waiting.append(node)
            if not nodes:
                waiting.popleft()  # only now: what is being looked at is not done
            while self._holder.stolen:
                self.queue(self._holder.stolen.pop(), _COMPARE)
            if clock() >= until_s:
                return

    def look_now(self, node: Node, mode: Mode) -> None:
        """Look at one directory and inspect its files at once."""
        if self._look_closely(node, mode, None):
            self._inspector.inspect(node)

    def appeared(
        self, parent: Node, path: bytes, name: bytes, mode: Mode, *, tell: bool = True
    ) -> None:
        """Take in a directory that was not known, and have it looked at."""
        self._differences.appeared(parent, path, name, mode, tell=tell)

    def _look_closely(self, node: Node, mode: Mode, contents: Contents | None) -> bool:
        """Look at one directory; whether its files should be inspected as well."""
        branch, path = node.branch, self._scene.tree.path(node)
        if branch is None or path is None or not self._may_enter(branch, node, path, mode):
            return False
        is_top = branch.top is node
        self._looked += 1
        found = self._read(node, path, contents)
        if isinstance(found, int):
            self._failed(node, path, found)
            return False
        if node.names is None and mode is not _BASELINE:
            mode = _BASELINE if is_top and self.tops.begin_anew(branch) else _ANNOUNCE
        if is_top:
            self.tops.judge(branch, found)
        if found.silent:
            self.stall(node, _COMPARE)
        self._differences.compare(node, path, found, mode)
        if is_top:
            branch.gone.clear()
        return mode is not _ANNOUNCE and (node.names != b"" or mode is _BASELINE)

    def _may_enter(self, branch: Branch, node: Node, path: bytes, mode: Mode) -> bool:
        if branch.verdict.may_hang and self._scene.is_silent(branch, path):
            self.stall(node, mode)
            return False
        return branch.top is not node or self.tops.enter(branch, path)

    def _read(self, node: Node, path: bytes, contents: Contents | None) -> Listing | int:
        """Watch a directory, then read it; the error number where that is not possible.

        `contents` are what was read of it already, after it was watched.
        """
        wd = node.wd
        code = self._holder.hold(node, path)
        if code:
            return code
        if node.wd != wd:
            contents = None  # they may be those of another directory, which was here before
        try:
            found = sort_out(contents or read(path or b"/"), self._scene.leads_on)
        except OSError as error:
            return error.errno or errno.EIO
        if self._holder.shut:
            self._holder.opened(path)
        return found

    def _failed(self, node: Node, path: bytes, code: int) -> None:
        if code not in MISSING:
            self._holder.failed(node, path, code)
        elif node.branch is not None and node.branch.top is node:
            self._scene.recheck = True
        elif node.parent is not None:
            self._differences.vanished(node, path)
