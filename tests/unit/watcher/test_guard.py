"""Deletions are believed only while the folder gives reason to believe them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from watcher.config_model import FolderConfig
from watcher.guard import FEW, Guard, Guards

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "Movies"
    top.mkdir()
    for number in range(10):
        (top / f"{number}.mkv").write_bytes(b"x")
    return top


def test_a_few_deletions_are_believed_whatever_share_they_are(folder: Path) -> None:
    guard = Guard(str(folder))
    for number in range(9):
        (folder / f"{number}.mkv").unlink()
        guard.deleted(str(folder / f"{number}.mkv"), 1.0)

    assert guard.check() is None


def test_an_absent_an_empty_and_an_unanchored_folder_are_not_believed(folder: Path) -> None:
    guard = Guard(str(folder), anchor=".mounted")
    assert "lacks its anchor .mounted" in (guard.check() or "")
    (folder / ".mounted").touch()
    assert guard.check() is None

    plain = Guard(str(folder))
    moved = folder.rename(folder.with_name("elsewhere"))
    assert "absent" in (plain.check() or "")
    folder.mkdir()
    assert "is empty" in (plain.check() or "")
    folder.rmdir()
    moved.rename(folder)
    assert plain.check() is None


def test_a_mass_deletion_is_held_until_the_files_are_back(folder: Path) -> None:
    guard = Guard(str(folder))
    many = [folder / f"many {number}.mkv" for number in range(FEW + 20)]
    for path in many:
        guard.deleted(str(path), 1.0)

    assert "more than half" in (guard.check() or "")
    assert "more than half" in (guard.check() or "")
    for path in many:
        path.touch()
    assert guard.check() is None


def test_many_deletions_in_a_folder_that_holds_far_more_are_believed(folder: Path) -> None:
    for number in range(FEW * 3):
        (folder / f"kept {number}.mkv").touch()
    guard = Guard(str(folder))
    for number in range(FEW + 5):
        guard.deleted(str(folder / f"gone {number}.mkv"), 1.0)

    assert guard.check() is None


def test_a_deletion_that_is_said_twice_counts_once(folder: Path) -> None:
    for number in range(FEW + 10):
        (folder / f"kept {number}.mkv").touch()
    guard = Guard(str(folder))
    for now in (1.0, 2.0):
        for number in range(FEW):
            guard.deleted(str(folder / f"gone {number}.mkv"), now)

    assert guard.check() is None


def test_directories_count_on_either_side(folder: Path) -> None:
    for number in range(FEW // 2):
        (folder / f"kept {number}").mkdir()
        (folder / f"kept {number}" / "film.mkv").touch()
    guard = Guard(str(folder))
    for number in range(FEW // 2 + 2):
        guard.deleted(str(folder / f"gone {number}" / "film.mkv"), 1.0)
        guard.deleted(str(folder / f"gone {number}"), 1.0)

    assert guard.check() is None


def test_deletions_outside_the_window_do_not_count_together(folder: Path) -> None:
    guard = Guard(str(folder))
    for number in range(FEW * 2):
        guard.deleted(str(folder / f"gone {number}.mkv"), number * 60.0)

    assert guard.check() is None


def test_a_trip_and_a_release_are_told_once_each(folder: Path) -> None:
    told: list[str] = []
    released: list[str] = []
    guards = Guards(
        [FolderConfig.model_validate({"path": str(folder)})],
        lambda _, t: told.append(t),
        released.append,
    )
    aside = folder.rename(folder.with_name("aside"))
    for _ in range(3):
        assert guards.check(str(folder / "x.mkv"))
    assert list(guards.reasons()) == [str(folder)]
    aside.rename(folder)
    for _ in range(3):
        assert guards.check(str(folder / "x.mkv")) is None

    assert len(told) == 2
    assert told[0].startswith("deletions are held, additions go on: ")
    assert told[1] == f"deletions in {folder} are believed again"
    assert released == [str(folder)]
    assert guards.reasons() == {}
    assert guards.check(os.sep + "nobody's") is None
