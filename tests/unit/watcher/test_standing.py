"""What stands at a path: the same library, one that was renamed there, or another disk."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from watcher.standing import ENOUGH, FEW, Sight, Standing, look, some_files

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1.0
LATER = NOW + 100.0
MANY = FEW + 30


def anywhere(_path: str) -> bool:
    return True


def fill(top: Path, count: int) -> Path:
    for number in range(count):
        film = top / str(number % 7) / f"Film {number}.mkv"
        film.parent.mkdir(parents=True, exist_ok=True)
        film.touch()
    return top


def remove(top: Path, count: int) -> None:
    for film in sorted(top.rglob("*.mkv"))[:count]:
        film.unlink()


def seen(path: Path) -> Sight:
    sight = look(str(path), None)
    assert sight is not None
    return sight


def on_another_disk(path: Path) -> Sight:
    """As it would look with the same content on another file system."""
    sight = seen(path)
    other = None if sight.file_system is None else sight.file_system + 1
    return replace(sight, device=sight.device + 1, file_system=other)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return fill(tmp_path / "Movies", MANY)


@pytest.fixture
def standing(library: Path) -> Standing:
    standing = Standing(str(library), anywhere)
    standing.keep_up(seen(library), NOW)
    return standing


def test_another_directory_of_the_same_disk_is_no_other_disk(
    library: Path, standing: Standing
) -> None:
    library.rename(library.with_name("old"))
    fill(library.with_name("next"), 3).rename(library)

    assert not standing.is_lost(seen(library))


def test_another_disk_without_most_of_the_files_is_not_the_library(
    library: Path, standing: Standing
) -> None:
    other = on_another_disk(library)
    assert not standing.is_lost(other)
    remove(library, MANY // 2)
    assert not standing.is_lost(other), "half of them is the same library"
    remove(library, 1)
    assert standing.is_lost(other)
    assert not standing.is_lost(seen(library)), "the same disk, whatever it has lost"


def test_a_disk_that_has_another_number_now_is_the_same(library: Path, standing: Standing) -> None:
    """A USB disk that is plugged in again; only some file systems have a number of their own."""
    sight = seen(library)
    if sight.file_system is None:
        pytest.skip("the file system of the tests has no number of its own")
    remove(library, MANY)

    assert not standing.is_lost(replace(sight, device=sight.device + 1))
    assert standing.is_lost(replace(sight, file_system=sight.file_system + 1))


def test_a_small_library_on_another_disk_is_believed(tmp_path: Path) -> None:
    library = fill(tmp_path / "Movies", FEW)
    standing = Standing(str(library), anywhere)
    standing.keep_up(seen(library), NOW)
    remove(library, FEW)

    assert not standing.is_lost(on_another_disk(library))


def test_a_link_that_leads_elsewhere_is_no_disk_that_went(library: Path) -> None:
    link = library.with_name("link")
    link.symlink_to(library)
    standing = Standing(str(link), anywhere)
    standing.keep_up(seen(link), NOW)
    next_one = fill(library.with_name("next"), 3)
    other = on_another_disk(next_one)
    link.unlink()
    link.symlink_to(next_one)

    assert not standing.is_lost(other)


def test_nothing_is_lost_of_what_was_never_seen(library: Path) -> None:
    standing = Standing(str(library), anywhere)
    assert not standing.is_lost(seen(library))
    standing.note(seen(library))
    assert not standing.is_lost(on_another_disk(library))


def test_what_is_kept_in_mind_follows_the_library(library: Path, standing: Standing) -> None:
    """Or the files of years ago would be missed, and those since then not be."""
    kept = len(standing.files)
    assert kept == MANY
    remove(library, 60)
    fill(library / "more", 40)
    standing.keep_up(seen(library), NOW + 1.0)
    assert len(standing.files) == kept, "not every moment"
    standing.keep_up(seen(library), LATER)

    assert len(standing.files) == MANY - 60 + 40
    assert all(os.path.lexists(path) for path in standing.files)


def test_the_files_of_a_disk_that_came_in_between_are_not_taken_for_those_of_the_library(
    library: Path, standing: Standing
) -> None:
    before = seen(library)
    kept = standing.files
    library.rename(library.with_name("old"))
    fill(library.with_name("next") / "other", MANY)
    library.with_name("next").rename(library)
    standing.keep_up(before, LATER)

    assert standing.files == kept


def test_some_files_are_picked_all_over_and_without_what_is_no_part_of_it(
    tmp_path: Path, library: Path
) -> None:
    fill(library / "@eaDir", 10)
    for number in range(1000):
        (library / "0" / f"Many {number}.mkv").touch()
    (library / "0" / "notes.xyz").touch()
    (library / "link").symlink_to(fill(tmp_path / "elsewhere", 10))
    picked = some_files(str(library), anywhere)

    assert len(picked) == len(set(picked)) == ENOUGH
    below = {path.removeprefix(f"{library}/").partition("/")[0] for path in picked}
    assert below == set("0123456")
    some = some_files(str(library), lambda path: not path.endswith("/3"))
    assert not [path for path in some if f"{library}/3/" in path]


def test_what_does_not_answer_is_not_missed(library: Path) -> None:
    silent: set[str] = set()
    standing = Standing(str(library), lambda path: path not in silent)
    standing.keep_up(seen(library), NOW)
    silent.update(standing.files)
    remove(library, MANY)

    assert not standing.is_lost(on_another_disk(library))
