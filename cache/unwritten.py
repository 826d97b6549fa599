"""Writes that have not reached a store yet, in a form that can be read and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cache.envelope import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cache.store import JSON, Entry, Store


SWEEP_FROM = 1000
"""From so many values on, those that have expired are looked for."""


class Unwritten:
    """The net effect of sets, deletes and clears that a store below has not seen.

    Kept as three parts that are replayed in this order: prefixes cleared, keys deleted, values
    set. Each write takes away what it overrules in the parts, so the order is right. Not locked:
    its user does that.
    """

    def __init__(self) -> None:
        self._cleared: tuple[str, ...] = ()
        self._deleted: set[str] = set()
        self._sealed: dict[str, str] = {}
        self._sweep_at = SWEEP_FROM

    def __bool__(self) -> bool:
        """Whether there is anything to replay."""
        return bool(self._cleared or self._deleted or self._sealed)

    def __len__(self) -> int:
        """How many values are waiting."""
        return len(self._sealed)

    def copy(self) -> Unwritten:
        """Another one with the same writes."""
        twin = Unwritten()
        twin._cleared = self._cleared
        twin._deleted = set(self._deleted)
        twin._sealed = dict(self._sealed)
        twin._sweep_at = self._sweep_at
        return twin

    def set(self, key: str, value: JSON, *, now: float, ttl_s: float | None) -> None:
        """Note a value; raises ValueError or TypeError for what JSON cannot say."""
        self._sealed[key] = seal(value, now=now, ttl_s=ttl_s)
        if len(self._sealed) >= self._sweep_at:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        """Drop what has expired: a disk may refuse for days, and memory is not without end."""
        for key, text in list(self._sealed.items()):
            if unseal(text).expired(now):
                self.delete(key)
        self._sweep_at = max(SWEEP_FROM, 2 * len(self._sealed))

    def delete(self, key: str) -> None:
        """Note that a key is gone."""
        self._sealed.pop(key, None)
        self._deleted.add(key)

    def clear(self, prefix: str) -> None:
        """Note that every key that begins with `prefix` is gone."""
        self._sealed = {k: text for k, text in self._sealed.items() if not k.startswith(prefix)}
        self._deleted = {k for k in self._deleted if not k.startswith(prefix)}
        self._cleared = (*(p for p in self._cleared if not p.startswith(prefix)), prefix)

    def covers(self, key: str) -> bool:
        """Whether what the store below says of this key is out of date."""
        return key in self._sealed or self._gone(key)

    def _gone(self, key: str) -> bool:
        return key in self._deleted or key.startswith(self._cleared)

    def entry(self, key: str) -> Entry | None:
        """The entry that was set, None for no or another kind of write."""
        text = self._sealed.get(key)
        return None if text is None else unseal(text)

    def replay(self, store: Store, now: float) -> None:
        """Write it to a store, all or nothing; raises StoreError as the store does."""
        if len(self._sealed) + len(self._deleted) == 1 and not self._cleared:
            self._replay(store, now)  # one write is a transaction by itself
            return
        with store.batch():
            self._replay(store, now)

    def _replay(self, store: Store, now: float) -> None:
        for prefix in self._cleared:
            store.clear(prefix)
        for key in self._deleted:
            store.delete(key)
        for key, text in self._sealed.items():
            entry = unseal(text)
            # What has expired meanwhile is written as expired: peek still wants to see it.
            ttl_s = None if entry.expires_at is None else entry.expires_at - now
            store.set(key, entry.value, ttl_s=ttl_s)

    def over(
        self, below: Iterable[tuple[str, JSON]], prefix: str, now: float
    ) -> Iterator[tuple[str, JSON]]:
        """The items of the store below as they would be after the replay, in the same order."""
        in_place: set[str] = set()
        for key, value in below:
            if key in self._sealed and not self._gone(key):
                in_place.add(key)
                yield from self._valid(key, now)
            elif not self._gone(key):
                yield key, value
        for key in self._sealed:
            if key.startswith(prefix) and key not in in_place:
                yield from self._valid(key, now)

    def _valid(self, key: str, now: float) -> Iterator[tuple[str, JSON]]:
        entry = self.entry(key)
        if entry is not None and not entry.expired(now):
            yield key, entry.value
