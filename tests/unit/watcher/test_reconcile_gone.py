"""What the comparison of disk and Plex takes for gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matcher.folders import Folder, Folders
from matcher.mapping import configured, mappings_of
from matcher.memory import MemoryLibrary
from matcher.model import Part, Section
from watcher.reconcile import Ground, reconcile

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "/data/TV"


def gone(folder: Path, files: list[str], doubted: tuple[str, ...] = ()) -> list[str]:
    """Which of Plex's files are gone from the folder."""
    section = Section(1, "TV", "show", (LOCATION,), "", "", "")
    library = MemoryLibrary([section])
    for number, file in enumerate(files):
        library.add(Part(f"{LOCATION}/{file}", 1, 1, number + 1, "episode", file))
    ground = Ground(
        library,
        library.sections(),
        mappings_of([configured(str(folder), LOCATION)]),
        Folders((Folder(str(folder)),)),
        {},
        lambda _path: None,
        doubted=doubted,
    )
    found = [change.path for place in reconcile(ground, None, print) for change in place.changes()]
    return [path.removeprefix(f"{folder}/") for path in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "TV" / "Dark").mkdir(parents=True)
    return tmp_path / "TV"


def test_a_file_that_is_not_there_is_gone(folder: Path) -> None:
    assert gone(folder, ["Dark/a.mkv"]) == ["Dark/a.mkv"]


def test_a_file_below_a_directory_that_is_doubted_is_not(folder: Path) -> None:
    files = ["Disk/a.mkv", "Dark/b.mkv"]

    assert gone(folder, files, (str(folder / "Disk"),)) == ["Dark/b.mkv"]


def test_a_file_at_which_nobody_may_look_is_not(folder: Path) -> None:
    """Any error but "not there" says the same; this one root meets as well."""
    (folder / "Circle").symlink_to(folder / "Circle")

    assert gone(folder, ["Circle/a.mkv"]) == []
