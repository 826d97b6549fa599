"""The settler: it turns a stream of events into changes that have come to rest.

What reaches Plex should be few and true: one job for a season of 22 files, none for a file that
came and went, and none before the files are whole. So events wait, together with all others of
their directory, and fold into what is true of each path in the end (`watcher.pending` has the
tables). Three times rule the wait, all counted in the clock that the caller passes in:

* quiet: a directory is told when it had no event for this long and all its files are complete;
* max_wait: a directory that never rests is told after this long, as far as its files are
  complete. The others stay, and the count starts anew;
* deletions: a directory in which things only disappeared waits this long, because the
  replacement may still be on its way. A scan between the two would make Plex drop the item,
  with everything that it knows about it.

A file is complete when its writer closed it, or when two looks a quiet period apart saw the same
size and time. The second is all there is for hard links and moved-in files, which never close,
and for what is written over NFS or Samba. The first look is taken at the next `due` after the
name appeared, so that such a file still waits for one quiet period only.

Where events were lost (`hold`), what came through waits for what is found out about the rest, for
max_wait at most: two jobs for one directory would cost Plex twice, and what the first one brought
would look like something that was replaced to the second.

A deletion goes along with whatever is told of its directory. While a replacement is still being
written it is held back, for `HELD_CAPS` times max_wait at most.

At the moment of telling each path is looked at once more, and the disk has the last word: what
is not there is not told as created, and what is there is not told as deleted.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from matcher.change import Happened
from matcher.paths import is_within
from watcher.completeness import UNREADABLE, Seen
from watcher.directories import parent_of
from watcher.pending import Bucket, Pending, Proof, State
from watcher.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.change import Change
    from watcher.events import Event

__all__ = ["HELD_CAPS", "Seen", "SettleSettings", "Settled", "Settler"]

HELD_CAPS = 10
"""How many times max_wait a deletion waits for a replacement that is still being written: with
the default of two minutes enough for 100 GB over a gigabit line. A file that grows for ever, a
log say, must not hold a deletion for ever."""


@dataclass(frozen=True, slots=True)
class SettleSettings:
    """How long things wait, in seconds, and how many paths may wait at once.

    Raises ValueError for a time or number that makes no sense.
    """

    quiet_s: float
    max_wait_s: float
    deletions_s: float
    directory_limit: int = 10_000
    total_limit: int = 200_000

    def __post_init__(self) -> None:
        """Refuse a wait of nothing: looking again after no time at all would never end."""
        if not (self.quiet_s > 0 and self.max_wait_s > 0 and self.deletions_s >= 0):
            raise ValueError("quiet and max_wait must be longer than 0s, deletions not negative")
        if self.directory_limit < 1 or self.total_limit < 1:
            raise ValueError("the limits of waiting paths must be at least 1")


@dataclass(frozen=True, slots=True)
class Settled:
    """The changes of one directory that came to rest, sorted by path.

    `directory` is an absolute host path, spelled as the events spelled it. `first_at` and
    `last_at` are the monotonic times of the first and the last event that led here. `restless`
    where the directory had not come to rest within max_wait.
    """

    directory: str
    changes: tuple[Change, ...]
    first_at: float
    last_at: float
    restless: bool = False


class Settler:
    """Collects events and hands out what settled. Not thread-safe: one thread owns it.

    That thread calls `add` for each event, then `due`, and then sleeps until `next_at` or the
    next event. `add` never touches the disk; `due` looks at files through `probe`, which returns
    None only for a path that does not exist (`watcher.completeness.look`).
    """

    def __init__(self, settings: SettleSettings, probe: Callable[[str], Seen | None]) -> None:
        """Start with nothing waiting."""
        self._settings = settings
        self._probe = probe
        self._waiting = Waiting(
            settings.directory_limit, settings.total_limit, self._arm, self._want_first_look
        )
        # (deadline, tie-breaker, directory). Only the entry that equals its bucket's armed_at_s
        # counts. It may be too early, since events do not move it; `due` and `next_at` do.
        self._heap: list[tuple[float, int, str]] = []
        self._ticket = count()
        self._unseen: list[Pending] = []
        self._unseen_since_s = math.inf
        self._now = -math.inf
        self._held: set[str] = set()

    def pending(self) -> int:
        """Count the paths that wait; a directory that gave up its paths counts as one."""
        return self._waiting.count

    def directories(self) -> frozenset[str]:
        """Return the directories in which something waits."""
        return frozenset(bucket.directory for bucket in self._waiting.buckets())

    def loses(self) -> bool:
        """Whether something that is gone waits to be told."""
        return any(
            pending.state is State.GONE
            for bucket in self._waiting.buckets()
            for pending in bucket.paths.values()
        )

    def left(self) -> frozenset[str]:
        """Return the directories from which something moved that waits elsewhere."""
        return frozenset(
            parent_of(pending.origin)
            for bucket in self._waiting.buckets()
            for pending in bucket.paths.values()
            if pending.origin is not None
        )

    def next_at(self) -> float | None:
        """Return when `due` has work to do at the earliest, in monotonic seconds; None: never.

        Before that time `due` returns nothing. At that time it may still return nothing, having
        looked at a file that still grows.
        """
        while self._heap:
            at, _, directory = self._heap[0]
            bucket = self._armed(directory, at)
            if bucket is not None and self._deadline(bucket) <= at:
                return min(at, self._unseen_since_s)
            heapq.heappop(self._heap)
            if bucket is not None:
                bucket.armed_at_s = math.inf
                self._arm(bucket)
        return None if self._unseen_since_s == math.inf else self._unseen_since_s

    def add(self, event: Event, now: float) -> None:
        """Take in one event, seen at `now`. Times never go backwards."""
        self._now = now
        self._waiting.fold(event, now)

    def hold(self, top: str) -> None:
        """Tell of nothing at or below a directory until `release`, or until max_wait is over.

        Some of its events were lost, and what they said is still being found out.
        """
        self._held.add(top)

    def release(self, top: str) -> None:
        """Tell again of what is at or below a directory, when it has come to rest."""
        self._held.discard(top)
        for bucket in self._waiting.buckets():
            self._arm(bucket)

    def due(self, now: float) -> list[Settled]:
        """Hand out what has come to rest by `now`, and look at the files that need it."""
        self._now = now
        self._take_first_looks()
        settled: list[Settled] = []
        while self._heap and self._heap[0][0] <= now:
            at, _, directory = heapq.heappop(self._heap)
            bucket = self._armed(directory, at)
            if bucket is None:
                continue
            bucket.armed_at_s = math.inf
            if self._deadline(bucket) <= now:
                settled.extend(self._tell(bucket))
            if self._waiting.bucket(directory) is bucket:
                self._arm(bucket)
        settled.sort(key=_only_losses)  # so that what moved is found before it is missed
        return settled

    def drain(self) -> list[Settled]:
        """Hand out everything that waits, complete or not: for a stop that must lose nothing."""
        settled = []
        for bucket in self._waiting.buckets():
            settled.extend(_settled(bucket, bucket.told_now()))
            self._waiting.remove(bucket)
        self._heap.clear()
        self._unseen.clear()
        self._unseen_since_s = math.inf
        return settled

    # When.

    def _armed(self, directory: str, at: float) -> Bucket | None:
        """Return the bucket that a heap entry is about, unless the entry is out of date."""
        bucket = self._waiting.bucket(directory)
        return bucket if bucket is not None and bucket.armed_at_s == at else None

    def _deadline(self, bucket: Bucket) -> float:
        settings = self._settings
        at = bucket.deadline(settings.quiet_s, settings.max_wait_s, settings.deletions_s)
        if self._held and any(is_within(bucket.directory, top) for top in self._held):
            return max(at, bucket.window_at_s + settings.max_wait_s)
        return at

    def _arm(self, bucket: Bucket) -> None:
        at = self._deadline(bucket)
        if at < bucket.armed_at_s:
            bucket.armed_at_s = at
            heapq.heappush(self._heap, (at, next(self._ticket), bucket.directory))

    # Whether.

    def _want_first_look(self, pending: Pending) -> None:
        # Without a first look a file waits for two quiet periods: no loss where there are many.
        if len(self._unseen) < self._settings.total_limit:
            self._unseen.append(pending)
            self._unseen_since_s = min(self._unseen_since_s, self._now)

    def _take_first_looks(self) -> None:
        unseen, self._unseen = self._unseen, []
        self._unseen_since_s = math.inf
        for pending in unseen:
            if not pending.alive or pending.proof is not Proof.APPEARED or pending.sample:
                continue
            bucket = self._waiting.bucket(parent_of(pending.path))
            seen = self._probe(pending.path)
            if bucket is not None and seen is not None:
                pending.observe(seen, self._now)
                bucket.sampled_at_s = self._now

    def _look(self, bucket: Bucket, pendings: Iterable[Pending]) -> None:
        """Look at paths once more, and believe the disk."""
        for pending in pendings:
            seen = self._probe(pending.path)
            there = seen is not None and seen.may_be(is_dir=pending.is_dir)
            if pending.alive and not there:
                self._waiting.lose(bucket, pending, self._now)
            elif there and pending.state is State.GONE and seen != UNREADABLE:
                bucket.turn(pending, State.CHANGED)
                pending.proof = Proof.APPEARED
            if there and seen is not None:
                pending.observe(seen, self._now)

    def _incomplete(self, bucket: Bucket) -> set[Pending]:
        quiet_s = self._settings.quiet_s
        return {p for p in bucket.paths.values() if not p.complete(self._now, quiet_s)}

    def _tell(self, bucket: Bucket) -> list[Settled]:
        """Tell what can be told of a bucket whose time has come; the rest stays in it."""
        if bucket.collapsed:
            self._waiting.remove(bucket)
            gone = self._probe(bucket.directory) is None
            return self._told(bucket, [bucket.as_a_whole(gone=gone)])
        capped = self._now >= bucket.window_at_s + self._settings.max_wait_s
        # The unproven first: where one is incomplete, there is no need to look at the others.
        unproven = {p: None for p in bucket.paths.values() if p.unproven}
        self._look(bucket, unproven)
        if capped or not self._incomplete(bucket):
            self._look(bucket, [p for p in bucket.paths.values() if p not in unproven])
        incomplete = self._incomplete(bucket)
        ripe = self._ripe(bucket, incomplete, capped=capped)
        for pending in ripe:
            self._waiting.discard(bucket, pending)
        if not any(pending.change() for pending in bucket.paths.values()):
            self._waiting.remove(bucket)
        if incomplete:
            bucket.sampled_at_s = self._now
        if capped:
            bucket.window_at_s = self._now
        told = self._told(bucket, ripe)
        return [replace(each, restless=True) for each in told] if capped else told

    def _ripe(self, bucket: Bucket, incomplete: set[Pending], *, capped: bool) -> list[Pending]:
        """List what of a bucket may be told now."""
        if incomplete and not capped:
            return []
        gone = [p for p in bucket.paths.values() if p.state is State.GONE]
        ready = [p for p in bucket.paths.values() if p.arriving and p not in incomplete]
        if ready:
            return ready + gone
        if incomplete:
            held_s = HELD_CAPS * self._settings.max_wait_s
            return gone if any(self._now >= p.since_s + held_s for p in gone) else []
        return gone if self._deadline(bucket) <= self._now else []

    def _told(self, bucket: Bucket, ripe: list[Pending]) -> list[Settled]:
        settled = _settled(bucket, ripe)
        for each in settled:
            self._waiting.become_known(each.directory)
            for change in each.changes:
                if change.dest is not None:
                    self._waiting.become_known(parent_of(change.path))
                if change.is_dir and change.happened is not Happened.DELETED:
                    for below in self._waiting.hasten(change.dest or change.path):
                        self._arm(below)
        return settled


def _settled(bucket: Bucket, ripe: list[Pending]) -> list[Settled]:
    changes = [change for pending in ripe if (change := pending.change()) is not None]
    if not changes:
        return []
    changes.sort(key=lambda change: (change.path, change.is_dir, change.dest or ""))
    first_at = min(pending.since_s for pending in ripe)
    return [Settled(bucket.directory, tuple(changes), first_at, bucket.last_at_s)]


def _only_losses(settled: Settled) -> bool:
    return all(change.happened is Happened.DELETED for change in settled.changes)
