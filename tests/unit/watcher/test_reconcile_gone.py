"""What the comparison of disk and Plex takes for gone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from matcher.errors import PlexNonsense, PlexUnavailable
from matcher.folders import Folder, Folders
from matcher.mapping import configured, mappings_of
from matcher.memory import MemoryLibrary
from matcher.model import Part, Section
from watcher.reconcile import Ground, reconcile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matcher.change import Change
    from watcher.reconcile import Place

LOCATION = "/data/TV"


def differences(
    folders: list[Path], files: list[str], doubted: tuple[str, ...] = ()
) -> list[Change]:
    """What differs between folders that are one location and a Plex that has these files."""
    section = Section(1, "TV", "show", (LOCATION,), "", "", "")
    library = MemoryLibrary([section])
    for number, file in enumerate(files):
        library.add(Part(f"{LOCATION}/{file}", 1, 1, number + 1, "episode", file))
    ground = Ground(
        library,
        library.sections(),
        mappings_of([configured(str(folder), LOCATION) for folder in folders]),
        Folders(tuple(Folder(str(folder)) for folder in folders)),
        {},
        lambda _path: None,
        doubted=doubted,
    )
    return [change for place in reconcile(ground, None, print) for change in place.changes()]


def gone(folder: Path, files: list[str], doubted: tuple[str, ...] = ()) -> list[str]:
    """Which of Plex's files are gone from the folder."""
    found = differences([folder], files, doubted)
    return [change.path.removeprefix(f"{folder}/") for change in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "TV" / "Dark").mkdir(parents=True)
    return tmp_path / "TV"


def test_a_file_that_is_not_there_is_gone(folder: Path) -> None:
    assert gone(folder, ["Dark/a.mkv"]) == ["Dark/a.mkv"]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_comparison_that_must_not_go_on_ends_where_it_is(folder: Path, after: int) -> None:
    """In a directory, and at a missing file: what it has not seen is not gone."""
    asked = iter(range(100))
    section = Section(1, "TV", "show", (LOCATION,), "", "", "")
    library = MemoryLibrary([section])
    library.add(Part(f"{LOCATION}/Dark/a.mkv", 1, 1, 1, "episode", "a"))
    ground = Ground(
        library,
        library.sections(),
        mappings_of([configured(str(folder), LOCATION)]),
        Folders((Folder(str(folder)),)),
        {},
        lambda _path: None,
        goes_on=lambda: next(asked) < after,
    )

    with pytest.raises(PlexUnavailable, match="broken off"):
        list(reconcile(ground, None, print))


def test_a_file_that_a_directory_took_the_name_of_is_gone(folder: Path) -> None:
    (folder / "Dark" / "a.mkv").mkdir()

    assert gone(folder, ["Dark/a.mkv"]) == ["Dark/a.mkv"]


@pytest.mark.parametrize("link_first", [False, True])
def test_a_directory_by_two_names_is_compared_once(folder: Path, link_first: bool) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder)
    (folder / "Dark" / "new.mkv").write_bytes(b"x")
    folders = [link, folder] if link_first else [folder, link]

    found = differences(folders, [])

    assert [change.path for change in found] == [f"{folders[0]}/Dark/new.mkv"]


def test_a_file_below_a_directory_that_is_doubted_is_not(folder: Path) -> None:
    files = ["Disk/a.mkv", "Dark/b.mkv"]

    assert gone(folder, files, (str(folder / "Disk"),)) == ["Dark/b.mkv"]


def test_a_file_at_which_nobody_may_look_is_not(folder: Path) -> None:
    """Any error but "not there" says the same; this one root meets as well."""
    (folder / "Circle").symlink_to(folder / "Circle")

    assert gone(folder, ["Circle/a.mkv"]) == []


def test_a_file_behind_a_link_that_leads_nowhere_is_not(folder: Path, tmp_path: Path) -> None:
    """The disk behind it may be away."""
    (folder / "More").symlink_to(tmp_path / "unplugged")
    files = ["More/Season 1/a.mkv", "Dark/b.mkv"]

    assert gone(folder, files) == ["Dark/b.mkv"]


class Broken(MemoryLibrary):
    """A library whose first section cannot be read."""

    def all_parts(self, section: Section) -> Iterator[Part]:
        if section.key == 1:
            raise PlexNonsense("500")
        return super().all_parts(section)


def test_a_library_that_cannot_be_read_is_told_after_the_others_were_compared(
    tmp_path: Path,
) -> None:
    folders = {"TV": tmp_path / "TV", "Movies": tmp_path / "Movies"}
    for each in folders.values():
        each.mkdir()
    sections = [
        Section(1, "TV", "show", ("/data/TV",), "", "", ""),
        Section(2, "Films", "movie", ("/data/Movies",), "", "", ""),
    ]
    library = Broken(sections)
    library.add(Part("/data/Movies/Heat.mkv", 1, 2, 7, "movie", "Heat"))
    ground = Ground(
        library,
        library.sections(),
        mappings_of([configured(str(each), f"/data/{name}") for name, each in folders.items()]),
        Folders(tuple(Folder(str(each)) for each in folders.values())),
        {},
        lambda _path: None,
    )
    with pytest.raises(PlexNonsense):
        list(reconcile(ground, None, print))

    places = list(_until_error(reconcile(ground, None, print)))
    assert [change.path for place in places for change in place.changes()] == [
        str(tmp_path / "Movies" / "Heat.mkv")
    ]


def _until_error(places: Iterator[Place]) -> Iterator[Place]:
    with suppress(PlexNonsense):
        yield from places


def found_below(folder: Path) -> list[str]:
    """Which files a comparison finds on disk, if Plex has none."""
    return [change.path.removeprefix(f"{folder}/") for change in differences([folder], [])]


def test_what_a_link_to_a_directory_shows_is_compared(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other disk" / "Lost").mkdir(parents=True)
    (tmp_path / "other disk" / "Lost" / "a.mkv").write_bytes(b"x")
    (folder / "Lost").symlink_to(tmp_path / "other disk" / "Lost")

    assert found_below(folder) == ["Lost/a.mkv"]


def test_links_that_go_in_circles_are_followed_once(folder: Path, tmp_path: Path) -> None:
    (folder / "Dark" / "a.mkv").write_bytes(b"x")
    (folder / "Dark" / "up").symlink_to(folder)
    (folder / "Dark" / "self").symlink_to(".")
    (folder / "Dark" / "nowhere").symlink_to("nowhere")
    for one, other in (("left", "right"), ("right", "left")):
        (tmp_path / one).mkdir()
        (tmp_path / one / f"{one}.mkv").write_bytes(b"x")
        (tmp_path / one / other).symlink_to(tmp_path / other)
    (folder / "left").symlink_to(tmp_path / "left")

    assert sorted(found_below(folder)) == [
        "Dark/a.mkv",
        "left/left.mkv",
        "left/right/right.mkv",
    ]
