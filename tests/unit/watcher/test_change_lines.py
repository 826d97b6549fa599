"""Lines of `explain --stdin`: what is read as a change, and what is refused with which words."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.change import Change, Happened
from watcher.commands.change_lines import NotAChangeError, Roots, read_line

if TYPE_CHECKING:
    from pathlib import Path


def line(**said: Any) -> bytes:
    return json.dumps({"type": "created", "path": "/v/a.mkv", **said}).encode()


def refusal(text: bytes) -> NotAChangeError:
    with pytest.raises(NotAChangeError) as caught:
        read_line(text)
    return caught.value


def test_a_line_says_type_path_size_and_directory() -> None:
    asked = read_line(line(id=7, type="changed", path="/v//b/../a.mkv", size=5, is_dir=False))

    assert asked.head == {"id": 7}
    assert asked.change == Change(Happened.CHANGED, "/v/a.mkv", size=5)


def test_a_move_says_both_its_ends() -> None:
    asked = read_line(line(type="moved", dest="/v/b.mkv"))

    assert asked.change == Change(Happened.MOVED, "/v/a.mkv", "/v/b.mkv")
    assert asked.head == {}


@pytest.mark.parametrize("ident", [None, 0, 1.5, True, "", "x", [1, {"a": None}], {"z": "\ud83d"}])
def test_an_id_of_any_type_comes_back_as_it_was(ident: object) -> None:
    assert read_line(line(id=ident)).head == {"id": ident}
    assert refusal(line(id=ident, path=5)).head == {"id": ident}


def test_null_is_as_good_as_nothing() -> None:
    assert read_line(line(dest=None, size=None, is_dir=None)).change == Change(
        Happened.CREATED, "/v/a.mkv"
    )


def test_a_last_slash_makes_a_directory_where_nothing_else_is_said() -> None:
    assert read_line(line(path="/v/New/")).change.is_dir
    assert not read_line(line(path="/v/New/", is_dir=False)).change.is_dir
    assert read_line(line(type="moved", path="/v/Old", dest="/v/New/")).change.is_dir


def test_the_disk_says_what_is_a_directory_where_nothing_else_does(tmp_path: Path) -> None:
    assert read_line(line(path=str(tmp_path))).change.is_dir
    assert not read_line(line(path=str(tmp_path), type="deleted")).change.is_dir


def test_bytes_that_are_no_utf8_are_taken_as_they_are_and_as_escapes() -> None:
    raw = b'{"type": "created", "path": "/v/\xff.mkv"}'

    assert read_line(raw).change.path == os.fsdecode(b"/v/\xff.mkv")
    assert read_line(line(path="/v/\udcff.mkv")).change.path == os.fsdecode(b"/v/\xff.mkv")
    assert read_line(line(path="/v/\udcc3\udca9.mkv")).change.path == "/v/é.mkv"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"nothing", "not JSON"),
        (b"[" * 100_000, "too deep"),
        (b"[]", "a JSON object"),
        (b"{}", "type is missing: one of created, changed, deleted, moved"),
        (line(type="vanished"), "not 'vanished'"),
        (line(type=["created"]), "type: expected one of"),
        (line(path=None), "path is missing"),
        (line(path=""), "path is missing"),
        (line(path=5), "path: expected text, not 5"),
        (line(path="a.mkv"), "not an absolute path"),
        (line(path="/v/a\0.mkv"), "cannot hold a NUL"),
        (line(path="/v/\ud83d.mkv"), "no file can be called so"),
        (line(type="moved"), "dest is missing"),
        (line(type="moved", dest=""), "dest is missing"),
        (line(dest="/v/b.mkv"), "dest goes with type moved alone"),
        (line(size=-1), "size: expected a number of bytes"),
        (line(size="12"), "size: expected a whole number, not '12'"),
        (line(size=True), "size: expected a whole number, not True"),
        (line(is_dir="yes"), "is_dir: expected true or false, not 'yes'"),
        (b'{"type": "created", "path": "/a", "id": NaN}', "NaN is no number in JSON"),
        (b'{"type": "created", "path": "/a", "id": 1e400}', "1e400 is no number in JSON"),
    ],
)
def test_a_line_that_says_no_change_is_refused_in_words(text: bytes, words: str) -> None:
    assert words in str(refusal(text))


@given(st.binary(max_size=60) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
@settings(deadline=None)
def test_whatever_a_line_holds_it_is_read_or_refused(said: bytes | str) -> None:
    text = said if isinstance(said, bytes) else said.encode()
    with contextlib.suppress(NotAChangeError):
        assert read_line(text).change.path.startswith("/")


def test_a_path_through_links_is_spelled_as_its_watched_folder_is(tmp_path: Path) -> None:
    movies = tmp_path / "Movies"
    (movies / "Heat").mkdir(parents=True)
    (tmp_path / "link").symlink_to(movies)
    (tmp_path / "heat").symlink_to(movies / "Heat")
    (movies / "Alias").symlink_to(movies / "Heat")
    roots = Roots([str(movies)])

    for given_path in ("link/Heat/a.srt", "heat/a.srt", "Movies/Heat/a.srt"):
        assert roots.watched(f"{tmp_path}/{given_path}") == f"{movies}/Heat/a.srt"
    assert roots.watched(f"{movies}/Alias/a.srt") == f"{movies}/Alias/a.srt"
    assert roots.watched("/elsewhere/a.srt") == "/elsewhere/a.srt"


def test_a_real_path_is_spelled_as_the_link_that_is_watched(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "Movies").symlink_to(tmp_path / "disk")
    roots = Roots([f"{tmp_path}/Movies"])

    assert roots.watched(f"{tmp_path}/disk/a.mkv") == f"{tmp_path}/Movies/a.mkv"
