"""Wider: where to ask next when the scan of a directory showed no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.scan_order import ScanOrder


def wider(order: ScanOrder, locations: tuple[str, ...], is_there: Callable[[str], bool]) -> str:
    """Name the nearest directory above that is there, or the same one where that is a location.

    For what is merely gone the location itself is the last resort: a scan of a vanished folder
    makes some servers notice and is ignored by others (autoscan#182, Maintainerr PR#3720,
    autopulse#240). All paths are Plex-side.
    """
    only_gone = all(wish.gone for wish in order.expected.values())
    for location in locations:
        above = order.directory
        for depth in range(len(paths.relative(above, location) or ()) - 1, -1, -1):
            above = paths.parent(above)
            if (depth > 0 and is_there(above)) or (depth == 0 and only_gone):
                return above
    return order.directory
