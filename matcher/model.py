"""What Plex has, as the matcher speaks of it: server, section, part, item, match."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Server:
    """Who answered: `machine` is Plex's machineIdentifier, stable for one installation."""

    machine: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Section:
    """One library of Plex.

    `type` is movie, show, artist or photo (or a word that this project does not know).
    `locations` are Plex-side directories exactly as Plex spells them: they may be Windows paths.
    `content_changed_at` is a counter, not a time: it moves when content changed.
    """

    key: int
    title: str
    type: str
    locations: tuple[str, ...]
    agent: str = ""
    scanner: str = ""
    uuid: str = ""
    content_changed_at: int = 0
    scanned_at: int = 0
    refreshing: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One media file as Plex knows it, together with the item that owns it.

    `file` is Plex-side and exactly as Plex spells it. A file that holds two episodes is two
    parts with the same `file`. `key` is the ratingKey of the leaf (movie, episode, track);
    `parent` and `grandparent` those of season and show, or album and artist. `deleted` is set
    while Plex keeps a file that it could not find any more (trash).
    """

    file: str
    size: int | None
    section: int
    key: int
    type: str
    title: str
    part_id: int | None = None
    media_id: int | None = None
    year: int | None = None
    index: int | None = None
    parent: int | None = None
    parent_title: str = ""
    parent_index: int | None = None
    grandparent: int | None = None
    grandparent_title: str = ""
    deleted: bool = False


class Confidence(StrEnum):
    """How sure a match is, the surest first."""

    EXACT = "exact"
    STEM = "stem"
    FOLDER = "folder"
    PARSED = "parsed"
    FUZZY = "fuzzy"
    NONE = "none"


class Level(StrEnum):
    """What an item is."""

    MOVIE = "movie"
    SHOW = "show"
    SEASON = "season"
    EPISODE = "episode"
    ARTIST = "artist"
    ALBUM = "album"
    TRACK = "track"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a section that a path was matched to; `key` is its ratingKey."""

    section: int
    key: int
    level: Level
    title: str


@dataclass(frozen=True, slots=True)
class Match:
    """The items a path belongs to. `items` is empty exactly when `confidence` is NONE."""

    confidence: Confidence
    items: tuple[Item, ...]


NO_MATCH = Match(Confidence.NONE, ())


@dataclass(frozen=True, slots=True)
class Activity:
    """Something Plex is doing now. `section` is None where Plex does not say it (yet)."""

    uuid: str
    type: str
    title: str
    section: int | None = None
    key: int | None = None
