"""The text that is asked for is part of what is looked for, in every spelling, and says enough."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from listed import part

from matcher.file_filter import Verdict, asks_for_folder, texts_to_ask, verdict


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Alien (1979).mkv", ("Alien (1979).mkv",)),
        ("1917.mkv", ("1917.mkv",)),
        ("Demon Lord, Retry! - S01E06.mkv", ("Retry! - S01E06.mkv",)),
        ("The Good, the Bad and the Ugly.mkv", ("the Bad and the Ugly.mkv",)),
        ("/data/TV/Lost/Season 01/", ("/Lost/Season 01/",)),
        ("/data/TV-4K/Lost/", ("-4K/Lost/",)),
        ("/data/TV/", ("/data/TV/",)),
        ("D:\\TV\\Lost\\", ("\\Lost\\",)),
        ("Les Intouchables - Édition.mkv", ("Les Intouchables -",)),
        ("caf\udce9 noir.mkv", ("noir.mkv",)),
        ("七人の侍 (1954).mkv", ("七人の侍 (1954).mkv",)),
        (",,,", ()),
        ("\udce9", ()),
    ],
)
def test_the_longest_piece_without_a_comma_and_without_the_location(
    text: str, asked: tuple[str, ...]
) -> None:
    """Comma is OR to Plex; what every path of the section has tells nothing apart."""
    assert texts_to_ask(text, ("/data/TV", "D:\\TV")) == asked


@pytest.mark.parametrize("text", ["기생충 (2019) 1080p.mkv", "Amélie.mkv", "Ø é"])
def test_both_spellings_where_one_piece_would_say_too_little(text: str) -> None:
    """The given one first: it is the right one nearly always."""
    composed = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFD", text)

    assert texts_to_ask(composed) == (composed, decomposed)
    assert texts_to_ask(decomposed) == (decomposed, composed)


@given(st.text(), st.booleans())
@settings(deadline=None)
def test_one_of_the_texts_is_in_every_spelling(text: str, composed: bool) -> None:
    """Otherwise the filter would answer less than there is."""
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        return
    asked = texts_to_ask(text)
    spelled = unicodedata.normalize("NFC" if composed else "NFD", text)

    assert not asked or any(piece in spelled for piece in asked)
    assert all("," not in piece and piece for piece in asked)


@pytest.mark.parametrize(
    ("files", "seen"),
    [
        ([], Verdict.EMPTY),
        ([("/m/Alien.mkv", 1)], Verdict.FILTERED),
        ([("/m/ALIEN.mkv", 1)], Verdict.FILTERED),
        ([("/m/Alien - cd1.mkv", 1), ("/m/other name.mkv", 1)], Verdict.FILTERED),
        ([("/m/Alien.mkv", 1), ("/m/Brazil.mkv", 2)], Verdict.DOUBTFUL),
    ],
)
def test_an_answer_shows_whether_it_was_filtered(
    files: list[tuple[str, int]], seen: Verdict
) -> None:
    """Item by item: an item with two files is listed with both."""
    assert verdict("Alien", [part(file, key) for file, key in files]) is seen


def test_names_and_folders_are_told_apart() -> None:
    """A server may match names only."""
    assert asks_for_folder("/Lost/")
    assert asks_for_folder("\\Lost\\")
    assert not asks_for_folder("Lost.mkv")
