"""The table of what a change needs."""

from __future__ import annotations

import pytest

from matcher.actions import NEEDS, Need, Role, reads_nfo, role_of
from matcher.change import Happened, Kind
from matcher.model import Section

MOVIE, SHOW, ARTIST, PHOTO = (
    Section(1, "x", kind, ("/x",)) for kind in ("movie", "show", "artist", "photo")
)


def test_every_role_has_a_row() -> None:
    assert set(NEEDS) == set(Role)


def test_no_row_knows_moves() -> None:
    """A move is an arrival and a departure before the table is asked."""
    assert all(Happened.MOVED not in row for row in NEEDS.values())


def test_media_is_never_refreshed_and_sidecars_are_never_scanned() -> None:
    media = {need for needs in NEEDS[Role.MEDIA].values() for need in needs}
    sidecar = {need for needs in NEEDS[Role.SIDECAR].values() for need in needs}

    assert Need.REFRESH not in media
    assert sidecar == {Need.REFRESH}


@pytest.mark.parametrize(
    ("kind", "section", "role"),
    [
        (Kind.VIDEO, MOVIE, Role.MEDIA),
        (Kind.VIDEO, SHOW, Role.MEDIA),
        (Kind.VIDEO, ARTIST, Role.SIDECAR),
        (Kind.VIDEO, PHOTO, Role.MEDIA),
        (Kind.AUDIO, ARTIST, Role.MEDIA),
        (Kind.AUDIO, MOVIE, Role.NOTHING),
        (Kind.THEME, SHOW, Role.SIDECAR),
        (Kind.THEME, ARTIST, Role.MEDIA),
        (Kind.ARTWORK, PHOTO, Role.MEDIA),
        (Kind.ARTWORK, ARTIST, Role.SIDECAR),
        (Kind.MATCH_FILE, SHOW, Role.MATCH_FILE),
        (Kind.MATCH_FILE, MOVIE, Role.NOTHING),
        (Kind.IGNORE_FILE, ARTIST, Role.IGNORE_FILE),
        (Kind.NFO, MOVIE, Role.UNREAD),
        (Kind.OTHER, MOVIE, Role.NOTHING),
        (Kind.NOISE, MOVIE, Role.NOTHING),
        (Kind.DIR, MOVIE, Role.FOLDER),
    ],
)
def test_the_type_of_the_section_decides_what_a_kind_is(
    kind: Kind, section: Section, role: Role
) -> None:
    assert role_of(kind, section, ("Folder", "x")) is role


def test_folders_of_extras_count_inside_another_folder_only() -> None:
    assert role_of(Kind.DIR, MOVIE, ("Film", "Trailers")) is Role.SIDECAR_FOLDER
    assert role_of(Kind.DIR, MOVIE, ("Trailers",)) is Role.FOLDER
    assert role_of(Kind.DIR, PHOTO, ("2020", "Other")) is Role.FOLDER


@pytest.mark.parametrize(
    ("agent", "reads"),
    [
        ("tv.plex.agents.movie", False),
        ("tv.plex.agents.series", False),
        ("com.plexapp.agents.imdb", False),
        ("com.plexapp.agents.none", False),
        ("tv.plex.agents.music", False),
        ("", False),
        ("tv.plex.agents.nfo.movie", True),
        ("tv.plex.agents.nfo.series", True),
        ("com.plexapp.agents.xbmcnfo", True),
        ("com.plexapp.agents.xbmcnfotv", True),
    ],
)
def test_the_agent_decides_whether_nfo_files_count(agent: str, reads: bool) -> None:
    assert reads_nfo(Section(1, "x", "movie", ("/x",), agent)) is reads
