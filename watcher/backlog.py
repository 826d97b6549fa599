"""Jobs that wait in the journal only, while memory holds enough of them.

A Plex that is away for days leaves a job for each directory that changed. What is beyond
`MOST_JOBS` is laid off, the last to be tried first, and taken up again when there is room: memory
stays bounded, and of no job anything is given up.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

from watcher.jobs import MOST_JOBS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watcher.jobs import Job, JobQueue
    from watcher.journal import Journal

ROOM = MOST_JOBS // 2
"""From so few jobs in memory on, others are taken up."""
OFF_AT_ONCE = MOST_JOBS // 4
"""So many are laid off at a time: choosing them costs a look at all."""
UP_AT_ONCE = 200
"""So many are read at a time, while others wait for the lock."""


class Backlog:
    """Serial numbers of laid-off jobs, the oldest first. Its owner holds the lock of the queue."""

    def __init__(self, queue: JobQueue, journal: Journal) -> None:
        self._queue = queue
        self._journal = journal
        self._serials: deque[int] = deque()

    def __len__(self) -> int:
        """How many jobs are laid off."""
        return len(self._serials)

    def add(self, serial: int) -> None:
        """Count on a job that stands in the journal."""
        self._serials.append(serial)

    def lay_off(self) -> None:
        """Let go of those jobs that come last, if memory holds too many."""
        waiting = self._queue.waiting
        if len(waiting) <= MOST_JOBS:
            return
        last = heapq.nlargest(
            OFF_AT_ONCE,
            waiting.values(),
            key=lambda job: (job.not_before, job.attempts > 0, job.first_at),
        )
        for job in reversed(last):
            del waiting[job.directory]
            self._serials.append(job.serial)

    def take_up(self, now: float) -> None:
        """Read jobs back, if there is room; `now` is monotonic seconds.

        What was settled for their directories since is newer, and joins them.
        """
        if not self._serials or len(self._queue) > ROOM:
            return
        for _ in range(min(UP_AT_ONCE, len(self._serials))):
            job = self._journal.take_up(self._serials.popleft(), now)
            if job is None:
                continue
            swallowed = self._queue.put_back(job)
            if swallowed is not None:
                self._journal.keep(job)
                self._journal.finish(swallowed.serial)

    def jobs(self) -> Iterator[Job]:
        """Read all of them, one at a time."""
        for serial in self._serials:
            job = self._journal.read(serial, 0.0)
            if job is not None:
                yield job
