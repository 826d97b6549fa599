"""Discovery on real directories, with sparse files of real sizes."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matcher import paths
from matcher.discover import Question, discover
from matcher.findings import Finding, Verdict
from matcher.model import Part, Section
from matcher.tree import OsTree

if TYPE_CHECKING:
    from collections.abc import Mapping

GB = 1_000_000_000
FILMS = {f"Film {n} (2001)/Film {n}.mkv": GB + n for n in range(12)}


def put(base: str, files: Mapping[str, int]) -> str:
    """Make sparse files below a directory, which is made too; return the directory."""
    for name, size in files.items():
        path = Path(base, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(size)
    return base


def ask(location: str, files: Mapping[str, int], *folders: str) -> Finding:
    parts = tuple(
        Part(paths.join(location, *name.split("/")), size, 1, key, "movie", name)
        for key, (name, size) in enumerate(files.items(), 1)
    )
    sections = (Section(1, "Movies", "movie", (location,)),)
    (finding,) = discover(Question(sections, parts, folders), OsTree()).findings
    return finding


@pytest.fixture
def top(tmp_path: Path) -> str:
    return str(tmp_path.resolve())


def test_another_prefix(top: str) -> None:
    movies = put(f"{top}/volume1/media/Movies", FILMS)
    finding = ask("/data/movies", FILMS, f"{top}/volume1")
    assert finding.hosts == (movies,)
    assert finding.evidence == "12 of 12 sampled files exist there, 12 with the same size"


def test_same_paths(top: str) -> None:
    movies = put(f"{top}/Movies", FILMS)
    assert ask(movies, FILMS, movies).hosts == (movies,)


def test_location_path_with_other_data_is_a_decoy(top: str) -> None:
    decoy = put(f"{top}/data/movies", dict.fromkeys(FILMS, 5))
    real = put(f"{top}/volume1/movies", FILMS)
    assert ask(decoy, FILMS, top).hosts == (real,)


def test_disks_of_a_pool(top: str) -> None:
    names = list(FILMS)
    first = put(f"{top}/d1/movies", {name: FILMS[name] for name in names[:5]})
    second = put(f"{top}/d2/movies", {name: FILMS[name] for name in names[5:]})
    assert set(ask("/m", FILMS, f"{top}/d1", f"{top}/d2").hosts) == {first, second}


def test_symlinked_root_beside_the_real_one(top: str) -> None:
    movies = put(f"{top}/volume1/movies", FILMS)
    Path(f"{top}/link").symlink_to(movies)
    finding = ask("/m", FILMS, movies, f"{top}/link")
    assert finding.verdict is Verdict.FOUND
    assert set(finding.hosts) == {movies, f"{top}/link"}


def test_old_backup_beside_the_library(top: str) -> None:
    movies = put(f"{top}/v/movies", FILMS)
    old = {name: size - 3 if n % 4 == 0 else size for n, (name, size) in enumerate(FILMS.items())}
    put(f"{top}/v/backup", old)
    assert ask("/m", FILMS, f"{top}/v").hosts == (movies,)


def test_equal_backup_is_ambiguous_even_if_hard_linked(top: str) -> None:
    movies = put(f"{top}/v/movies", FILMS)
    for name in FILMS:
        copy = Path(top, "v/copy", name)
        copy.parent.mkdir(parents=True)
        copy.hardlink_to(f"{movies}/{name}")
    finding = ask("/m", FILMS, f"{top}/v")
    assert finding.verdict is Verdict.AMBIGUOUS
    assert finding.hosts == ()


def test_watched_folder_below_the_location(top: str) -> None:
    files = {f"Kids/{name}": size for name, size in FILMS.items()}
    movies = put(f"{top}/movies", files)
    assert ask("/m", files, f"{movies}/Kids").hosts == (movies,)


def test_windows_location(top: str) -> None:
    movies = put(f"{top}/Filme", FILMS)
    finding = ask("\\\\NAS\\Filme", FILMS, top)
    assert finding.hosts == (movies,)


def test_names_in_another_form_of_unicode(top: str) -> None:
    files = {f"Ame\u0301lie {n}/Ame\u0301lie.mkv": GB + n for n in range(4)}
    movies = put(f"{top}/movies", files)
    composed = {unicodedata.normalize("NFC", name): size for name, size in files.items()}
    assert ask("/m", composed, top).hosts == (movies,)


def test_names_that_are_not_utf8(top: str) -> None:
    files = {f"caf\udce9 {n}/\udcff.mkv": GB + n for n in range(4)}
    movies = put(f"{top}/movies", files)
    assert ask("/m", files, top).hosts == (movies,)


def test_directory_that_cannot_be_read_is_passed_by(top: str) -> None:
    movies = put(f"{top}/z/movies", FILMS)
    Path(top, "a").mkdir(0o000)
    assert ask("/m", FILMS, top).hosts == (movies,)
    assert ask("/m", FILMS, f"{top}/a", f"{top}/nowhere").verdict is Verdict.UNSUPPORTED


def test_links_in_a_circle(top: str) -> None:
    movies = put(f"{top}/v/movies", FILMS)
    Path(f"{top}/v/again").symlink_to(f"{top}/v")
    Path(f"{top}/v/up").symlink_to(top)
    finding = ask("/m", FILMS, f"{top}/v")
    assert movies in finding.hosts
    assert finding.verdict is Verdict.FOUND
