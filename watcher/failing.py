"""What fails by itself while Plex answers everything else, for `status` until it goes through."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 100
"""So many are kept at most, the latest ones."""

FORGOTTEN_S: Final = 1800.0
"""After so long without another failure nobody tries it any more: something else stands for it.
What is tried again is so within ten minutes."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One request or decision that fails and is tried again.

    `failures` counts in a row, `why` is the last one in words; `since` is the first one and
    `last` the last one, in seconds since the epoch.
    """

    what: str
    failures: int
    why: str
    since: float
    last: float


class Failing:
    """The failures by what failed. Any thread may call. `wall` gives seconds since the epoch."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self._failures: dict[str, Failure] = {}

    def failed(self, what: str, failures: int, why: str) -> None:
        """Note that something failed so often in a row."""
        with self._lock:
            now = self._wall()
            before = self._failures.pop(what, None) or Failure(what, failures, why, now, now)
            self._failures[what] = replace(before, failures=failures, why=why, last=now)
            if len(self._failures) > MOST:
                del self._failures[next(iter(self._failures))]

    def over(self, what: str) -> None:
        """Note that something went through, or was given up."""
        with self._lock:
            self._failures.pop(what, None)

    def all(self) -> tuple[Failure, ...]:
        """Name what fails, the last to fail at the end."""
        with self._lock:
            late = self._wall() - FORGOTTEN_S
            self._failures = {k: one for k, one in self._failures.items() if one.last > late}
            return tuple(self._failures.values())
