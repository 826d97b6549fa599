"""In which locations Plex spells names as this host's disk does, as far as that was seen.

One name has two spellings where a letter can be composed or taken apart. Plex may see the other
one (over SMB, on another system), and then both are one file. Where it was seen to spell as the
disk does, a spelling that is not on the disk any more is that of a file that was renamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cache.table import Table
from matcher import paths

if TYPE_CHECKING:
    from cache.store import Store

NAMESPACE = "alike"


class SpelledAlike:
    """The locations, in a store that outlives the process; any thread may call."""

    def __init__(self, store: Store) -> None:
        self._table: Table[bool] = Table(store, NAMESPACE, encode=bool, decode=bool)
        self._locations = frozenset(location for location, _ in self._table.items())

    def note(self, location: str) -> None:
        """Note that Plex was seen to spell a name in a location as the disk does."""
        if location not in self._locations and paths.flavor_of(location) is paths.Flavor.POSIX:
            self._locations |= {location}
            self._table.set(location, True)

    def holds(self, path: str) -> bool:
        """Whether that is so of the location that holds a Plex-side path."""
        return any(paths.is_within(path, location) for location in self._locations)
