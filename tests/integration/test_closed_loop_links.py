"""Links to directories elsewhere: what changes there while the daemon runs reaches Plex at once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from closed_loop import QUICK, closed_loop, write
from waiting import wait_until

from watcher.completeness import UNREADABLE

if TYPE_CHECKING:
    from pathlib import Path

    from closed_loop import Loop

FILM = "Movies/Heat (1995)/Heat (1995).mkv"


def linked(place: Path, count: int) -> Path:
    """Make a directory of films elsewhere, and a link to it in the library."""
    disk = place / "disk" / "More"
    for number in range(count):
        write(disk / f"Film {number} (1990)" / f"Film {number} (1990).mkv", 3000 + number)
    (place / "nas" / "Movies").mkdir(parents=True)
    (place / "nas" / "Movies" / "More").symlink_to(disk)
    return disk


def lies_below_the_libraries(loop: Loop) -> bool:
    return all(
        path.startswith(("/data/Movies", "/data/TV", "/data/Anime")) for path in loop.scans()
    )


def test_what_changes_below_a_link_is_seen_in_plex(tmp_path: Path) -> None:
    disk = linked(tmp_path, 3)
    with closed_loop(tmp_path, QUICK, {FILM: 3000}) as loop:
        write(disk / "Ran (1985)" / "Ran (1985).mkv", 3100)
        shutil.rmtree(disk / "Film 1 (1990)")
        write(disk / "Film 2 (1990)" / "Film 2 (1990).mkv", 4000, seed=1)
        wait_until(lambda: loop.has("Movies/More/Ran (1985)/Ran (1985).mkv"), 30, loop.story)
        wait_until(
            lambda: not loop.has("Movies/More/Film 1 (1990)/Film 1 (1990).mkv"), 30, loop.story
        )
        loop.rest()
        loop.judge(most_scans=6)
        assert lies_below_the_libraries(loop), loop.scans()


def test_a_target_that_is_away_drops_nothing_and_holds_nothing_once_its_link_is_gone(
    tmp_path: Path,
) -> None:
    disk = linked(tmp_path, 3)
    with closed_loop(tmp_path, QUICK, {FILM: 3000}) as loop:
        link = loop.path("Movies/More")
        away = disk.rename(disk.with_name("away"))
        wait_until(lambda: loop.daemon.watching.absent() == (str(link),), 30, loop.story)
        loop.put("Movies/Up (2009)/Up (2009).mkv")
        wait_until(lambda: loop.has("Movies/Up (2009)/Up (2009).mkv"), 30, loop.story)
        assert loop.has("Movies/More/Film 1 (1990)/Film 1 (1990).mkv")
        write(away / "Ran (1985)" / "Ran (1985).mkv", 3100)
        away.rename(disk)
        wait_until(lambda: loop.has("Movies/More/Ran (1985)/Ran (1985).mkv"), 30, loop.story)
        loop.rest()
        disk.rename(away)
        wait_until(lambda: loop.daemon.watching.absent() == (str(link),), 30, loop.story)
        link.unlink()
        wait_until(lambda: not loop.has("Movies/More/Ran (1985)/Ran (1985).mkv"), 30, loop.story)
        loop.rest()
        assert not loop.daemon.guards.reasons()
        assert not loop.daemon.watching.absent()
        assert lies_below_the_libraries(loop), loop.scans()


def test_a_link_that_is_dead_for_good_holds_only_what_lies_below_it(tmp_path: Path) -> None:
    disk = linked(tmp_path, 3)
    with closed_loop(tmp_path, QUICK, {FILM: 3000}) as loop:
        link = loop.path("Movies/More")
        away = disk.rename(disk.with_name("away"))
        wait_until(lambda: loop.daemon.watching.dead() == (str(link),), 30, loop.story)
        loop.put("Movies/Up (2009).mkv")  # for which all of the library is scanned
        wait_until(lambda: loop.has("Movies/Up (2009).mkv"), 30, loop.story)
        loop.rest()
        assert not any(each.problem for each in loop.daemon.watching.states())
        assert loop.daemon._look(str(link / "Film 1 (1990)")) is UNREADABLE
        assert loop.daemon._believe(str(link / "Film 1 (1990)")) is not None
        assert len(loop.told.lines("leads nowhere")) == 1
        away.rename(disk)
        wait_until(lambda: loop.has("Movies/More/Film 1 (1990)/Film 1 (1990).mkv"), 30, loop.story)
        loop.rest()


def test_the_last_film_below_a_link_may_go(tmp_path: Path) -> None:
    disk = linked(tmp_path, 1)
    with closed_loop(tmp_path, QUICK, {FILM: 3000}) as loop:
        shutil.rmtree(disk / "Film 0 (1990)")
        wait_until(
            lambda: not loop.has("Movies/More/Film 0 (1990)/Film 0 (1990).mkv"), 30, loop.story
        )
        loop.rest()
        loop.judge(most_scans=2)


def test_a_mass_deletion_below_a_link_is_held(tmp_path: Path) -> None:
    """It is more than half of what the link shows, whatever there is beside it."""
    disk = linked(tmp_path, 60)
    with closed_loop(tmp_path, QUICK, {FILM: 3000}) as loop:
        link = loop.path("Movies/More")
        for number in range(1, 60):
            shutil.rmtree(disk / f"Film {number} (1990)")
        wait_until(lambda: str(link) in loop.daemon.guards.reasons(), 30, loop.story)
        loop.put("Movies/Up (2009)/Up (2009).mkv")
        wait_until(lambda: loop.has("Movies/Up (2009)/Up (2009).mkv"), 30, loop.story)
        assert loop.has("Movies/More/Film 7 (1990)/Film 7 (1990).mkv")
        link.unlink()
        loop.rest()
        assert not loop.daemon.guards.reasons()
        assert not loop.has("Movies/More/Film 7 (1990)/Film 7 (1990).mkv")


def test_a_link_that_comes_is_renamed_and_goes_takes_few_scans(tmp_path: Path) -> None:
    """What settles after the scan of a new link as a whole is scanned for itself, once.

    If that is much, the whole is scanned again: as often as its films came to rest apart, which
    is up to the machine.
    """
    disk = linked(tmp_path, 30)
    link = tmp_path / "nas" / "Movies" / "More"
    link.unlink()
    with closed_loop(tmp_path, QUICK, {FILM: 3000}) as loop:
        link.symlink_to(disk)
        wait_until(lambda: loop.has("Movies/More/Film 7 (1990)/Film 7 (1990).mkv"), 30, loop.story)
        loop.rest()
        came = len(loop.scans())
        assert loop.repeated().keys() <= {"/data/Movies/More"}, loop.story()
        assert loop.repeated().get("/data/Movies/More", 0) <= 3, loop.story()
        link.rename(link.with_name("Other"))
        wait_until(lambda: loop.has("Movies/Other/Film 7 (1990)/Film 7 (1990).mkv"), 30, loop.story)
        loop.rest()
        renamed = len(loop.scans()) - came
        link.with_name("Other").unlink()
        loop.rest()
        gone = len(loop.scans()) - came - renamed
        assert renamed <= 3, loop.story()
        assert gone <= 3, loop.story()
        loop.judge(most_scans=came + 6)
