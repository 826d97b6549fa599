"""What Plex did not take, or did not let go: it is not asked for every night."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cache.table import Table
from matcher.paths import name

if TYPE_CHECKING:
    from cache.store import JSON, Store
    from watcher.scan_order import Expectation

NAMESPACE = "refused"
GONE: Final = (-1, -1)
"""Size and time of a file that is gone from the disk, and that Plex goes on showing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that Plex did not take: its host path, how it was then, the likely reason, when.

    `at` is seconds since the epoch.
    """

    host: str
    size: int
    mtime_ns: int
    reason: str
    at: float

    def sentence(self) -> str:
        """Say what is wrong, for a person."""
        shows = "still shows" if (self.size, self.mtime_ns) == GONE else "does not show"
        return f"Plex {shows} {name(self.host)}: {self.reason}"


class Refused:
    """Files that Plex did not take, by their Plex paths; they outlive the process.

    A file that changes is asked for again, and forgotten here as soon as it is. Any thread may
    call.
    """

    def __init__(self, store: Store) -> None:
        self._table: Table[Refusal] = Table(store, NAMESPACE, encode=_as_json, decode=_from_json)

    def add(self, wish: Expectation, reason: str) -> None:
        """Remember a file that a follow-up gave up on."""
        if wish.is_dir or not wish.host:
            return
        try:
            found = os.stat(wish.host)  # noqa: PTH116 - paths are text throughout
            looks = found.st_size, found.st_mtime_ns
        except OSError:
            looks = GONE
        if wish.gone == (looks == GONE):
            self._table.set(wish.file, Refusal(wish.host, *looks, reason, time.time()))

    def forget(self, file: str) -> None:
        """Forget a file: it is asked for again, or Plex has it right by now."""
        if self._table.peek(file) is not None:
            self._table.delete(file)

    def as_they_were(self) -> dict[str, tuple[int, int]]:
        """Map each Plex path to the size and the time (mtime in ns) the file had then, or GONE."""
        return {file: (each.size, each.mtime_ns) for file, each in self._table.items()}

    def all(self) -> tuple[Refusal, ...]:
        """List all of them, the oldest first."""
        return tuple(sorted((each for _, each in self._table.items()), key=lambda one: one.at))


def _as_json(value: Refusal) -> JSON:
    return [value.size, value.mtime_ns, value.host, value.reason, value.at]


def _from_json(value: JSON) -> Refusal:
    if not isinstance(value, list):
        raise TypeError(value)
    size, mtime_ns, host, reason, at = value
    if not isinstance(size, int) or not isinstance(mtime_ns, int) or not isinstance(at, float):
        raise TypeError(value)
    return Refusal(str(host), size, mtime_ns, str(reason), at)
