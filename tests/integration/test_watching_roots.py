"""Folders that come and go: absent, deleted, renamed, replaced, mounted, unmounted, nested."""

from __future__ import annotations

import math
import os
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until
from watched import QUICK, Mounts, Watched, a_tick, folder, mounts_or_skip, watched, write

from watcher.events import What
from watcher.tree import ASLEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    with mounts_or_skip(tmp_path) as mounts:
        yield mounts


def deletions(seen: Watched) -> list[str]:
    return [one.path for one in seen.events if one.what is What.DELETED]


def test_a_folder_that_is_absent_at_the_start_is_watched_when_it_appears(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b" / "media"
    with watched(root) as seen:
        assert seen.state_of(root).method == "absent"
        film = write(root / "Film" / "Film.mkv")
        seen.wait_for(film, What.CREATED)
        seen.wait_for_write(root / "Film" / "more.mkv")

    assert seen.roots == [(str(root), False), (str(root), True)]
    assert seen.state_of(root).method == "inotify"


def disk_comes(root: Path, disk: Path) -> None:
    disk.rename(root)


def disk_takes_the_place_of_an_empty_directory(root: Path, disk: Path) -> None:
    root.rmdir()
    disk.rename(root)


@pytest.mark.parametrize("comes", [disk_comes, disk_takes_the_place_of_an_empty_directory])
@pytest.mark.parametrize("starts", [1, 2])
def test_a_folder_of_which_nothing_is_known_is_taken_as_it_stands_when_it_comes(
    tmp_path: Path, comes: Callable[[Path, Path], None], starts: int
) -> None:
    """What Plex lacks of it is found by a comparison, which is asked for when all is watched."""
    root, disk, state = tmp_path / "media", tmp_path / "disk", tmp_path / "state"
    state.mkdir()
    for n in range(30):
        write(disk / f"Film {n}" / "Film.mkv")
    if comes is disk_takes_the_place_of_an_empty_directory:
        root.mkdir()
    for _ in range(starts - 1):
        with watched(root, state=state):
            pass
    a_tick()
    with watched(root, state=state) as seen:
        late = write(disk / "Film 7" / "written while it was away.srt")
        comes(root, disk)
        wait_until(lambda: (str(root), True) in seen.roots)
        assert seen.state_of(root).directories == 31
        seen.wait_for(root / "Film 7" / late.name)
        seen.settle(root)
        (root / "Film 3" / "Film.mkv").unlink()
        seen.wait_for(root / "Film 3" / "Film.mkv", What.DELETED)
        wait_until(lambda: is_inspected(seen))

    told = {one.path for one in seen.of_files() if "marker" not in one.path}
    assert told == {str(root / "Film 7" / late.name), str(root / "Film 3" / "Film.mkv")}
    assert seen.roots[-1] == (str(root), True)
    assert seen.roots.count((str(root), True)) == 1
    with watched(root, state=state) as seen:
        seen.settle(root)
    assert not {one.path for one in seen.of_files() if "Film 1" in one.path}


def test_a_folder_that_came_between_two_starts_is_taken_as_it_stands(tmp_path: Path) -> None:
    root, state = tmp_path / "media", tmp_path / "state"
    state.mkdir()
    with watched(root, state=state):
        pass
    write(root / "Film" / "Film.mkv")
    a_tick()
    with watched(root, state=state) as seen:
        seen.settle(root)
        wait_until(lambda: is_inspected(seen))

    assert not [one for one in seen.events if "marker" not in one.path]
    assert seen.roots == [(str(root), True)]


def is_inspected(seen: Watched) -> bool:
    watch = seen.watching._emitters[0].ground_watch
    return not watch.looker and not watch._inspector


def test_a_folder_that_is_a_file_is_absent_and_says_so(tmp_path: Path) -> None:
    root = write(tmp_path / "media")
    with watched(root) as seen:
        assert seen.state_of(root).method == "absent"
        assert "not a directory" in str(seen.state_of(root).problem)
        root.unlink()
        seen.wait_for(write(root / "Film.mkv"))


def test_a_folder_that_is_deleted_and_made_anew_is_watched_again(tmp_path: Path) -> None:
    root = tmp_path / "media"
    write(root / "Show" / "S01" / "e.mkv")
    with watched(root) as seen:
        for n in range(5):
            shutil.rmtree(root)
            wait_until(lambda: seen.state_of(root).method == "absent")
            file = write(root / "Show" / "S01" / f"{n}.mkv")
            seen.wait_for(file)
            seen.wait_for(write(root / "Show" / "S01" / f"{n}-later.mkv"))


def test_a_folder_that_is_deleted_and_made_anew_at_once_is_watched(tmp_path: Path) -> None:
    root = tmp_path / "media"
    write(root / "Show" / "e.mkv")
    with watched(root) as seen:
        for n in range(50):
            shutil.rmtree(root)
            write(root / "Show" / f"{n}.mkv")
        seen.wait_for(root / "Show" / "49.mkv")
        seen.wait_for(write(root / "Show" / "later.mkv"))


def test_a_folder_that_is_renamed_away_is_absent_and_nothing_in_it_is_deleted(
    tmp_path: Path,
) -> None:
    root, away = tmp_path / "media", tmp_path / "away"
    write(root / "Show" / "e.mkv")
    with watched(root) as seen:
        root.rename(away)
        wait_until(lambda: seen.state_of(root).method == "absent")
        write(away / "Show" / "meanwhile.mkv")
        away.rename(root)
        wait_until(lambda: seen.state_of(root).method == "inotify")
        seen.wait_for(root / "Show" / "meanwhile.mkv", What.CREATED)
        seen.wait_for(write(root / "Show" / "later.mkv"))
        assert not seen.told(root / "Show" / "e.mkv")

    assert not deletions(seen)
    assert seen.roots == [(str(root), False), (str(root), True)]


def test_a_directory_above_the_folder_that_is_renamed_takes_it_away(tmp_path: Path) -> None:
    root = tmp_path / "volume1" / "share" / "media"
    write(root / "Show" / "e.mkv")
    with watched(root) as seen:
        (tmp_path / "volume1").rename(tmp_path / "volume2")
        wait_until(lambda: seen.state_of(root).method == "absent")
        (tmp_path / "volume2").rename(tmp_path / "volume1")
        wait_until(lambda: seen.state_of(root).method == "inotify")
        seen.wait_for(write(root / "Show" / "later.mkv"))

    assert not deletions(seen)


def test_a_symlinked_folder_is_watched_through_its_own_name(tmp_path: Path) -> None:
    real = tmp_path / "disk1" / "media"
    write(real / "Show" / "e.mkv")
    root = tmp_path / "media"
    root.symlink_to(real)
    with watched(root) as seen:
        write(real / "Show" / "f.mkv")
        seen.wait_for(root / "Show" / "f.mkv", What.CLOSED)


def test_a_symlinked_folder_that_is_pointed_elsewhere_follows(tmp_path: Path) -> None:
    one, two = tmp_path / "disk1", tmp_path / "disk2"
    for disk in (one, two):
        write(disk / "Show" / "e.mkv", disk.name)
        write(disk / "Film" / "e.mkv", "the same")
    root = tmp_path / "media"
    root.symlink_to(one)
    with watched(root) as seen:
        new = tmp_path / "new"
        new.symlink_to(two)
        new.rename(root)
        wait_until(lambda: seen.told(root / "Show" / "e.mkv"))
        seen.wait_for_write(root / "Show" / "f.mkv")

    assert not deletions(seen)


def test_unmounted_and_mounted_again(tmp_path: Path, mounts: Mounts) -> None:
    root = tmp_path / "media"
    mounts.mount(root)
    for n in range(10):
        write(root / f"Show {n}" / "e.mkv")
    with watched(root) as seen:
        mounts.unmount(root)
        wait_until(lambda: seen.state_of(root).method == "absent")
        mounts.mount(root)
        for n in range(10):
            write(root / f"Show {n}" / "e.mkv")
        wait_until(lambda: seen.state_of(root).method == "inotify")
        seen.wait_for(write(root / "Show 3" / "later.mkv"))

    assert not deletions(seen)
    assert seen.roots[0] == (str(root), False)
    assert seen.roots[-1] == (str(root), True)


def test_the_same_disk_mounted_again_is_compared(tmp_path: Path, mounts: Mounts) -> None:
    disk, root = tmp_path / "disk", tmp_path / "media"
    mounts.mount(disk)
    for n in range(10):
        write(disk / f"Show {n}" / "e.mkv")
    mounts.bind(disk, root)
    with watched(root) as seen:
        mounts.unmount(root)
        wait_until(lambda: seen.state_of(root).method == "absent")
        write(disk / "Show 3" / "new.mkv")
        write(disk / "Show 4" / "e.mkv", "changed in place")
        (disk / "Show 5" / "e.mkv").unlink()
        mounts.bind(disk, root)
        seen.wait_for(root / "Show 3" / "new.mkv", What.CREATED)
        seen.wait_for(root / "Show 4" / "e.mkv", What.WRITTEN)
        seen.wait_for(root / "Show 5" / "e.mkv", What.DELETED)
        seen.settle(root)

    assert {one.path for one in seen.of_files() if "marker" not in one.path} == {
        str(root / "Show 3" / "new.mkv"),
        str(root / "Show 4" / "e.mkv"),
        str(root / "Show 5" / "e.mkv"),
    }


def test_a_disk_mounted_over_the_folder_after_the_start_is_watched(
    tmp_path: Path, mounts: Mounts
) -> None:
    root = tmp_path / "media"
    root.mkdir()
    with watched(root) as seen:
        mounts.mount(root)
        seen.wait_for(write(root / "Show" / "e.mkv"), What.CREATED)
        seen.wait_for_write(root / "Show" / "f.mkv")


def test_a_disk_mounted_above_the_folder_makes_it_absent(tmp_path: Path, mounts: Mounts) -> None:
    root = tmp_path / "volume" / "media"
    write(root / "Show" / "e.mkv")
    with watched(root) as seen:
        mounts.mount(tmp_path / "volume")
        wait_until(lambda: seen.state_of(root).method == "absent")
        mounts.unmount(tmp_path / "volume")
        wait_until(lambda: seen.state_of(root).method == "inotify")
        seen.wait_for(write(root / "Show" / "later.mkv"))

    assert not deletions(seen)


def test_a_disk_mounted_below_the_folder_is_watched_and_its_loss_is_no_deletion(
    tmp_path: Path, mounts: Mounts
) -> None:
    root, disk = tmp_path / "media", tmp_path / "disk"
    write(root / "Film" / "f.mkv")
    usb = root / "usb"
    usb.mkdir()
    mounts.mount(disk)
    with watched(root) as seen:
        mounts.bind(disk, usb)
        seen.wait_for(write(usb / "Show" / "e.mkv"), What.CREATED)
        seen.wait_for_write(usb / "Show" / "f.mkv")
        mounts.unmount(usb)
        wait_until(lambda: seen.state_of(root).problem)
        seen.wait_for_write(root / "Film" / "g.mkv")
        assert seen.state_of(root).method == "inotify"
        mounts.bind(disk, usb)
        seen.wait_for(write(usb / "Show" / "h.mkv"))

    assert not deletions(seen)


def test_an_empty_place_where_a_disk_was_yields_no_deletions_and_what_is_put_there_is_told(
    tmp_path: Path, mounts: Mounts
) -> None:
    root = tmp_path / "media"
    mounts.mount(root)
    for n in range(10):
        write(root / f"Show {n}" / "e.mkv")
    with watched(root) as seen:
        mounts.unmount(root)
        wait_until(lambda: seen.state_of(root).method == "absent")
        seen.wait_for(write(root / "Stray" / "e.mkv"), What.CREATED)
        seen.wait_for_write(root / "Stray" / "f.mkv")

    assert not deletions(seen)


def words(path: str) -> list[str]:
    return re.split(r"\W", path)


@pytest.mark.parametrize("known_below", [0, 2, 5])
def test_a_disk_that_covers_a_directory_and_leaves_again_loses_nothing_on_either_side(
    tmp_path: Path, mounts: Mounts, known_below: int
) -> None:
    root, disk = tmp_path / "media", tmp_path / "disk"
    at = root / "Group"
    at.mkdir(parents=True)
    for n in range(known_below):
        write(at / f"Part {n}" / "e.mkv")
    write(disk / "Top" / "f.mkv")
    with watched(root) as seen:
        for turn in range(2):
            seen.events.clear()
            mounts.bind(disk, at)
            seen.wait_for(at / "Top" / "f.mkv")
            seen.wait_for(write(at / "Top" / "g.mkv", f"{turn}"))
            mounts.take_away(at)
            wait_until(lambda: not (at / "Top").exists() and is_asleep(seen, "Group/Top"))
            seen.wait_for(write(at / f"New {turn}" / "h.mkv"), What.CREATED)
            seen.settle(root)
            # What lay in the bare place is gone from sight, where the disk is known to be the same.
            lost = [path for path in deletions(seen) if not {"marker", "New"} & set(words(path))]
            assert not lost


def test_a_file_system_that_is_unmounted_lazily_is_let_go(tmp_path: Path, mounts: Mounts) -> None:
    root = tmp_path / "media"
    mounts.mount(root)
    write(root / "Show" / "e.mkv")
    with watched(root) as seen, (root / "Show" / "e.mkv").open("rb"):
        mounts.run("umount", "-l", str(root))
        wait_until(lambda: seen.state_of(root).method == "absent")

    assert not deletions(seen)


def test_a_directory_shown_at_two_places_is_told_once(tmp_path: Path, mounts: Mounts) -> None:
    root = tmp_path / "media"
    write(root / "a" / "Show" / "e.mkv")
    mounts.bind(root / "a", root / "b")
    with watched(root) as seen:
        write(root / "a" / "Show" / "f.mkv")
        seen.settle(root)

    assert len([one for one in seen.events if one.what is What.CLOSED and "f.mkv" in one.path]) == 1


def test_an_emptied_folder_is_told_file_by_file_while_it_is_watched(tmp_path: Path) -> None:
    root = tmp_path / "media"
    files = [write(root / f"Film {n}.mkv") for n in range(5)]
    with watched(root) as seen:
        for file in files:
            file.unlink()
        for file in files:
            seen.wait_for(file, What.DELETED)
        assert seen.state_of(root).method == "inotify"


def test_nested_folders_make_one_event_by_the_nearest_folders_name(tmp_path: Path) -> None:
    root = tmp_path / "media"
    inner = root / "tv"
    (inner / "Show").mkdir(parents=True)
    alias = tmp_path / "alias"
    alias.symlink_to(inner)
    with watched(root, alias) as seen:
        write(inner / "Show" / "e.mkv")
        seen.wait_for(alias / "Show" / "e.mkv", What.CLOSED)
        seen.settle(root)

    assert not seen.told(inner / "Show" / "e.mkv")
    assert len([one for one in seen.events if one.what is What.CLOSED and "e.mkv" in one.path]) == 1


def test_one_directory_configured_twice_is_told_once(tmp_path: Path) -> None:
    root, alias = tmp_path / "media", tmp_path / "alias"
    root.mkdir()
    alias.symlink_to(root)
    with watched(root, alias, root) as seen:
        write(root / "Film.mkv")
        seen.wait_for(root / "Film.mkv", What.CLOSED)
        seen.settle(root)
        states = seen.watching.states()

    assert not seen.told(alias / "Film.mkv")
    assert seen.told(root / "Film.mkv").count(What.CLOSED) == 1
    assert [one.method for one in states] == ["inotify"] * 3
    assert str(root) in states[1].reason


def test_a_nested_folder_that_is_renamed_away_is_absent_and_not_deleted(tmp_path: Path) -> None:
    root = tmp_path / "media"
    inner = root / "tv"
    write(inner / "Show" / "e.mkv")
    with watched(root, inner) as seen:
        inner.rename(tmp_path / "away")
        wait_until(lambda: seen.state_of(inner).method == "absent")
        (tmp_path / "away").rename(inner)
        wait_until(lambda: seen.state_of(inner).method == "inotify")
        seen.wait_for_write(inner / "Show" / "f.mkv")
        assert not seen.told(inner / "Show" / "e.mkv")

    assert not deletions(seen)


def test_a_nested_folder_that_is_absent_at_the_start_is_watched_when_it_appears(
    tmp_path: Path,
) -> None:
    root = tmp_path / "media"
    inner = root / "tv"
    root.mkdir()
    with watched(root, inner) as seen:
        assert seen.state_of(inner).method == "absent"
        seen.wait_for(write(inner / "Show" / "e.mkv"), What.CREATED)
        wait_until(lambda: seen.state_of(inner).method == "inotify")


def test_a_folder_inside_an_ignored_directory_is_watched(tmp_path: Path) -> None:
    root = tmp_path / "media"
    inner = root / "#recycle" / "kept"
    inner.mkdir(parents=True)
    with watched(root, inner) as seen:
        seen.wait_for_write(inner / "Film.mkv")


def test_the_root_directory_itself_can_be_spelled(tmp_path: Path) -> None:
    """Only the spelling is tried: everything but one directory is ignored."""
    keep = tmp_path / "media"
    keep.mkdir()

    def noise(path: str, is_dir: bool) -> bool:
        return is_dir and not (str(keep).startswith(path) or path.startswith(str(keep)))

    root = keep.parents[-1]
    with Watched([folder(root)], ignored=noise) as seen:
        seen.wait_for(write(keep / "Show" / "Film.mkv"), What.CREATED)
        assert not [one for one in seen.events if one.path.startswith("//")]


def test_a_directory_by_two_names_stays_watched_when_one_of_them_goes(
    tmp_path: Path, mounts: Mounts
) -> None:
    root = tmp_path / "media"
    mounts.mount(root / "disk")
    write(root / "disk" / "S" / "e.mkv")
    mounts.bind(root / "disk", root / "pool")
    with Watched([folder(root)]) as seen:
        mounts.take_away(root / "disk")
        wait_until(lambda: (root / "disk" / "S").exists() is False)

        def heard() -> bool:
            write(root / "pool" / "S" / "new.mkv")
            return bool(seen.told(root / "pool" / "S" / "new.mkv"))

        wait_until(heard, 20)
        mounts.take_away(root / "pool")


def test_what_was_undone_while_a_disk_was_away_is_told(tmp_path: Path, mounts: Mounts) -> None:
    """What was seen of a file last is what others know of it, also while that is not safe yet."""
    disk, root = tmp_path / "disk", tmp_path / "media"
    film = write(disk / "Film" / "f.mkv", "old")
    before = film.stat()
    mounts.bind(disk, root)
    with Watched(
        [folder(root)], state=tmp_path, pace=replace(QUICK, safe_s=1.0), unsettled=list
    ) as seen:
        scene = seen.watching._emitters[0].ground_watch.scene
        seen.settle(root)
        wait_until(lambda: scene.is_inspected)
        (root / "Film" / "f.mkv").write_text("new")
        seen.wait_for(root / "Film" / "f.mkv", What.CLOSED)
        wait_until(lambda: all(entry.found for _, entry in scene.ledger.quiet_since(math.inf)))
        mounts.unmount(root)
        wait_until(lambda: seen.state_of(root).method == "absent")
        film.write_text("old")
        os.utime(film, ns=(before.st_atime_ns, before.st_mtime_ns))
        seen.events.clear()
        mounts.bind(disk, root)
        seen.wait_for(root / "Film" / "f.mkv", What.WRITTEN, deadline_s=5)


def test_what_was_told_a_moment_ago_is_told_again_if_its_disk_was_away_since(
    tmp_path: Path, mounts: Mounts
) -> None:
    """Nobody had looked at these files after they were told: they may be others by now."""
    disk, root = tmp_path / "usb stick", tmp_path / "media"
    old = write(disk / "Film" / "old.mkv", "old")
    usb = root / "usb"
    usb.mkdir(parents=True)
    with Watched(
        [folder(root)], state=tmp_path, pace=replace(QUICK, safe_s=60.0), unsettled=list
    ) as seen:
        mounts.bind(disk, usb)
        seen.wait_for(usb / "Film" / "old.mkv", What.CREATED)
        for name in ("fleeting.mkv", "fleeting too.mkv"):
            write(usb / "Film" / name)
            seen.wait_for(usb / "Film" / name, What.CLOSED)
        (usb / "Film" / "fleeting too.mkv").unlink()
        seen.wait_for(usb / "Film" / "fleeting too.mkv", What.DELETED)
        mounts.unmount(usb)
        wait_until(lambda: not (usb / "Film").exists() and is_asleep(seen, "usb/Film"))
        old.write_text("new")
        (disk / "Film" / "fleeting.mkv").unlink()
        write(disk / "Film" / "fleeting too.mkv")
        seen.events.clear()
        mounts.bind(disk, usb)
        seen.wait_for(usb / "Film" / "old.mkv", What.WRITTEN, deadline_s=5)
        seen.wait_for(usb / "Film" / "fleeting.mkv", What.DELETED, deadline_s=5)
        seen.wait_for(usb / "Film" / "fleeting too.mkv", What.CREATED, What.WRITTEN, deadline_s=5)


def is_asleep(seen: Watched, relative: str) -> bool:
    node = seen.watching._emitters[0].ground_watch.scene.tree.find(relative.encode())
    return node is not None and node.wd == ASLEEP


def test_a_link_on_the_way_is_heard_of_where_its_place_has_another_name(
    tmp_path: Path, mounts: Mounts
) -> None:
    """A second watch on one directory takes the place of the first."""
    one, two = tmp_path / "one", tmp_path / "two"
    for store in (one, two):
        write(store / "tv" / "Show" / "e.mkv", store.name)
    data, other_name = tmp_path / "data", tmp_path / "other name"
    (data / "sub").mkdir(parents=True)
    mounts.bind(data, other_name)
    (data / "media").symlink_to(one)
    (data / "sub" / "alias").symlink_to(one / "tv")
    with watched(data / "media", other_name / "sub" / "alias") as seen:
        (data / "new").symlink_to(two)
        (data / "new").rename(data / "media")
        seen.wait_for(write(data / "media" / "Film" / "f.mkv"), deadline_s=5)
