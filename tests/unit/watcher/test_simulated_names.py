"""What the simulated scanners read from names."""

from __future__ import annotations

import pytest

from watcher.simulated_plex.names import episode_of, movie_of, names_season, track_of


@pytest.mark.parametrize(
    ("below", "title", "year"),
    [
        ("Film (2001)/Film (2001).mkv", "Film", 2001),
        ("Film (2001)/movie.mkv", "Film", 2001),
        ("Film.A.2001.1080p.WEB-DL.mkv", "Film A", 2001),
        ("Classics (1950-1960)/Ran (1985).mkv", "Ran", 1985),
        ("A/Amélie (2001)/Amélie.2001.mkv", "Amélie", 2001),
        ("Solo.mkv", "Solo", None),
        ("Film (2001)/BDMV/STREAM/00001.m2ts", "Film", 2001),
        ("2001 A Space Odyssey (1968).mkv", "2001 A Space Odyssey", 1968),
    ],
)
def test_a_movie_is_read_from_its_folder_or_its_file(
    below: str, title: str, year: int | None
) -> None:
    name = movie_of(tuple(below.split("/")))
    assert name is not None
    assert (name.title, name.year) == (title, year)


def test_two_versions_of_a_movie_have_one_identity() -> None:
    one = movie_of(("Film (2001)", "Film (2001) - 1080p.mkv"))
    other = movie_of(("Film (2001)", "Film (2001) - 720p.mkv"))
    assert one is not None
    assert other is not None
    assert one.identity == other.identity
    assert one.stack != other.stack


@pytest.mark.parametrize("tag", ["{tmdb-1}", "{edition-Final Cut}"])
def test_a_tag_makes_another_movie_of_the_same_title(tag: str) -> None:
    plain, tagged = movie_of(("Film (2001).mkv",)), movie_of((f"Film (2001) {tag}.mkv",))
    assert plain is not None
    assert tagged is not None
    assert plain.identity != tagged.identity


def test_the_parts_of_a_stacked_movie_share_a_stack() -> None:
    stacks = {
        name.stack
        for part in (1, 2)
        if (name := movie_of(("Film (2001)", f"Film (2001) - part{part}.avi"))) is not None
    }
    assert stacks == {"Film (2001)/Film (2001)"}


def test_a_movie_library_leaves_episodes_alone() -> None:
    assert movie_of(("Show S01E02.mkv",)) is None


@pytest.mark.parametrize(
    ("below", "show", "season", "episodes"),
    [
        ("Show/Season 01/Show - S01E02 - Title.mkv", "Show", 1, (2,)),
        ("Show/Season 01/Show - S01E01-E02.mkv", "Show", 1, (1, 2)),
        ("Show/Season 01/Show - s01e01e02e03.mkv", "Show", 1, (1, 2, 3)),
        ("Show/Season 01/Show - S01E01-03.mkv", "Show", 1, (1, 2, 3)),
        ("Show/Season 01/Show - S01E01-1080p.mkv", "Show", 1, (1,)),
        ("Show (2010)/Specials/Show - S00E05.mkv", "Show", 0, (5,)),
        ("Show/Show 3x07.mkv", "Show", 3, (7,)),
        ("Show.S02E03.720p.mkv", "Show", 2, (3,)),
        ("Daily/2024/Daily - 2024-03-09.mkv", "Daily", 2024, (309,)),
    ],
)
def test_an_episode_is_read_from_its_path(
    below: str, show: str, season: int, episodes: tuple[int, ...]
) -> None:
    name = episode_of(tuple(below.split("/")))
    assert name is not None
    assert (name.show, name.season, name.episodes) == (show, season, episodes)


def test_a_show_library_ignores_what_has_no_number() -> None:
    assert episode_of(("Show", "Season 01", "Making of.mkv")) is None


@pytest.mark.parametrize(
    ("below", "artist", "album", "index"),
    [
        ("Art/Album (1999)/03 - Song.flac", "Art", "Album", 3),
        ("Art/Song.mp3", "Art", "[Unknown Album]", None),
        ("Art - Album (2003)/01 - SONG.aac", "Art", "Album", 1),
        ("Art/Album/2-11 Song.mp3", "Art", "Album", 11),
    ],
)
def test_a_track_is_read_from_its_folders(
    below: str, artist: str, album: str, index: int | None
) -> None:
    name = track_of(tuple(below.split("/")))
    assert (name.artist, name.album, name.index) == (artist, album, index)


def test_season_folders_are_told_from_show_folders() -> None:
    assert [names_season(name) for name in ("Season 01", "Specials", "s2", "Show")] == [
        True,
        True,
        True,
        False,
    ]
