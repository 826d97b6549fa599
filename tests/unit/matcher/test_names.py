"""What names say."""

from __future__ import annotations

import pytest

from matcher.names import (
    Parsed,
    contains,
    is_disc_like,
    lead,
    parse,
    season_of_folder,
    without_part,
    words,
)


@pytest.mark.parametrize(
    ("name", "title", "year"),
    [
        ("Heat (1995)", "heat", 1995),
        ("Heat [1995] 1080p", "heat", 1995),
        ("Heat.1995.1080p.BluRay.x264-GRP", "heat", 1995),
        ("2001 A Space Odyssey (1968)", "2001 a space odyssey", 1968),
        ("Blade.Runner.2049.2017.2160p", "blade runner 2049", 2017),
        ("Blade Runner 2049", "blade runner 2049", None),
        ("1917.2019.1080p", "1917", 2019),
        ("1917", "1917", None),
        ("Heat", "heat", None),
        ("Ocean's Eleven (2001)", "oceans eleven", 2001),
        ("Fast & Furious (2009)", "fast and furious", 2009),
        ("Amélie (2001)", "amelie", 2001),
        ("Ame\u0301lie (2001)", "amelie", 2001),
        ("WALL·E (2008)", "wall e", 2008),
        ("千と千尋の神隠し (2001)", "千と千尋の神隠し", 2001),
        ("The Daily Show - 2024-01-05", "the daily show", 2024),
        ("", "", None),
    ],
)
def test_title_and_year(name: str, title: str, year: int | None) -> None:
    parsed = parse(name)

    assert (" ".join(parsed.title), parsed.year) == (title, year) or (
        words(" ".join(parsed.title)),
        parsed.year,
    ) == (words(title), year)


@pytest.mark.parametrize(
    ("name", "season", "episodes"),
    [
        ("Show - S01E02 - Title", 1, (2,)),
        ("Show.s01.e02", 1, (2,)),
        ("Show - S01E01-E02", 1, (1, 2)),
        ("Show.S01E01E02E03", 1, (1, 2, 3)),
        ("show - s01e01-02", 1, (1, 2)),
        ("Show S01E01-1080p", 1, (1,)),
        ("Show 1x02", 1, (2,)),
        ("LT - S1930E01", 1930, (1,)),
        ("Show S00E05", 0, (5,)),
        ("Film 1920x1080", None, ()),
        ("Frieren - 05", None, ()),
    ],
)
def test_season_and_episodes(name: str, season: int | None, episodes: tuple[int, ...]) -> None:
    parsed = parse(name)

    assert (parsed.season, parsed.episodes) == (season, episodes)


def test_ids_are_read_in_every_bracket() -> None:
    assert parse("Twin (2016) {tmdb-12}").ids == {"tmdb-12"}
    assert parse("Sicario [imdbid-tt3397884]").ids == {"imdb-tt3397884"}
    assert parse("Show [tvdbid=81189] {edition-Cut}") == Parsed(
        ("show",), ids=frozenset({"tvdb-81189"})
    )


@pytest.mark.parametrize(
    ("folder", "season"),
    [
        ("Season 01", 1),
        ("season 1", 1),
        ("S01", 1),
        ("Show.S02.1080p.WEB", 2),
        ("Staffel 2", 2),
        ("Saison 3", 3),
        ("Specials", 0),
        ("Season 0", 0),
        ("1930", 1930),
        ("02", 2),
        ("Season 1 (2010)", 1),
        ("Show S01E02", None),
        ("Friends", None),
        ("Heat (1995)", None),
    ],
)
def test_the_season_of_a_folder(folder: str, season: int | None) -> None:
    assert season_of_folder(folder) == season


def test_the_lead_of_a_name_stops_before_what_describes_the_file() -> None:
    assert lead("Heat (1995) - 4K") == "Heat"
    assert lead("Heat.1995.1080p") == "Heat"
    assert lead("Show - S01E01 - x") == "Show"
    assert lead("[Group] Show") == ""
    assert lead("Plain Name") == "Plain Name"


def test_parts_discs_and_containment() -> None:
    assert without_part("Heat (1995)-cd1") == "Heat (1995)"
    assert without_part("Heat - part2") == "Heat"
    assert without_part("Counterpart") == "Counterpart"
    assert is_disc_like("CD1")
    assert is_disc_like("Disc 2 - Bonus")
    assert not is_disc_like("Discovery")
    assert contains(("a", "b", "c"), ("b", "c"))
    assert not contains(("a", "b", "c"), ("a", "c"))
    assert not contains(("a",), ())
