"""What changes while nobody watches: the next start compares with what was known."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from exchanging import exchange
from waiting import wait_until
from watched import QUICK, Watched, folder, mounts_or_skip, watched, write

from watcher.events import What

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    for show in ("A", "B", "C"):
        for season in ("S01", "S02"):
            for episode in range(3):
                write(root / show / season / f"e{episode}.mkv")
    return root


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    return state


def get_known(root: Path, state: Path) -> None:
    """Watch for as long as it takes to know everything."""
    with watched(root, state=state):
        pass


def files_told(seen: Watched) -> dict[str, set[What]]:
    told: dict[str, set[What]] = {}
    for one in seen.events:
        told.setdefault(one.path, set()).add(one.what)
    return told


def settled_events(root: Path, state: Path) -> dict[str, set[What]]:
    """What a start tells of what happened before it."""
    with watched(root, state=state) as seen:
        seen.settle(root)
        wait_until(lambda: not seen.watching._emitters[0].ground_watch._inspector)
    return {path: what for path, what in files_told(seen).items() if "marker" not in path}


def test_nothing_is_told_when_nothing_has_changed(root: Path, state: Path) -> None:
    get_known(root, state)

    assert settled_events(root, state) == {}
    assert settled_events(root, state) == {}


def test_a_new_file_is_told_even_if_the_directorys_time_was_set_back(
    root: Path, state: Path
) -> None:
    get_known(root, state)
    season = root / "A" / "S01"
    before = season.stat()
    new = write(season / "new.mkv")
    os.utime(new, ns=(1, 1))
    os.utime(season, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert settled_events(root, state) == {str(new): {What.CREATED}}


def test_a_file_edited_in_place_is_told(root: Path, state: Path) -> None:
    get_known(root, state)
    file = root / "B" / "S02" / "e1.mkv"
    file.write_text("changed")

    assert settled_events(root, state) == {str(file): {What.WRITTEN}}


def test_a_file_replaced_by_another_of_its_size_and_time_is_told(root: Path, state: Path) -> None:
    get_known(root, state)
    file = root / "B" / "S02" / "e1.mkv"
    before = file.stat()
    other = write(root.parent / "other", "y")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(file)

    assert settled_events(root, state) == {str(file): {What.WRITTEN}}


def test_removed_files_and_directories_are_told(root: Path, state: Path) -> None:
    get_known(root, state)
    (root / "A" / "S01" / "e0.mkv").unlink()
    shutil.rmtree(root / "C")

    assert settled_events(root, state) == {
        str(root / "A" / "S01" / "e0.mkv"): {What.DELETED},
        str(root / "C"): {What.DELETED},
    }


def test_a_directory_replaced_by_a_file_and_the_reverse_are_told(root: Path, state: Path) -> None:
    get_known(root, state)
    shutil.rmtree(root / "A" / "S01")
    write(root / "A" / "S01")
    (root / "B" / "S01" / "e0.mkv").unlink()
    inside = write(root / "B" / "S01" / "e0.mkv" / "inside.mkv")
    told = settled_events(root, state)

    assert told[str(root / "A" / "S01")] == {What.DELETED, What.CREATED}
    assert What.DELETED in told[str(root / "B" / "S01" / "e0.mkv")]
    assert told[str(inside)] == {What.CREATED}


def test_a_renamed_directory_is_gone_there_and_new_here(root: Path, state: Path) -> None:
    get_known(root, state)
    (root / "A").rename(root / "Z")
    told = settled_events(root, state)

    assert told[str(root / "A")] == {What.DELETED}
    assert told[str(root / "Z" / "S02" / "e2.mkv")] == {What.CREATED}


def test_new_directories_are_told_with_all_files(root: Path, state: Path) -> None:
    get_known(root, state)
    files = [write(root / "D" / "S01" / "deep" / f"{n}.mkv") for n in range(3)]
    told = settled_events(root, state)

    assert {str(file) for file in files} <= told.keys()


def test_rights_changed_in_between_are_no_news(root: Path, state: Path) -> None:
    get_known(root, state)
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o600)

    assert settled_events(root, state) == {}


def test_an_empty_folder_where_much_was_known_yields_no_deletions(root: Path, state: Path) -> None:
    get_known(root, state)
    root.rename(root.parent / "away")
    root.mkdir()
    with watched(root, state=state) as seen:
        assert seen.state_of(root).method == "absent"
        shutil.rmtree(root)
        (root.parent / "away").rename(root)
        wait_until(lambda: seen.state_of(root).method == "inotify")
        seen.settle(root)

    assert not [one for one in seen.events if "marker" not in one.path]


def test_an_absent_folder_keeps_its_memory_over_a_restart(root: Path, state: Path) -> None:
    get_known(root, state)
    away = root.parent / "away"
    root.rename(away)
    with watched(root, state=state) as seen:
        assert seen.state_of(root).method == "absent"
    write(away / "A" / "S01" / "new.mkv")
    away.rename(root)

    assert settled_events(root, state) == {str(root / "A" / "S01" / "new.mkv"): {What.CREATED}}


def test_an_absent_disk_is_compared_when_it_is_mounted(
    root: Path, state: Path, tmp_path: Path
) -> None:
    with mounts_or_skip(tmp_path) as mounts:
        place = tmp_path / "place"
        mounts.bind(root, place)
        get_known(place, state)
        mounts.unmount(place)
        with watched(place, state=state) as seen:
            assert seen.state_of(place).method == "absent"
            new = write(root / "A" / "S01" / "new.mkv")
            mounts.bind(root, place)
            seen.wait_for(place / "A" / "S01" / new.name, What.CREATED)
            seen.settle(place)

        assert {one.path for one in seen.events if "marker" not in one.path} == {
            str(place / "A" / "S01" / "new.mkv")
        }


def test_a_disk_below_a_folder_that_is_not_mounted_at_the_next_start_is_not_deleted(
    root: Path, state: Path, tmp_path: Path
) -> None:
    with mounts_or_skip(tmp_path) as mounts:
        disk, place = tmp_path / "disk", root / "Disk"
        write(disk / "D" / "S01" / "e0.mkv")
        mounts.bind(disk, place)
        get_known(root, state)
        mounts.unmount(place)

        assert settled_events(root, state) == {}

        write(disk / "D" / "S01" / "new.mkv")
        mounts.bind(disk, place)

        new = place / "D" / "S01" / "new.mkv"
        assert settled_events(root, state) == {str(new): {What.CREATED}}
        mounts.unmount(place)


def test_what_was_not_settled_when_it_was_killed_is_told_again(root: Path, state: Path) -> None:
    """The memory never runs ahead: here nothing counts as handed on, and the end is a kill."""
    get_known(root, state)
    slow = Watched(
        [folder(root)], state=state, unsettled=lambda: [str(path) for path in every_dir(root)]
    )
    with slow as seen:
        new = write(root / "A" / "S01" / "new.mkv")
        deep = write(root / "D" / "S01" / "e.mkv")
        (root / "B" / "S01" / "e0.mkv").unlink()
        shutil.rmtree(root / "C" / "S02")
        (root / "C" / "S01").rename(root / "C" / "S09")
        seen.settle(root)
        threading.Event().wait(0.5)  # many times as long as it takes to save
    told = settled_events(root, state)

    assert told[str(new)] == {What.CREATED}
    assert told[str(deep)] == {What.CREATED}
    assert told[str(root / "B" / "S01" / "e0.mkv")] == {What.DELETED}
    assert told[str(root / "C" / "S02")] == {What.DELETED}
    assert told[str(root / "C" / "S01")] == {What.DELETED}
    assert told[str(root / "C" / "S09" / "e0.mkv")] == {What.CREATED}


def exchange_with_empty(root: Path, place: Path) -> None:
    (root / "empty").mkdir()
    exchange(root / "empty", place)


def make_another(root: Path, place: Path) -> None:
    place.rename(root / "moved")
    place.mkdir()


def move_another_in(root: Path, place: Path) -> None:
    (root / "empty").mkdir()
    place.rename(root / "moved")
    (root / "empty").rename(place)


def remove_and_make(_root: Path, place: Path) -> None:
    shutil.rmtree(place)
    place.mkdir()


def take_out_and_make(root: Path, place: Path) -> None:
    place.rename(root.parent / "outside")
    (place / "S01").mkdir(parents=True)


WAYS = [exchange_with_empty, make_another, move_another_in, remove_and_make, take_out_and_make]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", ["A", "A/S01"])
def test_what_left_a_place_that_another_directory_took_is_missed_after_a_kill(
    root: Path, state: Path, way: Callable[[Path, Path], None], place: str
) -> None:
    get_known(root, state)
    films = [path for path in (root / place).rglob("*") if path.is_file()]
    slow = Watched(
        [folder(root)], state=state, unsettled=lambda: [str(path) for path in every_dir(root)]
    )
    with slow as seen:
        way(root, root / place)
        seen.settle(root)
    gone = [path for path, what in settled_events(root, state).items() if What.DELETED in what]

    assert films
    for film in films:
        assert any(film.is_relative_to(path) for path in gone)
    assert str(root / place) not in gone


def test_a_directory_that_moved_where_another_one_was_is_compared_with_that_one_after_a_kill(
    root: Path, state: Path
) -> None:
    """Also below it: what stays of the names is another file, and what is not there is missed."""
    write(root / "A" / "S01" / "only a.mkv")
    write(root / "B" / "S01" / "only b.mkv")
    get_known(root, state)
    slow = Watched(
        [folder(root)], state=state, unsettled=lambda: [str(path) for path in every_dir(root)]
    )
    with slow as seen:
        exchange(root / "A", root / "B")
        seen.settle(root)
    told = settled_events(root, state)

    for one, other in (("a", "b"), ("b", "a")):
        season = root / one.upper() / "S01"
        assert told[str(season / f"only {one}.mkv")] == {What.DELETED}
        assert told[str(season / f"only {other}.mkv")] == {What.CREATED}
        assert told[str(season / "e0.mkv")] == {What.WRITTEN}


def test_what_left_its_place_and_is_back_is_told_after_a_kill(root: Path, state: Path) -> None:
    """Plex may have been asked to let it go from there, and nobody else speaks of it."""
    get_known(root, state)
    slow = Watched(
        [folder(root)], state=state, unsettled=lambda: [str(path) for path in every_dir(root)]
    )
    with slow as seen:
        (root / "A").rename(root / "Z")
        seen.wait_for(root / "Z" / "S01" / "e0.mkv", What.CREATED)
        (root / "Z").rename(root / "A")
        seen.settle(root)
    told = settled_events(root, state)

    films = [path for path in (root / "A").rglob("*") if path.is_file()]
    assert told == {str(film): {What.WRITTEN} for film in films}


def every_dir(root: Path) -> list[Path]:
    return [root, *(path for path in root.rglob("*") if path.is_dir())]


def test_what_was_settled_is_not_told_again(root: Path, state: Path) -> None:
    get_known(root, state)
    with Watched([folder(root)], state=state, unsettled=list) as seen:
        write(root / "A" / "S01" / "new.mkv")
        write(root / "D" / "S01" / "e.mkv")
        (root / "B" / "S01" / "e0.mkv").unlink()
        (root / "C").rename(root / "E")
        seen.settle(root)

    assert settled_events(root, state) == {}


def test_the_memory_is_kept_up_to_date_while_running(root: Path, state: Path) -> None:
    """A kill some time after the last change finds nothing to tell either."""
    get_known(root, state)
    file = next(state.iterdir())
    with Watched([folder(root)], state=state, unsettled=list) as seen:
        write(root / "A" / "S01" / "new.mkv")
        seen.settle(root)
        before = file.read_bytes()
        wait_until(lambda: file.exists() and file.read_bytes() != before)
        wait_until(lambda: not len(seen.watching._emitters[0].ground_watch.scene.ledger))
        saved = file.read_bytes()
        wait_until(lambda: file.read_bytes() == saved)
    file.write_bytes(saved)

    assert settled_events(root, state) == {}


@pytest.mark.parametrize("damage", ["cut", "flip", "foreign", "empty", "garbage"])
def test_a_damaged_memory_is_said_and_not_used(root: Path, state: Path, damage: str) -> None:
    get_known(root, state)
    file = next(state.iterdir())
    data = file.read_bytes()
    file.write_bytes(
        {
            "cut": data[:-100],
            "flip": data[:200] + bytes([data[200] ^ 1]) + data[201:],
            "foreign": b"something else\n" + data,
            "empty": b"",
            "garbage": os.urandom(1000),
        }[damage]
    )
    (root / "A" / "S01" / "e0.mkv").unlink()
    with watched(root, state=state) as seen:
        assert [text for level, text in seen.reports if level == "WARNING" and "known" in text]
        seen.wait_for_write(root / "A" / "S01" / "later.mkv")


def test_the_memory_is_for_nobody_elses_eyes(root: Path, state: Path) -> None:
    get_known(root, state)

    assert [file.stat().st_mode & 0o777 for file in state.iterdir()] == [0o600]


def test_a_state_directory_that_cannot_be_written_is_said_once(root: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "such" / "directory"
    with Watched([folder(root)], state=nowhere, pace=QUICK) as seen:
        seen.settle(root)
        wait_until(lambda: [text for _, text in seen.reports if "cannot be kept" in text])
        threading.Event().wait(0.3)

    assert len([text for _, text in seen.reports if "cannot be kept" in text]) == 1


def test_odd_names_are_remembered_as_they_are(root: Path, state: Path) -> None:
    odd = os.fsdecode(b"caf\xe9\n\x01")
    write(root / odd / (odd + ".mkv"))
    get_known(root, state)
    assert settled_events(root, state) == {}
    new = write(root / odd / (odd + "2.mkv"))

    assert settled_events(root, state) == {str(new): {What.CREATED}}


def test_names_are_remembered_from_the_moment_when_all_is_watched(
    root: Path, state: Path, tmp_path: Path
) -> None:
    """A kill right after the first start of all, and then a file that comes."""
    with Watched([folder(root)], state=state):
        as_killed = tmp_path / "as killed"
        shutil.copytree(state, as_killed)
    new = write(root / "A" / "S01" / "new.mkv")

    assert settled_events(root, as_killed) == {str(new): {What.CREATED}}


@pytest.mark.parametrize("is_told", [False, True])
def test_a_file_behind_a_link_is_compared_although_something_else_settled_beside_it(
    root: Path, state: Path, tmp_path: Path, is_told: bool
) -> None:
    """Nobody hears of what is written elsewhere: what settles beside the link must not hide it."""
    target, at = write(tmp_path / "elsewhere" / "f.mkv"), root / "A" / "S01" / "link.mkv"
    at.symlink_to(target)
    get_known(root, state)
    with Watched([folder(root)], state=state, unsettled=list) as seen:
        seen.settle(root)
        scene = seen.watching._emitters[0].ground_watch.scene
        wait_until(lambda: scene.is_inspected and not scene.ledger)
        target.write_text("longer than before")
        if is_told:
            at.unlink()
            at.symlink_to(target)
        write(at.with_name("new.mkv"))
        seen.settle(root)
        wait_until(lambda: not scene.ledger)

    assert settled_events(root, state) == ({} if is_told else {str(at): {What.WRITTEN}})
