"""The book of jobs: those that wait, in memory and in the journal, under one lock.

From the moment a change has settled until its outcome is final it stands here.
"""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.change import Change, Happened
from matcher.paths import is_within
from watcher.backlog import Backlog
from watcher.compared import Compared
from watcher.intake import job_of
from watcher.jobs import MOST_JOBS, Job, JobQueue, keyed

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.done import Fact
    from watcher.journal import Journal
    from watcher.overtaken import Overtaken
    from watcher.settle import Settled

MOST_NEAR = 1000
"""Among more waiting jobs nobody looks for those of a place: they would be looked through for each
of many sidecars."""


class JobBook:
    """Any thread may call. `changed` is notified when something was filed; `clock` is monotonic.

    `overtaken` hears of every job that joins another one.
    """

    def __init__(self, journal: Journal, overtaken: Overtaken, clock: Callable[[], float]) -> None:
        self.changed = threading.Condition()
        self._journal = journal
        self._overtaken = overtaken
        self._clock = clock
        self._queue = JobQueue()
        self._backlog = Backlog(self._queue, journal)
        self._compared = Compared()
        # From the clock on, so that what an unreadable journal holds is not written over.
        self._serial = int(time.time() * 1000)

    def __len__(self) -> int:
        """How many jobs wait."""
        with self.changed:
            return len(self._queue) + len(self._backlog)

    def recall(self) -> None:
        """Take up what an earlier run left in the journal; before anything is filed."""
        for serial in self._journal.unfinished():
            self._serial = max(self._serial, serial)
            if len(self._queue) < MOST_JOBS:
                self._take_up(serial)
            else:
                self._backlog.add(serial)

    def _take_up(self, serial: int) -> None:
        job = self._journal.take_up(serial, self._clock())
        speaking = None if job is None else self._put(job)
        if speaking is not None and speaking is not job:
            self._journal.keep(speaking)
            self._journal.finish(serial)

    def losses(self) -> list[Change]:
        """List what the waiting jobs say is gone."""
        with self.changed:
            jobs = itertools.chain(list(self._queue.waiting.values()), self._backlog.jobs())
            changes = (change for job in jobs for change in job.changes.values())
            return [change for change in changes if change.happened is Happened.DELETED]

    def file(self, settled: Settled, facts: tuple[Fact, ...]) -> None:
        """Enter a settled directory; `facts` are how its files look."""
        with self.changed:
            self._serial += 1
            job = self._put(job_of(settled, self._serial, self._clock(), facts))
            self._journal.keep(job)
            self._backlog.lay_off()
            self.changed.notify()

    def _put(self, job: Job) -> Job:
        self._overtaken.joins(self._queue.waiting.get(job.directory), job)
        return self._queue.put(job)

    def put_back(self, job: Job) -> None:
        """Let a job wait again; what was settled since for its directory joins it."""
        with self.changed:
            later = self._queue.waiting.get(job.directory)
            if later is not None:
                self._overtaken.joins(job, later)
            swallowed = self._queue.put_back(job)
            self._journal.keep(job)
            if swallowed is not None:
                self._journal.finish(swallowed.serial)

    def hold(self, job: Job, held: list[Change], until: float, *, has_waited: bool = False) -> None:
        """Let some of a job's changes wait until a time, as a job of their own."""
        with self.changed:
            self._serial += 1
            later = replace(job, serial=self._serial, changes=keyed(held))
        later.settled_at, later.not_before = self._clock(), until
        later.has_waited = has_waited
        self.put_back(later)

    def due(self, now: float, most: int) -> list[str]:
        """Name the directories whose jobs' time has come, at most so many, the oldest first."""
        with self.changed:
            self._backlog.take_up(now)
            return self._queue.due(now, most)

    def look_again(self, now: float) -> None:
        """Let what is held be due now: what it waits for may be there."""
        with self.changed:
            self._queue.look_again(now)

    def take(self, directory: str) -> Job | None:
        """Give out the job of a directory, if there still is one; the journal keeps it."""
        with self.changed:
            return self._queue.take(directory)

    def next_at(self) -> float | None:
        """When the next job is due, in monotonic seconds; the caller holds `changed`."""
        return self._queue.next_at()

    def waits_unplanned(self, now: float) -> bool:
        """Whether a job waits that is due or could not be planned."""
        with self.changed:
            return self._queue.waits_unplanned(now)

    def waits_near(self, directory: str, now: float) -> bool:
        """Whether a job is due for a host directory, or one in or around it."""
        with self.changed:
            waiting = self._queue.waiting
            if len(waiting) > MOST_NEAR:
                return False
            return any(
                is_within(each, directory) or is_within(directory, each)
                for each, job in waiting.items()
                if job.not_before <= now
            )

    def loses(self) -> bool:
        """Whether a waiting job says that something is gone."""
        with self.changed:
            jobs = self._queue.waiting.values()
            return len(self._backlog) > 0 or any(
                change.happened is Happened.DELETED
                for job in jobs
                for change in job.changes.values()
            )

    def keep(self, job: Job) -> None:
        """Write down what has become of a job that was given out."""
        self._journal.keep(job)

    def finish(self, job: Job) -> None:
        """Strike a job out, unless a comparison stands for it that is not over."""
        if not self._compared.waits(job.serial):
            self._journal.finish(job.serial)

    def leave_to_comparison(self, job: Job, directory: str) -> None:
        """Note that a comparison of a directory stands for a job, which is asked for next."""
        self._compared.ask(directory, job.serial, self._clock())

    def compared(self, folder: str | None, began_at: float) -> None:
        """Hear that disk and Plex were compared below a directory (None: everywhere).

        What differs is filed by then. Called by the thread that compares; `began_at` is monotonic.
        """
        for serial in self._compared.over(folder, began_at):
            self._journal.finish(serial)
