"""From events to jobs: feeds the settler, and files what has settled into the queue and journal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from matcher.paths import parent
from watcher.completeness import look
from watcher.events import What
from watcher.jobs import Job, keyed
from watcher.settle import Settler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from watcher.completeness import Seen
    from watcher.done import Fact
    from watcher.events import Event
    from watcher.settle import Settled, SettleSettings
    from watcher.statistics import Statistics


T = TypeVar("T")

MOST_ARRIVED = 200_000
"""So many events at most wait for the settle thread."""
_SOON_S = 5.0
"""So long it is waited for the settle thread when it is to end."""
_MOMENT_S = 0.05
"""How long somebody who asks what settles waits for the settle thread's look at a file."""


class Intake:
    """Owns the settler and the thread "settle" that waits for directories to come to rest.

    `sink` is called by watching threads and does not wait for the settler, which looks at files: a
    mount that hangs must not hold up the watching of the others, until memory is at stake. Then
    the kernel's queue runs over, and what it had to say is found by a comparison. `file_job` is
    called by the settle thread with each settled directory; it queues and journals the job.
    `probe` looks at a host path, in the settle thread: None only for what is certainly not there.
    `hear` is called with each event, in the thread that calls `sink`.
    """

    def __init__(
        self,
        settings: SettleSettings,
        file_job: Callable[[Settled], None],
        statistics: Statistics,
        clock: Callable[[], float],
        hear: Callable[[Event, float], None] = lambda _event, _now: None,
        probe: Callable[[str], Seen | None] = look,
    ) -> None:
        self._settler = Settler(settings, probe)
        self._file_job = file_job
        self._statistics = statistics
        self._clock = clock
        self._hear = hear
        self._arrived = threading.Condition()
        self._inbox: list[tuple[Event, float]] = []
        self._gaps: dict[str, bool] = {}
        self._stopping = False
        self._was_pending = 0
        self._settling = threading.RLock()
        self._filing: list[str] = []
        # A daemon, since nobody can end a thread that hangs in a dead file system.
        self._thread = threading.Thread(target=self._run, name="settle", daemon=True)

    def start(self) -> None:
        """Start the settle thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what has not settled yet is filed at once, so that the journal has it."""
        with self._arrived:
            self._stopping = True
            self._arrived.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=_SOON_S)
        if self._thread.is_alive():
            return  # it hangs in a file system; what it holds is not safe, and told anew
        self._take_in()
        for settled in self._settler.drain():
            self._file_job(settled)

    def sink(self, event: Event) -> None:
        """Take one event; waits where far too many have not been looked at."""
        self._statistics.count("events")
        self._hear(event, self._clock())
        with self._arrived:
            self._arrived.wait_for(lambda: len(self._inbox) < MOST_ARRIVED or self._stopping)
            # The clock is read inside: the settler's times must not go backwards.
            self._inbox.append((event, self._clock()))
            if len(self._inbox) == 1:
                self._arrived.notify_all()

    def hold(self, folder: str) -> None:
        """Hear that events of a folder were lost, and that what they said is being found out."""
        self._gap(folder, is_open=True)

    def release(self, folder: str) -> None:
        """Hear that this has been found out, and that all of it was passed to `sink`."""
        self._gap(folder, is_open=False)

    def _gap(self, folder: str, *, is_open: bool) -> None:
        with self._arrived:
            self._gaps[folder] = is_open
            self._arrived.notify_all()

    def pending(self) -> int:
        """How many paths have not settled yet; as it was where the settle thread is busy."""
        with self._arrived:
            arrived = len(self._inbox)
        if not self._settling.acquire(timeout=_MOMENT_S):
            return arrived + self._was_pending
        try:
            self._was_pending = self._settler.pending()
        finally:
            self._settling.release()
        return arrived + self._was_pending

    def unsettled(self) -> frozenset[str] | None:
        """Return the directories of whose events something is held in memory only.

        None while nobody can tell: the settle thread waits for a file system that hangs, and who
        asks must not wait with it. Any thread may call.
        """
        held = self._ask(lambda: self._restless() | self._settler.left())
        # The journal has them only once they were filed.
        return None if held is None else held | frozenset(self._filing)

    def settling(self) -> frozenset[str] | None:
        """Return the directories that have not come to rest; None while nobody can tell."""
        return self._ask(self._restless)

    def loses(self) -> bool:
        """Whether something that is gone has not settled, or may not have."""
        with self._arrived:
            if any(event.what is What.DELETED for event, _ in self._inbox):
                return True
        return self._ask(self._settler.loses) is not False

    def _ask(self, question: Callable[[], T]) -> T | None:
        if not self._settling.acquire(timeout=_MOMENT_S):
            return None
        try:
            return question()
        finally:
            self._settling.release()

    def _restless(self) -> frozenset[str]:
        with self._arrived:
            arrived = {parent(path) for event, _ in self._inbox for path in _paths(event)}
        return self._settler.directories() | arrived

    def alive(self) -> bool:
        """Whether the settle thread still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._arrived:
                if self._stopping:
                    return
                next_at = self._settler.next_at()
                now = self._clock()
                nothing = not self._inbox and not self._gaps
                if nothing and (next_at is None or next_at > now):
                    self._arrived.wait(None if next_at is None else next_at - now)
                    continue
            self._step()

    def _step(self) -> None:
        with self._settling:
            self._take_in()
            settled = self._settler.due(self._clock())
            self._filing = [top for one in settled for top in _places(one)]
        for one in settled:
            self._statistics.time("settle", self._clock() - one.last_at)
            self._file_job(one)
        self._filing = []

    def _take_in(self) -> None:
        """Fold what has arrived into the settler, in order."""
        with self._arrived:
            arrived, self._inbox = self._inbox, []
            gaps, self._gaps = self._gaps, {}
            if len(arrived) >= MOST_ARRIVED:
                self._arrived.notify_all()
        for folder in (folder for folder, is_open in gaps.items() if is_open):
            self._settler.hold(folder)
        for event, at in arrived:
            self._settler.add(event, at)
        for folder in (folder for folder, is_open in gaps.items() if not is_open):
            self._settler.release(folder)


def _places(settled: Settled) -> Iterator[str]:
    yield settled.directory
    yield from (parent(change.path) for change in settled.changes if change.dest is not None)


def _paths(event: Event) -> tuple[str, ...]:
    return (event.path,) if event.dest is None else (event.path, event.dest)


def job_of(settled: Settled, serial: int, now: float, facts: tuple[Fact, ...] = ()) -> Job:
    """Make a job of a settled directory; times are monotonic seconds."""
    changes = keyed(settled.changes)
    return Job(
        serial,
        settled.directory,
        changes,
        settled.first_at,
        settled.last_at,
        now,
        restless=settled.restless,
        facts=facts,
    )
