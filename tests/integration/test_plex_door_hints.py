"""What Plex is doing is a hint: where it does not say, nothing depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from closed_loop import QUICK, closed_loop
from door import opened

from matcher.errors import PlexRefused, PlexUnavailable
from watcher.simulated_plex.faults import Fault, Kind
from watcher.simulated_plex.server import SimulatedPlex

if TYPE_CHECKING:
    from pathlib import Path

ACTIVITIES = "GET /activities"


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500, 501])
def test_a_server_that_does_not_tell_what_it_does_does_nothing_known(status: int) -> None:
    with SimulatedPlex() as sim, opened(sim.url, token=lambda: sim.token) as door:
        sim.faults.set(ACTIVITIES, Fault(Kind.STATUS, status=status))
        assert door.activities() == ()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(Kind.STATUS, status=401), PlexRefused),
        (Fault(Kind.STATUS, status=503), PlexUnavailable),
        (Fault(Kind.RESET), PlexUnavailable),
    ],
    ids=["401", "503", "reset"],
)
def test_a_server_that_is_away_or_refuses_the_token_is_not_taken_for_an_idle_one(
    fault: Fault, error: type[Exception]
) -> None:
    with SimulatedPlex() as sim, opened(sim.url, token=lambda: sim.token) as door:
        sim.faults.set(ACTIVITIES, fault)
        with pytest.raises(error):
            door.activities()


def test_the_loop_closes_without_hints(tmp_path: Path) -> None:
    files = {"Movies/Heat (1995)/Heat (1995).mkv": 3000}
    with closed_loop(tmp_path, QUICK, files) as loop:
        loop.plex.faults.set(ACTIVITIES, Fault(Kind.STATUS, status=500))
        loop.put("Movies/Heat (1995)/Heat (1995).en.srt", 30)
        loop.put("Movies/Ran (1985)/Ran (1985).mkv")
        loop.rest()
        loop.put("Movies/Heat (1995)/Heat (1995).mkv", 9000)
        loop.rest()
        loop.judge(most_scans=2)
