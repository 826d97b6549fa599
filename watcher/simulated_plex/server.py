"""The simulated server as a whole: composition, sections at run time, and what judges ask it."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from watcher.simulated_plex import filling, judging
from watcher.simulated_plex.about import About
from watcher.simulated_plex.attendant import Attendant
from watcher.simulated_plex.catalogue import AGENTS, Catalogue, Section
from watcher.simulated_plex.faults import Faults
from watcher.simulated_plex.inside import Inside
from watcher.simulated_plex.listener import Listener
from watcher.simulated_plex.places import Place
from watcher.simulated_plex.reading import Reading
from watcher.simulated_plex.replies import Replies
from watcher.simulated_plex.requesting import Requesting
from watcher.simulated_plex.routes import Routes
from watcher.simulated_plex.scanner import Scanner
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection
from watcher.simulated_plex.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from watcher.simulated_plex.record import Asked, Record, ScanRecord, Violation
    from watcher.simulated_plex.shelves import SimEvent


class SimulatedPlex:
    """A Plex Media Server in miniature on a free port of loopback; a context manager."""

    def __init__(
        self,
        sections: Sequence[SimSection] = (),
        *,
        token: str = "simulated-token",  # noqa: S107 - of a server that exists for seconds
        behaviour: Behaviour | None = None,
        name: str = "Simulated Plex",
        clock: Callable[[], float] = time.monotonic,
        on_event: Callable[[SimEvent], None] | None = None,
    ) -> None:
        """Set up sections with keys 1, 2, ...; nothing is scanned and nobody is heard yet.

        `on_event` is called by the server's own threads, never with a lock held.
        """
        self.token = token
        self.faults = Faults()
        self.machine = uuid.uuid4().hex
        self._inside = Inside(behaviour or Behaviour(), clock, time.time, on_event)
        self._scanner = Scanner(self._inside)
        self._attendant = Attendant(self._inside)
        replies = Replies(self._inside)
        self._routes = Routes(
            self._inside,
            token,
            About(self._inside, replies, self.machine, name),
            Reading(self._inside, replies, self._attendant),
            Requesting(self._inside, self._scanner, self._attendant),
        )
        self._wire = Wire(self._inside, self.faults, self._routes.answer)
        self._listener = Listener(self._wire.serve, self.faults.break_off)
        for section in sections:
            self.add_section(section)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> str:
        """Begin to listen and to work; the URL."""
        self._scanner.start()
        self._attendant.start()
        self._listener.open()
        return self.url

    def stop(self) -> None:
        """End every connection and thread, whatever hangs or waits."""
        with self._inside.changed:
            self._inside.stopping = True
            self._inside.changed.notify_all()
        self._wire.stopping.set()
        self.faults.clear()
        self._listener.close()
        self._scanner.join()
        self._attendant.join()

    @property
    def url(self) -> str:
        """Where it listens; the same after it refused and came back."""
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def behaviour(self) -> Behaviour:
        """How it behaves; may be replaced at any time."""
        return self._inside.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        with self._inside.changed:
            self._inside.behaviour = behaviour

    @property
    def catalogue(self) -> Catalogue:
        """What it has."""
        return self._inside.catalogue

    @property
    def record(self) -> Record:
        """Everything that was asked of it."""
        return self._inside.record

    @property
    def log(self) -> tuple[Asked, ...]:
        """Every request, in order."""
        return self._inside.record.log

    @property
    def scans(self) -> tuple[ScanRecord, ...]:
        """Every scan that was asked for, in order."""
        return self._inside.record.scans

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every call that no good client makes, in order."""
        return self._inside.record.violations

    def refuse(self) -> None:
        """Refuse connections, as a server that is down does; the port stays its own."""
        self._listener.refuse()

    def accept(self) -> None:
        """Listen again on the same port."""
        self._listener.open()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Be down for a while."""
        self.refuse()
        try:
            yield
        finally:
            self.accept()

    @contextmanager
    def restarting(self, *, maintenance: bool = False) -> Iterator[None]:
        """Die and come back: what waited or ran is lost, what is known is kept.

        With `maintenance` it answers 503 afterwards, until `maintenance(False)`.
        """
        self.refuse()
        self._scanner.forget()
        self._attendant.forget()
        try:
            yield
        finally:
            self.maintenance(maintenance)
            self.accept()

    def maintenance(self, on: bool) -> None:
        """Answer 503 to everything, or no longer."""
        self._routes.maintenance = on

    def play(self, *keys: int) -> None:
        """Let these items be played; none stops all playing."""
        with self._inside.changed:
            self._inside.playing = list(keys)

    def add_section(self, section: SimSection) -> int:
        """Make a library; its key. Nothing is scanned by that."""
        catalogue, now = self._inside.catalogue, int(time.time())
        agent, scanner = AGENTS[section.type]
        with self._inside.changed:
            made = Section(
                key=catalogue.next_id("section"),
                type=section.type,
                title=section.title,
                agent=section.agent or agent,
                scanner=section.scanner or scanner,
                language=section.language,
                uuid=str(uuid.uuid4()),
                created_at=now,
                updated_at=now,
            )
            catalogue.sections[made.key] = made
            for location in section.locations:
                self.add_location(made.key, location)
            return made.key

    def remove_section(self, key: int) -> None:
        """Remove a library and everything in it."""
        with self._inside.changed:
            section = self._inside.catalogue.sections[key]
            self._purge(section, section.places)
            del self._inside.catalogue.sections[key]

    def rename_section(self, key: int, title: str) -> None:
        """Give a library another title."""
        with self._inside.changed:
            self._inside.catalogue.sections[key].title = title

    def add_location(self, key: int, location: SimLocation) -> None:
        """Give a library one more folder."""
        catalogue = self._inside.catalogue
        with self._inside.changed:
            place = Place(
                catalogue.next_id("location"), location.plex, str(location.host.absolute())
            )
            catalogue.sections[key].places.append(place)

    def remove_location(self, key: int, plex: str) -> None:
        """Take a folder from a library, and what was in it."""
        with self._inside.changed:
            section = self._inside.catalogue.sections[key]
            gone = [place for place in section.places if place.plex == plex]
            self._purge(section, gone)
            section.places = [place for place in section.places if place not in gone]

    def _purge(self, section: Section, places: Sequence[Place]) -> None:
        shelves = self._inside.shelves(section)
        for held in list(section.holdings()):
            if any(place.below(held.part.file) is not None for place in places):
                shelves.purge(held)

    def scan(self, key: int | None = None, path: str | None = None) -> None:
        """Scan a library (or all) from within, as Plex does on its own; not waited for."""
        with self._inside.changed:
            keys = list(self._inside.catalogue.sections) if key is None else [key]
            for one in keys:
                self._scanner.ask(self._inside.catalogue.sections[one], path, own=True)

    def wait_until_idle(self, deadline_s: float = 10.0) -> bool:
        """Wait until no scan, refresh or analysis waits or runs; False at the deadline."""
        with self._inside.changed:
            return self._inside.changed.wait_for(self.idle, deadline_s)

    def wait_until_quiet(self, deadline_s: float = 10.0) -> bool:
        """Wait until no client is connected any more; False at the deadline."""
        return self._listener.wait_until_quiet(deadline_s)

    def idle(self) -> bool:
        """Tell whether nothing waits or runs."""
        with self._inside.changed:
            return self._scanner.idle() and self._attendant.idle()

    def fill(self, *, movies: int = 0, episodes: int = 0) -> None:
        """Make up movies and episodes that have no files, for measurements."""
        with self._inside.changed:
            filling.fill(self._inside, movies=movies, episodes=episodes)

    def files(self, key: int) -> dict[str, int]:
        """Every file that a library has and that is not in its trash: Plex-side path to size."""
        with self._inside.changed:
            return {
                held.part.file: held.part.size
                for held in self._inside.catalogue.sections[key].holdings()
                if held.part.deleted_at is None
            }

    def key_of(self, plex: str) -> int | None:
        """Answer the ratingKey of the first item that has this file, trash included."""
        with self._inside.changed:
            for section in self._inside.catalogue.sections.values():
                for held in section.holdings():
                    if held.part.file == plex:
                        return held.item.key
        return None

    def parts_of(self, key: int) -> int:
        """Count the parts of an item, trash included."""
        with self._inside.changed:
            item = self._inside.catalogue.items.get(key)
            return 0 if item is None else sum(1 for _ in item.parts())

    def in_step(self, plex: str) -> bool:
        """Tell whether a file is known as it is on the disk now, by its size."""
        host = self.host_of(plex)
        size = host.stat().st_size if host is not None and host.is_file() else None
        return any(self.files(key).get(plex) == size for key in self._inside.catalogue.sections)

    def in_step_with_disk(self, *, local_files: bool = False) -> list[str]:
        """Say every difference between libraries and disk, in words; empty if there is none.

        `local_files` compares what is known of subtitles, artwork and the like as well, and
        whether every file was analyzed at the size it has.
        """
        with self._inside.changed:
            return [
                line
                for section in self._inside.catalogue.sections.values()
                for line in (
                    *judging.files_out_of_step(section),
                    *(judging.local_out_of_step(section) if local_files else ()),
                )
            ]

    def host_of(self, plex: str) -> Path | None:
        """Answer where a Plex-side path lies on this host; None outside every location."""
        with self._inside.changed:
            for section in self._inside.catalogue.sections.values():
                held = self._inside.place_of(section, plex)
                if held is not None:
                    return Path(held[0].host_path(held[1]))
        return None

    def wake(self) -> None:
        """Let delays look at the clock again, for a clock that does not run by itself."""
        with self._inside.changed:
            self._inside.changed.notify_all()
