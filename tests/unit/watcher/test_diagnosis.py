"""The likeliest reason why Plex does not take a file that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from watcher.diagnosis import diagnose, reasons

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that everybody may enter, as far as it is the test's own."""
    top = tmp_path / "Movies" / "Heat (1995)"
    top.mkdir(parents=True)
    for directory in (tmp_path, top.parent, top):
        directory.chmod(0o755)
    return top


def made(folder: Path, name: str = "Heat (1995).mkv", *, size: int = 5, mode: int = 0o644) -> str:
    path = folder / name
    path.write_bytes(b"x" * size)
    path.chmod(mode)
    return str(path)


def test_an_empty_file(folder: Path) -> None:
    assert "0 bytes" in diagnose(made(folder, size=0), "movie")


def test_a_file_that_others_may_not_read(folder: Path) -> None:
    assert "mode 0640" in diagnose(made(folder, mode=0o640), "movie")


def test_a_plexignore_above_it(folder: Path) -> None:
    (folder.parent / ".plexignore").write_text("*")

    assert f"{folder.parent}/.plexignore may exclude it" in diagnose(made(folder), "movie")


def test_a_directory_that_others_may_not_enter(folder: Path) -> None:
    folder.chmod(0o750)

    assert f"other users may not enter {folder} (mode 0750)" in diagnose(made(folder), "movie")


@pytest.mark.parametrize(
    ("name", "section_type", "said"),
    [
        ("Pilot.mkv", "show", "no episode number"),
        ("Lost - S01E01.mkv", "movie", "looks like an episode"),
    ],
)
def test_a_name_that_the_library_passes_over(
    folder: Path, name: str, section_type: str, said: str
) -> None:
    assert said in " | ".join(reasons(made(folder, name), section_type))


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    assert "cannot be read here either" in diagnose(str(tmp_path / "none.mkv"), "movie")


def test_nothing_to_be_seen_here(folder: Path) -> None:
    found = list(reasons(made(folder), "movie"))

    # Directories above the test's own may be closed to others on this machine.
    assert [each for each in found if not each.startswith("other users may not enter")] == []
