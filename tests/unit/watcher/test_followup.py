"""What a look at Plex means: seen, wait, ask again, ask wider, analyze, or give up and why."""

from __future__ import annotations

import pytest

from matcher.model import Part
from watcher.followup import Verdict, compare, judge
from watcher.patience import Patience
from watcher.scan_order import Expectation, ScanOrder

PATIENCE = Patience()
FILE = "/data/Movies/Heat (1995)/Heat (1995).mkv"


def part(file: str = FILE, size: int = 10, *, deleted: bool = False) -> Part:
    return Part(file, size, 1, 7, "movie", "Heat", deleted=deleted)


def order(*, attempts: int = 1, asked_at: float = 0.0, idle_looks: int = 1) -> ScanOrder:
    return ScanOrder(
        1,
        "/data/Movies/Heat (1995)",
        0.0,
        asked_at=asked_at,
        attempts=attempts,
        idle_looks=idle_looks,
    )


@pytest.mark.parametrize(
    ("wish", "parts", "met"),
    [
        (Expectation(FILE, size=10), [part()], True),
        (Expectation(FILE), [part(size=3)], True),
        (Expectation(FILE, size=11), [part()], False),
        (Expectation(FILE), [part(deleted=True)], False),
        (Expectation(FILE), [], False),
        (Expectation(FILE, gone=True), [], True),
        (Expectation(FILE, gone=True), [part(deleted=True)], True),
        (Expectation(FILE, gone=True), [part()], False),
        (Expectation("/data/Movies/Heat (1995)", is_dir=True), [part()], True),
        (Expectation("/data/Movies/Heat", is_dir=True), [part()], False),
        (Expectation("/data/Movies/Heat", is_dir=True, gone=True), [part()], True),
        (Expectation("/data/Movies/Heat (1995)", is_dir=True, gone=True), [part()], False),
    ],
)
def test_an_expectation_is_met_by_what_plex_has(
    wish: Expectation, parts: list[Part], *, met: bool
) -> None:
    seen = compare([wish], parts)

    assert bool(seen.met) is met
    assert bool(seen.unmet) is not met


def test_a_busy_plex_is_waited_for_however_long() -> None:
    seen = compare([Expectation(FILE)], [])

    assert judge(order(), seen, 1e6, PATIENCE, idle=False) is Verdict.WAIT


@pytest.mark.parametrize(
    ("attempts", "late", "verdict"),
    [
        (1, 10.0, Verdict.ASK_AGAIN),
        (2, 20.0, Verdict.ASK_PARENT),
        (3, 40.0, Verdict.NOT_ACCEPTED),
    ],
)
def test_an_idle_plex_without_the_file_has_lost_the_scan(
    attempts: int, late: float, verdict: Verdict
) -> None:
    seen = compare([Expectation(FILE)], [])

    assert judge(order(attempts=attempts), seen, late - 0.1, PATIENCE, idle=True) is Verdict.WAIT
    assert judge(order(attempts=attempts), seen, late, PATIENCE, idle=True) is verdict


def test_a_scan_that_plex_shows_to_be_lost_is_asked_again_soon_and_only_a_few_times() -> None:
    seen = compare([Expectation(FILE)], [])
    lost = order()
    lost.ran = False

    for losses, late in enumerate((2.5, 5.0, 10.0)):
        lost.losses = losses
        assert judge(lost, seen, late - 0.1, PATIENCE, idle=True) is Verdict.WAIT
        assert judge(lost, seen, late, PATIENCE, idle=True) is Verdict.ASK_AGAIN
    lost.losses, lost.attempts = 3, 3
    assert judge(lost, seen, 39.9, PATIENCE, idle=True) is Verdict.WAIT
    assert judge(lost, seen, 40.0, PATIENCE, idle=True) is Verdict.NOT_ACCEPTED


def test_what_is_gone_and_was_passed_over_is_asked_for_again_soon() -> None:
    """A scan shows at once what is gone; what came may take Plex a while after it."""
    gone = compare([Expectation(FILE, gone=True)], [part()])
    new = compare([Expectation(FILE)], [])
    done = order()
    done.ran = True

    assert judge(done, gone, 2.5, PATIENCE, idle=True) is Verdict.ASK_AGAIN
    assert judge(done, new, 2.5, PATIENCE, idle=True) is Verdict.WAIT


def test_a_replaced_file_that_no_scan_noticed_is_analyzed() -> None:
    seen = compare([Expectation(FILE, size=99)], [part(size=10)])

    assert judge(order(idle_looks=1), seen, 1.0, PATIENCE, idle=True) is Verdict.WAIT
    assert judge(order(idle_looks=2), seen, 2.0, PATIENCE, idle=True) is Verdict.ANALYZE


def test_looks_are_spaced_wider_and_wider() -> None:
    gaps = [PATIENCE.look_s(looks) for looks in range(20)]

    assert gaps[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert gaps == sorted(gaps)
    assert gaps[17:] == [60.0, 60.0, 60.0]


def test_waits_after_failures_double_up_to_a_cap() -> None:
    assert [PATIENCE.back_off_s(failures) for failures in (1, 2, 3, 7, 1000)] == [1, 2, 4, 60, 60]


def test_a_job_that_fails_by_itself_is_left_alone_for_longer_and_longer() -> None:
    assert [PATIENCE.retry_s(failures) for failures in (1, 2, 10, 11, 1000)] == [
        1,
        2,
        512,
        600,
        600,
    ]
