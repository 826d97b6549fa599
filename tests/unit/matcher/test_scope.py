"""Which directory is scanned."""

from __future__ import annotations

import pytest

from matcher.scope import of_arrival, of_gone_directory, of_gone_file


def nothing_known(_up: int) -> bool | None:
    return None


@pytest.mark.parametrize(
    ("path", "is_dir", "directory"),
    [
        ("f.mkv", False, ""),
        ("A/f.mkv", False, "A"),
        ("A/B/f.mkv", False, "A/B"),
        ("A", True, "A"),
        ("A/B", True, "A/B"),
        ("A/BDMV/STREAM/f.m2ts", False, "A"),
        ("A/VIDEO_TS/f.vob", False, "A"),
        ("A/BDMV", True, "A"),
        ("BDMV/STREAM/f.m2ts", False, "BDMV"),
        ("H/A/video_ts/f.vob", False, "H/A"),
    ],
)
def test_what_is_there_is_scanned_where_it_lies(path: str, is_dir: bool, directory: str) -> None:
    """The location itself (no names) only for a file right in it; a disc by its parent."""
    names = tuple(path.split("/"))

    assert "/".join(of_arrival(names, is_dir=is_dir)) == directory


@pytest.mark.parametrize(
    ("path", "gone", "directory"),
    [
        ("A/f.mkv", 0, "A"),
        ("A/f.mkv", 1, "A"),
        ("Show/S1/f.mkv", 0, "Show/S1"),
        ("Show/S1/f.mkv", 1, "Show"),
        ("Show/S1/f.mkv", 2, "Show/S1"),
        ("f.mkv", 0, ""),
        ("f.mkv", 9, ""),
        ("A/BDMV/STREAM/f.m2ts", 2, "A"),
        ("G/Show/S1/f.mkv", 2, "G"),
    ],
)
def test_a_gone_file_is_scanned_for_from_the_nearest_directory_left(
    path: str, gone: int, directory: str
) -> None:
    """`gone` ancestors are gone as well; if only the location is left, its own folder it is."""
    names = tuple(path.split("/"))

    assert "/".join(of_gone_file(names, lambda up: up > gone)) == directory
    assert "/".join(of_gone_file(names, nothing_known)) == "/".join(of_arrival(names, is_dir=False))


SEASONS = (("Show", "S1"), ("Show", "S2"), ("Show", "S1"))


@pytest.mark.parametrize(
    ("path", "media", "gone", "directories"),
    [
        ("Show", SEASONS, 0, ["Show/S1", "Show/S2"]),
        ("Show/S1", SEASONS[:1], 0, ["Show"]),
        ("Show/S1", SEASONS[:1], 1, ["Show/S1"]),
        ("G/Show", (("G", "Show", "S1"),), 0, ["G"]),
        ("Film (2000)", (), 0, ["Film (2000)"]),
        ("H/Film (2000)", (), 0, ["H"]),
        ("H/Film (2000)", (), 1, ["H/Film (2000)"]),
        ("A/BDMV", (("A", "BDMV", "STREAM"),), 0, ["A"]),
        ("A", (("A", "BDMV", "STREAM"),), 0, ["A"]),
    ],
)
def test_a_gone_directory_is_scanned_for_without_scanning_the_location(
    path: str, media: tuple[tuple[str, ...], ...], gone: int, directories: list[str]
) -> None:
    found = of_gone_directory(tuple(path.split("/")), media, lambda up: up > gone)

    assert ["/".join(each) for each in found] == directories


def test_where_nothing_is_known_of_the_disk_the_parent_is_taken_for_there() -> None:
    assert of_gone_directory(("Show", "S1"), SEASONS[:1], nothing_known) == (("Show",),)
    assert of_gone_directory(("Show",), SEASONS, nothing_known) == (("Show", "S1"), ("Show", "S2"))


def test_a_directory_that_is_there_again_is_scanned_itself() -> None:
    assert of_gone_directory(("Show",), SEASONS, lambda _up: True) == (("Show",),)
