"""All parts of one section in memory, findable by any text in their paths.

The stand-in for the server's own filter where that is missing, and the cheaper way in a burst.
Kept small: one text with every folded path in it, which `str.find` walks at memory speed (100,000
paths in a few milliseconds), and one compact row for each part. Objects would take twice that.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING

from matcher.file_filter import folded
from matcher.rows import part_from, part_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matcher.model import Part, Section

_BETWEEN = "\x00"
"""No path holds a NUL, so no text can be found across two of them."""

Stamp = tuple[int, int]


def stamp_of(section: Section) -> Stamp:
    """Return what moves when a section's content changes.

    `contentChangedAt` alone, where Plex has it: `scannedAt` moves with every scan that found
    nothing. Servers without the counter give (0, scannedAt).
    """
    if section.content_changed_at:
        return section.content_changed_at, 0
    return 0, section.scanned_at


class PartIndex:
    """The parts of a section as they were at `stamp`."""

    def __init__(self, parts: Iterable[Part], stamp: Stamp) -> None:
        self.stamp = stamp
        self._starts: list[int] = []
        self._rows: list[bytes] = []
        self._paths = _BETWEEN.join(self._added(parts)) + _BETWEEN

    def __len__(self) -> int:
        return len(self._rows)

    def _added(self, parts: Iterable[Part]) -> Iterator[str]:
        start = 0
        for part in parts:
            path = folded(part.file)
            self._starts.append(start)
            self._rows.append(json.dumps(part_row(part), separators=(",", ":")).encode("ascii"))
            start += len(path) + len(_BETWEEN)
            yield path

    def containing(self, text: str) -> tuple[Part, ...]:
        """List the parts whose path contains `text`, spelling and case aside."""
        found = (part_from(json.loads(self._rows[at])) for at in self._places(folded(text)))
        return tuple(part for part in found if part is not None)

    def _places(self, wanted: str) -> Iterator[int]:
        position = self._paths.find(wanted) if wanted else -1
        while position >= 0:
            at = bisect_right(self._starts, position) - 1
            yield at
            following = self._starts[at + 1] if at + 1 < len(self._starts) else len(self._paths)
            position = self._paths.find(wanted, following)
