"""Actions: the table of what a change needs, by what the file is to the section it lies in.

    role             created             changed             deleted
    media            scan its folder     scan, analyze       scan where it was
    sidecar          refresh its item    refresh its item    refresh its item
    ignore file      scan its folder     the same            the same
    match file       scan its folder, refresh the show: always
    folder           scan it             nothing             scan where it was
    sidecar folder   refresh its item    nothing             refresh its item
    nothing          nothing

A move is an arrival and a departure. "Its item" is only asked for where it is certain. A created
file that Plex has with another size was replaced, and is analyzed as well.

Sources: a scan alone does not take up subtitles (plex_autoscan#134, autoscan#146, #163,
autopulse#184, bazarr#3044), local extras (trailarr#652) or the streams of a file that was replaced
in place (autoscan#105, #151, plex_autoscan#67, #167). A folder's own event says nothing that the
events of its files do not say, except that it came or went.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from matcher.change import Happened, Kind
from matcher.kinds import is_extras_folder, is_subtitle_folder

if TYPE_CHECKING:
    from matcher.model import Section
    from matcher.shelf import Names


class Role(Enum):
    """What a path is to the section that it lies in."""

    MEDIA = auto()
    SIDECAR = auto()
    IGNORE_FILE = auto()
    MATCH_FILE = auto()
    FOLDER = auto()
    SIDECAR_FOLDER = auto()
    UNREAD = auto()
    """A sidecar that the section's agent does not read."""
    NOTHING = auto()


class Need(Enum):
    """One thing that a change needs."""

    SCAN = auto()
    SCAN_WHERE_IT_WAS = auto()
    REFRESH = auto()
    ANALYZE = auto()
    ANALYZE_IF_REPLACED = auto()


_SCANS: dict[Happened, tuple[Need, ...]] = {
    Happened.CREATED: (Need.SCAN,),
    Happened.CHANGED: (Need.SCAN,),
    Happened.DELETED: (Need.SCAN_WHERE_IT_WAS,),
}
_REFRESHES: dict[Happened, tuple[Need, ...]] = dict.fromkeys(
    (Happened.CREATED, Happened.CHANGED, Happened.DELETED), (Need.REFRESH,)
)
NEEDS: dict[Role, dict[Happened, tuple[Need, ...]]] = {
    Role.MEDIA: {
        Happened.CREATED: (Need.SCAN, Need.ANALYZE_IF_REPLACED),
        Happened.CHANGED: (Need.SCAN, Need.ANALYZE),
        Happened.DELETED: (Need.SCAN_WHERE_IT_WAS,),
    },
    Role.SIDECAR: _REFRESHES,
    Role.IGNORE_FILE: _SCANS,
    Role.MATCH_FILE: {each: (*needs, Need.REFRESH) for each, needs in _SCANS.items()},
    Role.FOLDER: {
        Happened.CREATED: (Need.SCAN,),
        Happened.CHANGED: (),
        Happened.DELETED: (Need.SCAN_WHERE_IT_WAS,),
    },
    Role.SIDECAR_FOLDER: {**_REFRESHES, Happened.CHANGED: ()},
    Role.UNREAD: {},
    Role.NOTHING: {},
}

_ROLES: dict[Kind, Role] = {
    Kind.VIDEO: Role.MEDIA,
    Kind.SUBTITLE: Role.SIDECAR,
    Kind.LYRICS: Role.SIDECAR,
    Kind.ARTWORK: Role.SIDECAR,
    Kind.EXTRA: Role.SIDECAR,
    Kind.IGNORE_FILE: Role.IGNORE_FILE,
    Kind.DIR: Role.FOLDER,
}
_BY_SECTION: dict[str, dict[Kind, Role]] = {
    "movie": {Kind.THEME: Role.SIDECAR},
    "show": {Kind.THEME: Role.SIDECAR, Kind.MATCH_FILE: Role.MATCH_FILE},
    # A video among music is the music video of a track or artist; a track may be called "theme".
    "artist": {Kind.AUDIO: Role.MEDIA, Kind.THEME: Role.MEDIA, Kind.VIDEO: Role.SIDECAR},
    "photo": {Kind.ARTWORK: Role.MEDIA, Kind.EXTRA: Role.MEDIA},
}


def role_of(kind: Kind, section: Section, names: Names) -> Role:
    """Say what a path is to a section.

    Args:
        kind: What the path is by its name.
        section: The section that owns it.
        names: The path, as names below the section's location.
    """
    if kind is Kind.NFO:
        return Role.SIDECAR if reads_nfo(section) else Role.UNREAD
    if kind is Kind.DIR and len(names) > 1 and section.type != "photo":
        last = names[-1]
        if is_extras_folder(last) or is_subtitle_folder(last):
            return Role.SIDECAR_FOLDER
    role = _BY_SECTION.get(section.type, {}).get(kind)
    return role or _ROLES.get(kind, Role.NOTHING)


def reads_nfo(section: Section) -> bool:
    """Say whether the section's agent reads .nfo files.

    Plex's own are `tv.plex.agents.nfo.movie` and `.series` (PMS 1.43.1); the plug-ins of old
    `com.plexapp.agents.xbmcnfo` and `xbmcnfotv`. The online agents read none.
    """
    return "nfo" in section.agent.lower()
