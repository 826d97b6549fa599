"""Planning: from a job to the orders that it needs, by way of the matcher.

Called by the worker thread only. Raises PlexError: the matcher asks Plex, for reading.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matcher.change import Happened, Verb
from watcher.done import facts_of
from watcher.jobs import key_of
from watcher.orders import Orders, moved_along, orders_of
from watcher.outcomes import Result
from watcher.works import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from matcher.change import Change
    from matcher.explain import Explanation
    from matcher.mapping import Mappings
    from matcher.model import Section
    from watcher.jobs import Job
    from watcher.journal import Journal
    from watcher.statistics import Statistics


MANY = 20
"""From so many changes on, one question about their directory is cheaper than one about each."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """How the worker decides: asks the matcher, which asks Plex for reading only."""

    explain: Callable[[Change], Explanation]
    sections: Callable[[], tuple[Section, ...]]
    mappings: Callable[[], Mappings]
    believe: Callable[[str], str | None]
    """Why the deletion of a host path must not be believed now, or None."""
    greet: Callable[[], None]
    """Called once when Plex first answers, and again when it is back. Raises PlexError."""
    reading: Callable[[str], AbstractContextManager[object]] = nullcontext
    """Ask once for all that Plex has in a host directory; many questions about it are answered
    out of that while the context lasts."""
    answers: Callable[[str], bool] = lambda _path: True
    """Whether the file system of a host path answers now."""
    loses: Callable[[], bool] = lambda: False
    """Whether something that is gone has not settled yet."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job needs.

    `over` is how it ends at once, None where there is something to ask or to wait for. `waiting`
    are sidecars whose owner Plex does not know, with the Plex paths at which it may be by now.
    `wholes` are host directories that no single scan can serve: to be compared.
    """

    work: Work
    orders: Orders
    over: Result | None
    waiting: tuple[tuple[Change, tuple[str, ...]], ...]
    wholes: tuple[str, ...]


class Planner:
    """Plans jobs. `clock` gives monotonic seconds."""

    def __init__(
        self,
        thinking: Thinking,
        journal: Journal,
        statistics: Statistics,
        clock: Callable[[], float],
    ) -> None:
        self._thinking = thinking
        self._journal = journal
        self._statistics = statistics
        self._clock = clock

    def plan(self, job: Job) -> Plan:
        """Decide what a job needs. Raises PlexError."""
        started = self._clock()
        facts = facts_of(job.changes.values())
        explained = self._explain(job)
        self._keep_replaced(job, explained)
        now = self._clock()
        orders = orders_of(explained, job.serial, now, self._thinking.mappings())
        work = Work(job, _reason([explanation for _, explanation in explained]), now)
        work.facts = facts
        work.timings["settle"] = job.settled_at - job.first_at
        work.timings["queue"] = started - job.settled_at
        work.timings["match"] = now - started
        self._statistics.time("queue", started - job.settled_at)
        self._statistics.time("match", now - started)
        for change, explanation in explained:
            work.late.update((each.path, each) for each in moved_along(change, explanation))
        return Plan(
            work,
            orders,
            _over(explained, orders),
            tuple((change, found.plex_paths) for change, found in explained if found.waits),
            tuple(change.path for change, found in explained if _is_whole(change, found)),
        )

    def _explain(self, job: Job) -> list[tuple[Change, Explanation]]:
        few = len(job.changes) < MANY
        with nullcontext() if few else self._thinking.reading(job.directory):
            return [(change, self._thinking.explain(change)) for change in job.changes.values()]

    def _keep_replaced(self, job: Job, explained: Iterable[tuple[Change, Explanation]]) -> None:
        """Write down which files Plex has otherwise: once it was scanned, nothing shows that.

        A kill between the scan and the analysis would have the file planned as one that is known.
        """
        replaced = [
            change
            for change, explanation in explained
            if change.happened is Happened.CREATED
            and any(action.verb is Verb.ANALYZE for action in explanation.actions)
        ]
        for change in replaced:
            job.changes[key_of(change)] = replace(change, happened=Happened.CHANGED)
        if replaced:
            self._journal.keep(job)


def _over(explained: Iterable[tuple[Change, Explanation]], orders: Orders) -> Result | None:
    explanations = [explanation for _, explanation in explained]
    if orders.scans or orders.items or any(each.sections for each in explanations):
        return None
    noise = all(not each.plex_paths for each in explanations)
    return Result.NOTHING if noise else Result.NOT_COVERED


def _is_whole(change: Change, explanation: Explanation) -> bool:
    """Whether a directory is told as a whole that no single scan can serve: a library's own."""
    return change.is_dir and change.happened is Happened.CREATED and not explanation.actions


def _reason(explanations: list[Explanation]) -> str:
    """Say why, once for each different reason; a long list is cut."""
    reasons = list(dict.fromkeys(each.reason.rstrip(".") for each in explanations))
    more = f" (and {len(reasons) - 2} more reasons)" if len(reasons) > 2 else ""
    return "; ".join(reasons[:2]) + more
