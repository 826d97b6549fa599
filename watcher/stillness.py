"""Stillness: whether a scan of a section runs at Plex, or may begin, as far as anybody can tell.

Between the request for a scan and its beginning some servers show nothing of it anywhere. Called
by the worker thread only; times are monotonic seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.model import Section
    from watcher.desk import PlexSide

QUEUES_S = 30.0
"""So long a scan that was asked for may wait behind those of other sections, and show nowhere."""
STILL_S = 0.5
"""So long a section that was seen to be still is believed to be: that serves many analyses."""


class Stillness:
    """What is known of the scans of all sections. `begins_s`: see `Patience`."""

    def __init__(self, plex: PlexSide, begins_s: float) -> None:
        self._plex = plex
        self._begins_s = begins_s
        self._still_until: dict[int, float] = {}
        self._begins_by: dict[int | None, float] = {}
        self._queues_until: dict[int, float] = {}
        """The sections of which a scan was asked for that may wait behind others."""
        self._scanning: set[int] = set()
        """The sections that were being scanned when they were last looked at."""

    def begins_by(self, section: int, now: float) -> float:
        """Say until when a scan of a section may begin that shows nowhere; `now` if none can."""
        return max(self._begins_by.get(key, now) for key in (None, section))

    def is_still(self, section: int, now: float) -> bool:
        """Whether no scan of a section is to be seen at Plex. Raises PlexError."""
        if now < self._still_until.get(section, now):
            return True
        # Plex scans one section after the other: ours may wait behind what is seen elsewhere.
        which = None if now < self._queues_until.get(section, now) else section
        if self._note(section, now, is_scanning=self._plex.is_scanning(which)):
            return False
        self._queues_until.pop(section, None)
        self._still_until[section] = now + STILL_S
        return True

    def note(self, sections: Iterable[Section], now: float) -> None:
        """Hear how the sections stand by now."""
        for section in sections:
            self._note(section.key, now, is_scanning=section.refreshing)

    def _note(self, section: int, now: float, *, is_scanning: bool) -> bool:
        """Note how a section stands; whether a scan runs, or ended since the last time.

        That one may have been somebody else's, with ours still to begin.
        """
        was_scanning = section in self._scanning
        if is_scanning:
            self._scanning.add(section)
        else:
            self._scanning.discard(section)
        if is_scanning or was_scanning:
            self.scan_may_begin(section, now)
        return is_scanning or was_scanning

    def scan_was_asked(self, section: int, now: float) -> None:
        """Hear that a scan of a section was asked for, whatever came of the request."""
        self._queues_until[section] = now + QUEUES_S
        self.scan_may_begin(section, now)

    def scan_may_begin(self, section: int | None, now: float) -> None:
        """Hear that a scan of a section may begin: one runs, and others may follow.

        None: of any section, by an earlier run.
        """
        if section is not None:
            self._still_until.pop(section, None)
        self._begins_by[section] = now + self._begins_s
