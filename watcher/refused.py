"""What Plex did not take: remembered with size and time, so that it is not asked for again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cache.table import Table

if TYPE_CHECKING:
    from cache.store import JSON, Store
    from watcher.scans import Expectation

NAMESPACE = "refused"


class Refused:
    """Plex paths of files that Plex did not take, each with the size and time it had then.

    A file that changes since is asked for again. Any thread may call.
    """

    def __init__(self, store: Store) -> None:
        self._table: Table[tuple[int, int]] = Table(
            store, NAMESPACE, encode=_as_json, decode=_from_json
        )

    def add(self, wish: Expectation) -> None:
        """Remember a file that a follow-up gave up on."""
        if wish.gone or wish.is_dir or not wish.host:
            return
        try:
            found = os.stat(wish.host)  # noqa: PTH116 - paths are text throughout
        except OSError:
            return
        self._table.set(wish.file, (found.st_size, found.st_mtime_ns))

    def forget(self, file: str) -> None:
        """Forget a file that Plex has now."""
        self._table.delete(file)

    def all(self) -> dict[str, tuple[int, int]]:
        """Return all of it: Plex path to (size, mtime in ns)."""
        return dict(self._table.items())


def _as_json(value: tuple[int, int]) -> JSON:
    return list(value)


def _from_json(value: JSON) -> tuple[int, int]:
    if not isinstance(value, list):
        raise TypeError(value)
    size, mtime_ns = value
    if not isinstance(size, int) or not isinstance(mtime_ns, int):
        raise TypeError(value)
    return size, mtime_ns
