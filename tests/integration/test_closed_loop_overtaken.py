"""A file that was replaced, and moves on before Plex has looked into it: that is not forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from closed_loop import QUICK, closed_loop
from waiting import wait_until

from watcher.simulated_plex.faults import Fault, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from closed_loop import Loop

OLD = "TV/Dark/Season 01/Dark - s01e01.mkv"
BESIDE = "TV/Dark/Season 01/Dark - s01e01 - 1080p.mkv"
NEW = "TV/Dark/Season 01/Dark - s01e03.mkv"
ELSEWHERE = "TV/Dark/Season 01 (Extended)/Dark - s01e01.mkv"
EPISODES = {OLD: 4000, "TV/Dark/Season 01/Dark - s01e02.mkv": 4100}
SLOW = replace(QUICK, analyze_s=0.3)
"""A server that looks into a file only after a moment, but before a move has settled."""
OLD_OR_NEW = pytest.mark.parametrize(
    "is_new", [False, True], ids=["known for long", "new a moment ago"]
)
ANALYZE = "PUT /library/metadata/*/analyze"


def analyses(loop: Loop) -> int:
    """Count the analyses that were asked for."""
    return sum(one.path.endswith("/analyze") for one in loop.plex.log)


@pytest.mark.parametrize("new", [BESIDE, ELSEWHERE])
def test_a_file_that_moves_while_plex_looks_into_it_is_looked_into_where_it_went(
    tmp_path: Path, new: str
) -> None:
    with closed_loop(tmp_path, SLOW, EPISODES) as loop:
        loop.put(OLD, 9000)
        wait_until(lambda: analyses(loop) == 1, 20, loop.story)
        loop.move(OLD, new)
        loop.rest()

        assert analyses(loop) == 2, loop.story()
        loop.judge(most_scans=6)


def test_a_show_that_is_away_while_plex_looks_into_a_file_of_it_is_looked_into_when_it_is_back(
    tmp_path: Path,
) -> None:
    """Away and back before anybody has seen that the analysis is over.

    That something else has left a trace by then passes for it.
    """
    slow = replace(SLOW, auto_empty_trash=False, replaced_noticed="analyze")
    with closed_loop(
        tmp_path, slow, {**EPISODES, "TV/Lost/Season 01/Lost - s01e01.mkv": 1}
    ) as loop:
        loop.put(OLD, 9000)
        wait_until(lambda: analyses(loop) == 1, 20, loop.story)
        loop.plex.faults.set("GET /library/metadata/*", Fault(Kind.STATUS, status=503))
        loop.move("TV/Dark", "../aside")
        loop.plex.scan()  # as Plex does by itself
        assert loop.plex.wait_until_idle()
        loop.move("../aside", "TV/Dark")
        wait_until(lambda: loop.daemon.intake.pending() == 0, 20, loop.story)
        loop.plex.faults.clear()
        loop.rest()

        loop.judge(most_scans=9)  # three of them are the whole scans of this test


@pytest.mark.parametrize("new", [BESIDE, ELSEWHERE])
def test_a_file_that_moves_between_its_scan_and_its_analysis_is_looked_into(
    tmp_path: Path, new: str
) -> None:
    with closed_loop(tmp_path, QUICK, EPISODES) as loop:
        loop.plex.faults.set(ANALYZE, Fault(Kind.STATUS, status=503))
        loop.put(OLD, 9000)
        wait_until(lambda: analyses(loop) >= 1, 20, loop.story)

        def meanwhile() -> None:
            loop.plex.faults.clear()
            loop.move(OLD, new)

        loop.restart(meanwhile)
        loop.rest()

        loop.judge(most_scans=6)


@pytest.mark.parametrize("upgrades", [False, True], ids=["an episode came", "one was upgraded"])
@pytest.mark.parametrize("is_down", [False, True], ids=["while running", "while stopped"])
def test_a_show_that_is_renamed_while_a_scan_of_it_waits_is_seen_in_its_new_place_first(
    tmp_path: Path, *, is_down: bool, upgrades: bool
) -> None:
    """Else a server that trashes what is gone, and empties its trash, makes new items of it."""
    strict = replace(QUICK, vanished_folder="trashed", trash_before_additions=True)
    with closed_loop(tmp_path, strict, EPISODES) as loop:
        kept = [episode for episode in EPISODES if episode != OLD or not upgrades]
        keys = [loop.key(episode) for episode in kept]
        loop.plex.faults.set("GET /library/sections/*/refresh", Fault(Kind.STATUS, status=503))
        loop.put(NEW)
        if upgrades:
            loop.put(BESIDE)
            loop.remove(OLD)
        wait_until(lambda: loop.told.lines("scan", "failed"), 20, loop.story)

        def rename() -> None:
            loop.move("TV/Dark", "TV/Dark (2017)")
            loop.plex.faults.clear()

        if is_down:
            loop.restart(rename)
        else:
            rename()
        loop.rest(40)

        moved = [episode.replace("Dark/", "Dark (2017)/") for episode in kept]
        assert [loop.key(episode) for episode in moved] == keys, loop.story()
        loop.judge(most_scans=6)


def test_a_file_that_only_moves_is_not_looked_into(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, EPISODES) as loop:
        loop.put(OLD, 9000)
        loop.rest()
        asked = analyses(loop)
        loop.move(OLD, BESIDE)
        loop.rest()

        assert analyses(loop) == asked, loop.story()
        loop.judge(most_scans=4)


@OLD_OR_NEW
def test_what_a_rename_put_in_the_place_of_a_file_and_is_gone_again_is_missed(
    tmp_path: Path, *, is_new: bool
) -> None:
    """Copy tools write under a name of their own and rename; then somebody deletes the result."""
    with closed_loop(tmp_path, QUICK, EPISODES) as loop:
        path = replaced_by_rename(loop, is_new=is_new)
        loop.remove(path)
        loop.rest()

        assert not loop.has(path), loop.story()
        loop.judge(most_scans=2)


@OLD_OR_NEW
def test_what_a_rename_put_in_the_place_of_a_file_is_looked_into_whoever_has_scanned_it(
    tmp_path: Path, *, is_new: bool
) -> None:
    """A scan that somebody else asked for shows its size before the change has come to rest."""
    with closed_loop(tmp_path, QUICK, EPISODES) as loop:
        replaced_by_rename(loop, is_new=is_new)
        loop.plex.scan()
        loop.rest()

        assert analyses(loop) == 1, loop.story()
        loop.judge(most_scans=2 + 3)  # three of them are the whole scans of this test


@OLD_OR_NEW
@pytest.mark.parametrize("temporary", ["new", "working.mkv"])
def test_a_file_of_the_same_size_that_is_renamed_over_another_one_is_looked_into(
    tmp_path: Path, temporary: str, *, is_new: bool
) -> None:
    """By a name that could be a video's, or nothing at all: not all tools take a temporary one."""
    with closed_loop(tmp_path, QUICK, EPISODES) as loop:
        path = NEW if is_new else OLD
        loop.put(path, 4000)
        loop.rest()
        asked = analyses(loop)
        beside = f"{path}.new" if temporary == "new" else f"TV/Dark/Season 01/{temporary}"
        loop.put(beside, 4000, seed=7)
        loop.move(beside, path)
        loop.rest()

        assert analyses(loop) > asked, loop.story()
        loop.judge(most_scans=4)


def replaced_by_rename(loop: Loop, *, is_new: bool) -> str:
    """Put another file in the place of one that Plex has, as rsync does."""
    path = NEW if is_new else OLD
    if is_new:
        loop.put(NEW)
        loop.rest()
    name = loop.path(path).name
    temporary = path.replace(name, f".{name}.Xy12Zq")
    loop.put(temporary, 9000)
    loop.move(temporary, path)
    return path


def test_a_season_that_goes_and_comes_back_is_not_looked_into(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, EPISODES) as loop:
        loop.put(NEW)
        loop.rest()
        loop.move("TV/Dark/Season 01", "../aside")
        loop.move("../aside", "TV/Dark/Season 01")
        loop.rest()

        assert analyses(loop) == 0, loop.story()
        loop.judge(most_scans=3)
