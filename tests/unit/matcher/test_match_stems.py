"""Whose sidecar a name is."""

from __future__ import annotations

import pytest

from matcher.change import Kind
from matcher.model import Part
from matcher.paths import caseless, nfc
from matcher.shelf import Known
from matcher.stems import base_of, owners


def known(name: str, key: int = 1) -> Known:
    return Known(Part(name, 1, 1, key, "movie", "t"), (name,))


def owned(stem: str, files: list[str], kind: Kind = Kind.SUBTITLE) -> list[str]:
    return [each.names[-1] for each in owners(stem, map(known, files), kind, nfc)]


@pytest.mark.parametrize(
    "stem",
    [
        "Film (2010)",
        "Film (2010).en",
        "Film (2010).eng",
        "Film (2010).pt-BR",
        "Film (2010).zh-Hans.default",
        "Film (2010).en.forced",
        "Film (2010).en.sdh.cc",
        "Film (2010).English",
        "Film (2010) [English]",
        "Film (2010) (German)",
        "Film (2010) - French",
        "Film (2010)-de",
        "Film (2010)_spa",
        "Film (2010) eng",
        "Film (2010).forced",
        "Film (2010).en.2",
        "Film (2010).en.cleaned",
        "Film (2010).es-419",
        "Film (2010).chs&eng",
        "Film (2010).WEB.group",
    ],
)
def test_languages_and_flags_may_follow_a_stem(stem: str) -> None:
    assert owned(stem, ["Film (2010).mkv", "Other (2011).mkv"]) == ["Film (2010).mkv"]


@pytest.mark.parametrize(
    ("stem", "file"),
    [
        ("Alien 3", "Alien.mkv"),
        ("Alien.3", "Alien.mkv"),
        ("Alien-3 en", "Alien.mkv"),
        ("Aliens", "Alien.mkv"),
        ("Aliens.en", "Alien.mkv"),
        ("Alien.II", "Alien.mkv"),
        ("Alien Resurrection", "Alien.mkv"),
        ("Alien.Covenant", "Alien.mkv"),
        ("Alien it", "Alien.mkv"),
        ("Show - S01E01-E02.en", "Show - S01E01.mkv"),
        ("Show - S01E010", "Show - S01E01.mkv"),
        ("Show - S01E01 - Pilot", "Show - S01E01.mkv"),
        ("Film (2010) - 4K.en", "Film (2010).mkv"),
        ("Film (2010)-cd2", "Film (2010).mkv"),
        ("Film (2010).part2", "Film (2010).mkv"),
        ("film (2010).en", "Film (2010).mkv"),
        ("Film", "Film (2010).mkv"),
    ],
)
def test_anything_else_behind_a_stem_makes_it_another_name(stem: str, file: str) -> None:
    assert owned(stem, [file]) == []


def test_the_longest_stem_wins() -> None:
    files = ["Film (2010).mkv", "Film (2010).en.mkv", "Film (2010) - 4K.mkv"]

    assert owned("Film (2010) - 4K.en", files) == ["Film (2010) - 4K.mkv"]
    assert owned("Film (2010).en.forced", files) == ["Film (2010).en.mkv"]
    assert owned("Film (2010).de", files) == ["Film (2010).mkv"]


def test_all_items_of_one_file_own_its_sidecar() -> None:
    parts = [known("S01E01-E02.mkv", 1), known("S01E01-E02.mkv", 2)]

    found = owners("S01E01-E02.en", parts, Kind.SUBTITLE, nfc)

    assert [each.part.key for each in found] == [1, 2]


def test_the_parts_of_a_stack_share_what_is_called_without_their_number() -> None:
    files = ["Film (2000)-cd1.avi", "Film (2000)-cd2.avi"]

    assert owned("Film (2000)", files) == files
    assert owned("Film (2000)-cd2.en", files) == files[1:]


@pytest.mark.parametrize(
    ("stem", "fits"),
    [
        ("Film (2010)", True),
        ("Film (2010)-poster", True),
        ("Film (2010)-fanart2", True),
        ("Film (2010)-thumb", True),
        ("Film (2010).banner", True),
        ("Film (2010)-1", True),
        ("Film (2010)-clearlogo", True),
        ("Film (2010) back", False),
        ("Film (2010) scan 1", False),
        ("Film (2010)-4K", False),
    ],
)
def test_words_of_artwork_may_follow_a_stem(stem: str, fits: bool) -> None:
    assert bool(owned(stem, ["Film (2010).mkv"], Kind.ARTWORK)) is fits


def test_an_nfo_and_an_extra_have_their_own_endings() -> None:
    assert owned("Film", ["Film.mkv"], Kind.NFO) == ["Film.mkv"]
    assert owned("Film.en", ["Film.mkv"], Kind.NFO) == []
    assert owned("Film-trailer", ["Film.mkv"], Kind.EXTRA) == ["Film.mkv"]
    assert owned("Film 2-trailer", ["Film.mkv"], Kind.EXTRA) == []


def test_a_stem_in_another_unicode_form_is_the_same() -> None:
    assert owned("Ame\u0301lie.fr", ["Amélie.mkv"]) == ["Amélie.mkv"]


def test_windows_names_are_compared_without_case() -> None:
    found = owners("FILM.en", [known("Film.mkv")], Kind.SUBTITLE, caseless)

    assert len(found) == 1


@pytest.mark.parametrize(
    ("stem", "base"),
    [
        ("Heat (1995).en.forced", "Heat"),
        ("Movie.Name.en", "Movie.Name"),
        ("Movie.Name.en.1080p", "Movie.Name"),
        ("It.en", "It"),
        ("Original", "Original"),
        ("[Group] Show - 01 [1080p].en", "[Group] Show - 01 [1080p]"),
        ("Show - S01E01-thumb", "Show"),
    ],
)
def test_what_is_asked_for_is_a_beginning_of_every_possible_owner(stem: str, base: str) -> None:
    assert base_of(stem) == base
