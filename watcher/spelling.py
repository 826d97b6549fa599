"""Spelling paths of many directories in a row: brothers come together, and have one parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watcher.tree import Node, Tree


class Spelling:
    """Spells paths of a tree. `forget` before each row: what was heard since may have moved all."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._respelled = tree.respelled
        self._parent: Node | None = None
        self._within = b""

    def forget(self) -> None:
        """Spell the next path from its root on."""
        self._parent = None

    def path(self, node: Node) -> bytes | None:
        """Spell a directory's path; see `Tree.path`."""
        parent = node.parent
        if parent is self._parent and parent is not None and not self._respelled:
            return self._within + node.name
        path = self._tree.path(node)
        if path is not None and not self._respelled:
            self._parent = parent
            self._within = path[: len(path) - len(node.name)]
        return path
