"""What the two desks share: where they ask, what they may ask for, and on whose behalf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher.scans import MERGE_AT

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.library import Library, Requests
    from watcher.patience import Patience
    from watcher.scan_order import Expectation
    from watcher.statistics import Statistics
    from watcher.works import Works

SCANNING = "library.update.section"
"""The type of activity by which Plex shows a scan, from the moment it was asked for."""


def is_scanning(library: Library, section: int | None) -> bool:
    """Ask Plex whether it scans a section (None: any), or has a scan of it in its queue."""
    if any(each.refreshing for each in library.sections() if section in {None, each.key}):
        return True
    return any(
        activity.type == SCANNING and (section is None or activity.section in {None, section})
        for activity in library.activities()
    )


@dataclass(frozen=True, slots=True)
class PlexSide:
    """Where the dispatch asks: `fresh` reads what Plex has now, past every cache."""

    fresh: Library
    requests: Requests
    forget: Callable[[int, str], None]
    """Drop cached misses of a section's directory: called when a scan of it was asked or ended."""
    refused: Callable[[Expectation, str], None]
    """Remember what Plex did not take, and the likely reason."""
    asked_anew: Callable[[str], None]
    """Forget that Plex did not take a Plex-side path: it is asked for again."""
    deleted_in: Callable[[int], None]
    """Hear that Plex has seen deletions in a section."""
    is_there: Callable[[str], bool]
    """Whether a Plex-side directory is there on this host's disk, as far as is known."""
    held: Callable[[int, str], str | None]
    """Why nothing must be asked now for a Plex-side path of a section (its location is absent or
    empty), or None."""
    settling: Callable[[], Callable[[str], bool]] = lambda: lambda _directory: False
    """As things stand now, whether something at or below a Plex-side directory has not come to
    rest yet."""
    doubt: Callable[[int], bool] = lambda _section: False
    """Drop what `fresh` still serves of a section from memory, for want of a file filter; False
    where it serves nothing so."""
    answers: Callable[[str], bool] = lambda _path: True
    """Whether the file systems of a Plex-side path answer here now."""
    most_settling_s: float = 120.0
    """So long a scan waits for that at most."""
    deletions_s: float = 0.0
    """So long what is found to be gone waits, since it may have moved."""
    merge_at: int = MERGE_AT
    analyzes: bool = True
    """Whether the user lets analyses be asked for."""
    apart: Callable[[str, str], bool] = lambda _file, _other: False
    """Whether another spelling of a Plex-side file is something else on this host's disk."""
    waits: bool = True
    """Whether a scan that must not be asked for waits until it may; else it is given up."""

    def may_ask_for(self, section: int, path: str) -> bool:
        """Whether something may be asked for a Plex-side path now."""
        return self.held(section, path) is None

    def is_scanning(self, section: int | None) -> bool:
        """Ask Plex whether it scans a section (None: any), or has a scan of it in its queue."""
        return is_scanning(self.fresh, section)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a desk works with; `verify` says whether what it asks for is followed up."""

    plex: PlexSide
    works: Works
    tell: Callable[[str, str], None]
    statistics: Statistics
    patience: Patience
    verify: bool
