"""Owners: the sections that a Plex path lies in, each with the location that holds it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.model import Section


@dataclass(frozen=True, slots=True)
class Owner:
    """A section that owns a path.

    `location` is the section's longest location that holds the path, as Plex spells it; `below`
    the names from there to the path, as the path spells them: () for the location itself.
    """

    section: Section
    location: str
    below: tuple[str, ...]


def owners(
    plex_path: str,
    sections: Iterable[Section],
    *,
    only_titles: frozenset[str] | None = None,
) -> tuple[Owner, ...]:
    """Return every section that owns a Plex path, the longest location first, then by key.

    Args:
        plex_path: A Plex-side path of a file or directory; it need not exist.
        sections: The sections to look at.
        only_titles: Titles of the sections that may own it; None for all.
    """
    asked = _taken_apart(plex_path)
    found = []
    for section in sections:
        if only_titles is None or section.title in only_titles:
            owner = _owner(asked, section)
            if owner is not None:
                found.append(owner)
    return tuple(sorted(found, key=_order))


@dataclass(frozen=True, slots=True)
class _Path:
    """A path taken apart: its names as spelled, as its flavor compares them, and in NFC."""

    flavor: paths.Flavor
    names: tuple[str, ...]
    exact: tuple[str, ...]
    folded: tuple[str, ...]


@lru_cache(maxsize=1024)
def _taken_apart(path: str) -> _Path:
    """Take a path apart; remembered, since the same few locations are asked about each time."""
    flavor, names, folded = paths.flavor_of(path), paths.components(path), paths.fold(path)
    return _Path(flavor, names, folded if flavor is paths.Flavor.WINDOWS else names, folded)


def _order(owner: Owner) -> tuple[int, int]:
    return -len(_taken_apart(owner.location).names), owner.section.key


def _owner(asked: _Path, section: Section) -> Owner | None:
    best = -1
    chosen = ""
    for location in section.locations:
        head = _taken_apart(location)
        length = len(head.exact)
        is_head = head.flavor is asked.flavor and asked.exact[:length] == head.exact
        if is_head and length > best and paths.is_absolute(location):
            best, chosen = length, location
    if best < 0:
        chosen = _alike(asked, section) if asked.folded != asked.names or _is_odd(section) else ""
        best = len(_taken_apart(chosen).names)
    return Owner(section, chosen, asked.names[best:]) if chosen else None


def _is_odd(section: Section) -> bool:
    return not all(map(str.isascii, section.locations))


def _alike(asked: _Path, section: Section) -> str:
    """Find the location that holds the path in NFC only; "" where two differ in form alone."""
    found: dict[tuple[str, ...], list[str]] = {}
    for location in filter(paths.is_absolute, section.locations):
        head = _taken_apart(location)
        if head.flavor is asked.flavor and asked.folded[: len(head.folded)] == head.folded:
            found.setdefault(head.folded, []).append(location)
    sure = [each[0] for each in found.values() if len(each) == 1]
    return max(sure, key=lambda each: len(_taken_apart(each).names), default="")
