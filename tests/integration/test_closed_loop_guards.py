"""A disk that loses most of its files at once: nothing that is asked for drops them from Plex."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from closed_loop import MOVIES, QUICK, Loop, closed_loop
from waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

FILMS = {f"Movies/Film {n:02} (1990)/Film {n:02} (1990).mkv": 4000 + n for n in range(80)}
FLAT = {f"Movies/Film {n:02} (1990).mkv": 4000 + n for n in range(80)}
LOST = 60


def lose(loop: Loop, below: str) -> None:
    path = loop.path(below)
    if path.parent.name == "Movies":
        path.unlink()
    else:
        shutil.rmtree(path.parent)


def lose_most(loop: Loop, films: dict[str, int]) -> None:
    for below in list(films)[:LOST]:
        lose(loop, below)
    wait_until(loop.daemon.guards.reasons, 10, loop.story)


def test_a_scan_that_waits_for_its_result_is_not_widened_over_what_is_held(
    tmp_path: Path,
) -> None:
    """Plex ignores scans of folders that are gone, so the folder above is asked for in the end."""
    behaviour = replace(QUICK, vanished_folder="ignored")
    with closed_loop(tmp_path, behaviour, FILMS) as loop:
        lose(loop, list(FILMS)[-1])
        wait_until(loop.scans, 10, loop.story)
        lose_most(loop, FILMS)
        wait_until(lambda: loop.told.lines("held: scan of /data/Movies"), 20, loop.story)
        loop.put("Movies/New (2001)/New (2001).mkv")
        wait_until(lambda: loop.has("Movies/New (2001)/New (2001).mkv"), 10, loop.story)

        assert len(loop.plex.files(MOVIES)) >= len(FILMS), loop.story()


def test_a_new_file_beside_what_is_held_does_not_scan_it_away(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FLAT) as loop:
        lose_most(loop, FLAT)
        loop.put("Movies/New (2001).mkv")
        wait_until(lambda: loop.told.lines("held: scan of /data/Movies"), 10, loop.story)

        assert len(loop.plex.files(MOVIES)) == len(FLAT), loop.story()


def test_what_is_held_stays_so_over_a_restart_until_a_person_confirms_it(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILMS) as loop:
        lose_most(loop, FILMS)
        wait_until(loop.daemon.worker.waiting, 10, loop.story)
        loop.restart()
        wait_until(loop.daemon.guards.reasons, 10, loop.story)
        loop.put("Movies/New (2001)/New (2001).mkv")
        wait_until(lambda: loop.has("Movies/New (2001)/New (2001).mkv"), 10, loop.story)
        assert len(loop.plex.files(MOVIES)) == len(FILMS) + 1, loop.story()

        loop.daemon.state.confirm_deletions()
        loop.rest(30)
        assert len(loop.plex.files(MOVIES)) == len(FILMS) - LOST + 1, loop.story()
