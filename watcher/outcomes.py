"""What came of a job: one outcome with its timings, its readable line, and the last ones kept."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Result(StrEnum):
    """How a job ended."""

    VISIBLE = "visible"
    ASKED = "asked"
    NOTHING = "nothing to do"
    NOT_COVERED = "not covered"
    NOT_ACCEPTED = "not accepted"
    HELD = "held"
    FAILED = "failed"
    DRY_RUN = "dry run"


LEVELS = {
    Result.NOT_COVERED: "WARNING",
    Result.NOT_ACCEPTED: "WARNING",
    Result.HELD: "WARNING",
    Result.FAILED: "ERROR",
}
"""At which level an outcome is told; the others at INFO."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one job. `timings` are seconds by stage, in the order in which they passed."""

    result: Result
    directory: str
    changes: int
    requests: tuple[str, ...]
    reason: str
    timings: dict[str, float] = field(default_factory=dict)
    finished_at: float = 0.0
    told_at: float = field(default_factory=time.time)
    """Seconds since the epoch, for people."""

    def line(self) -> str:
        """One line for people: what, where, what was asked, how long it took."""
        asked = f"{', '.join(self.requests)}; " if self.requests else ""
        spent = ", ".join(f"{stage} {_seconds(s)}" for stage, s in self.timings.items())
        tail = f" [{spent}]" if spent else ""
        what = f"{self.changes} change{'' if self.changes == 1 else 's'}"
        return f"{self.result}: {self.directory} ({what}): {asked}{self.reason}{tail}"


def _seconds(value: float) -> str:
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s"


class Recent:
    """The last outcomes, for status and demo, or all (`most` is None); any thread may read."""

    def __init__(self, most: int | None = 200) -> None:
        self._kept: deque[Outcome] = deque(maxlen=most)
        self._open: dict[str, Outcome] = {}
        self._lock = threading.Condition()
        self._count = 0

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; one that was not accepted stays until its directory has another."""
        with self._lock:
            self._count += 1
            self._lock.notify_all()
            self._kept.append(outcome)
            if outcome.result in LEVELS:
                self._open[outcome.directory] = outcome
            else:
                self._open.pop(outcome.directory, None)

    def last(self) -> tuple[Outcome, ...]:
        """Return the last outcomes, oldest first."""
        with self._lock:
            return tuple(self._kept)

    def since(self, count: int) -> tuple[Outcome, ...]:
        """Return what was added after so many in all, oldest first, as far as it is kept."""
        with self._lock:
            news = min(self._count - count, len(self._kept))
            return tuple(self._kept[-back] for back in range(news, 0, -1))

    def wait_for(self, count: int, timeout_s: float) -> bool:
        """Wait until so many outcomes have been added in all; False if that takes too long."""
        with self._lock:
            return self._lock.wait_for(lambda: self._count >= count, timeout_s)

    def open(self) -> tuple[Outcome, ...]:
        """Return the outcomes that still need somebody's eye."""
        with self._lock:
            return tuple(self._open.values())
