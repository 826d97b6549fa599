"""Which files of a directory the simulated scanners take."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from watcher.simulated_plex import disk
from watcher.simulated_plex.disk import Rules
from watcher.simulated_plex.places import Place

if TYPE_CHECKING:
    from pathlib import Path


def _seen(kind: str, root: Path) -> set[str]:
    rules = Rules(kind, Place(1, "/data", str(root)))
    return {"/".join(found.below) for one in disk.walk(rules) for found in one.files}


def _put(root: Path, *names: str, size: int = 10) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)


def test_a_movie_scan_takes_videos_and_leaves_noise_alone(tmp_path: Path) -> None:
    _put(
        tmp_path,
        "Film (2001)/Film (2001).mkv",
        "Film (2001)/Film (2001).srt",
        "Film (2001)/Film (2001)-trailer.mkv",
        "Film (2001)/Trailers/teaser.mkv",
        "Film (2001)/sample.mkv",
        "Film (2001)/.hidden.mkv",
        "Film (2001)/Film (2001).mkv.part",
        "@eaDir/x.mkv",
        "_UNPACK_Film/Film.mkv",
        "Show S01E01.mkv",
    )
    _put(tmp_path, "Film (2001)/empty.mkv", size=0)
    assert _seen("movie", tmp_path) == {"Film (2001)/Film (2001).mkv"}


def test_an_ignore_file_counts_in_the_root_and_in_its_own_folder(tmp_path: Path) -> None:
    _put(tmp_path, "A/a.mkv", "A/b.mkv", "A/deep/a.mkv", "Private/c.mkv")
    (tmp_path / ".plexignore").write_text("# comment\nPrivate/*\n")
    (tmp_path / "A" / ".plexignore").write_text("b*\n")
    assert _seen("movie", tmp_path) == {"A/a.mkv", "A/deep/a.mkv"}


def test_the_largest_stream_of_a_disc_folder_is_its_film(tmp_path: Path) -> None:
    _put(tmp_path, "Film (2001)/BDMV/STREAM/00001.m2ts", size=10)
    _put(tmp_path, "Film (2001)/BDMV/STREAM/00002.m2ts", size=99)
    assert _seen("movie", tmp_path) == {"Film (2001)/BDMV/STREAM/00002.m2ts"}


def test_a_music_scan_takes_audio_only(tmp_path: Path) -> None:
    _put(tmp_path, "Art/Album/01 - A.mp3", "Art/Album/cover.jpg", "Art/Album/clip.mkv")
    assert _seen("artist", tmp_path) == {"Art/Album/01 - A.mp3"}


def test_links_in_circles_end_and_broken_ones_are_nothing(tmp_path: Path) -> None:
    _put(tmp_path, "A/a.mkv")
    (tmp_path / "A" / "again").symlink_to(tmp_path)
    (tmp_path / "A" / "gone.mkv").symlink_to(tmp_path / "nowhere")
    assert _seen("movie", tmp_path) == {"A/a.mkv"}


def test_names_that_are_not_utf8_are_seen(tmp_path: Path) -> None:
    directory = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(directory)  # noqa: PTH102 - a name in bytes
    with open(directory + b"/caf\xe9.mkv", "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(b"x")
    assert _seen("movie", tmp_path) == {"caf\udce9/caf\udce9.mkv"}


def test_equal_content_has_an_equal_digest_wherever_it_lies(tmp_path: Path) -> None:
    _put(tmp_path, "a", "b")
    (tmp_path / "c").write_bytes(b"y" * 10)
    digests = [disk.digest(str(tmp_path / name), 10) for name in "abc"]
    assert digests[0] == digests[1] != digests[2]
    assert disk.digest(str(tmp_path / "none"), 10) == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_directory_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir(mode=0)
    seen = disk.look(Rules("movie", Place(1, "/data", str(tmp_path))), ("A",))
    assert seen is not None
    assert not seen.readable
