"""Telling of what links lead to: real paths become the paths through each link that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.events import What
from watcher.following import around
from watcher.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Mapping


class LinkTeller(Teller):
    """Tells of each path by all the names that it has. Owned by the thread that owns the tree.

    `shown` maps the real path of each directory that is followed to the paths of the links to it.
    It is replaced as a whole, so that any thread may call `names`.
    """

    shown: Mapping[bytes, tuple[bytes, ...]] = {}

    def names(self, path: bytes) -> tuple[bytes, ...]:
        """Name the paths through links by which a real path is told, in a fixed order."""
        top, links = self._shown_by(path)
        return tuple(link + path[len(top) :] for link in links)

    def _shown_by(self, path: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        shown = self.shown
        if path in shown:
            return path, shown[path]
        top = next((each for each in around(path) if each in shown), b"")
        return top, shown.get(top, ())

    def ignores(self, path: bytes, *, is_dir: bool) -> bool:
        """Whether a real path is noise by each of its names."""
        return all(super(LinkTeller, self).ignores(n, is_dir=is_dir) for n in self.names(path))

    def ignores_link(self, path: bytes) -> bool:
        """Whether the path of a link is noise."""
        return super().ignores(path, is_dir=True)

    def tell_link(self, path: bytes) -> None:
        """Tell of what a link shows as a whole, by the link's own path."""
        super().tell(What.WRITTEN, path, is_dir=True)

    def tell(self, what: What, path: bytes, *, is_dir: bool = False) -> None:
        """Tell of one path by all its names, as far as these are no noise."""
        for name in self.names(path):
            super().tell(what, name, is_dir=is_dir)

    def tell_move(
        self, source: bytes, dest: bytes, *, is_dir: bool, appeared: What = What.CREATED
    ) -> None:
        """Tell of a move, by each name within the same link; between links by the first ones."""
        before, after = self.names(source), self.names(dest)
        moves = list(zip(before, after, strict=False))
        if self._shown_by(source) != self._shown_by(dest):
            moves = moves[:1]
        for old, new in moves:
            super().tell_move(old, new, is_dir=is_dir, appeared=appeared)
        for old in before[len(moves) :]:
            super().tell(What.DELETED, old, is_dir=is_dir)
        for new in after[len(moves) :]:
            super().tell(What.WRITTEN if is_dir else appeared, new, is_dir=is_dir)
