"""The demo's story: a small NAS, its simulated Plex, and files that arrive as they do in life."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection
from watcher.simulated_plex.shelves import Happening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from watcher.outcomes import Recent
    from watcher.simulated_plex.shelves import SimEvent

PATIENCE_S = 12.0
"""How long an act waits for its result before it counts as missed."""
PACE = threading.Event()
"""Never set: waiting on it for a moment is how slow things take their time."""


@contextlib.contextmanager
def furnish(place: Path) -> Iterator[tuple[SimulatedPlex, Show]]:
    """Make the NAS's folders with a little in them, and a Plex that has already scanned them."""
    nas = place / "nas"
    _write(nas / "Movies/Alien (1979)/Alien (1979).mkv", 40_000)
    for number in (1, 2):
        _write(nas / f"TV/Severance/Season 01/Severance - S01E{number:02}.mkv", 30_000)
    sections = [
        SimSection("Films", "movie", (SimLocation("/data/Movies", nas / "Movies"),)),
        SimSection("Series", "show", (SimLocation("/data/TV", nas / "TV"),)),
    ]
    behaviour = Behaviour(start_delay_s=0.2, scan_s=0.2, refresh_s=0.1, analyze_s=0.1)
    show = Show()
    with SimulatedPlex(
        sections,
        token="demo-token",  # noqa: S106 - of a server that lives for a minute
        behaviour=behaviour,
        on_event=show.happened,
    ) as plex:
        plex.scan()
        plex.wait_until_idle()
        yield plex, show


class Show:
    """What people are told of Plex's side, and a way to wait until something is seen there."""

    def __init__(self) -> None:
        self.tell: Callable[[str], None] | None = None
        self._changed = threading.Condition()

    def happened(self, event: SimEvent) -> None:
        """Take one event of the simulated Plex; called by its threads."""
        text = TOLD.get(event.what)
        if self.tell is not None and text is not None:
            self.tell(f"Plex: {text} {event.title or event.path}")
        with self._changed:
            self._changed.notify_all()

    def until(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `done`, which is asked again after each event."""
        with self._changed:
            return self._changed.wait_for(done, timeout_s)


TOLD = {
    Happening.SCAN_STARTED: "scans",
    Happening.ADDED: "has now",
    Happening.UPDATED: "has updated",
    Happening.REMOVED: "has no longer",
}


@dataclass(slots=True)
class Stage:
    """Where the acts play, and what they measured."""

    nas: Path
    plex: SimulatedPlex
    show: Show
    outcomes: Recent
    waits: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def until(self, what: str, done: Callable[[], bool]) -> None:
        """Wait until Plex shows the result, and note how long that took."""
        begun = time.monotonic()
        seen = self.show.until(done, PATIENCE_S)
        if seen:
            self.waits.append(time.monotonic() - begun)
        else:
            self.missed.append(what)

    def settled(self, count: int) -> None:
        """Wait until the daemon has told so many outcomes, so that the acts do not mix."""
        self.outcomes.wait_for(count, PATIENCE_S)

    def has(self, section: int, file: str, size: int | None = None) -> bool:
        """Whether Plex has a file, of that size."""
        files = self.plex.files(section)
        return file in files and (size is None or files[file] == size)

    def knows_local(self, name: str) -> bool:
        """Whether some item of Plex has taken up a local file of that name."""
        items = list(self.plex.catalogue.items.values())
        return any(path.endswith(f"/{name}") for item in items for path in item.sidecars)

    def requests(self) -> list[str]:
        """Count the requests that made Plex work, by kind."""
        kinds = {"scan": "*/refresh", "refresh": "PUT */refresh", "analyze": "PUT */analyze"}
        made = Counter({name: len(self.plex.record.requests(glob)) for name, glob in kinds.items()})
        made["scan"] -= made["refresh"]
        return [f"{count} {name}" for name, count in made.items() if count]

    def spans(self) -> str:
        """Sum up the times from file complete to visible."""
        if not self.waits:
            return "none"
        median, longest = statistics.median(self.waits), max(self.waits)
        return f"median {median:.1f} s, longest {longest:.1f} s (1 s of it is settle.quiet)"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens on the NAS."""

    title: str
    play: Callable[[Stage], None]


def _copied_slowly(stage: Stage) -> None:
    path = stage.nas / "Movies/Heat (1995)/Heat (1995).mkv"
    path.parent.mkdir()
    with path.open("wb") as file:
        for _ in range(6):
            file.write(b"\x01" * 50_000)
            file.flush()
            PACE.wait(0.4)
    stage.until("Heat", lambda: stage.has(1, "/data/Movies/Heat (1995)/Heat (1995).mkv", 300_000))
    stage.settled(1)


def _season_moved_in(stage: Stage) -> None:
    incoming = stage.nas.parent / "downloads/Season 02"
    for number in range(1, 11):
        _write(incoming / f"Severance - S02E{number:02}.mkv", 20_000 + number)
    incoming.rename(stage.nas / "TV/Severance/Season 02")
    last = "/data/TV/Severance/Season 02/Severance - S02E10.mkv"
    stage.until("season 2", lambda: stage.has(2, last))
    stage.settled(2)


def _subtitle(stage: Stage) -> None:
    (stage.nas / "Movies/Alien (1979)/Alien (1979).en.srt").write_text("1\n")
    stage.until("subtitle", lambda: stage.knows_local("Alien (1979).en.srt"))
    stage.settled(3)


def _upgrade(stage: Stage) -> None:
    folder = stage.nas / "Movies/Heat (1995)"
    (folder / "Heat (1995).mkv").unlink()
    _write(folder / "Heat (1995) Remux-2160p.mkv", 500_000)
    new = "/data/Movies/Heat (1995)/Heat (1995) Remux-2160p.mkv"
    stage.until("upgrade", lambda: stage.has(1, new, 500_000))
    stage.settled(4)


def _deletion(stage: Stage) -> None:
    (stage.nas / "TV/Severance/Season 01/Severance - S01E02.mkv").unlink()
    gone = "/data/TV/Severance/Season 01/Severance - S01E02.mkv"
    stage.until("deletion", lambda: not stage.has(2, gone))
    stage.settled(5)


ACTS = (
    Act("A movie is copied slowly onto the NAS", _copied_slowly),
    Act("A season of 10 episodes is moved in at once", _season_moved_in),
    Act("A subtitle appears beside a movie that Plex knows", _subtitle),
    Act("A movie is upgraded: the old file goes, a better one comes", _upgrade),
    Act("An episode is deleted", _deletion),
)


def _write(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(path.name.encode() + b"\x00" * (size - len(path.name.encode())))
