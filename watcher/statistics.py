"""What the daemon has done so far: counters by name, and how long each stage of the work takes."""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cache.store import StoreStatistics

Stage = Literal["settle", "queue", "match", "request", "visible"]
"""Where time goes, in order: from the last event until settled, waiting for the worker, finding
what a path belongs to, one call to Plex, and from the last event until visible in Plex."""

STAGES: tuple[Stage, ...] = get_args(Stage)

_RECENT = 1024
"""Samples of a stage that its percentiles are taken from: 8 KiB, and days of a quiet NAS."""


@dataclass(frozen=True, slots=True)
class StageTimings:
    """How long a stage took, in seconds.

    `total` and `longest_s` are since the start; `recent` says how many of the last samples
    `p50_s`, `p95_s` and `max_s` are of.
    """

    total: int
    longest_s: float
    recent: int
    p50_s: float
    p95_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class StatisticsSnapshot:
    """Counters in the order of their first use, and timings in the order of the stages.

    A stage that never took place is left out.
    """

    counters: dict[str, int]
    stages: dict[Stage, StageTimings]


@dataclass(slots=True)
class _Samples:
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))
    total: int = 0
    longest_s: float = 0.0

    def add(self, seconds: float) -> None:
        self.recent.append(seconds)
        self.total += 1
        self.longest_s = max(self.longest_s, seconds)

    def timings(self) -> StageTimings:
        ordered = sorted(self.recent)
        return StageTimings(
            total=self.total,
            longest_s=self.longest_s,
            recent=len(ordered),
            p50_s=_percentile(ordered, 0.50),
            p95_s=_percentile(ordered, 0.95),
            max_s=ordered[-1],
        )


class Statistics:
    """Collects; every method may be called from any thread and returns at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: Counter[str] = Counter()
        self._samples: dict[Stage, _Samples] = {}

    def count(self, name: str, n: int = 1) -> None:
        """Add to a counter; the name is words as they shall stand in the log."""
        with self._lock:
            self._counters[name] += n

    def time(self, stage: Stage, seconds: float) -> None:
        """Note how long a stage took; less than nothing, by a clock that was set, is nothing."""
        with self._lock:
            self._samples.setdefault(stage, _Samples()).add(max(0.0, seconds))

    def snapshot(self) -> StatisticsSnapshot:
        """Return all of it as it is now."""
        with self._lock:
            return StatisticsSnapshot(
                counters=dict(self._counters),
                stages={
                    stage: self._samples[stage].timings()
                    for stage in STAGES
                    if stage in self._samples
                },
            )


def one_line(snapshot: StatisticsSnapshot, caches: Mapping[str, StoreStatistics]) -> str:
    """Write a snapshot and the caches by name as one line for the log."""
    counted = ", ".join(f"{name} {n}" for name, n in snapshot.counters.items())
    parts = [
        counted or "nothing yet",
        *(_stage(stage, timings) for stage, timings in snapshot.stages.items()),
        *(_cache(name, cache) for name, cache in caches.items()),
    ]
    return " | ".join(parts)


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Take the smallest sample that at least this share of them does not exceed (nearest rank)."""
    return ordered[math.ceil(share * len(ordered)) - 1]


def _stage(stage: Stage, timings: StageTimings) -> str:
    return (
        f"{stage} p50 {_duration(timings.p50_s)}, p95 {_duration(timings.p95_s)}, "
        f"max {_duration(timings.max_s)}"
    )


def _cache(name: str, cache: StoreStatistics) -> str:
    reads = cache.hits + cache.misses
    share = f" ({100 * cache.hits // reads} %)" if reads else ""
    return (
        f"cache {name} {cache.hits} hits{share}, {cache.misses} misses, "
        f"{cache.entries} entries, {_size(cache.size_bytes)}"
    )


def _duration(seconds: float) -> str:
    if seconds < 0.9995:  # from there on it would round to "1e+03"
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


def _size(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return f"{math.ceil(size_bytes / 1000)} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"
