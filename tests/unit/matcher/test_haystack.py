"""Many parts, searched for a text: as a loop over them would, and quickly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.file_filter import folded
from matcher.haystack import Haystack
from matcher.model import Part

NAMES = st.text("aAéE\u0301/. ", min_size=1, max_size=6)


def parts(*files: str) -> tuple[Part, ...]:
    return tuple(Part(file, 1, 1, key, "movie", "x") for key, file in enumerate(files))


def test_every_part_with_the_text_is_found_once() -> None:
    held = parts("/m/a/a.mkv", "/m/b/a.mkv", "/m/a/b.mkv", "/m/a/a a a.mkv")
    haystack = Haystack(held)

    assert haystack.containing("/m/a/") == (held[0], held[2], held[3])
    assert haystack.containing("a.mkv") == (held[0], held[1], held[3])
    assert haystack.containing("/m/c") == ()
    assert haystack.of(held)
    assert not haystack.of(parts("/m/a/a.mkv"))
    assert Haystack(()).containing("a") == ()


@given(st.lists(NAMES, max_size=8), NAMES)
def test_it_finds_what_a_loop_finds(files: list[str], text: str) -> None:
    held = parts(*files)
    exact = tuple(part for part in held if text in part.file)
    alike = tuple(part for part in held if folded(text) in folded(part.file))

    assert Haystack(held).containing(text) == (exact or alike)
