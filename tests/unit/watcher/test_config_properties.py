"""Whatever a file holds, it loads or is refused with problems; and no text of ours has the token.

The canary is put where people put tokens by mistake, not only where it belongs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.config import (
    ConfigError,
    load_config,
    render_effective,
    render_effective_json,
    render_problems,
)
from watcher.config_model import SECTIONS, keys
from watcher.yaml_file import dump, parse

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "xCANARYx_20-chars_00"

WORDS = st.sampled_from(
    [
        *("5s", "2m", "64MB", "http://nas", "/media", "D:\\x", "auto", "INFO", "127.0.0.1:1"),
        *("yes", "010", "", "~", "-5s", "media", "a\nb", "\udcff", "{", "{what}", "%s", "🎬"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers(-99, 10**6) | st.floats(0, 9).map(str) | WORDS
KEYS = st.sampled_from(
    [*{key for section in SECTIONS.values() for key in keys(section)}, "tokn", "x y", "Plex", "5"]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config") / "config.yaml"


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=6))
def test_any_document_loads_or_is_refused_with_problems(
    path: Path, data: dict[str, object]
) -> None:
    path.write_text(dump(data), encoding="utf-8")
    text = told(path, {"PLEX_TOKEN": "token", "HOME": "/home/user"})

    assert all(char.isprintable() or char == "\n" for char in text)


def told(path: Path, environ: dict[str, str]) -> str:
    """Everything that is said of a file, be it good or bad."""
    try:
        config = load_config(path, environ)
    except ConfigError as error:
        return "\n".join((render_problems(error), str(error), ascii(repr(error))))
    shown = render_effective(config)
    assert parse(shown).problems == ()
    return "\n".join((ascii(repr(config)), shown, render_effective_json(config), *config.warnings))


PLACES = {
    "where it belongs": "plex:\n  url: http://nas\n  token: {0}\nfolders: [/a]\n",
    "where it belongs, the rest wrong": "plex:\n  url: nas\n  token: {0}\n  x: 1\nfolders: [a]\n",
    "quoted": "plex:\n  url: http://nas\n  token: '{0}'\nfolders: [/a]\nsettle: 5\n",
    "two lines": "plex:\n  url: http://nas\n  token: {0}\n   {0}\nfolders: [/a]\n",
    "a list": "plex:\n  url: http://nas\n  token: [{0}]\nfolders: [/a]\n",
    "a group": "plex:\n  url: http://nas\n  token: {{x: {0}}}\nfolders: [/a]\n",
    "given twice": "plex:\n  url: http://nas\n  token: {0}\n  token: {0}\nfolders: [/a]\n",
    "a tag": "plex:\n  url: http://nas\n  token: !{0} x\nfolders: [/a]\n",
    "an alias": "plex:\n  url: http://nas\n  token: *{0}\nfolders: [/a]\n",
    "no space, block": "plex:\n  url: http://nas\n  token:{0}\nfolders: [/a]\n",
    "no space, first": "plex:\n  token:{0}\n  url: http://nas\nfolders: [/a]\n",
    "no space, alone": "plex:\n  token:{0}\nfolders: [/a]\n",
    "no space, flow": "plex: {{token:{0}, url: http://nas}}\nfolders: [/a]\n",
    "equals sign": "plex: {{token={0}, url: http://nas}}\nfolders: [/a]\n",
    "folded into the address": "plex:\n  url: http://nas\n    token:{0}\nfolders: [/a]\n",
    "folded into another": "plex: {{url: http://nas}}\nfolders:\n  - /a\n    token:{0}\n",
    "in the address": "plex:\n  url: http://nas/?X-Plex-Token={0}\nfolders: [/a]\n",
    "as a password": "plex:\n  url: http://me:{0}@nas\nfolders: [/a]\n",
    "as the fragment": "plex:\n  url: http://nas/#{0}\nfolders: [/a]\n",
    "as the file": "plex:\n  url: http://nas\n  token_file: {0}\nfolders: [/a]\n",
    "as the section": "plex: {0}\nfolders: [/a]\n",
    "under a mistyped key": "plex:\n  url: http://nas\n  tokn: {0}\nfolders: [/a]\n",
    "at the top": "token: {0}\nplex:\n  url: http://nas\nfolders: [/a]\n",
    "as the whole file": "'{0}'\n",
    "open quote": "plex:\n  url: http://nas\n  token: '{0}\nfolders: [/a]\n",
    "tabs": "plex:\n\turl: http://nas\n\ttoken: {0}\nfolders: [/a]\n",
}
TOKENS = (CANARY, f"claim-{CANARY}", f"{CANARY} {CANARY}", f"{CANARY}\u00e9", f"{CANARY}: x")


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("token", TOKENS, ids=["good", "claim", "blank", "letter", "colon"])
def test_a_token_anywhere_is_in_no_text(path: Path, place: str, token: str) -> None:
    path.write_text(place.format(token), encoding="utf-8")

    assert "CANARY" not in told(path, {})


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789_.:-+eoxabc"), min_size=1, max_size=20))
def test_a_token_that_looks_like_a_number_is_in_no_text(path: Path, token: str) -> None:
    """Its text is framed so that a short one cannot be found by chance."""
    framed = f"7{token}7" * 3
    path.write_text(f"plex:\n  url: http://nas\n  token: {framed}\nfolders: [/a]\n")

    assert framed not in told(path, {})


def test_a_token_of_the_environment_or_a_file_is_in_no_text(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{CANARY} {CANARY}")
    path.write_text(f"plex: {{url: http://nas, token_file: {file}}}\nfolders: [/a]\n")

    for environ in ({}, {"PLEX_TOKEN": f"claim-{CANARY}"}):
        assert "CANARY" not in told(path, environ)
