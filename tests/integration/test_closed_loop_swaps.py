"""Another directory in the place of a library: renamed there, or on another disk.

What somebody renamed counts like anything else that happens on a disk. Another disk is another
thing: what it lacks is not deleted, and what it has in places of its own is asked for.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from closed_loop import IMPATIENT, MOVIES, QUICK, Loop, closed_loop, write
from waiting import wait_until
from watched import Mounts, mounts_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHELVES = "ABCDEFGH"
FLAT = {f"{shelf}/Film {shelf}{n} (1990).mkv": 4000 + n for shelf in SHELVES for n in range(10)}
"""Eighty films, directly in eight directories whose names say nothing of them."""
FEW = {f"{shelf}/Film {shelf}{n} (1990).mkv": 4000 + n for shelf in "AB" for n in range(3)}
NEW = "A/Up (2009)/Up (2009).mkv"


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    with mounts_or_skip(tmp_path) as mounts:
        yield mounts


def fill(top: Path, films: dict[str, int]) -> Path:
    for below, size in films.items():
        write(top / below, size)
    return top


def others(films: dict[str, int], edition: int) -> dict[str, int]:
    """As many other films by other names, in the same directories."""
    return {below.replace("Film", f"Edition {edition}"): size for below, size in films.items()}


def below_movies(films: dict[str, int]) -> set[str]:
    return {f"/data/Movies/{below}" for below in films}


def swap(current: Path, another: Path, aside: str) -> None:
    """Rename another directory to where one stands, as tools do that deploy or restore."""
    current.rename(current.with_name(aside))
    another.rename(current)


def shows(loop: Loop, films: dict[str, int]) -> None:
    """Wait until Plex has these films, then until it has nothing but what is on disk."""
    wanted = below_movies(films)
    wait_until(lambda: wanted <= loop.plex.files(MOVIES).keys(), 20, loop.story)
    loop.rest()
    assert not loop.daemon.guards.reasons(), loop.story()


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_folder_replaced_by_renaming_shows_what_it_has_now(tmp_path: Path, times: int) -> None:
    """Each time all the files are other ones, in directories of the same names."""
    movies = tmp_path / "nas" / "Movies"
    fill(movies, FEW)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        for time in range(times):
            films = others(FEW, time)
            fill(tmp_path / "nas" / f"next {time}", films)
            swap(movies, tmp_path / "nas" / f"next {time}", f"old {time}")
            write(movies / "A" / f"Written {time} (2000).mkv", 5000)
            shows(loop, {**films, f"A/Written {time} (2000).mkv": 5000})
        write(movies / "B" / "Later (2001).mkv", 5001)
        shows(loop, {"B/Later (2001).mkv": 5001})
        loop.judge(most_scans=12 * times + 2)


def test_a_folder_replaced_several_times_in_a_row_shows_what_it_has_in_the_end(
    tmp_path: Path,
) -> None:
    """Nobody waits for anything in between."""
    movies = tmp_path / "nas" / "Movies"
    fill(movies, FEW)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        for time in range(3):
            fill(tmp_path / "nas" / f"next {time}", others(FEW, time))
        for time in range(3):
            swap(movies, tmp_path / "nas" / f"next {time}", f"old {time}")
            write(movies / "A" / f"Written {time} (2000).mkv", 5000)
        shows(loop, {**others(FEW, 2), "A/Written 2 (2000).mkv": 5000})


def test_a_snapshot_of_the_same_library_and_something_new_loses_nothing(tmp_path: Path) -> None:
    movies = tmp_path / "nas" / "Movies"
    fill(movies, FLAT)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        keys = {below: loop.key(f"Movies/{below}") for below in FLAT}
        for time in range(3):
            following = tmp_path / "nas" / f"next {time}"
            shutil.copytree(movies, following)
            write(following / "A" / f"New {time} (2000).mkv", 5000)
            swap(movies, following, f"old {time}")
            shows(loop, {f"A/New {time} (2000).mkv": 5000})
        assert {below: loop.key(f"Movies/{below}") for below in FLAT} == keys
        loop.judge(most_scans=24)


def test_a_folder_whose_old_content_comes_back_has_it_again(tmp_path: Path) -> None:
    movies = tmp_path / "nas" / "Movies"
    fill(movies, FEW)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        swap(movies, fill(tmp_path / "nas" / "next", others(FEW, 1)), "old")
        shows(loop, others(FEW, 1))
        swap(movies, tmp_path / "nas" / "old", "other")
        write(movies / "A" / "Written (2000).mkv", 5000)
        shows(loop, {**FEW, "A/Written (2000).mkv": 5000})


def test_a_snapshot_that_lacks_a_little_is_believed(tmp_path: Path) -> None:
    """All of it lies in the folder itself, so that every scan is one of all of it."""
    movies = tmp_path / "nas" / "Movies"
    flat = {f"Film {n} (1990).mkv": 4000 + n for n in range(6)}
    fill(movies, flat)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        for time in range(2):
            following = tmp_path / "nas" / f"next {time}"
            shutil.copytree(movies, following)
            (following / f"Film {time} (1990).mkv").unlink()
            write(following / f"New {time} (2000).mkv", 5000)
            swap(movies, following, f"old {time}")
            shows(loop, {f"New {time} (2000).mkv": 5000})
            assert not loop.has(f"Movies/Film {time} (1990).mkv"), loop.story()


def test_a_person_may_say_that_a_replaced_folder_without_most_of_it_was_meant(
    tmp_path: Path,
) -> None:
    """It might be a restore that has just begun."""
    movies = tmp_path / "nas" / "Movies"
    flat = {f"Film {n:02} (1990).mkv": 4000 + n for n in range(70)}
    fill(movies, flat)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        films = others(dict(list(flat.items())[:6]), 1)
        swap(movies, fill(tmp_path / "nas" / "next", films), "old")
        wait_until(lambda: loop.told.lines("held: scan of /data/Movies:"), 10, loop.story)
        assert len(loop.plex.files(MOVIES)) == len(flat), loop.story()

        assert loop.daemon.guards.check(str(movies)), "and it has been looked into"
        loop.daemon.state.confirm_deletions()
        wait_until(lambda: loop.daemon.guards.check(str(movies)) is None, 10, loop.story)
        wait_until(lambda: not loop.daemon.watching.doubted(), 30, loop.story)
        shows(loop, films)
        loop.remove("Movies/Edition 1 03 (1990).mkv")
        loop.rest()
        assert not loop.daemon.guards.reasons(), loop.story()
        loop.restart()
        assert not loop.daemon.watching.doubted()


def test_the_directory_that_a_link_leads_to_is_replaced_again_and_again(tmp_path: Path) -> None:
    current = tmp_path / "versions" / "current"
    fill(current, FEW)
    (tmp_path / "nas" / "Movies").mkdir(parents=True)
    (tmp_path / "nas" / "Movies" / "More").symlink_to(current)
    with closed_loop(tmp_path, QUICK, {"Movies/Heat (1995)/Heat (1995).mkv": 3000}) as loop:
        for time in range(3):
            films = others(FEW, time)
            fill(tmp_path / "versions" / f"next {time}", films)
            swap(current, tmp_path / "versions" / f"next {time}", f"old {time}")
            write(current / "A" / f"Written {time} (2000).mkv", 5000)
            films[f"A/Written {time} (2000).mkv"] = 5000
            shows(loop, {f"More/{below}": size for below, size in films.items()})


def test_scans_that_waited_for_a_folder_go_on_as_soon_as_it_is_there(tmp_path: Path) -> None:
    """They are looked at again every half minute otherwise, in the product."""
    movies = tmp_path / "nas" / "Movies"
    fill(movies, FEW)
    slow, patient = replace(QUICK, scan_s=0.5), replace(IMPATIENT, held_s=1000.0)
    with closed_loop(tmp_path, slow, {}, patient) as loop:
        fill(movies, others(FEW, 1))
        wait_until(loop.scans, 10, loop.story)
        movies.rename(movies.with_name("away"))
        wait_until(lambda: loop.told.lines("held: scan of /data/Movies/"), 10, loop.story)
        movies.with_name("away").rename(movies)
        shows(loop, {**FEW, **others(FEW, 1)})


def test_another_disk_in_the_place_of_a_library_drops_none_of_it(
    tmp_path: Path, mounts: Mounts
) -> None:
    """The first time already; what it has in places of its own is asked for."""
    movies = tmp_path / "nas" / "Movies"
    mounts.mount(movies)
    fill(movies, FLAT)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        mounts.take_away(movies)
        mounts.mount(tmp_path / "second")
        fill(tmp_path / "second", {**others(FLAT, 1), **others(FLAT, 2)})
        mounts.bind(tmp_path / "second", movies)
        wait_until(lambda: loop.told.lines("deletions are held", "another disk"), 20, loop.story)
        write(movies / NEW, 5000)
        write(movies / "A" / "Flat (2009).mkv", 5001)
        wait_until(lambda: loop.has(f"Movies/{NEW}"), 20, loop.story)
        wait_until(lambda: loop.told.lines("held: scan of /data/Movies/A:"), 20, loop.story)
        assert below_movies(FLAT) <= loop.plex.files(MOVIES).keys(), loop.story()
        assert list(loop.daemon.guards.reasons()) == [str(movies)]

        loop.daemon.state.confirm_deletions()
        shows(loop, {**others(FLAT, 1), **others(FLAT, 2)})
        assert below_movies(FLAT).isdisjoint(loop.plex.files(MOVIES)), loop.story()


def test_another_disk_that_lacks_a_directory_drops_nothing_in_the_others(
    tmp_path: Path, mounts: Mounts
) -> None:
    """Nothing of it is told as deleted: the watching has its own doubts then."""
    movies = tmp_path / "nas" / "Movies"
    films = {f"Set {n:03}/Film {n:03} (1990).mkv": 4000 + n for n in range(160)}
    mounts.mount(tmp_path / "first")
    fill(tmp_path / "first", films)
    mounts.bind(tmp_path / "first", movies)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        key = loop.key("Movies/Set 001/Film 001 (1990).mkv")
        mounts.mount(tmp_path / "second")
        fill(tmp_path / "second", others(films, 1))
        shutil.rmtree(tmp_path / "second" / "Set 007")
        write(tmp_path / "second" / "Set 001" / "Up (2009)" / "Up (2009).mkv", 5000)
        mounts.take_away(movies)
        mounts.bind(tmp_path / "second", movies)
        new = "Movies/Set 001/Up (2009)/Up (2009).mkv"
        wait_until(lambda: loop.has(new), 20, loop.story)
        held = "held: scan of /data/Movies/Set "
        wait_until(lambda: len(loop.told.lines(held)) == len(films) - 1, 20, loop.story)
        assert below_movies(films) <= loop.plex.files(MOVIES).keys(), loop.story()

        mounts.take_away(movies)
        mounts.bind(tmp_path / "first", movies)
        wait_until(lambda: not loop.has(new), 20, loop.story)
        loop.rest(30)
        assert loop.key("Movies/Set 001/Film 001 (1990).mkv") == key
        assert not loop.daemon.guards.reasons(), loop.story()
        mounts.take_away(movies)


def test_a_library_that_is_mounted_anew_by_other_numbers_is_the_same(
    tmp_path: Path, mounts: Mounts
) -> None:
    """A pool or a remote; a film went and another one came meanwhile."""
    movies = tmp_path / "nas" / "Movies"
    mounts.mount(movies)
    fill(movies, FLAT)
    with closed_loop(tmp_path, QUICK, {}) as loop:
        for time in range(2):
            again = tmp_path / f"again {time}"
            mounts.mount(again)
            shutil.copytree(movies, again, dirs_exist_ok=True)
            (again / "A" / f"Film A{time} (1990).mkv").unlink()
            (again / "B" / f"Film B{time} (1990).mkv").unlink()
            write(again / "A" / f"New {time} (2000).mkv", 5000)
            mounts.take_away(movies)
            mounts.bind(again, movies)
            shows(loop, {f"A/New {time} (2000).mkv": 5000})
            assert not loop.has(f"Movies/B/Film B{time} (1990).mkv"), loop.story()
        assert len(loop.plex.files(MOVIES)) == len(FLAT) - 2
        mounts.take_away(movies)
