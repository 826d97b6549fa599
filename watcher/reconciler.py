"""When to reconcile: at start, on an interval, when a folder is back; in a thread of its own."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cache.memory import MemoryStore
from cache.table import Table
from matcher.change import Happened
from matcher.errors import PlexError
from matcher.paths import is_within
from watcher.events import Event, What
from watcher.patience import Patience
from watcher.policy import survive
from watcher.reconcile import Ground, overcome, reconcile, settled
from watcher.unplaced import Unplaced, folders_holding

if TYPE_CHECKING:
    from collections.abc import Callable

    from cache.store import Store
    from watcher.reconcile import Place
    from watcher.report import Report
    from watcher.settle import Settled

SOON_S = 10.0
"""So long it is waited for the thread when it is to end: it ends at the next directory."""
YOUNG_S = 60.0
"""A file that changed less than this ago may still be written."""
ROUTINE = "time for it"
"""Why a comparison is made that nothing gave rise to."""
REST = 10.0
"""A comparison that fails is tried again after this many times what it took, at least."""
SETTLED_S = 600.0
"""After so long what a comparison found has settled, and stands in the journal."""
OWED = "owed"
"""The table of folders that were away, and why they are to be compared."""


def is_young(path: str) -> bool:
    """Whether a file changed a moment ago by the file system's own clock."""
    try:
        found = os.stat(path)  # noqa: PTH116 - paths are text throughout
    except OSError:
        return False
    return abs(time.time() - max(found.st_mtime, found.st_ctime)) < YOUNG_S


_SEEN = {
    Happened.CREATED: What.CREATED,
    Happened.CHANGED: What.WRITTEN,
    Happened.DELETED: What.DELETED,
}


class Reconciler:
    """Owns the thread "reconcile". It asks Plex over a connection of its own, for reading only.

    `ground` is called in that thread and gives what the comparison rests on, or None while Plex
    is not known yet. `file_job` queues what differs. What somebody may still be writing goes to
    `sink` instead, and settles like everything else; so does what is gone, since it may have moved
    and Plex must hear of its new place first. `compared` hears which folder (None: all) was
    compared to its end, and when that began, in monotonic seconds; `overcome`, which Plex paths
    that Plex did not take before are in step now. `store` outlives the process.
    """

    def __init__(  # noqa: PLR0913 - what the house plugs in, each with its name
        self,
        ground: Callable[[], Ground | None],
        file_job: Callable[[Settled], None],
        sink: Callable[[Event], None],
        report: Report,
        clock: Callable[[], float],
        *,
        every_s: float,
        patience: Patience | None = None,
        compared: Callable[[str | None, float], None] = lambda _folder, _began_at: None,
        overcome: Callable[[str], None] = lambda _file: None,
        store: Store | None = None,
    ) -> None:
        self._compared = compared
        self._overcome = overcome
        self._ground = ground
        self._file_job = file_job
        self._sink = sink
        self._report = report
        self._clock = clock
        self._every_s = every_s
        self._patience = patience or Patience()
        self._failures = 0
        self._changed = threading.Condition()
        self._asked: dict[str | None, str] = {}
        self._not_before: dict[str | None, float] = {}
        self._owed: Table[str] = Table(store or MemoryStore(), OWED, encode=str, decode=str)
        self._owed_before = dict(self._owed.items())
        self._paid: dict[str, float] = {}
        """When the folders that were compared may be struck out."""
        self._unplaced = Unplaced(store or MemoryStore())
        self._compared_places: dict[str, float] = {}
        """When the directories whose places were compared may be forgotten."""
        self._place_looks = 0
        self._places_at: float | None = None
        self._stopping = False
        # A daemon, since nobody can end a thread that hangs in a dead file system.
        self._thread = threading.Thread(target=self._run, name="reconcile", daemon=True)

    def start(self) -> None:
        """Start the thread, with what the last run still owed."""
        for folder, why in self._owed_before.items():
            self.ask(folder, why)
        if self._unplaced:
            self._places_at = self._clock()
        self._thread.start()

    def stop(self) -> None:
        """Stop; what was found in other locations so far is queued."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=SOON_S)

    def ask(self, folder: str | None, why: str) -> None:
        """Ask for one folder, or for all (None); any thread may call."""
        with self._changed:
            self._asked[folder] = why
            self._changed.notify()

    def owe(self, folder: str) -> None:
        """Hear that a folder is away: it is to be compared once it is back, in whichever run."""
        with self._changed:
            self._paid.pop(folder, None)
        self._owed.set(folder, f"{folder} was away")

    def miss(self, directory: str) -> None:
        """Hear that a change in a host directory came to nothing: no Plex path is known for it.

        It is compared once there is one, in whichever run. Any thread may call.
        """
        self._unplaced.note(directory)
        with self._changed:
            self._compared_places.pop(directory, None)
            if self._places_at is None:
                self._place_looks = 0
                self._places_at = self._clock() + self._patience.place_s(0)
                self._report(
                    "WARNING",
                    f"{directory} has no known place in Plex, so nothing can be asked for: "
                    "plexnudge check says why. It is compared with Plex once it has one",
                )
                self._changed.notify()

    def _look_for_places(self) -> None:
        """Ask for the folders in which a place was found for what had none; look again later."""
        with self._changed:
            wait_s = self._patience.place_s(self._place_looks)
            self._place_looks += 1
            self._places_at = self._clock() + wait_s
        try:
            ground = self._ground()
        except PlexError as error:
            self._report("DEBUG", f"cannot look for places ({error}): again in {wait_s:.0f} s")
            return
        if ground is None:  # Plex has not answered yet
            with self._changed:
                self._place_looks = 0
                self._places_at = self._clock() + self._patience.first_back_off_s
            return
        placed = self._unplaced.placed(ground.mappings)
        if len(placed) == len(self._unplaced):
            with self._changed:
                self._places_at = None
        news = [each for each in placed if each not in self._compared_places]
        for folder in folders_holding(news, ground.folders):
            self.ask(folder, f"{folder} has a place in Plex by now")

    def _pay(self, folder: str | None, ground: Ground) -> None:
        """Note what was compared, but for what was away; what differs has to settle first."""
        for owed in dict(self._owed.items()):
            if (folder is None or is_within(owed, folder)) and owed not in ground.doubted:
                with self._changed:
                    self._paid[owed] = self._clock() + SETTLED_S
        for directory in self._unplaced.placed(ground.mappings):
            if folder is None or is_within(directory, folder):
                with self._changed:
                    self._compared_places[directory] = self._clock() + SETTLED_S

    def _strike_out(self, now: float) -> None:
        for folder in [folder for folder, at in self._paid.items() if at <= now]:
            del self._paid[folder]
            self._owed.delete(folder)
        for directory in [each for each, at in self._compared_places.items() if at <= now]:
            del self._compared_places[directory]
            self._unplaced.forget(directory)

    def _run(self) -> None:
        last = self._clock()
        while True:
            with self._changed:
                if self._stopping:
                    return
                now = self._clock()
                self._strike_out(now)
                if self._every_s and now - last >= self._every_s:
                    self._asked[None] = ROUTINE
                asked = self._ready(now)
                is_for_places = self._places_at is not None and now >= self._places_at
                if not asked and not is_for_places:
                    self._changed.wait(self._until_next(now, last))
                    continue
            if is_for_places:
                survive(self._look_for_places, self._report)
            last = self._clock() if None in asked else last
            for folder, why in asked.items():
                self._reconcile(folder, why)

    def _ready(self, now: float) -> dict[str | None, str]:
        """Take what is to be compared now: one that failed waits by itself."""
        ready = {
            folder: why
            for folder, why in self._asked.items()
            if now >= self._not_before.get(folder, now)
        }
        if None in ready:
            ready = {None: ready[None]}
            self._asked.clear()
        for folder in ready:
            self._asked.pop(folder, None)
            self._not_before.pop(folder, None)
        return ready

    def _until_next(self, now: float, last: float) -> float | None:
        times: list[float] = []
        times += [self._not_before.get(folder, now) - now for folder in self._asked]
        ends = (*self._paid.values(), *self._compared_places.values())
        times += [at - now for at in ends]
        if self._places_at is not None:
            times.append(self._places_at - now)
        if self._every_s:
            times.append(last + self._every_s - now)
        return max(0.0, min(times)) if times else None

    def _reconcile(self, folder: str | None, why: str) -> None:
        started = self._clock()
        try:
            trouble = survive(partial(self._compare, folder, why), self._report)
        except PlexError as error:
            trouble = str(error)
        if trouble is None:
            self._failures = 0
            return
        self._failures += 1
        # One library that cannot be read fails after all others were compared, which costs much.
        rest_s = REST * (self._clock() - started)
        wait_s = max(self._patience.back_off_s(self._failures), rest_s)
        self._later(folder, why, wait_s)
        self._report("DEBUG", f"cannot compare now ({trouble}): tried again in {wait_s:.0f} s")

    def _compare(self, folder: str | None, why: str) -> None:
        started = self._clock()
        ground = self._ground()
        if ground is None:
            self._later(folder, why, self._patience.first_back_off_s)
            return
        ground = replace(ground, goes_on=lambda: not self._stopping)
        if why != ROUTINE:
            ground = ground.asking_again()
        changes, places = 0, []
        for place in reconcile(ground, folder, lambda _text: None):
            if self._stopping:
                return
            places.append(place)
            changes += self._file(place)
        for file in overcome(places):
            self._overcome(file)
        self._compared(folder, started)
        self._pay(folder, ground)
        took = self._clock() - started
        if not places and folder is None and ground.folders.folders:
            self._report(
                "WARNING",
                f"nothing to compare ({why}): no watched folder is known to hold files of a "
                "library; plexnudge check says more",
            )
            return
        self._report("INFO", f"compared disk and Plex ({why}): {changes} differences, {took:.1f} s")

    def _later(self, folder: str | None, why: str, wait_s: float) -> None:
        with self._changed:
            self._asked.setdefault(folder, why)
            self._not_before[folder] = self._clock() + wait_s

    def _file(self, place: Place) -> int:
        changes = place.changes()
        if place.held is not None:
            self._report(
                "WARNING",
                f"{len(place.difference.gone)} deletions in {place.location} are held: "
                f"{place.held}",
            )
        at_rest = []
        for change in changes:
            if change.happened is Happened.DELETED or is_young(change.path):
                self._sink(Event(_SEEN[change.happened], change.path))
            else:
                at_rest.append(change)
        for one in settled(at_rest, self._clock()):
            self._file_job(one)
        return len(changes)
