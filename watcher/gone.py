"""What is said to be gone from a folder: of what was there before the window that counts."""

from __future__ import annotations

import threading
from typing import Final

from watcher.directories import DirectoryMap, around

WINDOW_S: Final = 600.0
"""Deletions within so long count together."""
MOST: Final = 100_000
"""Of no more paths it is remembered that they went, to bound memory: far more than half of any
folder that a person could restore by hand."""
MOST_FRESH: Final = 20_000
"""Of no more paths it is remembered that they came."""


class Gone:
    """Paths and when they went last, the oldest first. Any thread may call.

    What came within the window and went again was no part of the folder, by whatever name it went:
    a recorder that makes room, an importer's working directories. Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._went: dict[str, float] = {}
        self._came = _Fresh()
        self.noted = 0
        """How often something was noted, so that it shows when there is news."""

    def came(self, path: str, now: float) -> None:
        """Note that a path is said to be new; one that went before was there already."""
        with self._lock:
            if path not in self._went:
                self._came.add(path, now)

    def moved(self, path: str, dest: str, to: Gone, now: float) -> None:
        """Note that a path has another name now, in a folder that may be another one."""
        with self._lock:
            fresh = self._came.take(path, now)
        with to._lock:
            for each, at in fresh:
                to._came.add(dest + each[len(path) :], at)

    def went(self, path: str, now: float, *, is_held: bool = False) -> None:
        """Note that a path is said to be gone; see `forget_old` for `is_held`."""
        with self._lock:
            fresh = self._came.take(path, now)
            if any(each == path for each, _ in fresh):
                return
            self.noted += 1
            self._went.pop(path, None)
            self._went[path] = now
        self.forget_old(now, is_held=is_held)

    def forget_old(self, now: float, *, is_held: bool) -> None:
        """Forget what went long ago; but of what is held nothing is forgotten but by number."""
        with self._lock:
            while self._went and (
                len(self._went) > MOST
                or (not is_held and now - self._went[next(iter(self._went))] > WINDOW_S)
            ):
                del self._went[next(iter(self._went))]

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


class _Fresh:
    """What came within the window, and when. Its owner holds the lock."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}
        self._by_place: DirectoryMap[str] = DirectoryMap()

    def add(self, path: str, at: float) -> None:
        """Note what came; of what is too much the oldest is forgotten."""
        self._at.pop(path, None)
        self._at[path] = at
        self._by_place.set(path, path)
        if len(self._at) > MOST_FRESH:
            self._drop(next(iter(self._at)))

    def take(self, path: str, now: float) -> list[tuple[str, float]]:
        """Forget what came at or below a path, and return what of it came within the window."""
        found = [(each, self._drop(each)) for _, each in self._by_place.below(path)]
        return [(each, at) for each, at in found if now - at <= WINDOW_S]

    def _drop(self, path: str) -> float:
        self._by_place.pop(path)
        return self._at.pop(path)
