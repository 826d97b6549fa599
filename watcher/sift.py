"""Sifting: which of a job's changes are planned now, and which wait, by what the disk says.

What lies on a file system that does not answer waits until it does, what is not believed to be
gone until it is. What nobody has told to be gone waits as long as any deletion: it may have moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher.jobs import keyed
from watcher.outcomes import Result
from watcher.still_true import still_true

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.change import Change
    from watcher.desk import PlexSide
    from watcher.job_book import JobBook
    from watcher.jobs import Job
    from watcher.overtaken import Overtaken
    from watcher.patience import Patience
    from watcher.planning import Thinking


@dataclass(slots=True)
class Sift:
    """Called by the worker thread only. `clock` gives monotonic seconds."""

    book: JobBook
    thinking: Thinking
    plex: PlexSide
    overtaken: Overtaken
    patience: Patience
    clock: Callable[[], float]

    def keep_reachable(self, job: Job) -> bool:
        """Let what is on file systems that do not answer wait; False if that is all of a job."""
        silent = [change for change in job.changes.values() if not self.answers(change)]
        until = self.clock() + self.patience.held_s
        if silent and len(silent) == len(job.changes):
            job.not_before = until
            self.book.put_back(job)
            return False
        if silent:
            self.book.hold(job, silent, until)
            job.changes = keyed(each for each in job.changes.values() if each not in silent)
        return True

    def answers(self, change: Change) -> bool:
        """Whether the file systems answer on which a change is, links included."""
        return all(self.thinking.answers(path) for path in (change.path, change.dest) if path)

    def keep_true(self, job: Job) -> tuple[Result, str] | None:
        """Keep of a job what is true now; how it ends, if nothing of it is and nothing waits.

        If all of it waits it has no changes afterwards.
        """
        found = still_true(job.changes.values(), self.thinking.believe)
        self.overtaken.planned(job, (*found.changes, *found.lost))
        waits = self.plex.waits
        lost = [] if job.has_waited or not waits else found.and_what_went_with_it()
        if lost:
            self.book.hold(job, lost, self.clock() + self.plex.deletions_s, has_waited=True)
        else:
            found.changes += found.lost
        if waits and found.waiting:
            self.book.hold(job, found.waiting, self.clock() + self.patience.held_s)
        job.changes = keyed(found.changes)
        if job.changes:
            return None
        if lost or (waits and found.waiting):
            self.book.finish(job)
            return None
        if found.waiting:
            return Result.HELD, "its deletion is not believed now"
        return Result.NOTHING, "it is not so any more"
