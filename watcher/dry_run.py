"""Requests that are only told, not sent: a dry run takes the same path up to the last call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watcher.report import Report


class DryRequests:
    """Implements `matcher.library.Requests` without asking anything of Plex."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def scan(self, section: int, directory: str) -> bool:
        """Tell of a scan."""
        return self._would(f"scan {directory} of library {section}")

    def refresh(self, key: int) -> bool:
        """Tell of a refresh."""
        return self._would(f"refresh item {key}")

    def analyze(self, key: int) -> bool:
        """Tell of an analysis."""
        return self._would(f"analyze item {key}")

    def empty_trash(self, section: int) -> bool:
        """Tell of emptying a trash."""
        return self._would(f"empty the trash of library {section}")

    def _would(self, what: str) -> bool:
        self._report("INFO", f"dry run: would ask Plex to {what}")
        return True
