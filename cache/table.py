"""A typed view of one part of a store: keys under a name, values encoded and decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cache.store import JSON, Store

T = TypeVar("T")

_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What decoding raises on a value of another version of this program, or of nobody."""


class Table(Generic[T]):
    """The entries of a store whose keys begin with `<namespace>:`, as values of type T.

    Args:
        store: Shared with tables of other namespaces.
        namespace: Without a colon, so that no table sees the keys of another.
        encode: From T to JSON other than None, which a reader could not tell from a miss.
        decode: Back again. ValueError, LookupError, TypeError or AttributeError mean that
            the entry is of no use: it is dropped, and the caller sees a miss (the store's own
            statistics count that read as a hit).
    """

    def __init__(
        self,
        store: Store,
        namespace: str,
        *,
        encode: Callable[[T], JSON],
        decode: Callable[[JSON], T],
    ) -> None:
        if ":" in namespace:
            raise ValueError(f"a namespace has no colon: {namespace!r}")
        self._store = store
        self._prefix = f"{namespace}:"
        self._encode = encode
        self._decode = decode

    def get(self, key: str) -> T | None:
        """Return the value, or None where there is none, it has expired or cannot be read."""
        return self._decoded(key, self._store.get(self._prefix + key))

    def peek(self, key: str) -> T | None:
        """Return the value even if it has expired; not counted by the store."""
        entry = self._store.peek(self._prefix + key)
        return None if entry is None else self._decoded(key, entry.value)

    def set(self, key: str, value: T, *, ttl_s: float | None = None) -> None:
        """Keep a value, for `ttl_s` seconds or for good."""
        encoded = self._encode(value)
        if encoded is None:
            raise ValueError("a value encoded as None could not be told from a miss")
        self._store.set(self._prefix + key, encoded, ttl_s=ttl_s)

    def delete(self, key: str) -> bool:
        """Forget a key; True if it was there."""
        return self._store.delete(self._prefix + key)

    def items(self) -> Iterator[tuple[str, T]]:
        """Every key and value that has not expired and can be read, oldest first."""
        for full_key, encoded in self._store.items(self._prefix):
            key = full_key.removeprefix(self._prefix)
            value = self._decoded(key, encoded)
            if value is not None:
                yield key, value

    def clear(self) -> int:
        """Forget every entry of this table; how many there were."""
        return self._store.clear(self._prefix)

    def _decoded(self, key: str, encoded: JSON) -> T | None:
        if encoded is None:
            return None
        try:
            return self._decode(encoded)
        except _UNREADABLE:
            self.delete(key)
            return None
