"""Names and foreign texts are shown on one line, harmless to terminals and journals."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Heat (1995).mkv", "Heat (1995).mkv"),
        ("Amélie 아가씨 🎬", "Amélie 아가씨 🎬"),
        ("a\n<0>FAKE", "a\\n<0>FAKE"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        (os.fsdecode(b"caf\xe9.mkv"), "caf\\xe9.mkv"),
        ("\x85next", "\\x85next"),
    ],
)
def test_shows_what_could_do_harm_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_cuts_long_texts() -> None:
    assert printable("x" * 500, most=200) == "x" * 199 + "…"


@given(st.text())
def test_never_lets_a_control_character_or_a_line_end_through(text: str) -> None:
    shown = printable(text)

    assert len(shown.splitlines()) <= 1
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
    shown.encode()
