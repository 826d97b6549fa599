"""Lookups and lists against the simulated server: few requests, and right in each variant."""

from __future__ import annotations

import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from door import opened, settings
from simulated_house import MOVIES, MUSIC, SHOWS, House, house

from matcher.plex import PlexLibrary
from watcher.simulated_plex.record import Wrong
from watcher.simulated_plex.settings import Behaviour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matcher.model import Section


NASTY = (
    "A, B & C",
    "Me, Myself, Irene",
    "100% Wolf",
    "under_score",
    "C++ 50+1",
    "#1 Cheerleader",
    "Schindler's [REC] {tmdb-1}",
    "Amélie",
    "Les Intouchables - Édition",
    "기생충",
    "七人の侍",
    "Wall·E 🤖",
    "  spaces  ",
)

FILTERS = [
    Behaviour(),
    Behaviour(filter_knows_wildcards=True),
    Behaviour(comma_is_or=False, filter_folds_case=False),
    Behaviour(file_filter="missing_ignored"),
    Behaviour(file_filter="missing_400"),
    Behaviour(trimming="deep", page_limit=3),
    Behaviour(trimming="ignored", compress=False),
]


@contextmanager
def library(
    root: Path, behaviour: Behaviour | None = None
) -> Iterator[tuple[House, PlexLibrary, dict[int, Section]]]:
    """Three libraries with something in each, and a door to them."""
    with house(root, behaviour) as home:
        for number, title in enumerate(NASTY):
            home.put(f"movies/{title} ({1990 + number})/{title} ({1990 + number}).mkv")
        for episode in range(1, 6):
            home.put(f"shows/Lost/Season 01/Lost - S01E0{episode}.mkv")
        home.put("music/Björk/Début/01 Human Behaviour.flac")
        home.scan_everything()
        with opened(home.sim.url, token=lambda: home.sim.token, timeout_s=5.0) as door:
            yield home, door, {section.key: section for section in door.sections()}


@pytest.mark.parametrize("behaviour", FILTERS)
def test_every_name_is_found_by_name_by_path_and_by_folder(
    behaviour: Behaviour, tmp_path: Path
) -> None:
    """Whatever the server's filter does, and in either spelling."""
    with library(tmp_path, behaviour) as (home, door, sections):
        for number, title in enumerate(NASTY):
            name = f"{title} ({1990 + number})"
            file = f"/data/Movies/{name}/{name}.mkv"
            for form in ("NFC", "NFD"):
                for text in (f"{name}.mkv", file, f"/data/Movies/{name}/", name):
                    asked = unicodedata.normalize(form, text)
                    found = door.parts_containing(sections[MOVIES], asked)
                    assert file in {part.file for part in found}, (asked, found)
        assert door.parts_containing(sections[MOVIES], "No Such Movie (2001).mkv") == ()
        folder = "D:\\TV\\Lost\\Season 01\\"
        assert len({part.key for part in door.parts_containing(sections[SHOWS], folder)}) == 5
        assert len(door.parts_containing(sections[MUSIC], "/data/Music/Björk/Début/")) == 1
        assert home.wrongs() == set()


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (MOVIES, "/data/Movies/Amélie (1997)/Amélie (1997).mkv"),
        (MOVIES, "A, B & C (1990).mkv"),
        (SHOWS, "Lost - S01E03.mkv"),
        (SHOWS, "D:\\TV\\Lost\\Season 01\\"),
        (MUSIC, "/data/Music/Björk/Début/01 Human Behaviour"),
    ],
)
def test_a_known_path_costs_one_small_request(key: int, text: str, tmp_path: Path) -> None:
    """Nothing is probed where the answer proves the filter; nothing is asked besides."""
    with library(tmp_path) as (home, door, sections):
        before, asked = door.traffic(), len(home.sim.log)
        assert door.parts_containing(sections[key], text)
        after = door.traffic()

        assert after.requests - before.requests == 1
        assert after.bytes_received - before.bytes_received < 4096
        assert [one.path for one in home.sim.log[asked:]] == [f"/library/sections/{key}/all"]


def test_the_first_miss_is_followed_by_one_probe_and_the_next_by_none(tmp_path: Path) -> None:
    """A filter that never finds anything looks like a library that has nothing."""
    with library(tmp_path) as (_, door, sections):
        counts = []
        for name in ("New Movie (2020).mkv", "Newer Movie (2021).mkv"):
            before = door.traffic().requests
            assert door.parts_containing(sections[MOVIES], name) == ()
            counts.append(door.traffic().requests - before)

        assert counts == [3, 1]


@pytest.mark.parametrize(
    "behaviour", [Behaviour(file_filter="missing_ignored"), Behaviour(file_filter="missing_400")]
)
def test_without_the_filter_a_section_is_loaded_once(behaviour: Behaviour, tmp_path: Path) -> None:
    """The stand-in costs a load, and then a look at the counter every two seconds."""
    with library(tmp_path, behaviour) as (home, door, sections):
        door.parts_containing(sections[MOVIES], "Amélie (1997).mkv")
        before = door.traffic().requests
        for title in NASTY:
            assert door.parts_containing(sections[MOVIES], title)
        assert door.traffic().requests == before
        assert not door.filter_works(sections[MOVIES])
        assert home.wrongs() == set()


def test_the_filter_is_found_to_work_when_asked(tmp_path: Path) -> None:
    """For a report on the server."""
    with library(tmp_path) as (_, door, sections):
        assert door.filter_works(sections[MOVIES])
        before = door.traffic().requests
        assert door.filter_works(sections[MOVIES])
        assert door.traffic().requests == before


def test_a_warmed_section_answers_from_memory(tmp_path: Path) -> None:
    """For a burst of lookups to come: one load instead of many."""
    with library(tmp_path) as (_, door, sections):
        assert door.warm(sections[MOVIES]) == len(NASTY)
        before = door.traffic().requests
        for title in NASTY:
            assert door.parts_containing(sections[MOVIES], title)
        assert door.traffic().requests == before


@pytest.mark.parametrize("behaviour", FILTERS)
def test_all_parts_are_listed_once_each(behaviour: Behaviour, tmp_path: Path) -> None:
    """In however many pages the server gives them."""
    with library(tmp_path, behaviour) as (home, door, sections):
        for key in (MOVIES, SHOWS, MUSIC):
            files = [part.file for part in door.all_parts(sections[key])]

            assert sorted(files) == sorted(home.sim.files(key))


@pytest.mark.parametrize("count", [0, 1, 4, 5, 100])
def test_a_sample_is_spread_over_the_section(count: int, tmp_path: Path) -> None:
    """Never more than asked for, never one twice, at most five requests."""
    with library(tmp_path) as (_, door, sections):
        before = door.traffic().requests
        parts = door.sample_parts(sections[MOVIES], count)

        assert len({part.key for part in parts}) == len(parts) == min(count, len(NASTY))
        assert door.traffic().requests - before <= 5


def test_a_part_knows_its_item_and_what_is_above_it(tmp_path: Path) -> None:
    """Episode, season and show; size and trash."""
    with library(tmp_path) as (home, door, sections):
        (part,) = door.parts_containing(sections[SHOWS], "Lost - S01E02.mkv")
        item = home.item("shows/Lost/Season 01/Lost - S01E02.mkv")

        assert (part.key, part.type, part.size, part.index) == (item.key, "episode", 1000, 2)
        assert part.parent_index == 1
        assert part.grandparent_title == "Lost"
        assert door.item_parts(sections[SHOWS], part.key) == (part,)
        assert door.item_parts(sections[MOVIES], part.key) is None
        assert door.item_parts(sections[SHOWS], 424242) is None


def test_a_part_in_the_trash_says_so(tmp_path: Path) -> None:
    """Items stay listed, and look like others, until the trash is emptied."""
    with library(tmp_path, Behaviour(auto_empty_trash=False)) as (home, door, sections):
        (tmp_path / "shows/Lost/Season 01/Lost - S01E02.mkv").unlink()
        home.scan(SHOWS, "D:\\TV\\Lost\\Season 01")
        (part,) = door.parts_containing(sections[SHOWS], "Lost - S01E02.mkv")

        assert part.deleted


@pytest.mark.parametrize("name", [*NASTY, "a%20b", "a+b&c=d;e?f", "caf\udce9", "tab\tline\nend"])
def test_a_scan_names_exactly_that_directory(name: str, tmp_path: Path) -> None:
    """Whatever is in the name, byte for byte; also what is not UTF-8."""
    with library(tmp_path) as (home, door, _):
        (tmp_path / "movies" / name).mkdir(exist_ok=True)

        assert door.scan(MOVIES, f"/data/Movies/{name}") is True
        assert home.sim.wait_until_idle()
        assert home.sim.scans[-1].path == f"/data/Movies/{name}"
        assert home.wrongs() == set()


def test_a_file_whose_name_is_not_utf8_is_listed_as_the_disk_has_it(tmp_path: Path) -> None:
    """If the server writes the bytes as they are, which makes its answer no XML at all."""
    with library(tmp_path, Behaviour(raw_names=True)) as (home, door, sections):
        home.put("movies/caf\udce9 (2005)/caf\udce9 (2005).mkv")
        home.scan_everything()
        file = "/data/Movies/caf\udce9 (2005)/caf\udce9 (2005).mkv"

        assert file in {part.file for part in door.all_parts(sections[MOVIES])}
        for text in (file, "/data/Movies/caf\udce9 (2005)/", "caf\udce9 (2005).mkv"):
            found = door.parts_containing(sections[MOVIES], text)
            assert file in {part.file for part in found}, text


def test_a_scan_without_a_directory_is_never_asked_for(tmp_path: Path) -> None:
    """It would scan the whole section."""
    with library(tmp_path) as (home, door, _):
        with pytest.raises(ValueError, match="whole section"):
            door.scan(MOVIES, "")

        assert Wrong.WHOLE_SECTION not in home.wrongs()


def test_requests_for_work_are_accepted_or_not_known(tmp_path: Path) -> None:
    """True says that Plex took it, False that it knows no such thing."""
    with library(tmp_path) as (home, door, sections):
        (part, *_) = door.all_parts(sections[MOVIES])

        assert door.refresh(part.key)
        assert door.analyze(part.key)
        assert door.empty_trash(MOVIES)
        assert home.sim.wait_until_idle()
        assert not door.refresh(424242)
        assert not door.analyze(424242)
        assert not door.scan(99, "/data/Movies")


def test_what_plex_does_and_plays_is_listed(tmp_path: Path) -> None:
    """A scan that runs is an activity, with its section once Plex says it."""
    with library(tmp_path) as (home, door, sections):
        assert door.activities() == ()
        assert door.playing() == ()
        (part, *_) = door.all_parts(sections[MOVIES])
        home.sim.play(part.key)
        home.sim.behaviour = Behaviour(scan_s=30.0)
        door.scan(MOVIES, "/data/Movies/Amélie (1997)")

        assert door.playing() == (part.key,)
        assert {one.type for one in door.activities()} <= {"library.update.section"}
        assert door.server().machine == home.sim.machine


def test_each_request_is_reported_with_its_route_and_time(tmp_path: Path) -> None:
    """Routes are templates: timings of one kind of request belong together."""
    told: list[tuple[str, str, int | None]] = []
    with house(tmp_path) as home:
        from_door = _door_with_report(home, told)
        from_door.sections()
        from_door.item_parts(from_door.sections()[0], 424242)
        from_door.scan(MOVIES, "/data/Movies")
        from_door.close()

    assert told == [
        ("GET", "/library/sections", 200),
        ("GET", "/library/sections", 200),
        ("GET", "/library/metadata/{key}", 404),
        ("GET", "/library/sections/{id}/refresh", 200),
    ]


def _door_with_report(home: House, told: list[tuple[str, str, int | None]]) -> PlexLibrary:
    def report(method: str, route: str, seconds: float, status: int | None) -> None:
        assert seconds > 0
        told.append((method, route, status))

    return PlexLibrary(settings(home.sim.url, token=lambda: home.sim.token), report)
