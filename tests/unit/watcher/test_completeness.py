"""What a look at a path tells, on real files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from watcher.completeness import UNREADABLE, Seen, look

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_has_size_and_time(tmp_path: Path) -> None:
    """Both are what two looks compare."""
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    os.utime(file, ns=(1, 123456789))

    assert look(str(file)) == Seen(5, 123456789, is_dir=False)


def test_a_directory_is_one(tmp_path: Path) -> None:
    """A directory is told from a file."""
    seen = look(str(tmp_path))

    assert seen is not None
    assert seen.is_dir
    assert seen.may_be(is_dir=True)
    assert not seen.may_be(is_dir=False)


@pytest.mark.parametrize("name", ["gone", "file/below", "\udcff"])
def test_what_is_not_there_is_none(tmp_path: Path, name: str) -> None:
    """Only what certainly does not exist is None."""
    (tmp_path / "file").touch()

    assert look(f"{tmp_path}/{name}") is None


def test_a_link_is_what_it_points_to_or_else_itself(tmp_path: Path) -> None:
    """A link into the void has a name, so it is there."""
    (tmp_path / "x").write_bytes(b"123")
    (tmp_path / "link").symlink_to("x")
    (tmp_path / "broken").symlink_to("nowhere")

    linked, broken = look(f"{tmp_path}/link"), look(f"{tmp_path}/broken")
    assert linked is not None
    assert linked.size == 3
    assert broken is not None
    assert not broken.is_dir


@pytest.mark.parametrize("name", ["a" * 300, "loop", "nul\0"])
def test_what_cannot_be_examined_is_not_taken_for_deleted(tmp_path: Path, name: str) -> None:
    """An error other than "no such file" says nothing about the file."""
    (tmp_path / "loop").symlink_to("loop")

    seen = look(f"{tmp_path}/{name}")

    assert seen == UNREADABLE
    assert seen.may_be(is_dir=True)
    assert seen.may_be(is_dir=False)
