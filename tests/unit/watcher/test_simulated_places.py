"""Plex-side paths of the simulated server."""

from __future__ import annotations

import pytest

from watcher.simulated_plex.places import Place

POSIX = Place(1, "/data/Movies", "/host/movies")
WINDOWS = Place(2, "D:\\Media\\TV", "/host/tv")
SHARE = Place(3, "\\\\nas\\media", "/host/nas")


@pytest.mark.parametrize(
    ("place", "plex", "below"),
    [
        (POSIX, "/data/Movies", ()),
        (POSIX, "/data/Movies/", ()),
        (POSIX, "/data/Movies/A/b.mkv", ("A", "b.mkv")),
        (POSIX, "/data/Movies2", None),
        (POSIX, "/data", None),
        (POSIX, "/data/movies/A", None),
        (POSIX, "/data/Movies/../TV", None),
        (WINDOWS, "D:\\Media\\TV\\A", ("A",)),
        (WINDOWS, "d:/media/tv/A", ("A",)),
        (WINDOWS, "/Media/TV/A", None),
        (SHARE, "\\\\NAS\\media\\A", ("A",)),
    ],
)
def test_a_path_is_below_a_location_by_components(
    place: Place, plex: str, below: tuple[str, ...] | None
) -> None:
    assert place.below(plex) == below


def test_case_counts_unless_the_server_folds_it() -> None:
    assert POSIX.below("/DATA/movies/A") is None
    assert POSIX.below("/DATA/movies/A", fold=True) == ("A",)


def test_a_path_is_spelled_with_the_servers_separator() -> None:
    assert WINDOWS.plex_path(("Show", "a.mkv")) == "D:\\Media\\TV\\Show\\a.mkv"
    assert Place(4, "/", "/host").plex_path(("a",)) == "/a"
    assert WINDOWS.host_path(("Show", "a.mkv")) == "/host/tv/Show/a.mkv"
