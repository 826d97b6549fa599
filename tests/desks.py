"""A place to ask at that holds nothing back, for tests of what asks there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.desk import PlexSide

if TYPE_CHECKING:
    from matcher.memory import MemoryLibrary


def open_side(plex: MemoryLibrary) -> PlexSide:
    """Return a side on which every folder is there and at rest."""
    return PlexSide(
        fresh=plex,
        requests=plex,
        forget=lambda _section, _directory: None,
        refused=lambda _wish, _reason: None,
        asked_anew=lambda _file: None,
        deleted_in=lambda _section: None,
        is_there=lambda _directory: True,
        held=lambda _section, _path: None,
    )
