"""A store in one file: what a raw cache keeps as text becomes entries, and damage is mended."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from cache.envelope import seal, unseal
from cache.faults import Damage, Fault, in_brief, judge, printable, refusal
from cache.place import Place, identity
from cache.store import JSON, Clock, Entry, Report, StoreError, StoreStatistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

_Result = TypeVar("_Result")

_ATTEMPTS = 3
"""Use as it is; look again and find damage; use what was made anew."""

_FAILURES = (sqlite3.Error, OSError, Damage, ValueError, TypeError, AssertionError)
"""What a raw cache raises. The last three come from rows that it cannot make sense of: our own
keys and values are text before it sees them."""


class Foreign(NamedTuple):
    """A key as it stands in a row that we did not write: good for deleting that row."""

    key: Any
    raw: Any


class Missing:
    """What reading gives where there is no row; None is a row whose value is not ours."""


_NO_ROW = Missing()


class RawCache(Protocol):
    """The part of diskcache.Cache that is used here, for text; one thread at a time."""

    def get(self, key: str, default: Missing) -> str | Missing | None:
        """Return the text of a row, None if the row is not ours, or the default for no row."""
        ...

    def set(self, key: str, value: str) -> object:
        """Write a row."""
        ...

    def delete(self, key: str | Foreign) -> bool:
        """Delete a row; whether it was there."""
        ...

    def clear(self) -> int:
        """Delete every row; how many there were."""
        ...

    def volume(self) -> int:
        """Bytes on disk."""
        ...

    def transact(self) -> AbstractContextManager[object]:
        """Make what is done inside one transaction, or part of the one that has begun."""
        ...

    def begin(self) -> None:
        """Begin a transaction that the other methods take part in."""
        ...

    def commit(self) -> None:
        """End it; everything in it is kept."""
        ...

    def roll_back(self) -> None:
        """End it, or what is left of it; nothing in it is kept. Raises nothing."""
        ...

    def close(self) -> None:
        """Close the file, without an error; any further use opens it again."""
        ...

    def __iter__(self) -> Iterator[str | Foreign]:
        """Keys in the order of coming."""
        ...

    def __len__(self) -> int:
        """How many rows there are."""
        ...


class DurableStore:
    """A `Store` whose entries lie in the rows of a raw cache.

    What goes wrong is judged in one place, `_mend`: a disk that refuses is a StoreError, a
    damaged file is set aside and made anew, anything unclear is looked at again.

    Args:
        place: Where the file is.
        opener: Opens the database at that path, which is there; raises Damage for a bad one,
            and what a raw cache raises.
        clock: For expiry, and for the name of what is set aside.
        report: Told of damage.
    """

    def __init__(
        self, place: Place, opener: Callable[[str], RawCache], clock: Clock, report: Report
    ) -> None:
        self._place = place
        self._opener = opener
        self._clock = clock
        self._report = report
        self._database = str(place.database)
        self._lock = threading.RLock()
        self._cache: RawCache | None = None
        self._identity: tuple[int, int] | None = None
        self._closed = False
        self._in_batch = False
        self._broken: Exception | None = None
        self._hits = 0
        self._misses = 0

    def open(self) -> None:
        """Open the file now rather than at the first use."""
        self._run(len)

    def get(self, key: str) -> JSON:
        """Return the value, or None where there is none or it has expired; counted."""
        with self._lock:
            entry = self.peek(key)
            if entry is None or entry.expired(self._clock()):
                self._misses += 1
                return None
            self._hits += 1
            return entry.value

    def peek(self, key: str) -> Entry | None:
        """Return the entry even if it has expired; not counted. A damaged one is dropped."""
        with self._lock:
            text = self._run(lambda cache: cache.get(key, _NO_ROW))
            if text is _NO_ROW:
                return None
            if isinstance(text, str):
                with suppress(ValueError):
                    return unseal(text)
            self._drop(key)
            return None

    def set(self, key: str, value: JSON, *, ttl_s: float | None = None) -> None:
        """Keep a value, for `ttl_s` seconds or for good."""
        text = seal(value, now=self._clock(), ttl_s=ttl_s)
        self._run(lambda cache: cache.set(key, text), writes=True)

    def delete(self, key: str) -> bool:
        """Forget a key; True if it was there."""
        return self._run(lambda cache: cache.delete(key), writes=True)

    def items(self, prefix: str = "") -> Iterator[tuple[str, JSON]]:
        """Keys that begin with `prefix` and values that have not expired, oldest first."""
        for key in self._keys(prefix):
            entry = self.peek(key)
            if entry is not None and not entry.expired(self._clock()):
                yield key, entry.value

    def clear(self, prefix: str = "") -> int:
        """Forget every key that begins with `prefix`; how many there were."""
        return self._run(lambda cache: _clear(cache, prefix), writes=True)

    def statistics(self) -> StoreStatistics:
        """Count what was read, and measure what is held."""
        with self._lock:
            entries, size = self._run(lambda cache: (len(cache), cache.volume()))
            return StoreStatistics(self._hits, self._misses, entries, size)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make the writes inside one transaction; other threads wait."""
        with self._lock:
            if self._in_batch:
                yield
                return
            self._run(lambda cache: cache.begin(), writes=True)
            self._in_batch = True
            try:
                yield
            except BaseException:
                with suppress(StoreError):  # the error that ends the batch is the one to see
                    self._end_batch(commit=False)
                raise
            self._end_batch(commit=True)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._let_go()
            self._closed = True

    def _keys(self, prefix: str) -> list[str]:
        """Find every key that begins so, in the order of coming; drop rows with foreign keys."""
        with self._lock:
            # Not list(cache): that asks for the length first, one more query.
            keys = self._run(lambda cache: list(iter(cache)))
            for key in keys:
                if isinstance(key, Foreign):
                    self._drop(key)
        return [key for key in keys if isinstance(key, str) and key.startswith(prefix)]

    def _drop(self, key: str | Foreign) -> None:
        with suppress(StoreError):  # reading it again will try again
            self._run(lambda cache: cache.delete(key))

    def _run(self, act: Callable[[RawCache], _Result], *, writes: bool = False) -> _Result:
        """Do something with the cache; mend what can be mended; StoreError if that is nothing."""
        with self._lock:
            if self._in_batch:
                return self._run_in_batch(act)
            failure: Exception = Damage("it was not even tried")
            for _ in range(_ATTEMPTS):
                try:
                    return act(self._opened(writes=writes))
                except _FAILURES as error:
                    failure = error
                self._mend(failure)
            raise self._refused(failure)

    def _run_in_batch(self, act: Callable[[RawCache], _Result]) -> _Result:
        """Do something inside the transaction; once that has failed, all of it has."""
        if self._broken is None:
            try:
                return act(self._opened())
            except _FAILURES as error:
                self._broken = error
        raise self._refused(self._broken)

    def _end_batch(self, *, commit: bool) -> None:
        cache, self._in_batch = self._opened(), False
        broken, self._broken = self._broken, None
        if commit and broken is None:
            try:
                cache.commit()
            except _FAILURES as error:
                broken = error
        else:
            cache.roll_back()
        if broken is not None:
            self._mend(broken)
            raise self._refused(broken)

    def _opened(self, *, writes: bool = False) -> RawCache:
        if self._closed:
            raise StoreError(f"the store {printable(self._place.home)} is closed")
        if writes and self._identity != identity(self._database):
            # Somebody removed or replaced the file: what is written to ours would be lost.
            self._let_go()
        if self._cache is None:
            self._place.prepare(self._report)
            self._identity = identity(self._database)
            self._cache = self._opener(self._database)
        return self._cache

    def _let_go(self) -> None:
        cache, self._cache = self._cache, None
        if cache is not None:
            cache.close()

    def _mend(self, failure: Exception) -> None:
        """Make ready for another attempt; StoreError if there is no point in one."""
        fault = judge(failure)
        if fault is Fault.REFUSED:
            if self._cache is not None:
                # A new connection later, so that no half a transaction stays behind. Not a new
                # cache: opening one writes, and a full disk can still be read.
                self._cache.close()
            raise self._refused(failure)
        self._let_go()
        if fault is Fault.DAMAGED and self._identity in (None, identity(self._database)):
            # Otherwise another process has found the damage and put a new file there.
            self._set_aside(failure)

    def _set_aside(self, failure: Exception) -> None:
        try:
            aside = self._place.set_aside(self._clock())
        except FileNotFoundError:
            return  # another process did so this moment
        except OSError as error:
            raise self._refused(error) from error
        self._identity = None
        self._report(
            f"The store {printable(self._place.home)} was damaged ({in_brief(failure)}): "
            f"it starts empty, and what was there is set aside as {printable(aside)}."
        )

    def _refused(self, failure: Exception) -> StoreError:
        refused = StoreError(refusal(failure, self._place.home))
        refused.__cause__ = failure
        return refused


def _clear(cache: RawCache, prefix: str) -> int:
    with cache.transact():
        if not prefix:
            return cache.clear()
        keys = [key for key in cache if isinstance(key, str) and key.startswith(prefix)]
        return sum(cache.delete(key) for key in keys)
