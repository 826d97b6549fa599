"""Passing on which links to directories a tree holds, to those who watch what they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.folders import WatchedFolder
    from watcher.moves import Moves
    from watcher.scene import Scene
    from watcher.tree import Node


@dataclass(frozen=True, slots=True)
class FoundLinks:
    """The links of one tree, by their paths: those to directories, and those that lead nowhere.

    Of the first, the folder whose settings count there; of the others, what is to be called, by
    any thread, when one leads somewhere.
    """

    to_directories: dict[bytes, WatchedFolder]
    to_nowhere: dict[bytes, Callable[[], None]]


_BY_S: Final = 1.0
"""So long at most it is waited, before links are passed on, for moves that may take them along."""


class LinkNews:
    """Passes on the links of one tree whenever they may have changed.

    Owned by the thread that owns the tree; `on_links` is called in it. `leads_now` is called by
    any thread with a directory and the name of a link in it that led nowhere.
    """

    def __init__(
        self,
        scene: Scene,
        moves: Moves,
        on_links: Callable[[FoundLinks], None],
        leads_now: Callable[[Node, bytes], None],
    ) -> None:
        self._scene = scene
        self._leads_now = leads_now
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
            self._on_links(FoundLinks(self._to_directories(), self._to_nowhere()))

    def _to_directories(self) -> dict[bytes, WatchedFolder]:
        found = {}
        for node in self._scene.tree.linked:
            if node.branch is not None:
                for place in self._places(node):
                    for name in node.links or ():
                        found[place + b"/" + name] = node.branch.owner
        return found

    def _to_nowhere(self) -> dict[bytes, Callable[[], None]]:
        return {
            place + b"/" + name: partial(self._leads_now, node, name)
            for node, names in self._scene.tree.dangling.items()
            for place in self._places(node)
            for name in names
        }

    def _places(self, node: Node) -> tuple[bytes, ...]:
        """Name the paths by which a directory is told."""
        path = self._scene.tree.path(node)
        return () if path is None else self._scene.teller.names(path)
