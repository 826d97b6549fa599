"""What happens in a folder that is watched all the time, on a real file system."""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from exchanging import exchange
from waiting import wait_until
from watched import Watched, a_tick, folder, is_inspected, watched, write

from watcher.events import What

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    root.mkdir()
    return root


def test_a_file_that_is_written_is_told_as_created_and_closed(root: Path) -> None:
    with watched(root) as seen:
        film = write(root / "Film (1999).mkv")
        seen.wait_for(film, What.CLOSED)

    assert seen.told(film)[0] is What.CREATED
    assert seen.told(film)[-1] is What.CLOSED


def test_an_open_file_that_grows_is_told_again_and_again(root: Path) -> None:
    film = write(root / "Film.mkv")
    with watched(root) as seen, film.open("ab", buffering=0) as out:
        for _ in range(3):
            before = len(seen.told(film))
            out.write(b"more")
            seen.wait_for(film, What.WRITTEN)
            grown = len(seen.told(film)) > before
            if not grown:
                threading.Event().wait(0.15)  # within a tenth of a second it is told only once
    assert set(seen.told(film)) <= {What.WRITTEN, What.CLOSED}


def test_a_flood_of_writes_is_told_a_few_times_only(root: Path) -> None:
    film = write(root / "Film.mkv")
    with watched(root) as seen:
        with film.open("ab", buffering=0) as out:
            for _ in range(20_000):
                out.write(b"x")
        seen.wait_for(film, What.CLOSED)

    assert seen.told(film).count(What.WRITTEN) < 100


@pytest.mark.parametrize("how", ["link", "symlink", "rename", "mknod"])
def test_a_name_that_never_closes_is_told_as_created(root: Path, tmp_path: Path, how: str) -> None:
    outside = write(tmp_path / "outside.mkv")
    film = root / "Film.mkv"
    with watched(root) as seen:
        if how == "link":
            film.hardlink_to(outside)
        elif how == "symlink":
            film.symlink_to(outside)
        elif how == "rename":
            outside.rename(film)
        else:
            os.mknod(film)
        seen.wait_for(film, What.CREATED)


def test_every_file_of_a_tree_that_appears_at_full_speed_is_told(root: Path) -> None:
    with watched(root) as seen:
        files = [write(root / f"Show {n}" / "Season 01" / f"e{n}.mkv") for n in range(200)]
        for file in files:
            seen.wait_for(file, What.CREATED)


def test_every_file_of_a_tree_that_is_moved_in_is_told_and_so_are_later_ones(
    root: Path, tmp_path: Path
) -> None:
    inside = [write(tmp_path / "new" / "a" / "b" / f"{n}.mkv") for n in range(5)]
    with watched(root) as seen:
        (tmp_path / "new").rename(root / "Show")
        for file in inside:
            seen.wait_for(root / "Show" / "a" / "b" / file.name, What.CREATED)
        seen.wait_for_write(root / "Show" / "a" / "b" / "later.mkv")
        seen.wait_for(write(root / "Show" / "a" / "c" / "d" / "deep.mkv"), What.CREATED)


def test_a_directory_moved_out_is_deleted_and_what_happens_in_it_is_not_told(
    root: Path, tmp_path: Path
) -> None:
    write(root / "Show" / "Season 01" / "e.mkv")
    with watched(root) as seen:
        (root / "Show").rename(tmp_path / "away")
        write(tmp_path / "away" / "Season 01" / "elsewhere.mkv")
        seen.wait_for(root / "Show", What.DELETED)
        seen.settle(root)

    assert not [one for one in seen.events if "elsewhere" in one.path]


def test_a_renamed_directory_takes_its_watches_and_paths_along(root: Path) -> None:
    write(root / "Shwo" / "Season 01" / "e.mkv")
    with watched(root) as seen:
        (root / "Shwo").rename(root / "Show")
        seen.wait_for(root / "Show" / "Season 01" / "e.mkv", What.CREATED)
        seen.wait_for_write(root / "Show" / "Season 01" / "f.mkv")

    move = next(one for one in seen.events if one.what is What.MOVED)
    assert (move.path, move.dest, move.is_dir) == (str(root / "Shwo"), str(root / "Show"), True)
    assert What.DELETED not in seen.told(root / "Shwo")


def test_a_directory_moved_deeper_and_renamed_twice_is_followed(root: Path) -> None:
    write(root / "a" / "x" / "1.mkv")
    (root / "b").mkdir()
    with watched(root) as seen:
        (root / "a").rename(root / "b" / "a")
        (root / "b").rename(root / "c")
        (root / "c" / "a" / "x").rename(root / "c" / "y")
        seen.wait_for_write(root / "c" / "y" / "2.mkv")
        seen.wait_for_write(root / "c" / "a" / "3.mkv")


def test_directories_that_change_places_are_both_watched_afterwards(root: Path) -> None:
    write(root / "a" / "1.mkv")
    write(root / "b" / "2.mkv")
    with watched(root) as seen:
        (root / "a").rename(root / "c")
        (root / "b").rename(root / "a")
        (root / "c").rename(root / "b")
        seen.wait_for(root / "b" / "1.mkv", What.CREATED)
        seen.wait_for_write(root / "a" / "new.mkv")
        seen.wait_for_write(root / "b" / "new.mkv")


def test_directories_exchanged_in_one_step_are_both_watched_afterwards(root: Path) -> None:
    write(root / "a" / "1.mkv")
    write(root / "b" / "2.mkv")
    with watched(root) as seen:
        exchange(root / "a", root / "b")
        seen.wait_for(root / "b" / "1.mkv", What.CREATED)
        seen.wait_for(root / "a" / "2.mkv", What.CREATED)
        seen.wait_for_write(root / "a" / "new.mkv")
        seen.wait_for_write(root / "b" / "new.mkv")


def test_a_directory_moved_onto_an_empty_one_takes_its_place(root: Path) -> None:
    write(root / "a" / "S01" / "e.mkv")
    write(root / "b" / "S02" / "e.mkv")
    with watched(root) as seen:
        (root / "b" / "S02").rename(root.parent / "away")
        (root / "a").rename(root / "b")
        seen.wait_for(root / "b" / "S01" / "e.mkv", What.CREATED)
        seen.wait_for(root / "b", What.DELETED)
        seen.wait_for_write(root / "b" / "S01" / "f.mkv")


def test_a_directory_replaced_by_a_new_one_of_its_name_is_watched(root: Path) -> None:
    write(root / "Show" / "1.mkv")
    with watched(root) as seen:
        for n in range(20):
            shutil.rmtree(root / "Show")
            write(root / "Show" / "Season 01" / f"{n}.mkv")
        seen.wait_for(root / "Show" / "Season 01" / "19.mkv")
        seen.wait_for_write(root / "Show" / "Season 01" / "last.mkv")


@pytest.mark.parametrize("same_tree", [True, False])
def test_a_tree_moved_between_folders_is_gone_here_and_there_there(
    tmp_path: Path, same_tree: bool
) -> None:
    movies, series = tmp_path / "movies", tmp_path / "tv"
    write(movies / "Show" / "S01" / "e.mkv")
    series.mkdir()
    tops = [tmp_path] if same_tree else []
    with watched(*tops, movies, series) as seen:
        (movies / "Show").rename(series / "Show")
        seen.wait_for(series / "Show" / "S01" / "e.mkv", What.CREATED)
        seen.wait_for(movies / "Show", What.DELETED, What.MOVED)
        seen.wait_for_write(series / "Show" / "S01" / "f.mkv")
        seen.wait_for(write(series / "Show" / "S02" / "g.mkv"), What.CREATED)


def test_deletions_are_told(root: Path) -> None:
    file = write(root / "Show" / "e.mkv")
    with watched(root) as seen:
        shutil.rmtree(root / "Show")
        seen.wait_for(root / "Show", What.DELETED)
        seen.wait_for(file, What.DELETED)


def test_an_upgrade_by_rename_over_the_old_file_is_told(root: Path) -> None:
    film = write(root / "Film.mkv")
    new = write(root / "Film.mkv.part", "better")
    with watched(root) as seen:
        new.rename(film)
        seen.wait_for(film, What.REPLACED)


@pytest.mark.parametrize("is_known", [True, False])
def test_what_comes_from_where_nobody_watches_says_whether_its_name_was_known(
    root: Path, tmp_path: Path, *, is_known: bool
) -> None:
    film = root / "Film.mkv"
    if is_known:
        write(film)
    new = write(tmp_path / "elsewhere" / "better.mkv", "better")
    with watched(root) as seen:
        new.rename(film)
        seen.wait_for(film, What.REPLACED if is_known else What.CREATED)


def test_noise_is_not_told_until_it_gets_a_real_name(root: Path) -> None:
    with watched(root) as seen:
        write(root / "Film.mkv.part")
        write(root / "@eaDir" / "Film.mkv" / "thumb.jpg")
        (root / "Film.mkv.part").rename(root / "Film.mkv")
        seen.wait_for(root / "Film.mkv", What.CREATED)
        write(root / "_UNPACK_Show" / "e.mkv")
        (root / "_UNPACK_Show").rename(root / "Show")
        seen.wait_for(root / "Show" / "e.mkv", What.CREATED)
        seen.wait_for_write(root / "Show" / "f.mkv")
        (root / "Film.mkv").rename(root / ".~Film.mkv")
        seen.wait_for(root / "Film.mkv", What.DELETED)
        (root / "Show").rename(root / "#recycle")
        seen.wait_for(root / "Show", What.DELETED)

    assert not [one for one in seen.events if one.path.endswith((".part", "thumb.jpg"))]
    assert not [one for one in seen.events if "_UNPACK_" in one.path or "#recycle" in one.path]


def test_ignored_directories_are_not_watched(root: Path) -> None:
    (root / "@eaDir" / "deep" / "deeper").mkdir(parents=True)
    (root / "Show").mkdir()
    with watched(root) as seen:
        assert seen.state_of(root).watches == 2


def test_rights_owners_times_and_reading_are_no_news(root: Path) -> None:
    film = write(root / "Show" / "e.mkv")
    with watched(root) as seen:
        film.chmod(0o600)
        os.utime(film, (1, 1))
        film.parent.chmod(0o700)
        os.utime(film.parent, (1, 1))
        if os.geteuid() == 0:
            os.chown(film, 65534, 65534)
        film.read_bytes()
        list(film.parent.iterdir())
        seen.settle(root)

    assert {Path(one.path).name.split("-")[0] for one in seen.events} == {"marker"}


def test_a_file_that_is_only_opened_for_writing_is_no_news(root: Path) -> None:
    """As `touch -a` does it."""
    film, other = write(root / "Show" / "e.mkv"), write(root / "Show" / "f.mkv")
    with watched(root) as seen:
        wait_until(lambda: is_inspected(seen))
        os.close(os.open(film, os.O_WRONLY))
        with mmap_of(other) as content:
            content[0] = 1
        seen.wait_for(other, What.CLOSED)
        seen.settle(root)

        assert seen.told(film) == []


def test_a_file_that_is_written_as_it_was_is_news(root: Path) -> None:
    film = write(root / "Show" / "e.mkv")
    before = film.stat()
    with watched(root) as seen:
        wait_until(lambda: is_inspected(seen))
        with film.open("r+b") as file:
            file.write(b"y")
            file.flush()
            os.utime(film, ns=(before.st_atime_ns, before.st_mtime_ns))
        seen.wait_for(film, What.CLOSED)


def test_a_new_file_without_content_is_told_as_closed(root: Path) -> None:
    with watched(root) as seen:
        seen.settle(root)
        (root / "e.mkv").touch()
        seen.wait_for(root / "e.mkv", What.CLOSED)


@contextlib.contextmanager
def mmap_of(path: Path) -> Iterator[mmap.mmap]:
    """Write to a file through memory: the kernel says nothing of that but that it was closed."""
    a_tick()  # its time must differ from the one before
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        yield content


def test_a_link_to_a_directory_is_told_as_a_changed_directory_and_no_walk_crosses_it(
    root: Path,
) -> None:
    elsewhere = root / "elsewhere"
    write(elsewhere / "e.mkv")
    with watched(root) as seen:
        (root / "Show").symlink_to(elsewhere)
        seen.wait_for(root / "Show", What.WRITTEN)
        write(elsewhere / "f.mkv")
        seen.wait_for(elsewhere / "f.mkv", What.CLOSED)
        seen.settle(root)
        assert all(one.is_dir for one in seen.events if one.path == str(root / "Show"))

    assert not [one for one in seen.events if one.path.startswith(f"{root}/Show/")]


@pytest.mark.parametrize(
    "name",
    [
        b"caf\xe9.mkv",
        b"two\nlines.mkv",
        b"tab\there\x1b[31m.mkv",
        b"x" * 251 + b".mkv",
        "Amélie.mkv".encode(),
        "Ame\u0301lie.mkv".encode(),
        b" leading and trailing .mkv",
        b"back\\slash.mkv",
        b"%0a{Extras}<b>.mkv",
    ],
)
def test_odd_names_come_through_unharmed(root: Path, name: bytes) -> None:
    directory = os.fsencode(root) + b"/dir " + name[:200]
    with watched(root) as seen:
        write(Path(os.fsdecode(directory + b"/" + name)))
        seen.wait_for(directory + b"/" + name, What.CREATED)
        Path(os.fsdecode(directory)).rename(os.fsdecode(directory + b"2"))
        seen.wait_for(directory + b"2/" + name, What.CREATED)
        Path(os.fsdecode(directory + b"2/" + name)).unlink()
        seen.wait_for(directory + b"2/" + name, What.DELETED)

    assert any(os.fsencode(one.path) == directory + b"/" + name for one in seen.events)


def test_names_that_differ_in_case_or_composition_only_are_different(root: Path) -> None:
    twins = [root / "Film.mkv", root / "film.mkv", root / "é.mkv", root / "e\u0301.mkv"]
    with watched(root) as seen:
        for twin in twins:
            seen.wait_for_write(twin)


def test_paths_as_long_as_the_kernel_allows_are_told(root: Path) -> None:
    directory = root
    while len(os.fsencode(directory)) < 4096 - 260:
        directory /= "d" * 200
    name = "f" * (4095 - len(os.fsencode(directory)) - 1)
    with watched(root) as seen:
        directory.mkdir(parents=True)
        seen.wait_for(write(directory / name[:255]), What.CREATED)
        assert seen.watching.healthy()


def test_a_folder_that_holds_longer_paths_than_the_kernel_allows_is_watched_all_the_same(
    root: Path,
) -> None:
    here = os.open(root, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    with watched(root) as seen:
        seen.wait_for_write(root / "Film.mkv")
        assert seen.watching.healthy()
        assert [text for level, text in seen.reports if level == "WARNING"]


def test_an_unreadable_directory_is_named_once_and_watched_when_it_can_be(root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything; see the test with another user")
    secret = root / "secret"
    secret.mkdir(mode=0)
    with watched(root) as seen:
        assert seen.state_of(root).problem == "1 directories cannot be read"
        secret.chmod(0o700)
        seen.wait_for(write(secret / "Film.mkv"))


def test_changes_while_the_tree_is_walked_for_the_first_time_are_told(root: Path) -> None:
    for n in range(400):
        write(root / f"Show {n}" / "S01" / "e.mkv")
        write(root / f"Show {n}" / "S02" / "e.mkv")
    walking = threading.Event()

    def noise(path: str, is_dir: bool) -> bool:
        walking.set()
        return False

    def busy() -> None:
        walking.wait()
        for n in range(399, -1, -1):
            write(root / f"Show {n}" / "S01" / "new.mkv")
            write(root / f"Show {n}" / "S01" / "e.mkv", "changed in place")
            (root / f"Show {n}" / "S02" / "e.mkv").unlink()

    writer = threading.Thread(target=busy)
    writer.start()
    with Watched([folder(root)], ignored=noise) as seen:
        writer.join()
        for n in range(400):
            seen.wait_for(root / f"Show {n}" / "S01" / "new.mkv")
            seen.wait_for(root / f"Show {n}" / "S01" / "e.mkv")
            wait_until(partial(tells_of_loss, seen, root / f"Show {n}" / "S02"))


def tells_of_loss(seen: Watched, directory: Path) -> bool:
    return What.DELETED in seen.told(directory / "e.mkv") or What.WRITTEN in seen.told(directory)


def test_thousands_of_files_leave_a_directory_in_no_time(root: Path) -> None:
    """Each deletion asks what is known of the directory, and of what moved out of it before."""
    many = root / "many"
    for number in range(5_000):
        write(many / f"{number}.mkv", "")
    away = root.parent / "away"
    away.mkdir()
    with Watched([folder(root)]) as seen:
        for number in range(2_500):
            (many / f"{number}.mkv").rename(away / f"{number}.mkv")
        shutil.rmtree(many)
        seen.wait_for(many, What.DELETED, deadline_s=20)

        assert not [text for _, text in seen.reports if "ran over" in text]
