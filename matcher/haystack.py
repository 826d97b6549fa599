"""A haystack: many parts, asked again and again which of them have a path that contains a text.

The paths stand in one long text, which C searches; a directory of 20,000 files is searched for
each of the thousands of files that arrive in it.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from matcher.file_filter import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.model import Part

_BETWEEN = "\0"
"""No path and no question has it."""


class Haystack:
    """Parts to search. `of` says whether it is about these very parts."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._plain = _Texts([part.file for part in parts])
        self._folded: _Texts | None = None

    def of(self, parts: Sequence[Part]) -> bool:
        """Whether these are the parts, and not merely equal ones."""
        return parts is self._parts

    def containing(self, text: str) -> tuple[Part, ...]:
        """Find the parts whose path contains a text; if none does, by any spelling and case."""
        found = self._plain.containing(text)
        if not found:
            if self._folded is None:
                self._folded = _Texts([folded(part.file) for part in self._parts])
            found = self._folded.containing(folded(text))
        return tuple(self._parts[at] for at in found)


class _Texts:
    def __init__(self, texts: Sequence[str]) -> None:
        self._all = _BETWEEN.join(texts)
        self._ends = list(accumulate(len(text) + 1 for text in texts))

    def containing(self, text: str) -> list[int]:
        """Return the numbers of the texts that contain another one, in order."""
        found = []
        at = self._all.find(text)
        while at >= 0:
            number = bisect_right(self._ends, at)
            found.append(number)
            at = self._all.find(text, self._ends[number])
        return found
