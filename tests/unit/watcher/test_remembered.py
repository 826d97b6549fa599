"""What was known of a folder or a link's target, compared with what stands there now."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from watched import folder, watched, write

from watcher.known import join
from watcher.ledger import Ledger
from watcher.memory import LINKS, file_for, save
from watcher.remembered import Doubt, Remembered
from watcher.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

FILMS = [f"Film {number} (2000)" for number in range(6)]


def remembered(top: Path, state: Path) -> Remembered:
    told: list[str] = []
    found = Remembered(
        [folder(top)], lambda _path, _is_dir: False, state, lambda _, text: told.append(text)
    )
    assert told == []
    return found


def doubts(top: Path, state: Path) -> list[Doubt]:
    return list(remembered(top, state).doubts())


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A library with a film in a folder each, and one more below two shelves."""
    library = tmp_path / "Movies"
    for film in FILMS:
        write(library / film / f"{film}.mkv")
    write(library / "Old" / "Older" / "Metropolis (1927).mkv")
    (tmp_path / "state").mkdir()
    with watched(library, state=tmp_path / "state"):
        pass
    return library


def test_the_same_directory_is_believed_whatever_went(top: Path, tmp_path: Path) -> None:
    for film in FILMS:
        shutil.rmtree(top / film)

    assert doubts(top, tmp_path / "state") == []
    assert remembered(top, tmp_path / "state").knows(str(top / "Old"))


def test_another_directory_without_what_is_known_is_doubted(top: Path, tmp_path: Path) -> None:
    top.rename(tmp_path / "elsewhere")
    write(top / "Stray" / "Stray.mkv")

    said = "another directory stands there, with 0 of 7 known entries"
    assert doubts(top, tmp_path / "state") == [Doubt(str(top), said)]


def test_a_copy_of_what_is_known_is_believed(top: Path, tmp_path: Path) -> None:
    top.rename(tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "elsewhere", top)

    assert doubts(top, tmp_path / "state") == []


def test_the_same_names_at_the_top_alone_prove_nothing(top: Path, tmp_path: Path) -> None:
    """Importers make the directories that they expect, also where the disk is away."""
    top.rename(tmp_path / "elsewhere")
    for name in (*FILMS, "Old"):
        (top / name).mkdir(parents=True)

    assert [each.path for each in doubts(top, tmp_path / "state")] == [str(top)]


@pytest.mark.parametrize("is_there", [True, False])
def test_an_empty_or_absent_folder_is_away(top: Path, tmp_path: Path, is_there: bool) -> None:
    top.rename(tmp_path / "elsewhere")
    if is_there:
        top.mkdir()

    assert [each.is_away for each in doubts(top, tmp_path / "state")] == [True]


def test_without_a_memory_nothing_is_doubted_and_nothing_known(tmp_path: Path) -> None:
    found = remembered(tmp_path, tmp_path)

    assert found.doubts() == ()
    assert not found.knows(str(tmp_path / "x"))


@pytest.fixture
def link(tmp_path: Path) -> Path:
    """A link in a library to a directory on another disk."""
    target = tmp_path / "disk" / "More"
    write(target / "Heat (1995)" / "Heat (1995).mkv")
    library = tmp_path / "Movies"
    write(library / "Ran (1985)" / "Ran (1985).mkv")
    (library / "More").symlink_to(target)
    (tmp_path / "state").mkdir()
    with watched(library, state=tmp_path / "state"):
        pass
    return library / "More"


def test_what_a_link_led_to_is_away_by_the_name_of_the_link(link: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").rename(tmp_path / "unplugged")

    assert [(each.path, each.is_away) for each in doubts(link.parent, tmp_path / "state")] == [
        (str(link), True)
    ]


def test_what_a_link_led_to_may_be_another_directory(link: Path, tmp_path: Path) -> None:
    (tmp_path / "disk" / "More").rename(tmp_path / "disk" / "Moved")
    write(tmp_path / "disk" / "More" / "Stray.mkv")

    assert [(each.path, each.is_away) for each in doubts(link.parent, tmp_path / "state")] == [
        (str(link), False)
    ]


@pytest.mark.parametrize("leads_elsewhere", [True, False])
def test_with_a_link_goes_what_it_showed(link: Path, tmp_path: Path, leads_elsewhere: bool) -> None:
    link.unlink()
    (tmp_path / "disk").rename(tmp_path / "unplugged")
    if leads_elsewhere:
        link.symlink_to(tmp_path)

    assert doubts(link.parent, tmp_path / "state") == []


def test_a_damaged_memory_is_none(top: Path, tmp_path: Path) -> None:
    file_for(tmp_path / "state", str(top).encode()).write_bytes(b"nothing of ours")
    told: list[str] = []

    found = Remembered(
        [folder(top)], lambda _p, _d: False, tmp_path / "state", lambda _, text: told.append(text)
    )

    assert not found.knows(str(top))
    assert [text for text in told if "what was known before is not used" in text] == told != []


def test_a_memory_without_notes_is_read(tmp_path: Path) -> None:
    """An earlier version kept none of where things were mounted."""
    tree = Tree(str(tmp_path / "Movies").encode())
    tree.root.names = join([b"Heat (1995).mkv", b"Ran (1985).mkv"])
    save(file_for(tmp_path, tree.root.name), tree, Ledger())
    save(file_for(tmp_path, LINKS.encode()), Tree(b""), Ledger())
    write(tmp_path / "Movies" / "Stray.mkv")

    assert [each.is_away for each in doubts(tmp_path / "Movies", tmp_path)] == [False]
