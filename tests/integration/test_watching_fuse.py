"""A FUSE file system, which tells of what is done through it and not of what is done behind it."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until
from watched import Watched, folder, mirrored, write

from watcher.events import What

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    for n in range(5):
        write(source / f"Show {n}" / "S01" / "e.mkv")
    return source


def deletions(seen: Watched) -> list[str]:
    return [one.path for one in seen.events if one.what is What.DELETED]


def test_the_file_system_is_recognised_and_both_watched_and_polled(
    source: Path, tmp_path: Path
) -> None:
    point = tmp_path / "point"
    with mirrored(source, point), Watched([folder(point)]) as seen:
        state = seen.state_of(point)

    assert state.method == "polling"
    assert "fuse.mirror" in state.reason
    assert (state.watches, state.polled) == (11, 11)


def test_what_is_done_through_the_mount_is_told_at_once(source: Path, tmp_path: Path) -> None:
    point = tmp_path / "point"
    with mirrored(source, point), Watched([folder(point, every_s=3600.0)]) as seen:
        seen.wait_for_write(point / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(write(point / "New" / "S01" / "e.mkv"), What.CREATED)
        (point / "Show 2").rename(point / "Show Two")
        seen.wait_for(point / "Show Two" / "S01" / "e.mkv", What.CREATED)
        shutil.rmtree(point / "Show 3")
        seen.wait_for(point / "Show 3", What.DELETED)


def test_what_is_done_behind_its_back_is_found_by_looking(source: Path, tmp_path: Path) -> None:
    point = tmp_path / "point"
    with mirrored(source, point), Watched([folder(point)]) as seen:
        write(source / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(point / "Show 1" / "S01" / "new.mkv", What.CREATED)
        write(source / "Show 2" / "S01" / "e.mkv", "edited in place")
        seen.wait_for(point / "Show 2" / "S01" / "e.mkv", What.WRITTEN)
        (source / "Show 3" / "S01" / "e.mkv").unlink()
        seen.wait_for(point / "Show 3" / "S01" / "e.mkv", What.DELETED)
        write(source / "New" / "S01" / "deep" / "e.mkv")
        seen.wait_for(point / "New" / "S01" / "deep" / "e.mkv", What.CREATED)
        shutil.rmtree(source / "Show 4")
        seen.wait_for(point / "Show 4", What.DELETED)


def test_what_was_told_at_once_is_not_told_again_by_looking(source: Path, tmp_path: Path) -> None:
    point = tmp_path / "point"
    with mirrored(source, point), Watched([folder(point, every_s=0.1)]) as seen:
        season = point / "Show 1" / "S01"
        new = write(season / "new.mkv")
        (season / "e.mkv").unlink()
        seen.wait_for(season / "e.mkv", What.DELETED)
        told = len(seen.told(new))
        for n in range(5):  # several rounds go by
            write(source / "Show 2" / "S01" / f"{n}.mkv")
            seen.wait_for(point / "Show 2" / "S01" / f"{n}.mkv")

        assert len(seen.told(new)) == told
        assert seen.told(season / "e.mkv") == [What.DELETED]


def test_a_mount_whose_program_died_yields_no_deletions_and_is_watched_when_it_is_back(
    source: Path, tmp_path: Path
) -> None:
    point = tmp_path / "point"
    with mirrored(source, point) as program, Watched([folder(point, every_s=0.1)]) as seen:
        program.send_signal(signal.SIGKILL)
        program.wait()
        wait_until(lambda: seen.state_of(point).method == "absent")
        subprocess.run(["umount", str(point)], check=True)
        with mirrored(source, point):
            wait_until(lambda: seen.state_of(point).method == "polling")
            write(source / "Show 1" / "S01" / "new.mkv")
            seen.wait_for(point / "Show 1" / "S01" / "new.mkv", What.CREATED)

            assert not deletions(seen)


def test_a_mount_that_shows_nothing_for_a_while_yields_no_deletions(
    source: Path, tmp_path: Path
) -> None:
    point, away, other = tmp_path / "point", tmp_path / "away", tmp_path / "other"
    other.mkdir()
    folders = [folder(point, every_s=0.1), folder(other, "polling", 0.1)]
    with mirrored(source, point), Watched(folders) as seen:
        source.rename(away)
        source.mkdir()
        wait_until(lambda: seen.state_of(point).method == "absent")
        for n in range(3):  # several rounds go by
            seen.wait_for(write(other / f"{n}.mkv"))
        source.rmdir()
        away.rename(source)
        write(source / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(point / "Show 1" / "S01" / "new.mkv", What.CREATED)
        wait_until(lambda: seen.state_of(point).method == "polling")

    assert {one.path for one in seen.of_files() if str(point) in one.path} == {
        str(point / "Show 1" / "S01" / "new.mkv")
    }
    assert not deletions(seen)


def test_the_next_start_compares_and_numbers_of_files_that_are_made_up_do_not_matter(
    source: Path, tmp_path: Path
) -> None:
    point, state = tmp_path / "point", tmp_path / "state"
    state.mkdir()
    with mirrored(source, point), Watched([folder(point)], state=state):
        pass
    write(source / "AAA first in every list" / "e.mkv")  # all numbers are given out anew
    with mirrored(source, point), Watched([folder(point)], state=state) as seen:
        seen.wait_for(point / "AAA first in every list" / "e.mkv", What.CREATED)
        write(source / "Show 4" / "S01" / "last.mkv")
        seen.wait_for(point / "Show 4" / "S01" / "last.mkv")

    told = {one.path for one in seen.of_files()}
    assert told == {
        str(point / "AAA first in every list" / "e.mkv"),
        str(point / "Show 4" / "S01" / "last.mkv"),
    }


def test_what_is_mounted_as_before_at_the_next_start_may_have_changed_as_a_whole(
    source: Path, tmp_path: Path
) -> None:
    point, state = tmp_path / "point", tmp_path / "state"
    state.mkdir()
    with mirrored(source, point):
        with Watched([folder(point)], state=state):
            pass
        for n in range(1, 5):
            shutil.rmtree(point / f"Show {n}")
        (point / "Show 0").rename(point / "Show 0 (1999)")
        with Watched([folder(point)], state=state) as seen:
            seen.wait_for(point / "Show 0 (1999)" / "S01" / "e.mkv", What.CREATED)
            for n in range(5):
                seen.wait_for(point / f"Show {n}", What.DELETED)
            assert not seen.state_of(point).problem


def test_another_program_behind_the_same_place_is_believed_only_if_it_has_what_is_known(
    source: Path, tmp_path: Path
) -> None:
    point, state, other = tmp_path / "point", tmp_path / "state", tmp_path / "other"
    state.mkdir()
    write(other / "Show X" / "S01" / "e.mkv")
    with mirrored(source, point), Watched([folder(point)], state=state):
        number = point.stat().st_dev
    with contextlib.ExitStack() as mounted:
        mounted.enter_context(mirrored(source, tmp_path / "takes the number"))
        mounted.enter_context(mirrored(other, point))
        if point.stat().st_dev == number:  # another test had it until now: on top gets another one
            mounted.enter_context(mirrored(other, point))
        seen = mounted.enter_context(Watched([folder(point)], state=state))
        seen.wait_for(point / "Show X" / "S01" / "e.mkv", What.CREATED)
        assert "another directory" in (seen.state_of(point).problem or "")
        assert not deletions(seen)


def test_a_fuse_mount_below_a_watched_folder_is_polled_as_well(
    source: Path, tmp_path: Path
) -> None:
    root = tmp_path / "media"
    write(root / "Film" / "f.mkv")
    with mirrored(source, root / "remote"), Watched([folder(root)]) as seen:
        state = seen.state_of(root)
        assert (state.method, state.watches, state.polled) == ("inotify", 13, 11)
        write(source / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(root / "remote" / "Show 1" / "S01" / "new.mkv", What.CREATED)
        seen.wait_for_write(root / "Film" / "g.mkv")


def test_what_becomes_of_a_told_file_behind_the_mount_is_told_as_well(
    source: Path, tmp_path: Path
) -> None:
    """Between what the kernel told and the next look another host wrote to it, or deleted it."""
    point = tmp_path / "point"
    with mirrored(source, point), Watched([folder(point, every_s=1.0)]) as seen:
        season, behind = point / "Show 1" / "S01", source / "Show 1" / "S01"
        deleted, rewritten = write(season / "deleted.mkv"), write(season / "rewritten.mkv")
        for path in (deleted, rewritten):
            seen.wait_for(path, What.CLOSED)
        (behind / "deleted.mkv").unlink()
        write(behind / "rewritten.mkv", "by another host")

        seen.wait_for(deleted, What.DELETED)
        wait_until(lambda: seen.told(rewritten)[-1] is What.WRITTEN)


def test_a_library_that_is_emptied_and_filled_again_is_the_same_one(tmp_path: Path) -> None:
    """No number tells a FUSE mount from another, but this one was never away."""
    source, point = tmp_path / "source", tmp_path / "point"
    for name in ("A", "B", "C"):
        write(source / name / "e.mkv")
    with mirrored(source, point), Watched([folder(point)]) as seen:
        for name in ("A", "B", "C"):
            shutil.rmtree(source / name)
        wait_until(lambda: (str(point), False) in seen.roots)
        new = write(source / "D" / "e.mkv")
        seen.wait_for(point / "D" / "e.mkv", What.CREATED)
        new.unlink()

        seen.wait_for(point / "D" / "e.mkv", What.DELETED)
        seen.wait_for(point / "A", What.DELETED)


def point_to(link: Path, target: Path) -> None:
    """Have a link lead elsewhere, without a moment at which it is not there."""
    new = link.with_name("new link")
    new.symlink_to(target)
    new.rename(link)


def test_a_folder_that_is_pointed_to_another_file_system_is_watched_in_its_way(
    source: Path, tmp_path: Path
) -> None:
    point, disk, link = tmp_path / "point", tmp_path / "disk", tmp_path / "media"
    shutil.copytree(source, disk)
    point_to(link, disk)
    with mirrored(source, point), Watched([folder(link)]) as seen:
        assert seen.state_of(link).method == "inotify"
        point_to(link, point)
        wait_until(lambda: seen.state_of(link).method == "polling")
        write(source / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(link / "Show 1" / "S01" / "new.mkv", What.CREATED)

        write(disk / "Show 1" / "S01" / "new.mkv")
        point_to(link, disk)
        wait_until(lambda: seen.state_of(link).method == "inotify")
        seen.wait_for_write(link / "Show 2" / "S01" / "later.mkv")
        assert seen.state_of(link).polled == 0

    assert not deletions(seen)


def test_a_folder_that_becomes_a_link_later_is_watched_as_its_file_system_wants(
    source: Path, tmp_path: Path
) -> None:
    point, link = tmp_path / "point", tmp_path / "media"
    with mirrored(source, point), Watched([folder(link)]) as seen:
        assert seen.state_of(link).method == "absent"
        link.symlink_to(point)
        wait_until(lambda: seen.state_of(link).method == "polling")
        write(source / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(link / "Show 1" / "S01" / "new.mkv", What.CREATED)


def test_a_folder_inside_another_one_that_is_pointed_elsewhere_says_what_it_leaves_behind(
    source: Path, tmp_path: Path
) -> None:
    root, point, alias = tmp_path / "media", tmp_path / "point", tmp_path / "alias"
    shutil.copytree(source, root / "tv")
    point_to(alias, root / "tv")
    with mirrored(source, point), Watched([folder(root), folder(alias)]) as seen:
        assert seen.state_of(alias).method == "inotify"
        point_to(alias, point)
        wait_until(lambda: seen.state_of(alias).method == "polling")
        write(source / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(alias / "Show 1" / "S01" / "new.mkv", What.CREATED)

    told = [text for level, text in seen.reports if level == "WARNING"]
    assert len(told) == 1
    assert str(alias) in told[0]
    assert str(root / "tv") in told[0]


def test_a_file_system_below_the_new_target_of_a_folder_is_watched_in_its_own_way(
    source: Path, tmp_path: Path
) -> None:
    disk, link = tmp_path / "disk", tmp_path / "media"
    (disk / "Cloud").mkdir(parents=True)
    write(disk / "Film" / "f.mkv")
    write(tmp_path / "other" / "Film" / "f.mkv")
    point_to(link, tmp_path / "other")
    with mirrored(source, disk / "Cloud"), Watched([folder(link)]) as seen:
        point_to(link, disk)
        seen.wait_for(link / "Cloud" / "Show 1" / "S01" / "e.mkv", What.CREATED)
        write(source / "Show 1" / "S01" / "new.mkv")
        seen.wait_for(link / "Cloud" / "Show 1" / "S01" / "new.mkv", What.CREATED)
