"""Statistics count, time and tell, from any thread."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.store import StoreStatistics
from watcher.statistics import STAGES, Statistics, StatisticsSnapshot, one_line


def test_nothing_yet() -> None:
    assert Statistics().snapshot() == StatisticsSnapshot({}, {})


def test_counters_add_up_in_the_order_of_their_first_use() -> None:
    statistics = Statistics()
    statistics.count("events", 3)
    statistics.count("changes")
    statistics.count("events")

    assert list(statistics.snapshot().counters.items()) == [("events", 4), ("changes", 1)]


def test_one_sample_is_all_of_its_percentiles() -> None:
    statistics = Statistics()
    statistics.time("match", 0.25)

    (timings,) = statistics.snapshot().stages.values()

    assert (timings.p50_s, timings.p95_s, timings.max_s, timings.longest_s) == (0.25,) * 4
    assert (timings.total, timings.recent) == (1, 1)


def test_percentiles_are_samples_that_were_seen() -> None:
    statistics = Statistics()
    for number in range(100, 0, -1):
        statistics.time("queue", float(number))

    timings = statistics.snapshot().stages["queue"]

    assert (timings.p50_s, timings.p95_s, timings.max_s) == (50.0, 95.0, 100.0)


def test_percentiles_forget_the_old_and_totals_do_not() -> None:
    statistics = Statistics()
    statistics.time("request", 1000.0)
    for _ in range(2000):
        statistics.time("request", 1.0)

    timings = statistics.snapshot().stages["request"]

    assert (timings.total, timings.longest_s) == (2001, 1000.0)
    assert (timings.recent, timings.p95_s, timings.max_s) == (1024, 1.0, 1.0)


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    statistics = Statistics()
    statistics.time("settle", -3.0)

    assert statistics.snapshot().stages["settle"].max_s == 0.0


@settings(deadline=None)
@given(samples=st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_percentiles_have_their_share_below_them(samples: list[float]) -> None:
    statistics = Statistics()
    for seconds in samples:
        statistics.time("visible", seconds)

    timings = statistics.snapshot().stages["visible"]

    for share, value in ((0.5, timings.p50_s), (0.95, timings.p95_s), (1.0, timings.max_s)):
        assert value in samples
        assert sum(seconds <= value for seconds in samples) >= share * len(samples)
        assert sum(seconds < value for seconds in samples) < share * len(samples)


def test_a_snapshot_does_not_change_afterwards() -> None:
    statistics = Statistics()
    statistics.count("events")
    statistics.time("match", 1.0)
    before = statistics.snapshot()
    statistics.count("events")
    statistics.time("match", 2.0)

    assert before.counters == {"events": 1}
    assert before.stages["match"].total == 1


def test_stages_come_in_the_order_of_the_work() -> None:
    statistics = Statistics()
    for stage in reversed(STAGES):
        statistics.time(stage, 1.0)

    assert tuple(statistics.snapshot().stages) == STAGES


def test_threads_lose_no_count_and_no_sample() -> None:
    statistics = Statistics()

    def work() -> None:
        for _ in range(500):
            statistics.count("events")
            statistics.time("match", 1.0)
            statistics.snapshot()

    threads = [threading.Thread(target=work, name=f"work {number}") for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    found = statistics.snapshot()
    assert found.counters == {"events": 2000}
    assert found.stages["match"].total == 2000


def test_one_line_says_all_of_it() -> None:
    statistics = Statistics()
    statistics.count("events", 120)
    statistics.count("jobs", 3)
    for seconds in (0.0004, 0.012, 0.5):
        statistics.time("match", seconds)
    statistics.time("visible", 75.0)

    line = one_line(
        statistics.snapshot(),
        {
            "matches": StoreStatistics(hits=30, misses=10, entries=12, size_bytes=2_340_000),
            "library": StoreStatistics(hits=0, misses=0, entries=1, size_bytes=28_672),
        },
    )

    assert line == (
        "events 120, jobs 3"
        " | match p50 12 ms, p95 500 ms, max 500 ms"
        " | visible p50 75.0 s, p95 75.0 s, max 75.0 s"
        " | cache matches 30 hits (75 %), 10 misses, 12 entries, 2.3 MB"
        " | cache library 0 hits, 0 misses, 1 entries, 29 kB"
    )


def test_one_line_of_nothing_is_a_line_too() -> None:
    assert one_line(Statistics().snapshot(), {}) == "nothing yet"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.0004, "0.4 ms"),
        (0.9994, "999 ms"),
        (0.9997, "1.0 s"),
        (59.96, "60.0 s"),
        (7260.0, "121 min"),
    ],
)
def test_durations_are_short_whatever_their_size(seconds: float, text: str) -> None:
    statistics = Statistics()
    statistics.time("queue", seconds)

    assert one_line(statistics.snapshot(), {}).endswith(f"max {text}")
