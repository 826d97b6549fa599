"""Greeting: what has to go through before anything else is asked of Plex, and after it was away.

Called by the worker thread only. Times are monotonic seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.library import Library
    from watcher.patience import Patience
    from watcher.policy import Policy

_GREETING = "learning what Plex has"


class Greeting:
    """Greets Plex by `greet`, which raises PlexError; `fresh` reads past every cache."""

    def __init__(
        self, greet: Callable[[], None], fresh: Library, policy: Policy, patience: Patience
    ) -> None:
        self._greet = greet
        self._fresh = fresh
        self._policy = policy
        self._patience = patience
        self._is_known = False
        self._failures = 0
        self._not_before = 0.0

    @property
    def is_due(self) -> bool:
        """Whether Plex was never greeted, or was away since."""
        return not self._is_known or self._policy.availability.failures > 0

    def held_until(self, now: float) -> float | None:
        """Until when nothing at all can be done, None if something can."""
        availability = self._policy.availability
        if not availability.may_ask(now):
            return availability.retry_at
        return self._not_before if self.is_due and now < self._not_before else None

    def goes_through(self) -> bool:
        """Greet Plex; a greeting that fails although Plex answers is tried again later."""
        if self._policy.attempt(self._ask):
            self._failures = 0
            self._policy.is_over(_GREETING)
            return True
        self._failures += 1
        self._not_before = self._policy.clock() + self._patience.back_off_s(self._failures)
        self._policy.say_trouble(_GREETING, self._failures)
        return False

    def _ask(self) -> None:
        if self._is_known:
            self._fresh.sections()  # past the caches: those answer while Plex is away
        self._greet()
        self._is_known = True
