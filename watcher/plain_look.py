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

    from watcher.differences import Waiting
    from watcher.hold import Holder
    from watcher.known import Contents
    from watcher.scene import Scene
    from watcher.tree import Node

_BASELINE, _COMPARE, _ANNOUNCE = Mode.BASELINE, Mode.COMPARE, Mode.ANNOUNCE


class PlainLook:
    """Looks at directories of which there is nothing to tell. One thread owns it.

    `waiting` and `to_inspect` are those of `watcher.look` and `watcher.inspect_files`, `take_in` is
    that of `watcher.differences`. `looked` counts the directories that needed no more. `contents`
    are what was read of the last one, where it was read after it was watched and needs a closer
    look.
    """

    def __init__(
        self,
        scene: Scene,
        holder: Holder,
        waiting: Waiting,
        to_inspect: deque[Node],
        take_in: Callable[[Node, list[bytes]], bool],
    ) -> None:
        self._scene = scene
        self._shut = holder.shut
        self._waiting = waiting
        self._to_inspect = to_inspect
        self._watched = scene.tree.watched
        self._dangling = scene.tree.dangling
        self._news = scene.ledger.entries
        self._take_in = take_in
        self.contents: Contents | None = None
        self.looked = 0

    def look(self, nodes: list[Node], mode: Mode, most: int) -> Node | None:
        """Look at directories, up to `most` from the end of a list, which are taken out of it.

        Ends at one that needs a closer look, of which nothing has been told, and returns it.
        """
        self.contents = None
        notifier, news, dangling = self._scene.notifier, self._news, self._dangling
        if notifier is None or self._shut or mode is _ANNOUNCE:
            return nodes.pop()
        look, inspect, add_watch = self._look, self._to_inspect.append, notifier.add_below
        parent = branch = within = None
        for _ in range(min(most, len(nodes))):
            node = nodes.pop()
            if node.parent is not parent or node.branch is not branch:
                parent, branch, within = node.parent, node.branch, self._within(node)
            if (
                within is None
                or node.links
                or ((news or dangling) and (node in news or node in dangling))
                or not look(node, within + node.name, mode, add_watch)
            ):
                return node
            if node.names or mode is _BASELINE:
                inspect(node)
        return None

    def _within(self, node: Node) -> bytes | None:
        """Spell what a directory lies in, and all beside it; None where a look cannot be plain."""
        branch, tree = node.branch, self._scene.tree
        if branch is None or not branch.verdict.tells_all or branch.top is node or tree.respelled:
            return None
        path = tree.path(node)
        return None if path is None else path[: len(path) - len(node.name)]

    def _look(
        self, node: Node, path: bytes, mode: Mode, add_watch: Callable[[bytes, int], int]
    ) -> bool:
        wd = add_watch(path, BELOW)
        if wd != node.wd or wd < 0:
            if wd < 0 or node.wd != ASLEEP or wd in self._watched:
                return False  # refused, or it is another directory than it was
            node.wd = wd
            self._watched[wd] = node
            if node.branch is not None:
                node.branch.watches += 1
        try:
            contents = files, directories, others = read(path)
        except OSError:
            return False
        files.sort()
        names = join(files)
        if (
            others
            or (names != node.names and (mode is not _BASELINE or node.names is not None))
            or ((directories or node.children) and not self._go_below(node, path, contents, mode))
        ):
            self.contents = contents
            return False
        node.names = names
        self.looked += 1
        return True

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
        asleep = [child for child in known if child.wd == ASLEEP]
        if asleep:
            self._waiting.append((asleep, mode))
        return True

    def _are_noise(self, path: bytes, names: set[bytes]) -> bool:
        ignores = self._scene.teller.ignores
        return all(ignores(path + b"/" + name, is_dir=True) for name in names)
