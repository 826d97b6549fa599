"""Disks below and behind watched folders that are not mounted, where their mount points hold files.

A person may look at that from outside of the daemon, by a command.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from watched import Mounts, Watched, folder, mounts_or_skip, watched, write

from watcher.events import What
from watcher.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from watcher.remembered import Doubt


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    with mounts_or_skip(tmp_path) as mounts:
        yield mounts


def doubts(top: Path, state: Path) -> tuple[Doubt, ...]:
    return Remembered(
        [folder(top)], lambda _path, _is_dir: False, state, lambda _level, _text: None
    ).doubts()


def furnish(place: Path, count: int = 4) -> None:
    for number in range(count):
        write(place / f"Film {number} (2000)" / f"Film {number} (2000).mkv")


@pytest.mark.parametrize("kind", ["bind", "tmpfs"])
def test_a_disk_that_is_not_mounted_is_known_to_be_away(
    mounts: Mounts, tmp_path: Path, kind: str
) -> None:
    """Whatever its place holds, and whether or not the file system has a number of its own."""
    top, disk, state = tmp_path / "Movies", tmp_path / "disk", tmp_path / "state"
    write(top / "Stray (1999)" / "Stray (1999).mkv")
    furnish(disk)
    state.mkdir()
    if kind == "bind":
        mounts.bind(disk, top)
    else:
        mounts.mount(top)
        furnish(top)
    with watched(top, state=state):
        assert doubts(top, state) == ()
        mounts.take_away(top)

    found = doubts(top, state)
    assert [(each.path, each.is_away) for each in found] == [(str(top), True)]
    assert "its disk is not mounted: another directory stands there" in found[0].why


def test_a_disk_below_a_folder_is_doubted_by_itself(mounts: Mounts, tmp_path: Path) -> None:
    top, state = tmp_path / "media", tmp_path / "state"
    write(top / "Own (2001)" / "Own (2001).mkv")
    write(top / "usb" / "Stray (1999)" / "Stray (1999).mkv")
    state.mkdir()
    mounts.mount(top / "usb")
    furnish(top / "usb")
    with watched(top, state=state):
        assert doubts(top, state) == ()
    mounts.take_away(top / "usb")

    assert [(each.path, each.is_away) for each in doubts(top, state)] == [(str(top / "usb"), True)]


def test_another_disk_in_its_place_is_no_disk_that_is_away(mounts: Mounts, tmp_path: Path) -> None:
    """A person may say then that it was meant."""
    top, state = tmp_path / "Movies", tmp_path / "state"
    state.mkdir()
    mounts.mount(top)
    furnish(top)
    with watched(top, state=state):
        pass
    mounts.take_away(top)
    mounts.mount(top)
    write(top / "New (2020)" / "New (2020).mkv")

    assert [(each.path, each.is_away) for each in doubts(top, state)] == [(str(top), False)]


def test_what_is_written_into_the_place_of_a_disk_does_not_outgrow_it(
    mounts: Mounts, tmp_path: Path
) -> None:
    """The daemon comes to know the new files as well, and they are soon more than half of all."""
    top, disk, state = tmp_path / "Movies", tmp_path / "disk", tmp_path / "state"
    furnish(disk)
    state.mkdir()
    top.mkdir()
    mounts.bind(disk, top)

    def watched_for_long() -> Watched:
        return Watched([folder(top)], state=state, unsettled=lambda: ())

    with watched_for_long() as seen:
        mounts.take_away(top)
        for number in range(9):
            film = write(top / f"Import {number} (2020)" / "Import.mkv")
            seen.wait_for(film)
    with watched_for_long() as seen:
        seen.settle(top)
    with watched_for_long() as seen:
        shutil.rmtree(top / "Import 1 (2020)")
        seen.wait_for(top / "Import 1 (2020)" / "Import.mkv", What.DELETED)
        gone = [one.path for one in seen.events if one.what is What.DELETED]
        assert not [path for path in gone if "Film" in path]
        assert seen.watching.doubted() == (str(top),)
    assert [each.path for each in doubts(top, state)] == [str(top)]
