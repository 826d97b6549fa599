"""Sidecars: which item a subtitle, picture, nfo, theme, lyrics or extra belongs to.

First by its name, the stem of a media file; then by its folder, if that is the own folder of a
film, or if the name says of which level it speaks (`season01-poster`, `tvshow.nfo`, `artist.jpg`).
An owner that is not certain is none.

Sources: the names that Plex's local media agent of 2015 takes; Plex's articles on local files;
what other media centres write beside Plex's own names for the same thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher import names as text
from matcher import ownership, stems
from matcher.change import Kind
from matcher.finding import NOTHING, Finding, by_folder, by_stem
from matcher.items import collect, leaf, middle, only, top
from matcher.kinds import is_extras_folder, is_subtitle_folder
from matcher.match import living
from matcher.paths import split_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matcher.items import Held
    from matcher.model import Part
    from matcher.shelf import Known, Names, Shelf

_SEASON_ART = re.compile(
    r"season[-_ .]?0*(?P<number>\d{1,4})[a-z]?"
    r"(?:[-_ .]?(?:poster|banner|fanart|art|background|backdrop|landscape|thumb|cover|logo)\d*)?"
    r"|(?:season-)?specials(?:-\w+)?",
    re.IGNORECASE,
)
_FOLDER_ART = re.compile(
    r"(?:show|movie|album|poster|default|cover|folder|front|banner|fanart|art|background|backdrop"
    r"|landscape|thumb|logo|clearlogo|clearart|disc|discart|cdart|keyart|characterart|square"
    r"|squareart|season-all(?:-\w+)?)[-_ ]?\d{0,2}",
    re.IGNORECASE,
)
_SUFFIXED_ART = re.compile(
    r"[-._ ](?:poster|fanart|banner|landscape|clearlogo|logo)$", re.IGNORECASE
)
_ARTIST_ART = re.compile(r"artist(?:[-_ ].*)?\d?", re.IGNORECASE)
_SEASON_NFO = re.compile(r"season[-_ .]?0*(?P<number>\d{1,4})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A sidecar: `folder` is the directory that it speaks of, `stem` the name by which it does."""

    kind: Kind
    folder: Names
    stem: str


def sidecar_of(names: Names, kind: Kind) -> Sidecar:
    """Say of which directory a sidecar speaks: what lies in `Subs` or `Trailers` of the one above.

    `Subs/<stem of an episode>/2_English.srt` speaks by the folder's name.
    """
    *folder, last = names
    stem = split_name(last)[0]
    if kind is Kind.SUBTITLE and folder:
        if is_subtitle_folder(folder[-1]):
            return Sidecar(kind, tuple(folder[:-1]), stem)
        if len(folder) > 1 and is_subtitle_folder(folder[-2]):
            return Sidecar(kind, tuple(folder[:-2]), folder[-1])
    if kind is Kind.EXTRA and len(folder) > 1 and is_extras_folder(folder[-1]):
        return Sidecar(kind, tuple(folder[:-1]), stem)
    return Sidecar(kind, tuple(folder), stem)


def match_sidecar(shelf: Shelf, sidecar: Sidecar) -> Finding:
    """Match a sidecar in one section."""
    rule = _RULES.get(shelf.section.type)
    return NOTHING if rule is None else rule(shelf, sidecar)


def match_sidecar_folder(shelf: Shelf, names: Names) -> Finding:
    """Match a folder of extras or subtitles that came or went, by the folder that it lies in."""
    folder = names[:-1]
    known = living(shelf.below(folder))
    if shelf.section.type == "movie":
        return by_folder(ownership.of_movies(folder, known))
    if shelf.section.type != "show":
        return NOTHING
    if is_subtitle_folder(names[-1]):
        return by_folder(_own_folder_of_episode(folder, known))
    return by_folder(ownership.of_episodes(folder, known))


def seen_by(shelf: Shelf, sidecar: Sidecar) -> tuple[Known, ...]:
    """Return what Plex has in the directory that a sidecar speaks of: with one small question.

    In a flat library only what is called like the sidecar.
    """
    folder = sidecar.folder
    if folder and (shelf.section.type != "movie" or _asks_for_folder(sidecar)):
        return shelf.below(folder)
    return shelf.beginning(folder, stems.base_of(sidecar.stem))


def _asks_for_folder(sidecar: Sidecar) -> bool:
    """Say whether the whole folder is the right question: it is small, or the name says nothing."""
    if sidecar.kind is Kind.THEME:
        return True
    if sidecar.kind is Kind.ARTWORK and _is_folder_art(sidecar.stem, sidecar.folder[-1]):
        return True
    return ownership.may_be_own(sidecar.folder[-1], sidecar.stem)


def _of_movie(shelf: Shelf, sidecar: Sidecar) -> Finding:
    known = living(seen_by(shelf, sidecar))
    named = _by_stem(shelf, sidecar, known, leaf)
    if named.held or not sidecar.folder or not _is_for_folder(sidecar):
        return named
    known = living(shelf.below(sidecar.folder))
    held = ownership.of_movies(sidecar.folder, known)
    return NOTHING if any(_is_others(sidecar, each.part) for each in known) else by_folder(held)


def _is_others(sidecar: Sidecar, part: Part) -> bool:
    """Say whether a sidecar in a film's folder is by its name another film's."""
    stem, folder = sidecar.stem, sidecar.folder[-1]
    if ownership.is_other_film(stem, folder, part):
        return True
    return sidecar.kind is Kind.SUBTITLE and ownership.says_more(stem, folder, part)


def _is_for_folder(sidecar: Sidecar) -> bool:
    """Say whether a sidecar may speak for a film by lying in its folder."""
    if sidecar.kind is Kind.ARTWORK:
        folder = sidecar.folder[-1] if sidecar.folder else ""
        return _is_folder_art(sidecar.stem, folder) or bool(_SUFFIXED_ART.search(sidecar.stem))
    if sidecar.kind is Kind.NFO:
        return sidecar.stem.lower() not in {"tvshow", "season", "album", "artist"}
    return sidecar.kind in {Kind.SUBTITLE, Kind.THEME, Kind.EXTRA}


def _is_folder_art(stem: str, folder: str) -> bool:
    return _FOLDER_ART.fullmatch(stem) is not None or text.words(stem) == text.words(folder)


def _of_show(shelf: Shelf, sidecar: Sidecar) -> Finding:
    known = living(seen_by(shelf, sidecar))
    if sidecar.kind is Kind.EXTRA:
        return by_folder(ownership.of_episodes(sidecar.folder, known))
    if sidecar.kind is Kind.THEME:
        return by_folder(ownership.show_of(sidecar.folder, known))
    named = _by_stem(shelf, sidecar, known, leaf)
    if named.held:
        return named
    if sidecar.kind is Kind.SUBTITLE:
        return by_folder(_own_folder_of_episode(sidecar.folder, known))
    if sidecar.kind is Kind.ARTWORK:
        return by_folder(_show_art(sidecar, known))
    return by_folder(_show_nfo(sidecar, known)) if sidecar.kind is Kind.NFO else NOTHING


def _show_art(sidecar: Sidecar, known: Sequence[Known]) -> tuple[Held, ...]:
    season = _SEASON_ART.fullmatch(sidecar.stem)
    if season:
        return _season(sidecar.folder, known, int(season["number"] or 0))
    if _is_folder_art(sidecar.stem, sidecar.folder[-1] if sidecar.folder else ""):
        # Plex takes these for the show in any folder that holds its episodes, seasons included.
        return ownership.show_of(sidecar.folder, known)
    return ()


def _show_nfo(sidecar: Sidecar, known: Sequence[Known]) -> tuple[Held, ...]:
    if sidecar.stem.lower() == "tvshow":
        return ownership.show_of(sidecar.folder, known)
    season = _SEASON_NFO.fullmatch(sidecar.stem)
    if season and season["number"]:
        return _season(sidecar.folder, known, int(season["number"]))
    return only((each.part for each in known), middle) if season else ()


def _season(folder: Names, known: Sequence[Known], number: int) -> tuple[Held, ...]:
    """Return the season of that number, of the show that a folder is within."""
    if not ownership.show_of(folder, known):
        return ()
    return collect((each.part for each in known if each.part.parent_index == number), middle)


def _own_folder_of_episode(folder: Names, known: Sequence[Known]) -> tuple[Held, ...]:
    """Return the episode whose own folder a folder is: called like its file, or by its number."""
    held = collect((each.part for each in known), leaf)
    files = {each.names for each in known}
    if not folder or not held or len(files) != 1 or len(known[0].names) != len(folder) + 1:
        return ()
    said = text.parse(folder[-1])
    stem = text.parse(known[0].stem)
    numbered = said.season is not None and bool(said.episodes)
    alike = (said.season, said.episodes) == (stem.season, stem.episodes)
    if text.words(folder[-1]) == text.words(known[0].stem) or (numbered and alike):
        return held
    return ()


def _of_artist(shelf: Shelf, sidecar: Sidecar) -> Finding:
    known = living(seen_by(shelf, sidecar))
    if sidecar.kind is Kind.ARTWORK:
        return _music_art(shelf, sidecar, known)
    if sidecar.kind is Kind.NFO:
        return by_folder(_music_nfo(sidecar, known))
    if sidecar.kind in {Kind.LYRICS, Kind.VIDEO, Kind.EXTRA}:
        named = _by_stem(shelf, sidecar, known, leaf)
        if named.held or sidecar.kind is Kind.LYRICS:
            return named
        return by_folder(only((each.part for each in known), top))
    return NOTHING


def _music_art(shelf: Shelf, sidecar: Sidecar, known: Sequence[Known]) -> Finding:
    folder = sidecar.folder
    if _ARTIST_ART.fullmatch(sidecar.stem):
        in_album = ownership.of_tracks(folder, known)
        return by_folder(only((each.part for each in known), top) if in_album else ())
    if _is_folder_art(sidecar.stem, folder[-1] if folder else ""):
        return by_folder(ownership.of_tracks(folder, known))
    return _by_stem(shelf, sidecar, known, middle)


def _music_nfo(sidecar: Sidecar, known: Sequence[Known]) -> tuple[Held, ...]:
    if sidecar.stem.lower() == "album":
        return only((each.part for each in known), middle)
    return only((each.part for each in known), top) if sidecar.stem.lower() == "artist" else ()


def _by_stem(
    shelf: Shelf,
    sidecar: Sidecar,
    known: Sequence[Known],
    rise: Callable[..., Held | None],
) -> Finding:
    depth = len(sidecar.folder) + 1
    beside = [each for each in known if len(each.names) == depth]
    owners = stems.owners(sidecar.stem, beside, sidecar.kind, shelf.fold)
    return by_stem(collect((each.part for each in owners), rise))


_RULES = {"movie": _of_movie, "show": _of_show, "artist": _of_artist}
