"""Disks that go away at the worst moment: nothing is scanned without them, and nothing is lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from closed_loop import QUICK, closed_loop, write
from waiting import wait_until
from watched import Mounts, mounts_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILM = "Movies/Heat (1995)/Heat (1995).mkv"
BELOW = "Movies/Disk B/Ran (1985)/Ran (1985).mkv"


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    with mounts_or_skip(tmp_path) as mounts:
        yield mounts


def test_a_subtitle_whose_disk_goes_away_before_it_has_settled_is_read_when_it_is_back(
    tmp_path: Path, mounts: Mounts
) -> None:
    """It lies in a directory that is new to the watching, and not to Plex."""
    disk = tmp_path / "disk"
    write(disk / "Heat (1995)" / "Heat (1995).mkv", 3000)
    point = tmp_path / "nas" / "Movies"
    mounts.bind(disk, point)
    with closed_loop(tmp_path, QUICK, {}) as loop:

        def meanwhile() -> None:
            write(disk / "Ran (1985)" / "Ran (1985).mkv", 3001)
            loop.plex.scan()
            assert loop.plex.wait_until_idle()
            write(disk / "Ran (1985)" / "Ran (1985).en.srt", 30)
            mounts.take_away(point)

        loop.restart(meanwhile)
        mounts.bind(disk, point)
        wait_until(lambda: loop.daemon.intake.pending() > 0, 5, loop.story)
        mounts.take_away(point)
        wait_until(lambda: loop.daemon.intake.pending() == 0, 10, loop.story)

        mounts.bind(disk, point)
        loop.rest()
        assert loop.has("Movies/Heat (1995)/Heat (1995).mkv")
        mounts.take_away(point)


def test_a_disk_below_a_folder_that_is_away_holds_what_would_drop_its_films(
    tmp_path: Path, mounts: Mounts
) -> None:
    disk, point = tmp_path / "disk", tmp_path / "nas" / "Movies" / "Disk B"
    write(disk / "Ran (1985)" / "Ran (1985).mkv", 3001)
    mounts.bind(disk, point)
    with closed_loop(tmp_path, QUICK, {FILM: 3000}) as loop:
        key = loop.key(BELOW)
        assert key is not None
        mounts.take_away(point)
        wait_until(lambda: loop.daemon.watching.absent() == (str(point),), 10, loop.story)
        loop.put("Movies/Up (2009)/Up (2009).mkv")
        loop.put("Movies/Flat (2001).mkv")
        shutil.rmtree(loop.path("Movies/Heat (1995)"))
        wait_until(lambda: loop.has("Movies/Up (2009)/Up (2009).mkv"), 10, loop.story)
        wait_until(lambda: loop.told.lines("held: scan of /data/Movies:"), 10, loop.story)
        assert "/data/Movies" not in loop.scans()

        mounts.bind(disk, point)
        loop.rest()
        assert loop.key(BELOW) == key, loop.story()
        loop.judge(most_scans=6)
        mounts.take_away(point)


SHOWS = {
    f"TV/Show {show}/Season 01/Show {show} - s01e0{n}.mkv": 4000 + 10 * show + n
    for show in range(4)
    for n in range(1, 4)
}


@pytest.mark.parametrize("while_down", [False, True])
def test_what_is_imported_into_the_mount_point_of_a_disk_that_is_away_drops_nothing_on_the_disk(
    tmp_path: Path, mounts: Mounts, *, while_down: bool
) -> None:
    """It goes by the names of the disk's own directories, and Plex would look for the rest."""
    (tmp_path / "disk").mkdir()
    mounts.bind(tmp_path / "disk", tmp_path / "nas" / "TV")
    with closed_loop(tmp_path, QUICK, SHOWS) as loop:

        def import_into_the_mount_point() -> None:
            mounts.take_away(loop.path("TV"))
            if not while_down:
                wait_until(loop.daemon.watching.doubted, 10, loop.story)
            for show in range(3):
                loop.put(f"TV/Show {show}/Season 01/Show {show} - s01e09.mkv")
            loop.put("TV/Show 3/Season 01/Show 3 - s01e01 better.mkv")
            loop.put("TV/New Show/Season 01/New Show - s01e01.mkv")

        if while_down:
            loop.restart(import_into_the_mount_point)
        else:
            import_into_the_mount_point()
        new = "TV/New Show/Season 01/New Show - s01e01.mkv"
        wait_until(lambda: loop.has(new), 20, loop.story)
        wait_until(
            lambda: len(loop.told.lines("held: scan", "Plex would miss")) == 4, 20, loop.story
        )
        assert [file for file in SHOWS if not loop.has(file)] == [], loop.story()
        assert loop.scans() == ["/data/TV/New Show/Season 01"]

        mounts.bind(tmp_path / "disk", loop.path("TV"))
        loop.rest(30)
        loop.judge(most_scans=16)
        mounts.take_away(loop.path("TV"))
