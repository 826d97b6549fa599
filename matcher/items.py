"""Items: the leaf, the middle (season, album) and the top (show, artist) that parts belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.model import Item, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.model import Part

_LEAF = {each.value: each for each in (Level.MOVIE, Level.EPISODE, Level.TRACK, Level.PHOTO)}
_MIDDLE = {"episode": Level.SEASON, "track": Level.ALBUM}
_TOP = {"episode": Level.SHOW, "track": Level.ARTIST}


@dataclass(frozen=True, slots=True)
class Held:
    """An item, and the ratingKeys of the items that it is part of."""

    item: Item
    within: tuple[int, ...] = ()


def leaf(part: Part) -> Held:
    """Return the movie, episode, track or photo that a part is of."""
    level = _LEAF.get(part.type, Level.MOVIE)
    within = tuple(each for each in (part.parent, part.grandparent) if each is not None)
    return Held(Item(part.section, part.key, level, part.title), within)


def middle(part: Part) -> Held | None:
    """Return the season or album of a part."""
    if part.parent is None or part.type not in _MIDDLE:
        return None
    within = () if part.grandparent is None else (part.grandparent,)
    return Held(Item(part.section, part.parent, _MIDDLE[part.type], part.parent_title), within)


def top(part: Part) -> Held | None:
    """Return the show or artist of a part."""
    if part.grandparent is None or part.type not in _TOP:
        return None
    return Held(Item(part.section, part.grandparent, _TOP[part.type], part.grandparent_title))


def collect(parts: Iterable[Part], rise: Callable[[Part], Held | None]) -> tuple[Held, ...]:
    """Return the different items of some parts at one level, by ratingKey."""
    found: dict[int, Held] = {}
    for part in parts:
        held = rise(part)
        if held is not None:
            found.setdefault(held.item.key, held)
    return tuple(found[key] for key in sorted(found))


def only(parts: Iterable[Part], rise: Callable[[Part], Held | None]) -> tuple[Held, ...]:
    """Return the one item that all parts share at one level, else nothing."""
    found: Held | None = None
    for part in parts:
        held = rise(part)
        if held is None or (found is not None and found.item.key != held.item.key):
            return ()
        found = held
    return () if found is None else (found,)
