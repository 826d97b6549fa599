"""Passing on which links to directories a tree holds, to those who watch what they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.folders import WatchedFolder
    from watcher.moves import Moves
    from watcher.scene import Scene

Links: TypeAlias = "tuple[tuple[bytes, WatchedFolder], ...]"
"""The path of each link, with the folder whose settings count there."""

_BY_S: Final = 1.0
"""So long at most it is waited, before links are passed on, for moves that may take them along."""


class LinkNews:
    """Passes on the links of one tree whenever they may have changed.

    Owned by the thread that owns the tree; `on_links` is called in it.
    """

    def __init__(self, scene: Scene, moves: Moves, on_links: Callable[[Links], None]) -> None:
        self._scene = scene
        self._moves = moves
        self._on_links = on_links
        self._by_s: float | None = None

    def step(self, now: float) -> None:
        """Pass links on, but not while a directory that holds some may be on its way elsewhere."""
        if not self._scene.tree.links_changed:
            return
        if self._by_s is None:
            self._by_s = now + _BY_S
        if not self._moves or now >= self._by_s:
            self.pass_on()

    def pass_on(self) -> None:
        """Pass links on now, if they may have changed."""
        self._by_s = None
        if self._scene.tree.links_changed:
            self._scene.tree.links_changed = False
            self._on_links(self._links())

    def _links(self) -> Links:
        """List the links to directories by their paths, each with the folder that holds it."""
        found = []
        for node in self._scene.tree.linked:
            path, branch = self._scene.tree.path(node), node.branch
            if path is not None and branch is not None:
                found += [
                    (place + b"/" + name, branch.owner)
                    for place in self._scene.teller.names(path)
                    for name in node.links or ()
                ]
        return tuple(found)
