"""The throttle: how many requests a minute, and what waits while something is being played.

Pure but for the question whether something is played, which is asked at most twice a minute and
only while it matters. Called by the worker thread only; times are monotonic seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ASK_AGAIN_S = 30.0
MINUTE_S = 60.0


@dataclass(slots=True)
class Throttle:
    """What may be asked now. `playing` asks Plex and raises PlexError.

    `per_minute` 0 means no limit.
    """

    playing: Callable[[], bool]
    hold_analysis: bool = False
    hold_scans: bool = False
    per_minute: int = 0
    asked: deque[float] = field(default_factory=deque)
    played: bool = False
    looked_at: float = float("-inf")

    def note(self, now: float) -> None:
        """Count a request."""
        if self.per_minute:
            self.asked.append(now)

    def full_until(self, now: float) -> float | None:
        """Return when the next request is allowed if the minute is full, else None."""
        while self.asked and now - self.asked[0] >= MINUTE_S:
            self.asked.popleft()
        if self.per_minute and len(self.asked) >= self.per_minute:
            return self.asked[0] + MINUTE_S
        return None

    def may_scan(self, now: float) -> bool:
        """Whether a scan may be asked for now."""
        return not (self.hold_scans and self._is_played(now))

    def may_analyze(self, now: float) -> bool:
        """Whether an analysis may be asked for now."""
        return not (self.hold_analysis and self._is_played(now))

    def holds(self) -> bool:
        """Whether something waits because something is played."""
        return self.played and (self.hold_analysis or self.hold_scans)

    def look_again_at(self) -> float:
        """When it is asked again whether something is played."""
        return self.looked_at + ASK_AGAIN_S

    def _is_played(self, now: float) -> bool:
        if now - self.looked_at >= ASK_AGAIN_S:
            self.looked_at = now  # first: where asking fails, the last answer counts until later
            self.played = self.playing()
        return self.played
