"""One contract for every library: what it lists, what it finds, and that it never finds less."""

from __future__ import annotations

import time
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from door import opened

from cache.disk import open_disk_store
from cache.memory import MemoryStore
from matcher.cached import CachedLibrary
from matcher.errors import PlexUnavailable
from matcher.memory import MemoryLibrary
from matcher.model import Part, Section
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from matcher.library import Library

    Build = Callable[[Path], AbstractContextManager[Library]]

MOVIES = (
    "Alien (1979)/Alien (1979).mkv",
    "Alien (1979)/Alien (1979) - Director's Cut.mkv",
    "Aliens (1986)/Aliens (1986).mkv",
    "A, B & C (1990)/A, B & C (1990).mkv",
    "100% #1 [x] + y_z (1991)/100% #1 [x] + y_z (1991).mkv",
    "Amélie (2001)/Amélie (2001).mkv",
    unicodedata.normalize("NFD", "Édition (2002)/Édition (2002).mkv"),
    "기생충 (2019)/기생충 (2019).mkv",
    "Flat (2003).mkv",
)
EPISODES = tuple(f"Lost/Season 0{s}/Lost - S0{s}E0{e}.mkv" for s in (1, 2) for e in range(1, 6))
TRACKS = ("Björk/Début/01 Human Behaviour.flac",)
SECTIONS = (
    ("Movies", "movie", "/data/Movies", MOVIES),
    ("TV Shows", "show", "/data/TV", EPISODES),
    ("Music", "artist", "/data/Music", TRACKS),
)
FILES = {
    title: frozenset(f"{location}/{below}" for below in files)
    for title, _, location, files in SECTIONS
}


def _write(root: Path) -> None:
    for title, _, _, files in SECTIONS:
        for size, below in enumerate(files, start=100):
            path = root / title / below
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * size)


@contextmanager
def _plex(root: Path, behaviour: Behaviour | None = None) -> Iterator[Library]:
    _write(root)
    sections = [
        SimSection(title, kind, (SimLocation(location, root / title),))
        for title, kind, location, _ in SECTIONS
    ]
    with SimulatedPlex(sections, behaviour=behaviour) as sim:
        sim.scan()
        assert sim.wait_until_idle()
        with opened(sim.url, token=lambda: sim.token, timeout_s=5.0) as door:
            yield door
        assert sim.violations == ()


def _plex_without_filter(root: Path) -> AbstractContextManager[Library]:
    return _plex(root, Behaviour(file_filter="missing_ignored"))


def _plex_that_refuses_the_filter(root: Path) -> AbstractContextManager[Library]:
    return _plex(root, Behaviour(file_filter="missing_400", page_limit=2))


def _plex_of_another_mind(root: Path) -> AbstractContextManager[Library]:
    behaviour = Behaviour(
        filter_knows_wildcards=True, filter_folds_case=False, comma_is_or=False, trimming="deep"
    )
    return _plex(root, behaviour)


@contextmanager
def _memory(_: Path) -> Iterator[Library]:
    sections = [
        Section(key, title, kind, (location,))
        for key, (title, kind, location, _) in enumerate(SECTIONS, start=1)
    ]
    yield MemoryLibrary(sections, [part for section in sections for part in _parts(section)])


def _parts(section: Section) -> Iterator[Part]:
    _, kind, location, files = SECTIONS[section.key - 1]
    leaf = {"movie": "movie", "show": "episode", "artist": "track"}[kind]
    items: dict[str, int] = {}
    for size, below in enumerate(files, start=100):
        folder, _, name = below.rpartition("/")
        item = (folder or name) if kind == "movie" else below
        season = int(below.partition("/Season 0")[2][:1] or 0)
        yield Part(
            f"{location}/{below}",
            size,
            section.key,
            items.setdefault(item, 1000 * section.key + len(items)),
            leaf,
            name,
            part_id=size,
            index=int(below[-5]) if kind == "show" else None,
            parent=None if kind == "movie" else 100 * section.key + season,
            parent_index=season or None,
            grandparent=None if kind == "movie" else 10 * section.key,
        )


@contextmanager
def _cached(library: Library) -> Iterator[Library]:
    yield CachedLibrary(library, MemoryStore(), MemoryStore(), 3600.0, time.time)


@contextmanager
def _cached_memory(root: Path) -> Iterator[Library]:
    with _memory(root) as library, _cached(library) as cached:
        yield cached


@contextmanager
def _cached_plex(root: Path) -> Iterator[Library]:
    with _plex(root) as library, _cached(library) as cached:
        yield cached


@contextmanager
def _cached_plex_on_disk(root: Path) -> Iterator[Library]:
    stores = [
        open_disk_store(
            root / "cache", name, size_limit_bytes=1 << 24, report=pytest.fail, clock=time.time
        )
        for name in ("sections", "matches")
    ]
    with _plex(root) as library:
        yield CachedLibrary(library, stores[0], stores[1], 3600.0, time.time)
    for store in stores:
        store.close()


EVERY_LIBRARY: list[Build] = [
    _plex,
    _plex_without_filter,
    _plex_that_refuses_the_filter,
    _plex_of_another_mind,
    _memory,
    _cached_memory,
    _cached_plex,
    _cached_plex_on_disk,
]


@pytest.fixture(params=EVERY_LIBRARY, ids=lambda build: build.__name__.strip("_"))
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    build: Build = request.param
    with build(tmp_path) as made:
        yield made


def _section(library: Library, title: str) -> Section:
    return next(section for section in library.sections() if section.title == title)


def _having(parts: tuple[Part, ...], text: str) -> set[str]:
    return {part.file for part in parts if text in part.file}


class TestLibraryContract:
    def test_sections_are_listed_with_kind_and_locations(self, library: Library) -> None:
        assert [(one.title, one.type, one.locations) for one in library.sections()] == [
            (title, kind, (location,)) for title, kind, location, _ in SECTIONS
        ]

    def test_the_server_says_the_same_of_itself_each_time(self, library: Library) -> None:
        assert library.server().machine
        assert library.server() == library.server()

    @pytest.mark.parametrize("title", FILES)
    def test_all_parts_are_all_files_once(self, library: Library, title: str) -> None:
        section = _section(library, title)
        parts = list(library.all_parts(section))

        assert sorted(part.file for part in parts) == sorted(FILES[title])
        assert {part.section for part in parts} == {section.key}

    @pytest.mark.parametrize("title", FILES)
    def test_every_piece_of_a_path_finds_every_path_that_has_it(
        self, library: Library, title: str
    ) -> None:
        """Whole paths, names, stems, folders, and the middle of a word."""
        section = _section(library, title)
        for file in sorted(FILES[title]):
            folder, _, name = file.rpartition("/")
            stem = name.rpartition(".")[0]
            for text in (file, name, stem, f"{folder}/", f"{folder}/{stem}", name[1:-5]):
                found = _having(library.parts_containing(section, text), text)

                assert found == {one for one in FILES[title] if text in one}, text

    def test_the_other_spelling_finds_the_path_as_well(self, library: Library) -> None:
        """A disk and Plex may spell one name in two ways."""
        section = _section(library, "Movies")
        for below in MOVIES:
            file = f"/data/Movies/{below}"
            for text in {unicodedata.normalize("NFC", file), unicodedata.normalize("NFD", file)}:
                assert file in {part.file for part in library.parts_containing(section, text)}

    @pytest.mark.parametrize(
        "text", ["No Such (2000).mkv", "/data/Movies/No Such/", "/data/TV/Lost/", "\udce9\udcff"]
    )
    def test_what_is_not_there_is_not_found(self, library: Library, text: str) -> None:
        """In another section neither."""
        section = _section(library, "Movies")

        assert _having(library.parts_containing(section, text), text) == set()

    def test_the_same_question_has_the_same_answer(self, library: Library) -> None:
        section = _section(library, "TV Shows")
        for text in ("/data/TV/Lost/Season 01/", "Lost - S02E03.mkv"):
            first = library.parts_containing(section, text)

            assert library.parts_containing(section, text) == first

    def test_an_episode_knows_what_it_belongs_to(self, library: Library) -> None:
        section = _section(library, "TV Shows")
        first, second = (
            next(
                part
                for part in library.parts_containing(section, f"Lost - S0{season}E02.mkv")
                if part.file.endswith(f"S0{season}E02.mkv")
            )
            for season in (1, 2)
        )

        assert first.type == "episode"
        assert (first.index, first.parent_index, second.parent_index) == (2, 1, 2)
        assert first.grandparent == second.grandparent is not None
        assert first.parent != second.parent
        assert first.size == 101
        assert not first.deleted

    def test_an_item_has_the_parts_that_were_listed(self, library: Library) -> None:
        section = _section(library, "Movies")
        listed: dict[int, set[str]] = {}
        for part in library.all_parts(section):
            listed.setdefault(part.key, set()).add(part.file)
        for key, files in listed.items():
            assert {part.file for part in library.item_parts(section, key) or ()} == files

    def test_an_item_that_is_none_has_no_parts(self, library: Library) -> None:
        assert library.item_parts(_section(library, "Movies"), 987654) is None

    def test_an_item_keeps_its_trace_while_nothing_is_done_to_it(self, library: Library) -> None:
        part = next(iter(library.all_parts(_section(library, "TV Shows"))))
        for key in (part.key, part.parent, part.grandparent):
            assert key is not None
            assert library.trace(key) is not None
            assert library.trace(key) == library.trace(key)

    def test_an_item_that_is_none_has_no_trace(self, library: Library) -> None:
        assert library.trace(987654) is None

    def test_a_section_that_is_none_has_no_parts(self, library: Library) -> None:
        nowhere = Section(4711, "Nowhere", "movie", ("/nowhere",))

        assert library.parts_containing(nowhere, "Alien (1979).mkv") == ()

    @pytest.mark.parametrize("count", [0, 1, 3, 7, 500])
    def test_a_sample_is_some_of_the_parts(self, library: Library, count: int) -> None:
        section = _section(library, "TV Shows")
        sample = library.sample_parts(section, count)

        assert len({part.key for part in sample}) == len(sample) <= count
        assert len(sample) >= min(count, len(EPISODES)) / 2
        assert {part.file for part in sample} <= FILES["TV Shows"]

    def test_a_sample_of_some_is_spread(self, library: Library) -> None:
        section = _section(library, "TV Shows")
        seasons = {part.parent_index for part in library.sample_parts(section, 5)}

        assert seasons == {1, 2}

    def test_an_idle_server_does_nothing(self, library: Library) -> None:
        assert library.activities() == ()


def test_a_plex_that_is_away_is_unavailable_in_every_question(tmp_path: Path) -> None:
    """The contract of errors, on the one implementation that can be away."""
    with _plex(tmp_path) as library:
        section = _section(library, "Movies")
    questions: list[Callable[[], object]] = [
        library.server,
        library.sections,
        library.activities,
        lambda: library.parts_containing(section, "x"),
        lambda: list(library.all_parts(section)),
        lambda: library.sample_parts(section, 1),
        lambda: library.item_parts(section, 1),
        lambda: library.trace(1),
    ]
    for question in questions:
        with pytest.raises(PlexUnavailable):
            question()
