"""A store in memory: the twin of the disk store for tests, and where writes wait for a disk."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cache.envelope import seal, unseal
from cache.store import JSON, Clock, Entry, StoreStatistics

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryStore:
    """A `Store` that ends with the process and never evicts.

    Values are kept as text, as on disk: what goes in is copied, and what JSON cannot say is
    refused in both.
    """

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._sealed: dict[str, str] = {}
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
            text = self._sealed.get(key)
        return None if text is None else unseal(text)

    def set(self, key: str, value: JSON, *, ttl_s: float | None = None) -> None:
        """Keep a value, for `ttl_s` seconds or for good."""
        text = seal(value, now=self._clock(), ttl_s=ttl_s)
        with self._lock:
            self._sealed[key] = text

    def delete(self, key: str) -> bool:
        """Forget a key; True if it was there."""
        with self._lock:
            return self._sealed.pop(key, None) is not None

    def items(self, prefix: str = "") -> Iterator[tuple[str, JSON]]:
        """Keys that begin with `prefix` and values that have not expired, oldest first."""
        with self._lock:
            keys = [key for key in self._sealed if key.startswith(prefix)]
        for key in keys:
            entry = self.peek(key)
            if entry is not None and not entry.expired(self._clock()):
                yield key, entry.value

    def clear(self, prefix: str = "") -> int:
        """Forget every key that begins with `prefix`; how many there were."""
        with self._lock:
            keys = [key for key in self._sealed if key.startswith(prefix)]
            for key in keys:
                del self._sealed[key]
        return len(keys)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make the writes inside all or nothing; other threads wait."""
        with self._lock:
            if self._in_batch:
                yield
                return
            before, self._in_batch = dict(self._sealed), True
            try:
                yield
            except BaseException:
                self._sealed = before
                raise
            finally:
                self._in_batch = False

    def statistics(self) -> StoreStatistics:
        """Count what was read, and what is held."""
        with self._lock:
            return StoreStatistics(self._hits, self._misses, len(self._sealed), 0)

    def close(self) -> None:
        """Nothing to let go of."""
