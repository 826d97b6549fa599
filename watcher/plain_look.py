"""The plain look: a directory that is as expected is watched, read and passed in few steps.

Nearly all are: on the first start those without links, later those in which nothing has changed.
What this does, `watcher.look` and `watcher.differences` do as well, for each case that there is, in
three times as many steps, and a start is as long as its steps are many: see `bench/watch_start.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.differences import Mode
from watcher.kernel import BELOW
from watcher.known import join, read
from watcher.tree import ASLEEP

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from watcher.hold import Holder
    from watcher.known import Contents
    from watcher.scene import Scene
    from watcher.tree import Node

_BASELINE, _COMPARE = Mode.BASELINE, Mode.COMPARE


class PlainLook:
    """Looks at directories of which there is nothing to tell. One thread owns it.

    `waiting` are the directories that wait for a look; `take_in` is that of
    `watcher.differences`. `contents` are what was read of the last directory, where it
    was read after it was watched and needs a closer look.
    """

    def __init__(
        self,
        scene: Scene,
        holder: Holder,
        waiting: deque[tuple[Node, Mode]],
        take_in: Callable[[Node, list[bytes]], bool],
    ) -> None:
        self._scene = scene
        self._holder = holder
        self._waiting = waiting
        self._watched = scene.tree.watched
        self._dangling = scene.tree.dangling
        self._news = scene.ledger.entries
        self._take_in = take_in
        self.contents: Contents | None = None

    def look(self, node: Node, path: bytes, mode: Mode) -> bool:
        """Look at a directory; False where it needs a closer look, and nothing has been told."""
        self.contents = None
        if not self._is_plain(node) or not self._watch(node, path):
            return False
        try:
            contents = files, directories, others = read(path)
        except OSError:
            return False
        files.sort()
        names = join(files)
        if (
            others
            or (names != node.names and (mode is not _BASELINE or node.names is not None))
            or not self._go_below(node, path, directories, mode)
        ):
            self.contents = contents
            return False
        node.names = names
        return True

    def _is_plain(self, node: Node) -> bool:
        branch = node.branch
        return (
            branch is not None
            and branch.verdict.tells_all
            and branch.top is not node
            and node not in self._news
            and not node.links
            and node not in self._dangling
        )

    def _watch(self, node: Node, path: bytes) -> bool:
        holder, notifier, branch = self._holder, self._scene.notifier, node.branch
        if notifier is None or branch is None or holder.full or holder.shut:
            return False
        wd = notifier.add_below(path, BELOW)
        if wd == node.wd:
            return wd >= 0
        if wd < 0 or node.wd != ASLEEP or wd in self._watched:
            return False  # refused, or it is another directory than it was
        node.wd = wd
        self._watched[wd] = node
        branch.watches += 1
        return True

    def _go_below(self, node: Node, path: bytes, names: list[bytes], mode: Mode) -> bool:
        """Have the directories in one looked at; False where there are others than were known."""
        children = node.children
        if children is None:
            return not names or (mode is _BASELINE and self._take_in(node, names))
        if mode is not _COMPARE:
            return False
        known = [child for name in names if (child := children.get(name)) is not None]
        if len(known) != len(children):
            return False
        if len(known) != len(names) and not self._are_noise(path, {*names} - children.keys()):
            return False
        self._waiting.extend([(child, mode) for child in known if child.wd == ASLEEP])
        return True

    def _are_noise(self, path: bytes, names: set[bytes]) -> bool:
        ignores = self._scene.teller.ignores
        return all(ignores(path + b"/" + name, is_dir=True) for name in names)
