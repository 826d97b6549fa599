"""Emptying a trash, if the user wants it: only behind every guard, and never a lot at once.

An item in the trash has lost its files, but not its collections, edits and history. Plex deletes
all that when the trash is emptied, so a disk that is merely away must never lead here. Nor must
anything that a scan may be about to find again: Plex has one scanner for all libraries, and a scan
that waits behind one of another library shows nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watcher.desk import is_scanning

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.library import Library, Requests
    from matcher.model import Section
    from watcher.report import Report

WAIT_S = 60.0
"""How long after a deletion was seen its trash is left alone: more may follow."""


@dataclass(slots=True)
class Trash:
    """The libraries whose trash may be emptied soon. Called by the worker thread only.

    `guarded` says why a Plex-side location is not to be trusted now, or None if all of its disks
    are there. Times are monotonic seconds.
    """

    library: Library
    requests: Requests
    guarded: Callable[[str], str | None]
    report: Report
    limit: int
    due: dict[int, float] = field(default_factory=dict)

    def note(self, section: int, now: float) -> None:
        """Remember that something was deleted in a library."""
        self.due[section] = now + WAIT_S

    def next_at(self) -> float | None:
        """When a library's trash is looked at next."""
        return min(self.due.values(), default=None)

    def empty_due(self, now: float, *, busy: Callable[[int], bool]) -> None:
        """Empty the trash of the libraries whose time has come. Raises PlexError.

        `busy` says of a library whether something was asked for that may still change its trash.
        """
        ready = [section for section, at in self.due.items() if at <= now]
        if not ready:
            return
        sections = {section.key: section for section in self.library.sections()}
        for key in ready:
            section = sections.get(key)
            self.due[key] = now + WAIT_S  # where asking fails it is tried again
            if section is None or (not busy(key) and self._is_over(section)):
                del self.due[key]

    def _is_over(self, section: Section) -> bool:
        """Empty the trash of a library or say why not; False if it is to be tried again."""
        if is_scanning(self.library, None):
            return False
        reason = self._guarded(section)
        count = 0 if reason else sum(part.deleted for part in self.library.all_parts(section))
        if count > self.limit:
            reason = f"{count} files are in it, more than actions.trash_limit"
        elif count:
            # Again, so that little lies between these looks and the request: to read a library may
            # have taken minutes.
            if is_scanning(self.library, None):
                return False
            reason = self._guarded(section)
        if reason is not None:
            self._leave(section, reason)
        elif count:
            self.requests.empty_trash(section.key)
            self.report("INFO", f"emptied the trash of {section.title}: {count} files")
        return True

    def _guarded(self, section: Section) -> str | None:
        return next(filter(None, map(self.guarded, section.locations)), None)

    def _leave(self, section: Section, reason: str) -> None:
        self.report("WARNING", f"the trash of {section.title} is left alone: {reason}")
