"""The policy: what is done about a failure. The one place where everything is caught.

    PlexRefused       keep everything, try the server again slowly, and tell a person
    PlexUnavailable   does the server answer plain questions? then this order is the trouble: it
    PlexNonsense      backs off by itself, and the others go on. Else Plex is away: keep
                      everything, back off, try the server again alone
    anything else     a bug: told with its trace, this order backs off, the others go on

Plex counts as back only after a whole step in which nothing failed: a server that answers the
plain questions and refuses all else would be told as away and back for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher.errors import PlexError, PlexRefused, PlexUnanswered
from watcher.availability import State
from watcher.failing import Failing

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.library import Library
    from watcher.availability import Availability
    from watcher.report import Report
    from watcher.statistics import Statistics

QUICK_S = 5.0
"""A request that failed within this time is followed by the plain questions, and so is the first
one that took longer: it may be a poisonous one that hangs by itself. While Plex is away the thread
is not kept waiting twice."""


@dataclass(slots=True)
class Policy:
    """Decides about failures; called by the worker thread only.

    `fresh` reads past every cache. `clock` gives monotonic seconds. `trouble` is the last failure
    in words, `is_unanswered` where Plex may have done what it was asked for, `failing` what fails
    by itself.
    """

    fresh: Library
    availability: Availability
    statistics: Statistics
    report: Report
    clock: Callable[[], float]
    trouble: str = ""
    is_unanswered: bool = False
    failing: Failing = field(default_factory=Failing)

    def attempt(self, work: Callable[[], object]) -> bool:
        """Run one unit of work; True if it went through."""
        started = self.clock()
        self.is_unanswered = False
        try:
            bug = survive(work, self.report)
        except PlexError as error:
            self.trouble = str(error)
            self.is_unanswered = isinstance(error, PlexUnanswered)
            self._tell(self._failed(error, self.clock() - started))
            return False
        self.trouble = bug or self.trouble
        return bug is None

    def answers(self) -> bool:
        """Whether Plex may be asked now, as far as is known."""
        return self.availability.may_ask(self.clock())

    def refuses(self) -> bool:
        """Whether it is the token that is at fault, and no order."""
        return self.availability.state is State.REFUSED

    def went_well(self) -> None:
        """Note that a whole step went by without a word from the server against it."""
        self._tell(self.availability.answered(self.clock()))

    def say_trouble(self, what: str, failures: int) -> None:
        """Tell of one order that fails while Plex answers others: the first time only."""
        if self.answers():
            self.failing.failed(what, failures, self.trouble)
            text = f"{what} failed and is tried again by itself: {self.trouble}"
            self.report("WARNING" if failures == 1 else "DEBUG", text)

    def is_over(self, what: str) -> None:
        """Note that what may have failed before went through, or was given up."""
        self.failing.over(what)

    def _failed(self, error: PlexError, took_s: float) -> str | None:
        """Decide what a failure means; the sentence to tell if it is news of the server."""
        self.statistics.count("failures")
        is_news = self.availability.failures == 0
        if not isinstance(error, PlexRefused) and (took_s < QUICK_S or is_news):
            worse = self._ask_plainly()
            if worse is None:
                return None
            error = worse if isinstance(worse, PlexRefused) else error
        if isinstance(error, PlexRefused):
            return self.availability.refused(str(error), self.clock())
        return self.availability.unavailable(str(error), self.clock())

    def _ask_plainly(self) -> PlexError | None:
        """Ask what any server answers that is well; None if this one does."""
        try:
            self.fresh.server()
            self.fresh.sections()
        except PlexError as error:
            return error
        return None

    def _tell(self, news: str | None) -> None:
        if news is not None:
            self.report("INFO" if self.availability.failures == 0 else "WARNING", news)


def survive(work: Callable[[], object], report: Report) -> str | None:
    """Run one unit of work of a thread that must go on; a bug is told with its trace.

    Returns the bug in a word, None if there was none. Raises PlexError, which is no bug.
    """
    try:
        work()
    except PlexError:
        raise
    except Exception as error:  # noqa: BLE001 - the one policy point: no such thread ever dies
        report("ERROR", _bug(error))
        return repr(error)
    return None


def _bug(error: Exception) -> str:
    trace = []
    step = error.__traceback__
    while step is not None:
        trace.append(f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}")
        step = step.tb_next
    where = " < ".join(reversed(trace))
    return f"a bug in plexnudge: {error!r} at {where}; what failed is tried again"
