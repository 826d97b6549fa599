"""The queue of jobs: one directory's settled changes each, coalesced while they wait."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from matcher.change import MEDIA, Change, Happened
from matcher.kinds import kind_of
from watcher.done import MOST_FILES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from watcher.done import Fact

MOST_CHANGES = 2_000
"""Above this many changes a job speaks of its media files as a whole: memory stays bounded."""


MOST_JOBS = 20_000
"""So many directories wait in memory at most; the others wait in the journal only."""

MOST_IN_HAND = 2_000
"""So many jobs are planned and followed up at a time; the others wait, where they can merge."""

Key: TypeAlias = tuple[str, str | None, bool]
"""What tells the changes of a job apart: one path may have moved away and have come anew."""


def key_of(change: Change) -> Key:
    """Return the key of a change within its job."""
    return change.path, change.dest, change.is_dir


def keyed(changes: Iterable[Change]) -> dict[Key, Change]:
    """Return changes by their keys, in order."""
    return {key_of(change): change for change in changes}


@dataclass(slots=True)
class Job:
    """One directory's changes on their way to Plex.

    Times are monotonic seconds: `first_at` and `last_at` of the events, `settled_at` when they had
    come to rest, `not_before` when the job may be tried (again). `serial` names the job in the
    journal and in outcomes. `restless` where that was not waited for any longer. `facts` are how
    its files looked when it was filed. `was_tried`: Plex may have been asked for it before.
    `has_waited`: what is gone may have moved on, and was waited for.
    """

    serial: int
    directory: str
    changes: dict[Key, Change]
    first_at: float
    last_at: float
    settled_at: float
    not_before: float = 0.0
    attempts: int = 0
    restless: bool = False
    facts: tuple[Fact, ...] = ()
    was_tried: bool = False
    has_waited: bool = False


@dataclass(slots=True)
class JobQueue:
    """Jobs that wait to be planned; a later one for the same directory joins the earlier.

    Not thread-safe by itself: its owner holds the lock.
    """

    waiting: dict[str, Job] = field(default_factory=dict)

    def put(self, job: Job) -> Job:
        """Add a job and return the one that now speaks for its directory."""
        job.changes = keyed(_as_arrival(change) for change in job.changes.values())
        present = self.waiting.get(job.directory)
        if present is None:
            self.waiting[job.directory] = job
            return job
        merged = joined(present.changes, job.changes.values(), was_tried=present.was_tried)
        present.facts = (*present.facts, *job.facts)[-MOST_FILES:]
        present.was_tried = present.was_tried or job.was_tried
        present.has_waited = present.has_waited and job.has_waited
        present.changes = collapsed(present.directory, merged)
        present.first_at = min(present.first_at, job.first_at)
        present.last_at = max(present.last_at, job.last_at)
        present.settled_at = max(present.settled_at, job.settled_at)
        if not present.attempts:  # news must not shorten a back-off
            present.not_before = min(present.not_before, job.not_before)
        present.restless = present.restless and job.restless
        return present

    def put_back(self, job: Job) -> Job | None:
        """Add a job that was taken earlier; return the later one that it swallows, if any.

        What was settled since is newer, and has the last word about each path.
        """
        later = self.waiting.pop(job.directory, None)
        self.waiting[job.directory] = job
        job.was_tried = job.was_tried or job.attempts > 0
        if later is not None:
            self.put(later)
        return later

    def due(self, now: float, most: int = MOST_JOBS) -> list[str]:
        """Name the directories whose jobs' time has come, at most so many.

        The oldest first, those that failed before after the others: they may again, and slowly.
        """
        ready = (job for job in self.waiting.values() if job.not_before <= now)
        oldest = heapq.nsmallest(
            max(most, 0), ready, key=lambda job: (job.attempts > 0, job.first_at)
        )
        return [job.directory for job in oldest]

    def take(self, directory: str) -> Job | None:
        """Remove and return the job of a directory, if there still is one."""
        return self.waiting.pop(directory, None)

    def next_at(self) -> float | None:
        """When the next job is due, in monotonic seconds."""
        return min((job.not_before for job in self.waiting.values()), default=None)

    def look_again(self, now: float) -> None:
        """Let jobs that are held on purpose be due now; those that failed back off all the same."""
        for job in self.waiting.values():
            if not job.attempts:
                job.not_before = min(job.not_before, now)

    def waits_unplanned(self, now: float) -> bool:
        """Whether a job waits that is due or could not be planned; those held on purpose do not."""
        return any(job.attempts or job.not_before <= now for job in self.waiting.values())

    def oldest_at(self) -> float | None:
        """When the first event of the longest waiting job was seen."""
        return min((job.first_at for job in self.waiting.values()), default=None)

    def __len__(self) -> int:
        return len(self.waiting)


def joined(
    earlier: dict[Key, Change], later: Iterable[Change], *, was_tried: bool = False
) -> dict[Key, Change]:
    """Fold later changes of the same paths into earlier ones.

    `was_tried`: Plex may know by now what the earlier ones say.
    """
    result = dict(earlier)
    for change in later:
        before = result.get(key_of(change))
        result[key_of(change)] = (
            change if before is None else _both(before, change, was_tried=was_tried)
        )
    return result


def _both(before: Change, after: Change, *, was_tried: bool) -> Change:
    """What is true after both: a thing made and then written is still new to Plex."""
    made = before.happened is Happened.CREATED and after.happened is Happened.CHANGED
    if made and not was_tried:
        return replace(after, happened=Happened.CREATED)
    again = before.happened is not Happened.CREATED and after.happened is Happened.CREATED
    if again and not after.is_dir:
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


def collapsed(directory: str, changes: dict[Key, Change]) -> dict[Key, Change]:
    """Let one change of the directory stand for its media files when there are too many to keep.

    A scan of it finds them all, and shows Plex which are gone; but no scan tells of sidecars, or
    looks into what was replaced, and this one tells not of where something moved from.
    """
    if len(changes) <= MOST_CHANGES:
        return changes
    kept = [change for change in changes.values() if not _found_by_scan(change)]
    return keyed([Change(Happened.CREATED, directory, is_dir=True), *kept])


def _found_by_scan(change: Change) -> bool:
    if change.happened in {Happened.MOVED, Happened.CHANGED}:
        return False
    return change.is_dir or kind_of(change.path, is_dir=False) in MEDIA
