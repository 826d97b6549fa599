"""Spelling paths of many directories in a row: brothers come together, and have one parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watcher.tree import Node, Tree


class Spelling:
    """Spells paths of a tree. `forget` before each row: what was heard since may have moved all."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._parent: Node | None = None
        self._parent_path = b""

    def forget(self) -> None:
        """Spell the next path from its root on."""
        self._parent = None

    def path(self, node: Node) -> bytes | None:
        """Spell a directory's path; see `Tree.path`."""
        parent = node.parent
        if parent is None or parent is not self._parent or self._tree.respelled:
            path = self._tree.path(node)
            self._parent = None if path is None else parent
            self._parent_path = b"" if path is None else path[: -len(node.name) - 1]
            return path
        return self._parent_path + b"/" + node.name
