"""The last look before a scan is asked for: what it waited for may be gone, or done already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.followup import is_proof
from watcher.orders import as_on_disk

if TYPE_CHECKING:
    from watcher.followup import Seen
    from watcher.scan_order import ScanOrder

SMALL = 100
"""Of a scan with more files than this a look costs too much to look early."""


def is_overtaken_now(order: ScanOrder) -> bool:
    """Whether what came is found to be gone again, while it waited for its scan; noted in it.

    It may have moved on, and Plex has to see it there before it is missed here.
    """
    if order.is_overtaken or len(order.expected) > SMALL:
        return False
    wishes = [as_on_disk(wish) or wish for wish in order.expected.values()]
    order.is_overtaken = any(wish.gone and not order.expected[wish.file].gone for wish in wishes)
    if order.is_overtaken:
        order.expected = {wish.file: wish for wish in wishes}
        order.brings_files = any(not wish.gone for wish in wishes)
    return order.is_overtaken


def is_obeyed(seen: Seen) -> bool:
    """Whether what Plex shows proves that a scan was made to which no answer came.

    Of a directory that was to be looked into as a whole, what is in it proves nothing.
    """
    is_whole = any(wish.is_dir for wish in seen.met)
    return not (seen.unmet or is_whole) and is_proof(seen)
