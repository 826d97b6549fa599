"""A store that goes on in memory while the disk refuses, and catches up when it does not."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cache.store import JSON, Clock, Entry, Report, Store, StoreError, StoreStatistics
from cache.unwritten import Unwritten

if TYPE_CHECKING:
    from collections.abc import Iterator


class SturdyStore:
    """A `Store` around another one that never raises StoreError.

    What the store below refuses to write is kept in memory, where reads find it, with no bound:
    a process that ends before the disk takes writes again loses it. `retry_after_s` after a
    failure, the next write tries to put everything kept on disk at once. `report` hears one
    sentence when it begins, with the error's cure, and one when it is over. A read that fails
    is a miss.

    Args:
        store: Should be opened lazily, if it is on disk: a disk that is full at the start is
            then like one that fills up later.
        report: See `cache.store.Report`.
        clock: The one that the store below has.
        retry_after_s: How long to leave a refusing disk alone.
        name: What the sentences call it.
    """

    def __init__(
        self,
        store: Store,
        *,
        report: Report,
        clock: Clock = time.time,
        retry_after_s: float = 30.0,
        name: str = "the store",
    ) -> None:
        self._below = store
        self._report = report
        self._clock = clock
        self._retry_after_s = retry_after_s
        self._name = name
        self._lock = threading.RLock()
        self._unwritten = Unwritten()
        self._failed_at: float | None = None
        self._in_batch = False
        self._hits = 0
        self._misses = 0

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
        """Return the entry even if it has expired; not counted."""
        with self._lock:
            if self._unwritten.covers(key):
                return self._unwritten.entry(key)
            try:
                return self._below.peek(key)
            except StoreError as error:
                self._failed(error)
                return None

    def set(self, key: str, value: JSON, *, ttl_s: float | None = None) -> None:
        """Keep a value, for `ttl_s` seconds or for good."""
        with self._lock:
            self._unwritten.set(key, value, now=self._clock(), ttl_s=ttl_s)
            self._write()

    def delete(self, key: str) -> bool:
        """Forget a key; True if it was there."""
        with self._lock:
            present = self.peek(key) is not None
            self._unwritten.delete(key)
            self._write()
        return present

    def items(self, prefix: str = "") -> Iterator[tuple[str, JSON]]:
        """Keys that begin with `prefix` and values that have not expired, oldest first."""
        with self._lock:
            unwritten = self._unwritten.copy()
        yield from unwritten.over(self._items_below(prefix), prefix, self._clock())

    def clear(self, prefix: str = "") -> int:
        """Forget every key that begins with `prefix`; how many there were, as far as is known."""
        with self._lock:
            # Reading every item only to count it would take seconds for a large store.
            count = sum(1 for _ in self.items(prefix)) if prefix else self.statistics().entries
            self._unwritten.clear(prefix)
            self._write()
        return count

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make the writes inside one transaction; other threads wait."""
        with self._lock:
            if self._in_batch:
                yield
                return
            before, self._in_batch = self._unwritten.copy(), True
            try:
                yield
            except BaseException:
                self._unwritten = before
                raise
            finally:
                self._in_batch = False
            self._write()

    def statistics(self) -> StoreStatistics:
        """Count what was read here, and measure what is held below and kept here."""
        with self._lock:
            kept = len(self._unwritten)
            try:
                below = self._below.statistics()
            except StoreError as error:
                self._failed(error)
                return StoreStatistics(self._hits, self._misses, kept, 0)
            entries = below.entries + kept
            return StoreStatistics(self._hits, self._misses, entries, below.size_bytes)

    def is_behind(self) -> bool:
        """Whether something is kept in memory only; any thread may ask."""
        return bool(self._unwritten)

    def catch_up(self) -> None:
        """Try to put on disk what is kept in memory, if it is time for that."""
        with self._lock:
            self._write()

    def close(self) -> None:
        """Write what was kept, whatever the disk said before, and close the store below."""
        with self._lock:
            self._failed_at = None if self._failed_at is None else -float("inf")
            self._write()
            if self._unwritten:
                self._report(
                    f"{self._name}: {len(self._unwritten)} entries could not be written to disk "
                    "and are lost."
                )
                self._unwritten = Unwritten()
            self._below.close()

    def _items_below(self, prefix: str) -> Iterator[tuple[str, JSON]]:
        try:
            yield from self._below.items(prefix)
        except StoreError as error:
            with self._lock:
                self._failed(error)

    def _write(self) -> None:
        """Bring the store below up to date, unless it is being left alone."""
        if self._in_batch or not self._unwritten or self._resting():
            return
        kept = len(self._unwritten)
        try:
            self._unwritten.replay(self._below, self._clock())
        except StoreError as error:
            self._failed(error)
            return
        self._unwritten = Unwritten()
        if self._failed_at is not None:
            self._failed_at = None
            self._report(f"{self._name} is on disk again; {kept} entries kept in memory are saved.")

    def _resting(self) -> bool:
        # A clock that was set back must not make the rest longer.
        return self._failed_at is not None and (
            0 <= self._clock() - self._failed_at < self._retry_after_s
        )

    def _failed(self, error: StoreError) -> None:
        if self._failed_at is None:
            self._report(
                f"{self._name} goes on in memory, and what it learns is lost if this process ends "
                f"before the disk takes it: {error}."
            )
        self._failed_at = self._clock()
