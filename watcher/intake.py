"""From events to jobs: feeds the settler, and files what has settled into the queue and journal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from watcher.completeness import look
from watcher.events import What
from watcher.jobs import Job
from watcher.settle import Settler

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.events import Event
    from watcher.settle import Settled, SettleSettings
    from watcher.statistics import Statistics


class Intake:
    """Owns the settler and the thread "settle" that waits for directories to come to rest.

    `sink` is called by watching threads. `file_job` is called by the settle thread with each
    settled directory; it queues and journals the job.
    """

    def __init__(
        self,
        settings: SettleSettings,
        file_job: Callable[[Settled], None],
        statistics: Statistics,
        clock: Callable[[], float],
        on_deleted: Callable[[str, float], None] = lambda _path, _now: None,
    ) -> None:
        self._settler = Settler(settings, look)
        self._file_job = file_job
        self._statistics = statistics
        self._clock = clock
        self._on_deleted = on_deleted
        self._changed = threading.Condition()
        self._stopping = False
        self._filing: list[str] = []
        self._thread = threading.Thread(target=self._run, name="settle")

    def start(self) -> None:
        """Start the settle thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what has not settled yet is filed at once, so that the journal has it."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()
        for settled in self._settler.drain():
            self._file_job(settled)

    def sink(self, event: Event) -> None:
        """Take one event."""
        self._statistics.count("events")
        if event.what is What.DELETED:
            self._on_deleted(event.path, self._clock())
        with self._changed:
            before = self._settler.next_at()
            self._settler.add(event, self._clock())
            after = self._settler.next_at()
            if before is None or (after is not None and after < before):
                self._changed.notify()

    def pending(self) -> int:
        """How many paths have not settled yet."""
        with self._changed:
            return self._settler.pending()

    def unsettled(self) -> frozenset[str]:
        """Return the directories of whose events something is held in memory only."""
        with self._changed:
            return self._settler.directories() | frozenset(self._filing)

    def alive(self) -> bool:
        """Whether the settle thread still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                next_at = self._settler.next_at()
                now = self._clock()
                if next_at is None or next_at > now:
                    self._changed.wait(None if next_at is None else next_at - now)
                    continue
                settled = self._settler.due(now)
                self._filing = [one.directory for one in settled]
            for one in settled:
                self._statistics.time("settle", self._clock() - one.last_at)
                self._file_job(one)
            self._filing = []


def job_of(settled: Settled, serial: int, now: float) -> Job:
    """Make a job of a settled directory; times are monotonic seconds."""
    changes = {change.path: change for change in settled.changes}
    return Job(serial, settled.directory, changes, settled.first_at, settled.last_at, now)
