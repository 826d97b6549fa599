"""Folders that are looked at on an interval, since the kernel does not tell of all that happens."""

from __future__ import annotations

import os
import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until
from watched import QUICK, Watched, folder, mounts_or_skip, write

from watcher.events import What

if TYPE_CHECKING:
    from pathlib import Path

    from watcher.folders import WatchedFolder

EVERY_S = 0.1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    for n in range(10):
        write(root / f"Show {n}" / "S01" / "e.mkv")
    return root


def polled(*paths: Path) -> list[WatchedFolder]:
    return [folder(path, "polling", EVERY_S) for path in paths]


def deletions(seen: Watched) -> list[str]:
    return [one.path for one in seen.events if one.what is What.DELETED]


def test_no_watches_are_used_and_the_state_says_so(root: Path) -> None:
    with Watched(polled(root)) as seen:
        state = seen.state_of(root)

    assert (state.method, state.watches, state.polled, state.directories) == ("polling", 0, 21, 21)
    assert state.problem is None


def test_new_changed_and_deleted_files_are_told(root: Path) -> None:
    with Watched(polled(root)) as seen:
        seen.wait_for(write(root / "Show 1" / "S01" / "new.mkv"), What.CREATED)
        seen.wait_for(write(root / "Show 2" / "S01" / "e.mkv", "edited in place"), What.WRITTEN)
        (root / "Show 3" / "S01" / "e.mkv").unlink()
        seen.wait_for(root / "Show 3" / "S01" / "e.mkv", What.DELETED)
        seen.wait_for(write(root / "New" / "S01" / "deep" / "e.mkv"), What.CREATED)
        seen.wait_for(write(root / "New" / "S01" / "deep" / "f.mkv"), What.CREATED)
        (root / "Show 4").rename(root / "Show Four")
        seen.wait_for(root / "Show Four" / "S01" / "e.mkv", What.CREATED)
        seen.wait_for(root / "Show 4", What.DELETED)
        shutil.rmtree(root / "Show 5")
        seen.wait_for(root / "Show 5", What.DELETED)


def test_a_growing_file_is_told_while_it_grows(root: Path) -> None:
    with Watched(polled(root)) as seen, (root / "Show 1" / "S01" / "new.mkv").open("ab") as out:
        path = root / "Show 1" / "S01" / "new.mkv"
        seen.wait_for(path, What.CREATED)
        for _ in range(3):
            before = len(seen.told(path))
            out.write(b"more")
            out.flush()
            wait_until(partial(is_told_more_often, seen, path, before))


def is_told_more_often(seen: Watched, path: Path, than: int) -> bool:
    return len(seen.told(path)) > than


def test_a_directory_time_that_lies_is_found_out_by_the_full_look(root: Path) -> None:
    season = root / "Show 1" / "S01"
    with Watched(polled(root)) as seen:
        os.utime(season, (1, 1))
        seen.wait_for(write(root / "Show 2" / "S01" / "first.mkv"))
        os.utime(season, (1, 1))
        write(season / "hidden.mkv")
        os.utime(season, (1, 1))
        seen.wait_for(season / "hidden.mkv", What.CREATED)


def test_each_change_is_told_once(root: Path) -> None:
    pace = QUICK
    with Watched(polled(root), pace=pace) as seen:
        new = write(root / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(new)
        for n in range(5):
            seen.wait_for(write(root / "Show 2" / "S01" / f"{n}.mkv"))

    assert len(seen.told(new)) <= 2  # seen once before and once after its content was written


def test_a_folder_that_vanishes_yields_no_deletions(root: Path) -> None:
    away = root.parent / "away"
    with Watched(polled(root)) as seen:
        root.rename(away)
        wait_until(lambda: seen.state_of(root).method == "absent")
        away.rename(root)
        wait_until(lambda: seen.state_of(root).method == "polling")
        seen.wait_for(write(root / "Show 1" / "S01" / "new.mkv"), What.CREATED)

    assert not deletions(seen)


def test_a_mount_that_vanishes_between_two_looks_yields_no_deletions(
    root: Path, tmp_path: Path
) -> None:
    with mounts_or_skip(tmp_path) as mounts:
        place = tmp_path / "place"
        mounts.bind(root, place)
        with Watched(polled(place)) as seen:
            for n in range(10):
                mounts.unmount(place)
                wait_until(lambda: seen.state_of(place).method == "absent")
                mounts.bind(root, place)
                wait_until(lambda: seen.state_of(place).method == "polling")
                seen.wait_for(write(place / "Show 1" / "S01" / f"{n}.mkv"))

        assert not deletions(seen)


def test_a_folder_that_is_empty_for_a_while_yields_no_deletions_below(tmp_path: Path) -> None:
    """It is the same directory all the time, so only what is in it tells that something is away."""
    root, away = tmp_path / "media", tmp_path / "away"
    for n in range(9):
        write(root / "All" / f"Show {n}" / "S01" / "e.mkv")
    with Watched([*polled(root), *polled(tmp_path / "other")]) as seen:
        for n in range(3):
            (root / "All").rename(away)
            wait_until(lambda: seen.state_of(root).method == "absent")
            rounds_go_by(seen, tmp_path / "other" / f"{n}")
            away.rename(root / "All")
            new = write(root / "All" / "Show 1" / "S01" / f"{n}.mkv")
            seen.wait_for(new, What.CREATED)
            wait_until(lambda: seen.state_of(root).method == "polling")
        shutil.rmtree(root / "All" / "Show 2")
        seen.wait_for(root / "All" / "Show 2", What.DELETED)

    assert deletions(seen) == [str(root / "All" / "Show 2")]
    assert len({one.path for one in seen.of_files() if str(root) in one.path}) == 3


def rounds_go_by(seen: Watched, beside: Path) -> None:
    """Wait until a directory of another folder of the same interval was looked at several times."""
    for n in range(3):
        seen.wait_for(write(beside / f"{n}.mkv"))


def test_a_part_can_be_polled_and_the_rest_watched(root: Path) -> None:
    part = root / "Show 1"
    folders = [folder(root), folder(part, "polling", EVERY_S)]
    with Watched(folders) as seen:
        assert seen.state_of(root).method == "inotify"
        assert seen.state_of(part).method == "polling"
        assert (seen.state_of(root).watches, seen.state_of(root).polled) == (19, 2)
        seen.wait_for(write(part / "S01" / "new.mkv"), What.CREATED)
        seen.wait_for_write(root / "Show 2" / "S01" / "new.mkv")


def test_a_directory_that_moves_from_a_watched_part_into_a_polled_one_goes_on_being_seen(
    root: Path,
) -> None:
    part = root / "Show 1"
    with Watched([folder(root), folder(part, "polling", EVERY_S)]) as seen:
        (root / "Show 2").rename(part / "Show 2")
        seen.wait_for(part / "Show 2" / "S01" / "e.mkv", What.CREATED)
        seen.wait_for(write(part / "Show 2" / "S01" / "new.mkv"))
        (part / "Show 2").rename(root / "Show 2")
        seen.wait_for(write(root / "Show 2" / "S01" / "again.mkv"))
        wait_until(lambda: seen.state_of(root).watches == 19)


def test_what_changed_while_nobody_looked_is_told_by_the_next_start(
    root: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    with Watched(polled(root), state=state):
        pass
    new = write(root / "Show 1" / "S01" / "new.mkv")
    with Watched(polled(root), state=state) as seen:
        seen.wait_for(new, What.CREATED)

    assert [one.path for one in seen.of_files()] == [str(new)]


def test_stopping_does_not_wait_for_a_round(tmp_path: Path) -> None:
    root = tmp_path / "media"
    for n in range(500):
        write(root / f"Show {n}" / "e.mkv")
    with Watched([folder(root, "polling", 3600.0)]) as seen:
        assert seen.watching.healthy()
