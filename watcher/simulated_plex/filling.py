"""Made-up libraries of any size, without files: for measurements."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from watcher.simulated_plex.disk import Found

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.simulated_plex.catalogue import Section
    from watcher.simulated_plex.inside import Inside

_ADJECTIVES = ("Silent", "Crimson", "Last", "Broken", "Golden", "Hidden", "Northern", "Paper")
_NOUNS = ("River", "Harbour", "Witness", "Garden", "Signal", "Empire", "Orchard", "Machine")
_EPISODES_A_SEASON = 20
_SEASONS_A_SHOW = 5
_STAMP_NS = 1_700_000_000_000_000_000


def fill(inside: Inside, *, movies: int, episodes: int) -> None:
    """Put so many movies and episodes into the first section of each type; the lock is held.

    The cyclic garbage collector pauses meanwhile: it would walk a million new objects again and
    again.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        for kind, count, name in (("movie", movies, _movie), ("show", episodes, _episode)):
            if count:
                _fill(inside, kind, count, name)
    finally:
        if collecting:
            gc.enable()


def _fill(inside: Inside, kind: str, count: int, name: Callable[[int], tuple[str, ...]]) -> None:
    section = _first(inside, kind)
    shelves = inside.shelves(section)
    for number in range(count):
        size = 1_000_000_000 + number * 7_919
        shelves.add(section.places[0], Found(name(number), "", size, _STAMP_NS), "")
    shelves.told.clear()


def _first(inside: Inside, kind: str) -> Section:
    return next(one for one in inside.catalogue.sections.values() if one.type == kind)


def _movie(number: int) -> tuple[str, ...]:
    title = f"The {_ADJECTIVES[number % 8]} {_NOUNS[number // 8 % 8]} {number // 64:04}"
    name = f"{title} ({1950 + number % 75})"
    return name, f"{name} Bluray-1080p.mkv"


def _episode(number: int) -> tuple[str, ...]:
    season_number, episode = divmod(number, _EPISODES_A_SEASON)
    show_number, season = divmod(season_number, _SEASONS_A_SHOW)
    show = f"{_ADJECTIVES[show_number % 8]} {_NOUNS[show_number // 8 % 8]} {show_number // 64:03}"
    name = f"{show} - S{season + 1:02}E{episode + 1:02} - Part {number} WEBDL-1080p.mkv"
    return show, f"Season {season + 1:02}", name
