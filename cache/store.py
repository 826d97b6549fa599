"""The store interface: JSON values by key, with expiry, counted reads and one writer's batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
"""What a value may be: exactly what JSON can say, so that no reader ever has to trust a writer."""

Clock = Callable[[], float]
"""Seconds since the epoch, as `time.time` gives them: expiry has to outlive the process."""

Report = Callable[[str], None]
"""Takes one sentence for a person, with no line break.

Called in the thread that used the store, while the store is locked: it must not wait for
another thread that may be using the same store.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored value and its age.

    `stored_at` and `expires_at` are seconds since the epoch; `expires_at` is None for a value
    that never expires.
    """

    value: JSON
    stored_at: float
    expires_at: float | None

    def expired(self, now: float) -> bool:
        """Whether the value is too old at `now`, or is from a future that a wrong clock made.

        Without the second half, an entry stored while the clock of the machine was years ahead
        would outlive its time by those years.
        """
        if self.expires_at is None:
            return False
        return now >= self.expires_at or now < self.stored_at


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """What a store has done since it was opened, and how large it is now.

    `entries` counts expired entries that are still held. `size_bytes` is what the store takes
    on disk, its own overhead included (0 for a store in memory).
    """

    hits: int
    misses: int
    entries: int
    size_bytes: int


class StoreError(Exception):
    """A store cannot read or write: disk full, no permission. The text names path and cure."""


class Store(Protocol):
    """A map from text to JSON that may outlive the process.

    Every method may be called from any thread. Keys are any `str`, lone surrogates (file names
    that are not UTF-8) included. Values are copied in and out: changing one afterwards changes
    nothing in the store. Reads of a damaged value are misses, never errors. Raises StoreError
    where the disk refuses.
    """

    def get(self, key: str) -> JSON:
        """Return the value, or None where there is none or it has expired; counted.

        A value may be None, and then only `peek` tells it from no value.
        """
        ...

    def peek(self, key: str) -> Entry | None:
        """Return the entry even if it has expired; not counted."""
        ...

    def set(self, key: str, value: JSON, *, ttl_s: float | None = None) -> None:
        """Keep a value, for `ttl_s` seconds or for good.

        Raises ValueError or TypeError for a value that JSON cannot say (NaN is one).
        """
        ...

    def delete(self, key: str) -> bool:
        """Forget a key; True if it was there, expired or not."""
        ...

    def items(self, prefix: str = "") -> Iterator[tuple[str, JSON]]:
        """Keys that begin with `prefix` and values that have not expired; not counted.

        Oldest first: by when the key came in; setting a key again keeps its place. Writing
        while this runs is allowed: what came later is not seen, what is gone is left out.
        """
        ...

    def clear(self, prefix: str = "") -> int:
        """Forget every key that begins with `prefix`, expired ones too; how many there were."""
        ...

    def batch(self) -> AbstractContextManager[None]:
        """Make the writes inside one transaction: one wait for the disk instead of many.

        All of them or none: an exception that leaves the block takes them back. The thread
        sees its own writes inside the block; other threads wait, so keep it short and do
        nothing slow in it. Batches nest; the outermost counts.
        """
        ...

    def statistics(self) -> StoreStatistics:
        """Count what was read since the store was opened, and measure what it holds."""
        ...

    def close(self) -> None:
        """Let go of files; the store is not used afterwards. Closing twice is fine."""
        ...
