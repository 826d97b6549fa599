"""Recall: a path that was matched before is matched again without a search.

What is remembered is which parts decided the match: the file itself, or the file that a sidecar
is called like. Such an answer cannot be made wrong by new neighbours, so it is kept without end;
it is made wrong when the item loses that part, so the item is asked before the answer is used.
What a folder decided is not kept: a new neighbour may make it wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from matcher import paths
from matcher.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.finding import Finding
    from matcher.model import Part, Section
    from matcher.shelf import Names, Shelf

LASTING = frozenset({Confidence.EXACT, Confidence.STEM})
"""The confidences that rest on a file's name alone."""
MOST_PARTS = 8
"""An item with more parts of one name is searched for each time."""


class Memory(Protocol):
    """What is remembered of paths. One thread at a time; may ask Plex and raise PlexError."""

    def recall(self, section: Section, path: str) -> tuple[Part, ...]:
        """Return the parts that decided the match of a Plex-side path before, as they are now.

        Nothing where nothing is remembered, or where Plex does not have them any more.
        """
        ...

    def memorize(self, section: Section, path: str, parts: tuple[Part, ...]) -> None:
        """Keep the parts that decided the match of a Plex-side path."""
        ...


class NoMemory:
    """Remembers nothing: each match is searched for."""

    def recall(self, section: Section, path: str) -> tuple[Part, ...]:  # noqa: ARG002 - as above
        """Return nothing."""
        return ()

    def memorize(self, section: Section, path: str, parts: tuple[Part, ...]) -> None:
        """Keep nothing."""


def recalled(
    shelf: Shelf, names: Names, memory: Memory, match: Callable[[Shelf], Finding]
) -> Finding:
    """Match by what is remembered of a path, else by asking; what is certain is remembered."""
    path = paths.join(shelf.location, *names)
    parts = memory.recall(shelf.section, path)
    if parts:
        found = match(shelf.holding_only(parts))
        if found.confidence in LASTING:
            return found
    found = match(shelf)
    if found.confidence in LASTING:
        parts = found.parts or _owning(shelf, found, names)
        if 0 < len(parts) <= MOST_PARTS:
            memory.memorize(shelf.section, path, parts)
    return found


def _owning(shelf: Shelf, found: Finding, names: Names) -> tuple[Part, ...]:
    """Return the parts that a sidecar is called like, among those that were seen."""
    keys = {held.item.key for held in found.held}
    seen = {
        (known.part.key, known.part.file): known.part
        for known in shelf.seen()
        if known.part.key in keys and names[-1].startswith(known.stem)
    }
    return tuple(seen.values())
