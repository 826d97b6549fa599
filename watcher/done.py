"""What was done lately: the paths whose change is dealt with, and how the disk looked by then.

The watching saves what it knows of the folders every few minutes only. After a kill it finds what
changed since then once more, done or not, and of a file that came and went in that time it finds
nothing at all. This closes the gap on both sides: what is as it was when it was dealt with is not
told again, and what is not any more is told.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from typing import TYPE_CHECKING, NamedTuple

from cache.table import Table
from matcher.change import Happened
from watcher.directories import DirectoryMap, around
from watcher.events import Event, What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cache.store import JSON, Store
    from matcher.change import Change

NAMESPACE = "done"
KEPT_S = 1800.0
"""Far longer than the watching needs to save what it knows: five minutes, for a quiet directory."""
MOST_FILES = 500
"""So many files of one job are remembered; of more, all are looked at once too often."""


class Fact(NamedTuple):
    """How one path looked: None for one that is gone. `mtime_ns` is the file system's.

    `inode` tells a file from another one of the same size and time that took its name; None where
    it is not known.
    """

    path: str
    size: int | None
    mtime_ns: int | None
    inode: int | None = None

    def is_still(self, now: Fact) -> bool:
        """Whether a later look at the path shows the same."""
        known = None not in {self.inode, now.inode}
        return self[:3] == now[:3] and (not known or self.inode == now.inode)


def facts_of(changes: Iterable[Change]) -> tuple[Fact, ...]:
    """Look at the files that changes are about, before anything is asked for them."""
    facts: list[Fact] = []
    for path in _paths(changes):
        facts.append(fact_of(path))
        if len(facts) >= MOST_FILES:
            break
    return tuple(facts)


def fact_of(path: str) -> Fact:
    """Look at one path."""
    try:
        found = os.stat(path)  # noqa: PTH116 - paths are text throughout
    except (OSError, ValueError):
        return Fact(path, None, None)
    return Fact(path, found.st_size, found.st_mtime_ns, found.st_ino)


def rewritten_since(facts: Iterable[Fact]) -> frozenset[str]:
    """Name the files that were there and are otherwise now."""
    return frozenset(
        fact.path
        for fact in facts
        if fact.size is not None
        and not fact.is_still(now := fact_of(fact.path))
        and now.size is not None
    )


def _paths(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        here = change.dest if change.happened is Happened.MOVED else change.path
        if change.happened is Happened.MOVED:
            yield change.path
        if here is None:
            continue
        if change.is_dir and change.happened is not Happened.DELETED:
            for directory, _, names in os.walk(here):
                for name in names:
                    yield os.path.join(directory, name)  # noqa: PTH118 - as above
        else:
            yield here


class Done:
    """The facts of jobs that are done, in a store that outlives the process.

    `clock_ns` gives nanoseconds since the epoch.

    `keep` is called by the worker's thread, what `hear` returns by watching threads,
    the rest by the one that starts the rooms.
    """

    def __init__(self, store: Store, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._table: Table[tuple[Fact, ...]] = Table(
            store, NAMESPACE, encode=_as_json, decode=facts_from
        )
        self._clock_ns = clock_ns
        self._lock = threading.Lock()
        self._lately: DirectoryMap[Fact] = DirectoryMap()

    def keep(self, facts: tuple[Fact, ...], ago_s: float = 0.0) -> None:
        """Remember what a job has dealt with, and looked at so long ago.

        Jobs end in another order than they looked: the key says which look is the last.
        """
        if facts:
            looked_ns = self._clock_ns() - int(ago_s * 1e9)
            self._table.set(f"{looked_ns:020}-{uuid.uuid4().hex[:8]}", facts, ttl_s=KEPT_S)

    def recall(self) -> None:
        """Take up what the last run has done; before anybody watches."""
        with self._lock:
            for _, facts in sorted(self._table.items()):  # so that the last look speaks
                for fact in facts:
                    self._take_up(fact)

    def _take_up(self, fact: Fact) -> None:
        """Take up a fact, and let go of what was true before it of what is around and below.

        A directory that went has nothing in it, and one with a file in it is back.
        """
        if fact.size is None:
            for path, _ in self._lately.below(fact.path):
                self._lately.pop(path)
        else:
            for up in around(fact.path):
                known = self._lately.get(up)
                if known is not None and known.size is None:
                    self._lately.pop(up)
        self._lately.set(fact.path, fact)

    def hear(self, sink: Callable[[Event], None]) -> Callable[[Event], None]:
        """Return a sink that takes no news of what was done, and passes all else on."""

        def hear(event: Event) -> None:
            news = self._as_news(event) if self._lately else event
            if news is not None:
                sink(news)

        return hear

    def settle_up(
        self,
        is_away: Callable[[str], bool] = lambda _path: False,
        answers: Callable[[str], bool] = lambda _path: True,
    ) -> Iterator[Event]:
        """Tell what is not as it was, and that nobody told; nothing of a disk that is away.

        What is as it was may still be told: the watching holds some of it back for a moment. It
        is passed over once; whatever is told of a path a second time is news.
        """
        with self._lock:
            left = list(self._lately.values())
        for fact in left:
            if not answers(fact.path):
                continue
            now = fact_of(fact.path)
            if fact.is_still(now) or (now.size is None and is_away(fact.path)):
                continue
            with self._lock:
                self._lately.pop(fact.path)
            if now.size is None:
                yield Event(What.DELETED, fact.path)
            else:
                # Nothing tells of what is in a directory that is back: it is news as a whole.
                is_dir = os.path.isdir(fact.path)  # noqa: PTH112 - as above
                is_new = fact.size is None and not is_dir
                yield Event(What.CREATED if is_new else What.WRITTEN, fact.path, is_dir)

    def _as_news(self, event: Event) -> Event | None:
        """Say what is news of an event: nothing where all is as it was when it was dealt with.

        A file that the watching does not know, and that was dealt with, is no new one.
        """
        with self._lock:
            fact = self._lately.pop(event.path)
        if fact is None or event.dest is not None or event.what is What.MOVED:
            return event
        if fact.is_still(fact_of(event.path)):
            return None
        was_there = fact.size is not None and not event.is_dir
        if event.what is What.CREATED and was_there:
            return Event(What.WRITTEN, event.path)
        return event


def _as_json(facts: tuple[Fact, ...]) -> JSON:
    return [[*fact] for fact in facts]


def facts_from(value: JSON) -> tuple[Fact, ...]:
    """Read facts back. Raises TypeError and ValueError for what are none."""
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(_fact(row) for row in value)


def _fact(row: JSON) -> Fact:
    if not isinstance(row, list):
        raise TypeError(row)
    path, size, mtime_ns, *inode = row  # an earlier version kept none
    return Fact(str(path), _whole(size), _whole(mtime_ns), *map(_whole, inode[:1]))


def _whole(value: JSON) -> int | None:
    if value is not None and not isinstance(value, int):
        raise TypeError(value)
    return value
