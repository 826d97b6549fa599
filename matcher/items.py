"""Items: the leaf, the middle (season, album) and the top (show, artist) that parts belong to."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from matcher.model import Item, Level, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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


_KEYS: dict[Callable[[Part], Held | None], Callable[[Part], int | None]] = {
    leaf: attrgetter("key"),
    middle: attrgetter("parent"),
    top: attrgetter("grandparent"),
}


def collect(parts: Iterable[Part], rise: Callable[[Part], Held | None]) -> tuple[Held, ...]:
    """Return the different items of some parts at one level, by ratingKey."""
    key_of = _KEYS[rise]
    firsts: dict[int | None, Part] = {}
    for part in parts:
        firsts.setdefault(key_of(part), part)
    found = [held for part in firsts.values() if (held := rise(part)) is not None]
    return tuple(sorted(found, key=lambda each: each.item.key))


def only(parts: Iterable[Part], rise: Callable[[Part], Held | None]) -> tuple[Held, ...]:
    """Return the one item that all parts share at one level, else nothing."""
    parts = tuple(parts)
    if len(set(map(_KEYS[rise], parts))) != 1:
        return ()
    held = rise(parts[0])
    return () if held is None else (held,)
