"""What was begun before a restart is ended after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closed_loop import QUICK, closed_loop, write
from waiting import wait_until

from watcher.simulated_plex.faults import Fault, Kind

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"Movies/Heat (1995)/Heat (1995).mkv": 3000}


def test_a_replaced_file_is_analyzed_although_the_restart_came_after_its_scan(
    tmp_path: Path,
) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        loop.plex.faults.set("PUT /library/metadata/*/analyze", Fault(Kind.STATUS, status=500))
        partial = loop.path("Movies/Heat (1995)/Heat (1995).mkv.partial~")
        write(partial, 9000)
        partial.rename(loop.path("Movies/Heat (1995)/Heat (1995).mkv"))
        wait_until(lambda: loop.told.lines("analyze 'Heat' failed"), 10, loop.story)

        loop.restart()
        loop.plex.faults.clear()
        loop.rest()

        assert len(loop.plex.scans) <= 2, loop.story()


def test_a_refresh_that_plex_did_not_take_yet_is_asked_for_after_a_restart(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        loop.plex.faults.set("PUT /library/metadata/*/refresh", Fault(Kind.STATUS, status=500))
        loop.put("Movies/Heat (1995)/Heat (1995).en.srt", 30)
        wait_until(lambda: loop.told.lines("refresh 'Heat' failed"), 10, loop.story)

        loop.restart()
        loop.plex.faults.clear()
        loop.rest()

        assert loop.plex.scans == (), loop.story()


def test_a_file_written_anew_with_its_size_is_analyzed_although_its_scan_was_cut_off(
    tmp_path: Path,
) -> None:
    """The last run asked for the scan, and its journal says that the file is new."""
    with closed_loop(tmp_path, QUICK, {}) as loop:
        loop.plex.faults.set("GET /library/sections/*/all", Fault(Kind.STATUS, status=500))
        loop.put("Movies/Ran (1985)/Ran (1985).mkv", 4000)
        wait_until(lambda: loop.told.lines("settled:", "Ran (1985)"), 10, loop.story)
        loop.plex.faults.clear()
        loop.plex.scan(1, "/data/Movies/Ran (1985)")
        assert loop.plex.wait_until_idle()

        loop.restart(lambda: loop.put("Movies/Ran (1985)/Ran (1985).mkv", 4000, seed=1))
        loop.rest()

        assert loop.item("Movies/Ran (1985)/Ran (1985).mkv").analyses >= 1, loop.story()


def test_what_came_before_its_place_in_plex_was_known_is_compared_once_that_is(
    tmp_path: Path,
) -> None:
    """A library without a file shows by nothing where it is on this host."""
    first, second = ("Movies/First (2021)/First (2021).mkv", "Movies/Second (2022)/Second.mkv")

    def forget_place() -> None:
        config = loop.place / "config.yaml"
        config.write_text(config.read_text().replace(", plex_path: /data/Movies", ""))

    with closed_loop(tmp_path, QUICK, {}) as loop:
        loop.restart(forget_place)
        loop.put(first, 4321)
        loop.put(second, 54321)
        wait_until(lambda: len(loop.told.lines("nothing to do", "Movies")) >= 2, 10, loop.story)
        assert len(loop.told.lines("WARNING", "no known place in Plex")) == 1
        loop.plex.scan(1, "/data/Movies/Second (2022)")
        assert loop.plex.wait_until_idle()
        assert not loop.has(first)

        loop.restart()
        wait_until(
            lambda: loop.told.lines("compared", "has a place in Plex by now"), 10, loop.story
        )
        wait_until(lambda: loop.has(first), 10, loop.story)
        loop.rest()
        loop.judge(most_scans=2)
