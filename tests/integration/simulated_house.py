"""Three small libraries on a temporary disk and the simulated server that has them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plexapi.server import PlexServer

from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from watcher.simulated_plex.catalogue import Item
    from watcher.simulated_plex.record import ScanRecord, Wrong
    from watcher.simulated_plex.shelves import SimEvent

MOVIES, SHOWS, MUSIC = 1, 2, 3
"""The keys of the three sections, in the order they are made."""


@dataclass(slots=True)
class House:
    r"""A disk and a server. Movies lie at /data/Movies, shows on D:\TV, music at /data/Music."""

    root: Path
    sim: SimulatedPlex
    events: list[SimEvent]

    def put(self, below: str, content: bytes | int = 1000) -> Path:
        """Write a file below the root: movies/..., shows/..., music/...; a number is its size."""
        path = self.root / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else os.urandom(content))
        return path

    def plex(self) -> Any:
        """Connect plexapi, which has no types."""
        return self.plex_with(self.sim.token)

    def plex_with(self, token: str) -> Any:
        """Connect plexapi with another token."""
        connect: Any = PlexServer
        return connect(self.sim.url, token)

    def scan(self, section: int = MOVIES, path: str = "/data/Movies") -> ScanRecord:
        """Ask for one scan through plexapi and wait until the server is idle."""
        self.plex().library.sectionByID(section).update(path)
        assert self.sim.wait_until_idle()
        return self.sim.scans[-1]

    def scan_everything(self) -> None:
        """Let the server scan all libraries on its own."""
        self.sim.scan()
        assert self.sim.wait_until_idle()

    def item(self, below: str) -> Item:
        """Answer the item that holds a file below the root."""
        host = str(self.root / below)
        for item in self.sim.catalogue.items.values():
            if any(part.host == host for part in item.parts()):
                return item
        message = f"no item has {host}"
        raise AssertionError(message)

    def wrongs(self) -> set[Wrong]:
        """Which kinds of wrong calls were noted."""
        return {one.what for one in self.sim.violations}


@contextmanager
def house(root: Path, behaviour: Behaviour | None = None) -> Iterator[House]:
    """Build the three libraries, empty, and start the server."""
    for name in ("movies", "shows", "music"):
        (root / name).mkdir()
    sections = [
        SimSection("Movies", "movie", (SimLocation("/data/Movies", root / "movies"),)),
        SimSection("TV Shows", "show", (SimLocation("D:\\TV", root / "shows"),)),
        SimSection("Music", "artist", (SimLocation("/data/Music", root / "music"),)),
    ]
    events: list[SimEvent] = []
    with SimulatedPlex(sections, behaviour=behaviour, on_event=events.append) as sim:
        yield House(root, sim, events)
