"""Owners: the sections that a Plex path lies in, each with the location that holds it."""

from __future__ import annotations

from dataclasses import dataclass
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
    found = []
    for section in sections:
        if only_titles is None or section.title in only_titles:
            owner = _owner(plex_path, section)
            if owner is not None:
                found.append(owner)
    return tuple(
        sorted(found, key=lambda each: (-len(paths.components(each.location)), each.section.key))
    )


def _owner(plex_path: str, section: Section) -> Owner | None:
    exact = [
        Owner(section, location, below)
        for location in section.locations
        if (below := paths.relative(plex_path, location)) is not None
    ]
    candidates = exact or _alike(plex_path, section)
    return min(candidates, key=lambda each: len(each.below), default=None)


def _alike(plex_path: str, section: Section) -> list[Owner]:
    """Find locations that hold the path in NFC only, and no second one that differs in form."""
    names, folded = paths.components(plex_path), paths.fold(plex_path)
    flavor = paths.flavor_of(plex_path)
    found: dict[tuple[str, ...], list[Owner]] = {}
    for location in section.locations:
        head = paths.fold(location)
        if paths.flavor_of(location) is flavor and folded[: len(head)] == head:
            found.setdefault(head, []).append(Owner(section, location, names[len(head) :]))
    return [each[0] for each in found.values() if len(each) == 1]
