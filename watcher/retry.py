"""When to try again what did not work: soon at first, and then twice as late each time."""

from __future__ import annotations


class Retry:
    """The next try of one kind. Times are monotonic seconds; `at_s` is None for never.

    Whatever else goes on, a try that is planned is not put off.
    """

    def __init__(self) -> None:
        self.at_s: float | None = None
        self._wait_s = 0.0
        self._troubles = 0

    def plan(self, now: float, troubles: int, first_s: float, longest_s: float) -> None:
        """Plan the next try for a number of things that do not work; with a new one, start anew."""
        if not troubles:
            self.at_s = None
        elif troubles > self._troubles:
            self._wait_s = min(first_s, longest_s)
            soon = now + self._wait_s
            self.at_s = soon if self.at_s is None else min(self.at_s, soon)
        elif self.at_s is None:
            self._wait_s = min(2 * self._wait_s, longest_s)
            self.at_s = now + self._wait_s
        self._troubles = troubles

    def is_due(self, now: float) -> bool:
        """Whether it is time; then the next one has to be planned."""
        if self.at_s is None or now < self.at_s:
            return False
        self.at_s = None
        return True
