"""What is said to be gone from a folder: of what was there before the window that counts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from watcher.directories import around

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOW_S: Final = 600.0
"""Deletions within so long count together."""
MOST: Final = 100_000
"""Of no more paths it is remembered that they went, to bound memory: far more than half of any
folder that a person could restore by hand."""
MOST_FRESH: Final = 20_000
"""Of no more paths it is remembered that they came."""


class Gone:
    """Paths and when they went last, the oldest first. Any thread may call.

    What came within the window and went again was no part of the folder: a recorder that makes
    room, an importer's working directories. Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._went: dict[str, float] = {}
        self._came: dict[str, float] = {}
        self.noted = 0
        """How often something was noted, so that it shows when there is news."""

    def came(self, path: str, now: float) -> None:
        """Note that a path is said to be new; one that went before was there already."""
        with self._lock:
            if path not in self._went:
                self._came.pop(path, None)
                self._came[path] = now
                _prune(self._came, now - WINDOW_S, MOST_FRESH)

    def went(self, path: str, now: float, *, is_held: bool = False) -> None:
        """Note that a path is said to be gone; see `forget_old` for `is_held`."""
        with self._lock:
            came = self._came.pop(path, None)
            if came is not None and now - came <= WINDOW_S:
                return
            self.noted += 1
            self._went.pop(path, None)
            self._went[path] = now
        self.forget_old(now, is_held=is_held)

    def forget_old(self, now: float, *, is_held: bool) -> None:
        """Forget what went long ago; but of what is held nothing is forgotten but by number."""
        with self._lock:
            _prune(self._went, float("-inf") if is_held else now - WINDOW_S, MOST)

    def let_go(self, links: frozenset[str]) -> list[tuple[str, float]]:
        """Forget what is said to be gone below some links, and return it with its times."""
        with self._lock:
            below = [path for path in self._went if not links.isdisjoint(around(path))]
            return [(path, self._went.pop(path)) for path in below]

    def all(self) -> tuple[str, ...]:
        """Return all that is said to be gone."""
        with self._lock:
            return tuple(self._went)

    def forget(self) -> None:
        """Forget all that is said to be gone."""
        with self._lock:
            self._went.clear()


def _prune(kept: dict[str, float], since: float, most: int) -> None:
    for path in _oldest(kept):
        if kept[path] >= since and len(kept) <= most:
            return
        del kept[path]


def _oldest(kept: dict[str, float]) -> Iterator[str]:
    while kept:
        yield next(iter(kept))
