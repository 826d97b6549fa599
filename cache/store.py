"""The store interface: JSON values by key, with expiry, counted reads and one writer's batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

JSON: TypeAlias = "None | bool | int | float | str | list[JSON] | dict[str, JSON]"
"""What a value may be: exactly what JSON can say, so that no reader ever has to trust a writer."""

Clock = Callable[[], float]
"""Seconds since the epoch, as `time.time` gives them: expiry has to outlive the process."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored value and its age.

    `stored_at` and `expires_at` are seconds since the epoch; `expires_at` is None for a value
    that never expires.
    """

    value: JSON
    stored_at: float
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """What a store has done since it was opened, and how large it is now.

    `size_bytes` is what the values take on disk (0 for a store in memory).
    """

    hits: int
    misses: int
    entries: int
    size_bytes: int


class StoreError(Exception):
    """A store cannot read or write at all: disk full, no permission. The text names path and cure."""


class Store(Protocol):
    """A map from text to JSON that may outlive the process.

    Every method may be called from any thread. Keys are any `str`, lone surrogates (file names
    that are not UTF-8) included. Reads of a damaged value are misses, never errors. Raises
    StoreError where the disk refuses.
    """

    def get(self, key: str) -> JSON:
        """Return the value, or None where there is none or it has expired; counted."""
        ...

    def peek(self, key: str) -> Entry | None:
        """Return the entry even if it has expired; not counted."""
        ...

    def set(self, key: str, value: JSON, *, ttl_s: float | None = None) -> None:
        """Keep a value, for `ttl_s` seconds or for good."""
        ...

    def delete(self, key: str) -> bool:
        """Forget a key; True if it was there."""
        ...

    def items(self) -> Iterator[tuple[str, JSON]]:
        """Every key and value that has not expired, oldest first; not counted."""
        ...

    def clear(self) -> int:
        """Forget everything; how many entries that were."""
        ...

    def batch(self) -> AbstractContextManager[None]:
        """Make the writes inside one transaction: one wait for the disk instead of many."""
        ...

    def statistics(self) -> StoreStatistics:
        """Count what was read since the store was opened, and measure what it holds."""
        ...

    def close(self) -> None:
        """Let go of files; the store is not used afterwards."""
        ...
