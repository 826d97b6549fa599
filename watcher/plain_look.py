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
    from watcher.spelling import Spelling
    from watcher.tree import Node

_BASELINE, _COMPARE = Mode.BASELINE, Mode.COMPARE


class PlainLook:
    """Looks at directories of which there is nothing to tell. One thread owns it.

    `waiting` are the directories that wait for a look; `take_in` is that of `watcher.differences`.
    `looked` counts those that needed no more. `contents` are what was read of the last directory,
    where it was read after it was watched and needs a closer look.
    """

    def __init__(
        self,
        scene: Scene,
        holder: Holder,
        spelling: Spelling,
        waiting: deque[tuple[Node, Mode]],
        take_in: Callable[[Node, list[bytes]], bool],
    ) -> None:
        self._scene = scene
        self._shut = holder.shut
        self._path = spelling.path
        self._waiting = waiting
        self._watched = scene.tree.watched
        self._dangling = scene.tree.dangling
        self._news = scene.ledger.entries
        self._take_in = take_in
        self.contents: Contents | None = None
        self.looked = 0

    def look(self, node: Node, mode: Mode) -> bool | None:
        """Look at a directory; whether its files should be inspected as well.

        None where it needs a closer look, and nothing has been told.
        """
        self.contents = None
        branch, notifier, path = node.branch, self._scene.notifier, self._path(node)
        if (
            branch is None
            or notifier is None
            or path is None
            or not branch.verdict.tells_all
            or branch.top is node
            or node in self._news
            or node in self._dangling
            or node.links
            or self._shut
        ):
            return None
        wd = notifier.add_below(path, BELOW)
        if wd != node.wd or wd < 0:
            if wd < 0 or node.wd != ASLEEP or wd in self._watched:
                return None  # refused, or it is another directory than it was
            node.wd = wd
            self._watched[wd] = node
            branch.watches += 1
        try:
            contents = files, directories, others = read(path)
        except OSError:
            return None
        files.sort()
        names = join(files)
        if (
            others
            or (names != node.names and (mode is not _BASELINE or node.names is not None))
            or ((directories or node.children) and not self._go_below(node, path, contents, mode))
        ):
            self.contents = contents
            return None
        node.names = names
        self.looked += 1
        return names != b"" or mode is _BASELINE

    def _go_below(self, node: Node, path: bytes, contents: Contents, mode: Mode) -> bool:
        """Have the directories in one looked at; False where there are others than were known."""
        children, (_, names, _) = node.children, contents
        if children is None:
            return mode is _BASELINE and self._take_in(node, names)
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
