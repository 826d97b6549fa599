"""Directories in which changes came to nothing, since no Plex path was known for them.

A library that has no files yet cannot be told from its paths alone, so what comes into it first
may find no place. It is compared with Plex once there is one, in whichever run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cache.table import Table

if TYPE_CHECKING:
    from cache.store import Store
    from matcher.folders import Folders
    from matcher.mapping import Mappings

_TABLE: Final = "unplaced"
_MOST: Final = 1000
"""So many directories at most: of more than these the nightly comparison takes care."""
_KEPT_S: Final = 7 * 86_400.0
"""So long one is kept: most are no library's, and never will be."""


class Unplaced:
    """Remembers host directories. Any thread may call; `store` outlives the process."""

    def __init__(self, store: Store) -> None:
        self._table: Table[bool] = Table(store, _TABLE, encode=bool, decode=bool)
        self._noted = {directory for directory, _ in self._table.items()}

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, directory: str) -> None:
        """Remember a directory."""
        if directory not in self._noted and len(self._noted) < _MOST:
            self._noted.add(directory)
            self._table.set(directory, True, ttl_s=_KEPT_S)

    def placed(self, mappings: Mappings) -> list[str]:
        """Name those for which a Plex path is known by now."""
        return [each for each in list(self._noted) if mappings.to_plex(each)]

    def forget(self, directory: str) -> None:
        """Forget one: it was compared."""
        self._noted.discard(directory)
        self._table.delete(directory)


def folders_holding(directories: list[str], folders: Folders) -> set[str]:
    """Name the watched folders that hold some directories."""
    held = (folders.holding(each) for each in directories)
    return {each[0].path for each in held if each is not None}
