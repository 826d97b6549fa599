"""One day of a NAS with every fault on every route: late, but nothing is lost and nothing doubled.

By default each fault meets all routes in one day, one after the other. With PLEXNUDGE_ALL_FAULTS in
the environment every fault has a day of its own on every route.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from closed_loop import QUICK, ROUTES, Loop, closed_loop
from waiting import wait_until

from watcher.outcomes import Result
from watcher.simulated_plex.faults import Fault, Kind
from watcher.simulated_plex.record import Wrong
from watcher.status import status

if TYPE_CHECKING:
    from pathlib import Path

TIMES = 2
STATUSES = (400, 401, 403, 404, 429, 500, 502, 503)
FAULTS = {
    **{f"{status}": (Kind.STATUS, status) for status in STATUSES},
    **{
        kind.value.replace(" ", "-"): (kind, 503)
        for kind in Kind
        # These take minutes, or are their own tests' (test_plex_door_faults).
        if kind not in {Kind.STATUS, Kind.HUGE, Kind.DRIP, Kind.HANG}
    },
}
ALL = "PLEXNUDGE_ALL_FAULTS"
DAYS = [
    (fault, routes)
    for fault in FAULTS
    for routes in ([(route,) for route in ROUTES] if os.environ.get(ALL) else [ROUTES])
]
FILES = {
    **{f"Movies/Film {n} (2000)/Film {n} (2000).mkv": 3000 + n for n in range(4)},
    **{f"TV/Show/Season 01/Show - S01E{n:02}.mkv": 2000 + n for n in range(1, 4)},
}
MOST_SCANS = 20
"""Six directories have news; a scan that seems lost is asked for again, twice for each fault."""


def day(loop: Loop) -> None:
    """What happens to files: arrivals, an upgrade, a subtitle, losses, a move."""
    loop.put("Movies/New (2001)/New (2001).mkv")
    for n in range(4, 7):
        loop.put(f"TV/Show/Season 01/Show - S01E{n:02}.mkv")
    loop.put("Movies/Film 0 (2000)/Film 0 (2000).mkv", 9000)
    loop.put("Movies/Film 1 (2000)/Film 1 (2000).en.srt", 30)
    loop.move("TV/Show/Season 01/Show - S01E01.mkv", "TV/Show/Season 02/Show - S01E01.mkv")
    shutil.rmtree(loop.path("Movies/Film 3 (2000)"))


def times(kind: Kind, route: str) -> int:
    """An empty answer to a PUT is the usual one, so nobody can know that nothing was done."""
    return 1 if kind is Kind.EMPTY and route.startswith("PUT") else TIMES


@pytest.mark.parametrize(("name", "routes"), DAYS)
def test_every_fault_on_every_route_is_overcome(
    tmp_path: Path, name: str, routes: tuple[str, ...]
) -> None:
    kind, status = FAULTS[name]
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        moved = "TV/Show/Season 01/Show - S01E01.mkv"
        upgraded = "Movies/Film 0 (2000)/Film 0 (2000).mkv"
        keys = loop.key(moved), loop.key(upgraded)
        for route in routes:
            loop.plex.faults.set(route, Fault(kind, status=status), times=times(kind, route))
        day(loop)
        loop.rest(40)

        after = loop.key("TV/Show/Season 02/Show - S01E01.mkv"), loop.key(upgraded)
        assert after == keys, loop.story()
        assert loop.plex.violations == (), loop.story()
        assert len(loop.plex.scans) <= MOST_SCANS, loop.story()
        assert not loop.told.lines("a bug in plexnudge"), loop.story()
        assert [one for one in loop.outcomes() if one.result is Result.FAILED] == [], loop.story()


def test_a_request_that_hangs_ends_and_is_made_again(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        faults = [loop.plex.faults.set(route, Fault(Kind.HANG), times=1) for route in ROUTES]
        day(loop)
        wait_until(lambda: any(fault.hanging.is_set() for fault in faults), 10, loop.story)
        loop.rest(40)
        loop.plex.faults.clear()
        loop.rest(40)

        # What hung is done when it is let go, which may be while a scan runs: nobody's wrong call.
        wrong = [one for one in loop.plex.violations if one.what is not Wrong.ANALYZE_DURING_SCAN]
        assert wrong == [], loop.story()


def test_what_is_gone_again_before_plex_is_back_is_not_looked_for(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        with loop.plex.refusing():
            loop.put("Movies/Brief (2001)/Brief (2001).mkv")
            loop.put("Movies/Film 2 (2000)/Film 2 (2000).en.srt", 30)
            wait_until(lambda: loop.daemon.worker.waiting() == 2, 10, loop.story)
            shutil.rmtree(loop.path("Movies/Brief (2001)"))
            loop.remove("Movies/Film 2 (2000)/Film 2 (2000).en.srt")
            wait_until(lambda: loop.daemon.intake.pending() == 0, 10, loop.story)
        loop.rest()

        assert not loop.told.lines("asked again"), loop.story()
        loop.judge(most_scans=2)


def test_a_scan_that_is_never_answered_is_not_made_for_ever(tmp_path: Path) -> None:
    """Plex does what it is asked for, and each answer is lost: what is there is there."""
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        key = loop.key("Movies/Film 0 (2000)/Film 0 (2000).mkv")
        loop.plex.faults.set("GET /library/sections/*/refresh", Fault(Kind.UNANSWERED))
        loop.put("Movies/New (2001)/New (2001).mkv")
        loop.put("Movies/Film 0 (2000)/Film 0 (2000).mkv", 9000)
        shutil.rmtree(loop.path("Movies/Film 3 (2000)"))
        loop.rest(40)

        assert loop.key("Movies/Film 0 (2000)/Film 0 (2000).mkv") == key
        assert {one.result for one in loop.outcomes()} == {Result.VISIBLE}, loop.story()
        # Each twice, as its connection may have been a stale one, and again until the second is
        # over in which the library was scanned before: until then nothing shows that it was made.
        loop.judge(most_scans=28)


def test_one_poisonous_item_holds_up_nobody(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        key = loop.key("Movies/Film 1 (2000)/Film 1 (2000).mkv")
        loop.plex.faults.set(f"* /library/metadata/{key}*", Fault(Kind.STATUS, status=500))
        loop.put("Movies/Film 1 (2000)/Film 1 (2000).en.srt", 30)
        wait_until(lambda: loop.told.lines("Film 1"), 10, loop.story)
        loop.put("Movies/New (2001)/New (2001).mkv")
        loop.put("Movies/Film 2 (2000)/Film 2 (2000).en.srt", 30)
        wait_until(lambda: loop.has("Movies/New (2001)/New (2001).mkv"), 10, loop.story)
        wait_until(lambda: len(loop.differences()) == 1, 10, loop.story)

        assert not loop.told.lines("Plex is away"), loop.story()
        failing = status(loop.daemon)["failing"]
        assert [one["what"] for one in failing] == ["refresh 'Film 1'"]
        assert "500" in failing[0]["why"]
        loop.plex.faults.clear()
        loop.rest()
        assert not status(loop.daemon)["failing"]
        loop.judge(most_scans=1)
