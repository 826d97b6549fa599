"""What the simulated server has: sections, items, media and parts in memory, ids never reused."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from watcher.simulated_plex.places import Place

AGENTS = {
    "movie": ("tv.plex.agents.movie", "Plex Movie"),
    "show": ("tv.plex.agents.series", "Plex TV Series"),
    "artist": ("tv.plex.agents.music", "Plex Music"),
}
TYPE_NUMBERS = {
    "movie": 1,
    "show": 2,
    "season": 3,
    "episode": 4,
    "artist": 8,
    "album": 9,
    "track": 10,
}
LEAVES = {"movie": "movie", "show": "episode", "artist": "track"}


@dataclass(slots=True)
class Part:
    """One file of one item; `host` is empty for a part that was made up and has no file."""

    id: int
    file: str
    host: str
    size: int
    mtime_ns: int
    digest: str = ""
    analyzed_size: int = 0
    deleted_at: int | None = None


@dataclass(slots=True)
class Media:
    """One version of an item: usually one part, several for a stacked film.

    `stack` tells the versions of one item apart: the path without its part number.
    """

    id: int
    stack: str
    parts: list[Part] = field(default_factory=list)

    @property
    def deleted_at(self) -> int | None:
        """When its last part went to the trash, or None while one is there."""
        return _all_deleted([part.deleted_at for part in self.parts])


@dataclass(slots=True, eq=False)
class Item:
    """A movie, show, season, episode, artist, album or track; `identity` is unique below parent.

    `sidecars` are the local files that metadata was read from, Plex-side path to a stamp of
    size and time. `rendered` keeps ready elements by variant, dropped with every touch.
    `read_once` is set when the local files of a show, season, album or artist were first read.
    """

    key: int
    type: str
    section: int
    title: str
    identity: str
    added_at: int
    updated_at: int
    parent: Item | None = None
    year: int | None = None
    index: int | None = None
    date: str | None = None
    children: dict[str, Item] = field(default_factory=dict)
    media: list[Media] = field(default_factory=list)
    sidecars: dict[str, str] = field(default_factory=dict)
    rendered: dict[str, str] = field(default_factory=dict)
    read_once: bool = False
    refreshes: int = 0
    analyses: int = 0

    @property
    def deleted_at(self) -> int | None:
        """When the last of it went to the trash, or None while something is there."""
        if self.children:
            return _all_deleted([child.deleted_at for child in self.children.values()])
        return _all_deleted([media.deleted_at for media in self.media])

    def leaves(self) -> Iterator[Item]:
        """Every item below that can have media, itself included if it is one."""
        if not self.children:
            yield self
        for child in self.children.values():
            yield from child.leaves()

    def parts(self) -> Iterator[Part]:
        """Every part of this very item."""
        for media in self.media:
            yield from media.parts


@dataclass(frozen=True, slots=True)
class Holding:
    """A part together with the media and the item that hold it."""

    item: Item
    media: Media
    part: Part


@dataclass(slots=True, eq=False)
class Section:
    """One library and everything in it."""

    key: int
    type: str
    title: str
    agent: str
    scanner: str
    language: str
    uuid: str
    created_at: int
    places: list[Place] = field(default_factory=list)
    updated_at: int = 0
    scanned_at: int = 0
    content_changed_at: int = 0
    refreshing: bool = False
    tops: dict[str, Item] = field(default_factory=dict)
    directories: dict[str, dict[str, list[Holding]]] = field(default_factory=dict)
    orders: dict[str, tuple[int, list[Item]]] = field(default_factory=dict)

    def items(self, kind: str) -> list[Item]:
        """Every item of a type, trash included, in title order; kept until content changes."""
        known = self.orders.get(kind)
        if known is not None and known[0] == self.content_changed_at:
            return known[1]
        found = sorted(_of_kind(self.tops.values(), kind), key=_order)
        self.orders[kind] = (self.content_changed_at, found)
        return found

    def everything(self) -> Iterator[Item]:
        """Every item at every level, trash included."""
        waiting = list(self.tops.values())
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(item.children.values())

    def holdings(self) -> Iterator[Holding]:
        """Every part of the section, trash included."""
        for files in self.directories.values():
            for held in files.values():
                yield from held


def _all_deleted(times: list[int | None]) -> int | None:
    there = [time for time in times if time is not None]
    return max(there) if there and len(there) == len(times) else None


def _of_kind(items: Iterable[Item], kind: str) -> Iterator[Item]:
    for item in items:
        if item.type == kind:
            yield item
        else:
            yield from _of_kind(item.children.values(), kind)


def _order(item: Item) -> tuple[tuple[str, int], ...]:
    mine = (item.title.casefold() if item.index is None else "", item.index or 0)
    above = _order(item.parent) if item.parent else ()
    return (*above, mine)


class Catalogue:
    """Everything the server has. `changed` is its lock and is notified by every change."""

    def __init__(self) -> None:
        """Begin with nothing; the first section, item, media and part all get id 1."""
        self.changed = threading.Condition(threading.RLock())
        self.sections: dict[int, Section] = {}
        self.items: dict[int, Item] = {}
        self._last = {"section": 0, "location": 0, "item": 0, "media": 0, "part": 0}

    def next_id(self, of: str) -> int:
        """Give out an id that was never given before."""
        with self.changed:
            self._last[of] += 1
            return self._last[of]
