"""A change: what is true of a path after things settled, and what it asks of Plex."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Happened(StrEnum):
    """What became of a path."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One path's change.

    `path` and `dest` are absolute host paths, normalised as text, with file names that are not
    UTF-8 carried as lone surrogates (`os.fsdecode`). `dest` is set exactly for MOVED, where
    `path` is the old place. `size` is the file's size in bytes where it is known.
    """

    happened: Happened
    path: str
    dest: str | None = None
    is_dir: bool = False
    size: int | None = None


class Kind(StrEnum):
    """What a file is to Plex, by its name and place alone."""

    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLE = "subtitle"
    LYRICS = "lyrics"
    ARTWORK = "artwork"
    THEME = "theme"
    EXTRA = "extra"
    NFO = "nfo"
    IGNORE_FILE = "ignore_file"
    MATCH_FILE = "match_file"
    NOISE = "noise"
    OTHER = "other"
    DIR = "dir"


MEDIA: Final = frozenset({Kind.VIDEO, Kind.AUDIO})
"""What a scan finds and shows as parts of items."""


class Verb(StrEnum):
    """What can be asked of Plex."""

    SCAN = "scan"
    REFRESH = "refresh"
    ANALYZE = "analyze"


@dataclass(frozen=True, slots=True)
class Action:
    """One request that a change needs.

    A scan has `path`, a Plex-side directory in Plex's own spelling; refresh and analyze have
    `key`, the ratingKey of an item.
    """

    verb: Verb
    section: int
    path: str | None = None
    key: int | None = None
