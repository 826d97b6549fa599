"""Whether Plex can be asked now: up, away or refusing, with a capped, jittered back-off.

A pure state machine: it is told what happened and when, and says when to try again and what to
tell people. One sentence for each change of state, none for a repetition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from watcher.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable


class State(StrEnum):
    """How Plex stands. UNKNOWN is before the first answer."""

    UNKNOWN = "unknown"
    UP = "up"
    AWAY = "away"
    REFUSED = "refused"


@dataclass(slots=True)
class Availability:
    """The state of one server. `jitter` gives a factor around 1, so that many clients spread out.

    Called by the worker thread only. Times are monotonic seconds.
    """

    url: str
    jitter: Callable[[], float]
    state: State = State.UNKNOWN
    since: float = 0.0
    retry_at: float = 0.0
    reason: str = ""
    failures: int = 0
    patience: Patience = field(default_factory=Patience)
    _refusals: int = 0

    def may_ask(self, now: float) -> bool:
        """Whether a request is allowed now."""
        return self.state in {State.UP, State.UNKNOWN} or now >= self.retry_at

    def answered(self, now: float) -> str | None:
        """Note an answer; the sentence to tell if that is news."""
        before, away_since = self.state, self.since
        self.failures = 0
        if before is State.UP:
            return None
        self.state, self.since, self.reason = State.UP, now, ""
        if before is State.UNKNOWN:
            return f"Plex answers at {self.url}"
        return f"Plex is back after {now - away_since:.0f} s; the waiting jobs go on"

    def unavailable(self, reason: str, now: float) -> str | None:
        """Note that Plex did not answer or is not ready; the sentence to tell if that is news."""
        return self._fail(
            State.AWAY,
            reason,
            now,
            self.patience.back_off_s(self.failures + 1),
            f"Plex is away ({reason}); changes are kept and asked for when it is back",
        )

    def refused(self, reason: str, now: float) -> str | None:
        """Note that Plex refused the token; the sentence to tell if that is news."""
        self._refusals = self._refusals + 1 if self.state is State.REFUSED else 1
        return self._fail(
            State.REFUSED,
            reason,
            now,
            self.patience.refusal_s(self._refusals),
            f"Plex refuses the token ({reason}): nothing can be asked until it is replaced. "
            "Put a valid token where the configuration says and restart, or claim the server "
            "again; changes are kept meanwhile",
        )

    def _fail(self, state: State, reason: str, now: float, wait_s: float, text: str) -> str | None:
        self.failures += 1
        self.retry_at = now + min(self.patience.longest_back_off_s, wait_s * self.jitter())
        news = self.state is not state
        if news:
            self.since = now
        self.state, self.reason = state, reason
        return text if news else None
