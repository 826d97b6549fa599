"""The scanner: one thread, one scan at a time for the whole server, requests wait in order."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.simulated_plex import comparison, disk, sidecars
from watcher.simulated_plex.comparison import Sight
from watcher.simulated_plex.disk import Rules
from watcher.simulated_plex.inside import Activity, Inside
from watcher.simulated_plex.record import ScanRecord, ScanResult, Wrong
from watcher.simulated_plex.shelves import Happening, Shelves, SimEvent

if TYPE_CHECKING:
    from watcher.simulated_plex.catalogue import Section
    from watcher.simulated_plex.places import Place

_YOUNG_NS = 50_000_000
"""A directory whose mtime is younger than this may change again within the same tick."""


@dataclass(frozen=True, slots=True)
class Order:
    """One scan that waits: of a whole section if `path` is None."""

    section: Section
    path: str | None
    record: ScanRecord


class Scanner:
    """Takes orders from any thread and works on them in its own."""

    def __init__(self, inside: Inside) -> None:
        """Begin with nothing to do; `start` starts the thread."""
        self._inside = inside
        self._waiting: deque[Order] = deque()
        self._running: Order | None = None
        self._forgotten: Order | None = None
        self._mtimes: dict[tuple[int, str], int] = {}
        self._thread = threading.Thread(target=self._work, name="simulated-plex-scanner")

    def start(self) -> None:
        """Start the thread; it ends when `inside.stopping` is set."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def idle(self) -> bool:
        """Tell whether nothing waits or runs; the caller holds the lock."""
        return not self._waiting and self._running is None

    def runs_on(self, section: int) -> bool:
        """Tell whether a scan of this section runs now; the caller holds the lock."""
        return self._running is not None and self._running.section.key == section

    def ask(self, section: Section, path: str | None, *, own: bool = False) -> ScanRecord:
        """Take an order, or drop it where this server does; answers at once.

        `own` is the server's own idea and nobody's wrong call.
        """
        inside = self._inside
        with inside.changed:
            record = inside.record.scan(ScanRecord(section.key, path, inside.clock()))
            outside = path is not None and inside.place_of(section, path) is None
            if not own:
                self._note_wrongs(section, path, outside=outside)
            if outside:
                return self._close(record, ScanResult.IGNORED, "not inside any known location")
            if inside.behaviour.lose_scan_while_one_runs and self.runs_on(section.key):
                return self._close(record, ScanResult.LOST, "a scan of this section runs")
            if inside.behaviour.merge_equal_scans and any(
                (order.section, order.path) == (section, path) for order in self._waiting
            ):
                return self._close(record, ScanResult.MERGED, "an equal scan waits")
            self._waiting.append(Order(section, path, record))
            inside.changed.notify_all()
            return record

    def forget(self) -> None:
        """Lose every order, the running one as well, as a server that dies does."""
        with self._inside.changed:
            for order in self._waiting:
                self._close(order.record, ScanResult.LOST, "the server restarted")
            self._waiting.clear()
            self._forgotten = self._running
            self._inside.changed.notify_all()

    def _going_on(self, order: Order, seconds: float) -> bool:
        """Wait; False if the server stops or has forgotten this order meanwhile."""
        inside = self._inside
        return inside.rest(seconds, lambda: self._forgotten is order)

    def _close(self, record: ScanRecord, result: ScanResult, reason: str) -> ScanRecord:
        with self._inside.changed:
            record.result, record.reason = result, reason
            record.ended_at = self._inside.clock()
            self._inside.changed.notify_all()
        return record

    def _note_wrongs(self, section: Section, path: str | None, *, outside: bool) -> None:
        inside, name = self._inside, path if path is not None else section.title
        if path is None:
            self._wrong(Wrong.WHOLE_SECTION, name)
        elif outside:
            self._wrong(Wrong.OUTSIDE, name)
        places = section.places
        if path is not None:
            held = inside.place_of(section, path)
            places = [held[0]] if held else []
            if held and Path(held[0].host_path(held[1])).is_file():
                self._wrong(Wrong.FILE_PATH, name)
        for place in places:
            if _root_state(place) is not None and _has_live_parts(section, place):
                self._wrong(Wrong.ROOT_GONE, name)

    def _wrong(self, what: Wrong, detail: str) -> None:
        self._inside.record.violation(self._inside.clock(), what, detail)

    def _work(self) -> None:
        while (order := self._next()) is not None:
            activity = Activity("library.update.section", "Scanning", cancellable=True)
            if self._inside.behaviour.start_shows:
                self._inside.begin(activity)
            try:
                if self._going_on(order, self._inside.behaviour.start_delay_s):
                    self._run(order, self._inside.begin(activity))
                else:
                    self._close(order.record, ScanResult.LOST, "the server restarted")
            finally:
                with self._inside.changed:
                    self._running = None
                self._inside.end(activity)

    def _next(self) -> Order | None:
        changed = self._inside.changed
        with changed:
            changed.wait_for(lambda: self._waiting or self._inside.stopping)
            if self._inside.stopping:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def _run(self, order: Order, activity: Activity) -> None:
        inside, section, record = self._inside, order.section, order.record
        with inside.changed:
            section.refreshing = True
            record.started_at, record.result = inside.clock(), ScanResult.RUNNING
            activity.title = f"Scanning {section.title}"
            activity.context = {"librarySectionID": section.key}
            inside.changed.notify_all()
        inside.tell([self._event(Happening.SCAN_STARTED, order)])
        results: list[tuple[ScanResult, str]] = []
        for place, below in self._targets(order):
            results.append(self._scan_place(order, place, below))
        with inside.changed:
            section.refreshing = False
            section.scanned_at = int(inside.wall())
            record.result, record.reason = results[0] if results else (ScanResult.IGNORED, "")
            record.ended_at = inside.clock()
            inside.changed.notify_all()
        inside.tell([self._event(Happening.SCAN_ENDED, order)])

    def _targets(self, order: Order) -> list[tuple[Place, tuple[str, ...]]]:
        with self._inside.changed:
            if order.path is None:
                return [(place, ()) for place in order.section.places]
            held = self._inside.place_of(order.section, order.path)
            return [held] if held else []

    def _scan_place(
        self, order: Order, place: Place, below: tuple[str, ...]
    ) -> tuple[ScanResult, str]:
        """Compare one place; the root's state is looked at before anything else."""
        root = _root_state(place)
        if root is ScanResult.ROOT_MISSING:
            return root, "location is offline, nothing removed"
        target = Path(place.host_path(below))
        if target.is_file():
            return ScanResult.IGNORED, "not a directory"
        if below and not target.exists() and not self._trashes_vanished(order.section):
            return root or ScanResult.IGNORED, "no such file or directory"
        sight = self._look_around(order, place, below)
        if sight is None:
            return ScanResult.LOST, "the server restarted"
        self._settle(order.section, sight)
        return root or ScanResult.SCANNED, ""

    def _trashes_vanished(self, section: Section) -> bool:
        rule = self._inside.behaviour.vanished_folder
        return rule == "trashed" or (rule == "by_type" and section.type != "show")

    def _look_around(self, order: Order, place: Place, below: tuple[str, ...]) -> Sight | None:
        """Visit the directory and everything below it; None if the server stops."""
        inside = self._inside
        sight = Sight(place, below)
        for directory in disk.walk(Rules(order.section.type, place), below):
            if not self._going_on(order, inside.behaviour.scan_s):
                return None
            order.record.directories += 1
            unchanged = self._unchanged(order.section, directory, place)
            sight.take(directory, skip=unchanged or not directory.readable)
        return sight

    def _unchanged(self, section: Section, directory: disk.Directory, place: Place) -> bool:
        key = (section.key, place.host_path(directory.below))
        before = self._mtimes.get(key)
        if time.time_ns() - directory.mtime_ns > _YOUNG_NS:
            self._mtimes[key] = directory.mtime_ns
        return self._inside.behaviour.skip_unchanged_directories and before == directory.mtime_ns

    def _settle(self, section: Section, sight: Sight) -> None:
        inside = self._inside
        with inside.changed:
            shelves = inside.shelves(section)
            found = comparison.differences(section, sight)
            comparison.apply(found, sight.place, shelves, inside.behaviour)
            self._read_local(section, shelves)
            if inside.behaviour.subtitle_by_scan:
                self._read_subtitles(section, sight, shelves)
        inside.tell(shelves.told)

    def _read_local(self, section: Section, shelves: Shelves) -> None:
        """Read what lies beside new files: a new item is refreshed once when it is made."""
        keys = {event.key for event in shelves.told if event.what is Happening.ADDED}
        known = self._inside.catalogue.items
        for item in [known[key] for key in keys if key is not None and key in known]:
            item.sidecars = sidecars.read(section, item)
            above = item.parent
            while above is not None and not above.read_once:
                above.sidecars, above.read_once = sidecars.read(section, above), True
                above = above.parent

    def _read_subtitles(self, section: Section, sight: Sight, shelves: Shelves) -> None:
        for file in sight.files:
            for held in comparison.holdings_of(section, file):
                fresh = sidecars.read(section, held.item)
                subtitles = {
                    path: stamp for path, stamp in fresh.items() if sidecars.is_subtitle(path)
                }
                if not subtitles.items() <= held.item.sidecars.items():
                    held.item.sidecars |= subtitles
                    shelves.touch(held.item, dated=True)

    def _event(self, what: Happening, order: Order) -> SimEvent:
        return SimEvent(
            what,
            order.section.key,
            self._inside.wall(),
            order.path or "",
            None,
            order.section.title,
        )


def _root_state(place: Place) -> ScanResult | None:
    """Tell whether a location's root is missing or empty; None if it is as it should be."""
    try:
        return None if any(Path(place.host).iterdir()) else ScanResult.ROOT_EMPTY
    except OSError:
        return ScanResult.ROOT_MISSING


def _has_live_parts(section: Section, place: Place) -> bool:
    return any(
        held.part.deleted_at is None and held.part.host and place.below(held.part.file) is not None
        for held in section.holdings()
    )
