"""Names: what a file or folder name says of title, year, season, episodes, ids and parts.

A few expressions instead of a parsing library: the decisions rest on places and on what Plex
already has; a name is only read to keep a folder from speaking for a film or season that is not
its own. Nothing that is merely similar ever triggers anything.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_EPISODE = re.compile(
    r"(?<![a-z0-9])s(?P<season>\d{1,4})[ ._-]{0,3}e(?P<first>\d{1,4})"
    r"(?P<more>(?:[ ._]?-?[ ._]?e\d{1,4}|-\d{1,4}(?![\dp]))*)"
    r"|(?<![\da-z])(?P<cross>\d{1,2})x(?P<number>\d{2,3})(?!\d)",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-. ](?:0[1-9]|1[0-2])[-. ](?:0[1-9]|[12]\d|3[01])(?!\d)"
)
_YEAR_IN_BRACKETS = re.compile(r"[(\[]((?:19|20)\d\d)[)\]]")
_YEAR = re.compile(r"(?<=[ ._-])(19\d\d|20[0-3]\d)(?=[ ._,-]|$)")
_ID = re.compile(r"[{\[(](tmdb|tvdb|imdb|anidb)(?:id)?[-=: ]((?:tt)?\d+)[}\])]", re.IGNORECASE)
_OPENING = re.compile(r"[\[({]")
_BRACES = re.compile(r"\{[^{}]*\}")
_QUALITY = re.compile(
    r"(?<![a-z0-9])(?:2160p|1080[pi]|720p|576p|480p|4k|uhd|hdr|blu-?ray|bd-?rip|br-?rip|remux"
    r"|web-?dl|web-?rip|hdtv|dvd-?rip|[xh][. ]?26[45]|hevc|xvid|divx|remastered|extended|unrated"
    r"|proper|repack)(?![a-z0-9])",
    re.IGNORECASE,
)
_STACKED = re.compile(r"[ ._-]+(?:cd|dvd|disc|disk|part|pt)[ ._-]*(?:[1-9]|[a-d])$", re.IGNORECASE)
_SEASON = re.compile(
    r"(?:^|[^a-z0-9])(?:season|series|staffel|saison|temporada|stagione|seizoen|sezon|s\u00e4song"
    r"|s\u00e6son|sesong|kausi|s)[ ._-]{0,2}(\d{1,4})(?![\dex])",
    re.IGNORECASE,
)
_SPECIALS = frozenset({"specials", "special", "season specials", "extras specials"})
_DISC_LIKE = re.compile(r"(?:cd|dvd|disc|disk|vinyl|side|lp)[ ._-]*[\da-d]{1,2}\b.*", re.IGNORECASE)
_APOSTROPHES = re.compile("['\u2019\u02bc`\u00b4]")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a name says. `title` are its words, folded; `ids` like "tmdb-603"."""

    title: tuple[str, ...]
    year: int | None = None
    bracketed_year: bool = False
    season: int | None = None
    episodes: tuple[int, ...] = ()
    ids: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Split text into its words, without case, accents and apostrophes; `&` is "and"."""
    plain = _APOSTROPHES.sub("", text.replace("&", " and "))
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(each for each in decomposed if not unicodedata.combining(each))
        plain = unicodedata.normalize("NFC", plain)
    return tuple(_WORD.findall(plain.casefold()))


@lru_cache(maxsize=4096)
def parse(text: str) -> Parsed:
    """Read a folder's name, or a file's without its extension."""
    ids = frozenset(f"{kind.lower()}-{number.lower()}" for kind, number in _ID.findall(text))
    bare = _BRACES.sub(" ", _ID.sub(" ", text))
    episode = _EPISODE.search(bare)
    year, year_at, bracketed = _year(bare)
    marks = (episode, _DATE.search(bare), _QUALITY.search(bare))
    ends = [each.start() for each in marks if each is not None]
    if year is not None:
        ends.append(year_at)
    title = words(bare[: min(ends, default=len(bare))])
    season, episodes = _episodes(episode)
    return Parsed(title, year, bracketed, season, episodes, ids)


def lead(name: str) -> str:
    """Return what stands before year, episode, quality or brackets, as it is spelled."""
    marks = (
        _EPISODE.search(name),
        _DATE.search(name),
        _QUALITY.search(name),
        _OPENING.search(name),
    )
    ends = [each.start() for each in marks if each is not None]
    ends.append(_year(name)[1])
    return name[: min(ends)].rstrip(" ._-")


@lru_cache(maxsize=4096)
def season_of_folder(name: str) -> int | None:
    """Return the season that a folder's name says it is (0 for specials), or None."""
    plain = " ".join(words(name))
    if plain in _SPECIALS:
        return 0
    if plain.isdecimal() and len(plain) <= 4:
        return int(plain)
    match = _SEASON.search(name)
    return int(match.group(1)) if match else None


def year_of_date(stem: str) -> int | None:
    """Return the year of the date by which a daily show's episode is called, or None."""
    match = _DATE.search(stem)
    return int(match.group(1)) if match else None


def is_disc_like(name: str) -> bool:
    """Say whether a folder's name is that of one disc of a set: `CD1`, `Disc 2`."""
    return _DISC_LIKE.fullmatch(name) is not None


def without_part(stem: str) -> str:
    """Return a stem without the mark of a stacked part: `Heat-cd1` is `Heat`."""
    return _STACKED.sub("", stem)


def contains(many: tuple[str, ...], few: tuple[str, ...]) -> bool:
    """Say whether `few` stand in `many`, one after the other."""
    if not few:
        return False
    return any(many[start : start + len(few)] == few for start in range(len(many) - len(few) + 1))


def _year(text: str) -> tuple[int | None, int, bool]:
    """Find the year and where it begins: the last in brackets, else the last after a word."""
    for pattern, bracketed in ((_YEAR_IN_BRACKETS, True), (_YEAR, False)):
        found = list(pattern.finditer(text))
        if found:
            return int(found[-1].group(1)), found[-1].start(), bracketed
    return None, len(text), False


def _episodes(match: re.Match[str] | None) -> tuple[int | None, tuple[int, ...]]:
    if match is None:
        return None, ()
    if match["cross"]:
        return int(match["cross"]), (int(match["number"]),)
    more = [int(each) for each in re.findall(r"\d+", match["more"])]
    return int(match["season"]), tuple(dict.fromkeys((int(match["first"]), *more)))
