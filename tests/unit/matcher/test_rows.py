"""Parts and sections survive a store, and damage in one does not survive reading."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.model import Part, Section
from matcher.part_index import PartIndex, stamp_of
from matcher.rows import part_from, part_row, section_from, section_row

if TYPE_CHECKING:
    from cache.store import JSON

PARTS = st.builds(Part)
SECTIONS = st.builds(Section)


@given(PARTS)
@settings(deadline=None)
def test_a_part_is_the_same_after_json(part: Part) -> None:
    """Lone surrogates in names included."""
    assert part_from(json.loads(json.dumps(part_row(part)))) == part


@given(SECTIONS)
@settings(deadline=None)
def test_a_section_is_the_same_after_json(section: Section) -> None:
    """Every field."""
    assert section_from(json.loads(json.dumps(section_row(section)))) == section


@pytest.mark.parametrize("read", [part_from, section_from])
@pytest.mark.parametrize(
    "row", [None, 1, "x", {}, [], [1, 2], [None] * 10, [None] * 17, ["a"] * 17]
)
def test_what_is_no_row_is_nothing(read: object, row: JSON) -> None:
    """A row of another version, or a damaged one, is a miss."""
    assert callable(read)
    assert read(row) is None


def test_a_location_that_is_no_text_spoils_the_section() -> None:
    """Half a section is none."""
    row = section_row(Section(1, "M", "movie", ("/m",)))
    row[3] = [1]

    assert section_from(row) is None


NAMES = st.text("aAe\u0301\u00e9\u00c9\u00df\u0130 /.\ud55c\udce9", min_size=1, max_size=4)
"""Letters that change their length, case or spelling when they are folded."""


@given(st.lists(st.builds(Part, file=NAMES), max_size=5), NAMES)
@settings(deadline=None)
def test_an_index_finds_every_part_that_has_the_text(parts: list[Part], text: str) -> None:
    """And maybe others, which differ in case or spelling; each once."""
    found = PartIndex(parts, (1, 0)).containing(text)

    assert [part for part in parts if text in part.file] == [
        part for part in found if text in part.file
    ]


def test_an_index_folds_case_and_spelling() -> None:
    """It may answer more, as the server's own filter does, and never less."""
    index = PartIndex([Part("/m/Ame\u0301lie.mkv", 1, 1, 5, "movie", "A")], (1, 0))

    assert len(index.containing("AMÉLIE")) == 1
    assert len(index) == 1
    assert index.containing("") == ()


def test_the_counter_is_the_stamp_and_the_last_scan_where_there_is_none() -> None:
    """`scannedAt` moves with every scan that found nothing."""
    assert stamp_of(Section(1, "", "movie", (), content_changed_at=7, scanned_at=9)) == (7, 0)
    assert stamp_of(Section(1, "", "movie", (), scanned_at=9)) == (0, 9)
