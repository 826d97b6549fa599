"""Match: which items of a section a media file, or a directory, belongs to, and how surely.

A library is asked as little as possible: for a file, one question where it is known or where its
folder is; a second one about the folder above, for a season or album that is new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher import names as text
from matcher import ownership
from matcher.change import Happened
from matcher.finding import NOTHING, Finding, by_folder, exact
from matcher.items import collect, leaf
from matcher.kinds import disc_start, is_extras_folder, is_subtitle_folder
from matcher.model import Confidence
from matcher.paths import split_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.items import Held
    from matcher.shelf import Known, Names, Shelf

_FIRST_YEAR = 1900
"""No season counts so far; from here on the numbers of seasons are years."""


def match_media(shelf: Shelf, names: Names, happened: Happened) -> Finding:
    """Match a media file.

    Args:
        shelf: The section's location that holds it.
        names: The file, as names below the location.
        happened: A trashed part is the file itself only where that was deleted.
    """
    section = shelf.section.type
    if section == "movie":
        return _movie(shelf, names, happened)
    directory = names[:-1]
    if happened is Happened.CREATED and directory and section in _CLIMBS:
        seen = shelf.below(directory)
    else:
        seen = shelf.beginning(directory, names[-1])
    found = exact_among(shelf, seen, names, happened)
    if found.parts or not directory or section not in _CLIMBS:
        return found
    known = living(shelf.below(directory))
    if not known and happened is not Happened.CREATED:
        return NOTHING
    return by_folder(_CLIMBS[section](shelf, names, known))


def match_folder(shelf: Shelf, names: Names) -> Finding:
    """Match a directory, by what lies below it; a new one by the folder that it was put into."""
    start = disc_start(names)
    if start:
        names = names[:start]
    known = living(shelf.below(names))
    section = shelf.section.type
    if known:
        return by_folder(_speaks(section, names, known), known)
    if section == "movie":
        inner = len(names) > 1 and _is_inner(*names[-2:])
        known = living(shelf.below(names[:-1])) if inner else ()
        return by_folder(ownership.of_movies(names[:-1], known))
    if section in _CLIMBS and len(names) > 1:
        return by_folder(_CLIMBS[section](shelf, (*names, ""), ()))
    return NOTHING


def exact_among(shelf: Shelf, seen: Sequence[Known], names: Names, happened: Happened) -> Finding:
    """Find the parts that a file is, among those of its directory."""
    parts = [each.part for each in shelf.only_exact(seen, names)]
    alive = [each for each in parts if not each.deleted]
    if not alive and happened is not Happened.DELETED:
        return NOTHING
    chosen = alive or parts
    return exact(chosen) if chosen else NOTHING


def living(seen: Sequence[Known]) -> tuple[Known, ...]:
    """Leave out what Plex has in the trash: it owns nothing any more."""
    return tuple(each for each in seen if not each.part.deleted)


def _movie(shelf: Shelf, names: Names, happened: Happened) -> Finding:
    stem = split_name(names[-1])[0]
    folder = _own_folder(names[:-1])
    inner = folder != names[:-1]
    if folder and (inner or ownership.may_be_own(folder[-1], stem)):
        seen = shelf.below(folder)
    else:
        seen = shelf.beginning(names[:-1], text.lead(stem) or names[-1])
    found = exact_among(shelf, seen, names, happened)
    if found.parts:
        return found
    known = living(seen)
    held = ownership.of_movies(folder, known) if folder else ()
    if held and (inner or _is_version(stem, folder, known)):
        return by_folder(held)
    return _parsed(stem, names, known)


def _is_version(stem: str, folder: Names, known: Sequence[Known]) -> bool:
    return any(ownership.may_be_version(stem, folder[-1], each.part) for each in known)


def _parsed(stem: str, names: Names, known: Sequence[Known]) -> Finding:
    """Find the one film beside a file that has its title, its year and its ids.

    Never enough for a request about the item: it only says more in the log.
    """
    said = text.parse(stem)
    if not said.title or said.year is None:
        return NOTHING
    alike = [
        each.part
        for each in known
        if len(each.names) == len(names) and _identity(each.stem) == _identity(stem)
    ]
    held = collect(alike, leaf)
    return Finding(Confidence.PARSED, held) if len(held) == 1 else NOTHING


def _identity(stem: str) -> tuple[object, ...]:
    said = text.parse(stem)
    return said.title, said.year, said.ids


def _episodes(shelf: Shelf, names: Names, known: Sequence[Known]) -> tuple[Held, ...]:
    directory = names[:-1]
    stem = split_name(names[-1])[0]
    season = text.parse(stem).season
    if season is None and any((each.part.parent_index or 0) >= _FIRST_YEAR for each in known):
        # Of a show by dates, each year is a season: the first file of a new one is not last year's.
        season = text.year_of_date(stem)
    if known:
        return ownership.of_episodes(directory, known, season, for_file=True)
    if len(directory) < 2:
        return ()
    if season is None:
        season = text.season_of_folder(directory[-1])
    above = living(shelf.below(directory[:-1]))
    return ownership.of_episodes(directory[:-1], above, season)


def _tracks(shelf: Shelf, names: Names, known: Sequence[Known]) -> tuple[Held, ...]:
    directory = names[:-1]
    if known:
        return ownership.of_tracks(directory, known)
    if len(directory) < 2:
        return ()
    above = living(shelf.below(directory[:-1]))
    if text.is_disc_like(directory[-1]):
        return ownership.of_tracks(directory[:-1], above)
    return ownership.artist_of(directory[:-1], above)


_CLIMBS = {"show": _episodes, "artist": _tracks}


def _speaks(section: str, folder: Names, known: Sequence[Known]) -> tuple[Held, ...]:
    if section == "movie":
        return ownership.of_movies(folder, known)
    if section == "show":
        return ownership.of_episodes(folder, known)
    return ownership.of_tracks(folder, known) if section == "artist" else ()


def _own_folder(directory: Names) -> Names:
    """Return the folder that may be a film's own: not the one of a disc or version within it."""
    start = disc_start(directory)
    if start is not None:
        return directory[: start or 1]
    if len(directory) > 1 and _is_inner(*directory[-2:]):
        return directory[:-1]
    return directory


def _is_inner(outer: str, inner: str) -> bool:
    """Say whether a folder in a film's own folder is of that film: a disc, a version, `Subs`."""
    if text.is_disc_like(inner) or is_extras_folder(inner) or is_subtitle_folder(inner):
        return True
    around, said = text.parse(outer), text.parse(inner)
    own = around.bracketed_year or bool(around.ids)
    return own and said.year is None and not said.ids
