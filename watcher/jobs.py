"""The queue of jobs: one directory's settled changes each, coalesced while they wait."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from matcher.change import Change, Happened

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_CHANGES = 2_000
"""Above this many changes a job speaks of its directory as a whole: memory stays bounded."""


@dataclass(slots=True)
class Job:
    """One directory's changes on their way to Plex.

    Times are monotonic seconds: `first_at` and `last_at` of the events, `settled_at` when they had
    come to rest, `not_before` when the job may be tried (again). `serial` names the job in the
    journal and in outcomes.
    """

    serial: int
    directory: str
    changes: dict[str, Change]
    first_at: float
    last_at: float
    settled_at: float
    not_before: float = 0.0
    attempts: int = 0


@dataclass(slots=True)
class JobQueue:
    """Jobs that wait to be planned; a later one for the same directory joins the earlier.

    Not thread-safe by itself: its owner holds the lock.
    """

    waiting: dict[str, Job] = field(default_factory=dict)

    def put(self, job: Job) -> Job:
        """Add a job and return the one that now speaks for its directory."""
        job.changes = {path: _as_arrival(change) for path, change in job.changes.items()}
        present = self.waiting.get(job.directory)
        if present is None:
            self.waiting[job.directory] = job
            return job
        merged = joined(present.changes, job.changes.values())
        present.changes = collapsed(present.directory, merged)
        present.first_at = min(present.first_at, job.first_at)
        present.last_at = max(present.last_at, job.last_at)
        present.settled_at = max(present.settled_at, job.settled_at)
        present.not_before = min(present.not_before, job.not_before)
        return present

    def put_back(self, job: Job) -> Job | None:
        """Add a job that was taken earlier; return the later one that it swallows, if any.

        What was settled since is newer, and has the last word about each path.
        """
        later = self.waiting.pop(job.directory, None)
        self.waiting[job.directory] = job
        if later is not None:
            self.put(later)
        return later

    def take_due(self, now: float) -> list[Job]:
        """Remove and return every job whose time has come, the oldest first."""
        due = [job for job in self.waiting.values() if job.not_before <= now]
        for job in due:
            del self.waiting[job.directory]
        return sorted(due, key=lambda job: job.first_at)

    def next_at(self) -> float | None:
        """When the next job is due, in monotonic seconds."""
        return min((job.not_before for job in self.waiting.values()), default=None)

    def oldest_at(self) -> float | None:
        """When the first event of the longest waiting job was seen."""
        return min((job.first_at for job in self.waiting.values()), default=None)

    def __len__(self) -> int:
        return len(self.waiting)


def joined(earlier: dict[str, Change], later: Iterable[Change]) -> dict[str, Change]:
    """Fold later changes of the same paths into earlier ones that nobody has acted upon yet."""
    result = dict(earlier)
    for change in later:
        before = result.get(change.path)
        result[change.path] = change if before is None else _both(before, change)
    return result


def _both(before: Change, after: Change) -> Change:
    """What is true after both: a thing made and then written is still new to Plex."""
    made = before.happened is Happened.CREATED and after.happened is Happened.CHANGED
    if made:
        return replace(after, happened=Happened.CREATED)
    back = before.happened is Happened.DELETED and after.happened is Happened.CREATED
    if back and not after.is_dir:
        return replace(after, happened=Happened.CHANGED)
    return after


def _as_arrival(change: Change) -> Change:
    """Let a directory that is told as a whole be looked into.

    Who watches tells of a changed directory only where it cannot tell of what lies in it: there
    was too much of it, or it is a link that nothing below is watched through. To the matcher a
    changed directory is nothing, and one that came is scanned.
    """
    if change.is_dir and change.happened is Happened.CHANGED:
        return replace(change, happened=Happened.CREATED)
    return change


def collapsed(directory: str, changes: dict[str, Change]) -> dict[str, Change]:
    """Let one change of the directory stand for its paths when there are too many to keep."""
    if len(changes) <= MOST_CHANGES:
        return changes
    return {directory: Change(Happened.CREATED, directory, is_dir=True)}
