"""Which local files belong to an item: subtitles, artwork, theme, lyrics, nfo, extras."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.simulated_plex import names
from watcher.simulated_plex.disk import Found
from watcher.simulated_plex.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watcher.simulated_plex.catalogue import Item, Section

_GENERIC = {
    "movie": re.compile(
        r"(poster|default|cover|movie|folder|fanart|art|background|backdrop)(-\d+)?"
    ),
    "show": re.compile(r"(show|poster|folder|banner|fanart|art|background|backdrop)(-\d+)?"),
    "season": re.compile(r"(poster|folder|cover|season-?\d*[a-z]?(-poster)?)(-\d+)?"),
    "album": re.compile(r"(album|poster|default|cover|folder)(-\d+)?"),
    "artist": re.compile(r"(artist|poster|default|cover|folder)(-.+)?"),
}
_SEASON = re.compile(r"season-?0*(\d+)[a-z]?(-poster)?|season-(specials)(-poster)?")
_SUBTITLE_FOLDERS = frozenset({"subs", "subtitles"})
_LEVELS_UP = {"season": 1, "show": 1, "album": 1, "artist": 2}

Folder = tuple[Place, tuple[str, ...]]


def read(section: Section, item: Item) -> dict[str, str]:
    """Look for an item's local files: Plex-side path to a stamp of size and time."""
    kind = item.type
    found: dict[str, str] = {}
    for place, below in _places_of(section, item):
        if kind in _LEVELS_UP:
            found |= _of_folder(place, below, item)
        else:
            found |= _of_leaf(place, below, item)
    return found


def is_subtitle(path: str) -> bool:
    """Tell whether a local file is a subtitle."""
    return names.extension(path) in names.SUBTITLES


def _places_of(section: Section, item: Item) -> Iterator[Folder]:
    """Every part's path below its location; for a container, its folders instead."""
    seen: set[Folder] = set()
    for leaf in item.leaves():
        for part in leaf.parts():
            for place in section.places:
                below = place.below(part.file)
                if below is None or not part.host:
                    continue
                for one in _folders(item.type, below):
                    if (place, one) not in seen:
                        seen.add((place, one))
                        yield place, one


def _folders(kind: str, below: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if kind not in _LEVELS_UP:
        yield below
    elif kind in ("show", "artist"):
        yield below[:1] if len(below) > 1 else ()
    elif kind == "season":
        yield below[:-1]
        yield below[:1] if len(below) > 1 else ()
    else:
        yield below[:-1]


def _of_folder(place: Place, folder: tuple[str, ...], item: Item) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in _files(place, folder):
        if _folder_file(item, folder, file.below[-1]):
            found[place.plex_path(file.below)] = _stamp(file)
    if item.type in ("show", "season"):
        found |= _extras(place, folder)
    return found


def _folder_file(item: Item, folder: tuple[str, ...], name: str) -> bool:
    bare, ending = names.stem(name).lower(), names.extension(name)
    if item.type == "show" and name.lower() in ("theme.mp3", "tvshow.nfo"):
        return True
    if item.type in ("artist", "album") and name.lower() == f"{item.type}.nfo":
        return True
    if ending not in names.IMAGES:
        return False
    season = _SEASON.fullmatch(bare)
    if item.type == "season" and season:
        return int(season[1] or 0) == item.index
    if item.type == "season" and len(folder) < 2:
        return False
    return bool(_GENERIC[item.type].fullmatch(bare))


def _of_leaf(place: Place, below: tuple[str, ...], item: Item) -> dict[str, str]:
    folder, bare = below[:-1], names.stem(below[-1])
    files = _files(place, folder)
    alone = sum(names.extension(file.below[-1]) in names.VIDEO for file in files) == 1
    found: dict[str, str] = {}
    for file in files:
        if _leaf_file(item, bare, file.below[-1], alone=alone):
            found[place.plex_path(file.below)] = _stamp(file)
    for sub in _subfolders(place, folder, _SUBTITLE_FOLDERS):
        for file in _files(place, sub):
            if names.extension(file.below[-1]) in names.SUBTITLES:
                found[place.plex_path(file.below)] = _stamp(file)
    if item.type == "movie" and folder:
        found |= _extras(place, folder)
    return found


def _leaf_file(item: Item, bare: str, name: str, *, alone: bool) -> bool:
    own, ending = names.stem(name), names.extension(name)
    same = own == bare or own.startswith((f"{bare}.", f"{bare}-"))
    if ending in names.SUBTITLES:
        return same or alone
    if item.type == "track":
        return same and ending in names.LYRICS
    if ending == "nfo":
        return own == bare or (item.type == "movie" and own.lower() == "movie")
    if ending in names.IMAGES:
        return same or (
            item.type == "movie" and alone and bool(_GENERIC["movie"].fullmatch(own.lower()))
        )
    return False


def _extras(place: Place, folder: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    inside = [
        file
        for sub in _subfolders(place, folder, names.EXTRA_FOLDERS)
        for file in _files(place, sub)
    ]
    beside = [
        file
        for file in _files(place, folder)
        if names.EXTRA_SUFFIX.search(names.stem(file.below[-1]))
    ]
    for file in (*inside, *beside):
        if names.extension(file.below[-1]) in names.VIDEO:
            found[place.plex_path(file.below)] = _stamp(file)
    return found


def _files(place: Place, folder: tuple[str, ...]) -> list[Found]:
    return [
        Found((*folder, entry.name), entry.path, status.st_size, status.st_mtime_ns)
        for entry in _entries(place, folder)
        if entry.is_file() and (status := entry.stat()).st_size
    ]


def _subfolders(
    place: Place, folder: tuple[str, ...], wanted: frozenset[str]
) -> list[tuple[str, ...]]:
    return [
        (*folder, entry.name)
        for entry in _entries(place, folder)
        if entry.name.lower() in wanted and entry.is_dir()
    ]


def _entries(place: Place, folder: tuple[str, ...]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(Path(place.host_path(folder))) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _stamp(file: Found) -> str:
    return f"{file.size}:{file.mtime_ns}"
