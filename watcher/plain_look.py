"""The plain look: a directory that is as expected is watched, read and passed in few steps.

Nearly all are: on the first start those without links, later those of them in which no name has
changed. What this does, `watcher.look` and `watcher.differences` do as well, for each case that
there is, in twice the time: see `bench/watch_start.py`.
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

    AddWatch = Callable[[bytes, int], int]
    """Watch a path with a mask: the descriptor, or -1."""

_BASELINE, _ANNOUNCE = Mode.BASELINE, Mode.ANNOUNCE


class PlainLook:
    """Looks at directories of which there is nothing to tell. One thread owns it.

    `waiting` and `to_inspect` are those of `watcher.look` and `watcher.inspect_files`, `take_in` is
    that of `watcher.differences`. `looked` counts the directories that needed no more.
    """

    def __init__(
        self,
        scene: Scene,
        holder: Holder,
        waiting: Waiting,
        to_inspect: deque[Node],
        take_in: Callable[[Node, bytes, list[bytes]], bool],
    ) -> None:
        self._scene = scene
        self._holder = holder
        self._waiting = waiting
        self._to_inspect = to_inspect
        self._watched = scene.tree.watched
        self._dangling = scene.tree.dangling
        self._news = scene.ledger.entries
        self._take_in = take_in
        self._contents: Contents | None = None
        self.looked = 0

    def look(self, nodes: list[Node], mode: Mode, most: int) -> Node | None:
        """Look at directories, up to `most` from the end of a list, which are taken out of it.

        Ends at one that needs a closer look, of which nothing has been told, and returns it, and
        before one that does not lie beside those before it.
        """
        self._contents = None
        node = nodes[-1]
        branch, within, notifier = node.branch, self._within(node), self._scene.notifier
        if branch is None or within is None or notifier is None or mode is _ANNOUNCE:
            return nodes.pop()
        waited, watched = len(nodes), len(self._watched)
        closer = self._look_along(nodes, mode, most, within, notifier.add_plainly)
        branch.watches += len(self._watched) - watched
        self.looked += waited - len(nodes) - (closer is not None)
        return closer

    def _look_along(
        self, nodes: list[Node], mode: Mode, most: int, within: bytes, add_watch: AddWatch
    ) -> Node | None:
        parent, branch, inspect = nodes[-1].parent, nodes[-1].branch, self._to_inspect.append
        has_special = self._news or self._dangling or self._holder.shut
        # Neither one that was refused a watch, nor one that is about to be.
        least = 0 if self._holder.full else ASLEEP
        for _ in range(min(most, len(nodes))):
            node = nodes.pop()
            if node.parent is not parent or node.branch is not branch:
                nodes.append(node)
                break
            path = within + node.name
            if (
                node.wd < least
                or node.links
                or (has_special and self._is_special(node, path))
                or not self._look(node, path, mode, add_watch)
            ):
                return node
            if node.names or mode is _BASELINE:
                inspect(node)
        return None

    def _is_special(self, node: Node, path: bytes) -> bool:
        return node in self._news or node in self._dangling or path in self._holder.shut

    def take_contents(self) -> Contents | None:
        """Hand over what was read, once it was watched, of what needs a closer look."""
        contents, self._contents = self._contents, None
        return contents

    def _within(self, node: Node) -> bytes | None:
        """Spell what a directory lies in, and all beside it; None where a look cannot be plain."""
        branch, tree = node.branch, self._scene.tree
        if branch is None or not branch.verdict.is_plain or branch.top is node or tree.respelled:
            return None
        path = tree.path(node)
        return None if path is None else path[: len(path) - len(node.name)]

    def _look(self, node: Node, path: bytes, mode: Mode, add_watch: AddWatch) -> bool:
        wd = add_watch(path, BELOW)
        if wd < 0:
            return False
        if wd != node.wd:
            if node.wd != ASLEEP or wd in self._watched:
                return False  # it is another directory than it was
            node.wd = wd
            self._watched[wd] = node
        try:
            contents = files, directories, others = read(path)
        except OSError:
            return False
        files.sort()
        names, known = join(files), node.names
        if (
            others
            or (names != known and (known is not None or mode is not _BASELINE))
            or ((directories or node.children) and not self._go_below(node, path, contents, mode))
        ):
            self._contents = contents
            return False
        node.names = names
        return True

    def _go_below(self, node: Node, path: bytes, contents: Contents, mode: Mode) -> bool:
        """Have the directories in one looked at; False where there are others than were known."""
        names = contents[1]
        if mode is _BASELINE:
            return node.children is None and self._take_in(node, path, names)
        children, listed = node.children or {}, {*names}
        if not children.keys() <= listed:
            return False
        if len(listed) > len(children):
            others = [name for name in listed if name not in children]
            if self._scene.teller.wanted(path, others):
                return False
        asleep = [child for child in children.values() if child.wd == ASLEEP]
        if asleep:
            self._waiting.append((asleep[::-1], mode))
        return True
