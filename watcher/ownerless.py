"""Sidecars whose owner Plex does not know yet: what may make it known, and what becomes of them.

A subtitle is read with the scan that brings its video, so nothing has to be asked for it then. But
that scan may have begun before the subtitle came; and where the video only moved, while nobody
could see it, Plex keeps the item and goes on showing what lay beside it in its old place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.change import Change, Happened
from matcher.paths import parent
from watcher.jobs import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.desk import PlexSide
    from watcher.dispatch import Dispatch
    from watcher.job_book import JobBook
    from watcher.jobs import Job
    from watcher.planning import Plan
    from watcher.works import Work


class Ownerless:
    """Finds the work in hand that such a sidecar may belong to. For the worker's thread.

    `loses` says whether something that is gone has not settled yet; `clock` gives monotonic
    seconds.
    """

    def __init__(
        self,
        book: JobBook,
        dispatch: Dispatch,
        plex: PlexSide,
        loses: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._book = book
        self._scans = dispatch.scans
        self._plex = plex
        self._loses = loses
        self._clock = clock

    def give_out(self, plan: Plan) -> list[Change]:
        """Let work in hand remember a plan's sidecars until it ends.

        They join its job, so that they stand in its journal entry. Returns those for which it is
        too early: what may bring their owner has not been decided upon yet.
        """
        early: list[Change] = []
        for change, plex_paths in plan.waiting:
            host = self._scans.scanning(plex_paths)
            if host is None and change.happened is Happened.DELETED and plan.orders.scans:
                host = plan.work  # what it scans in may be an item that has it from before
            if host is not None:
                self._give(host, host.late, change)
            elif (host := self._concerned(plan, plex_paths)) is not None:
                self._give(host, host.along, change)
            elif self._is_early(plan.work.job, change, plex_paths):
                early.append(change)
        return early

    def left_by(self, work: Work) -> tuple[Change, ...]:
        """Name the sidecars that have to be decided upon again as a job ends.

        Nothing moved where nothing is gone.
        """
        again = dict(work.late)
        if work.along and (_leaves(work.job) or self._is_missing()):
            again |= work.along
        return tuple(again.values())

    def _give(self, host: Work, kept: dict[str, Change], change: Change) -> None:
        kept[change.path] = change
        key = key_of(change)
        if host.job.changes.get(key) != change:
            host.job.changes[key] = change
            self._book.keep(host.job)

    def _concerned(self, plan: Plan, plex_paths: tuple[str, ...]) -> Work | None:
        return plan.work if plan.orders.scans else self._scans.concerned_with(plex_paths)

    def _is_early(self, job: Job, change: Change, plex_paths: tuple[str, ...]) -> bool:
        now = self._clock()
        if now - job.first_at > self._plex.most_settling_s:
            return False
        is_settling = self._plex.settling()
        return self._book.waits_near(parent(change.path), now) or any(
            is_settling(parent(path)) for path in plex_paths
        )

    def _is_missing(self) -> bool:
        """Whether something is gone that Plex may still show: it may be what moved."""
        waits = any(order.loses for order in self._scans.board.orders())
        return waits or self._book.loses() or self._loses()


def _leaves(job: Job) -> bool:
    """Whether something in a job's own changes left its place."""
    left = {Happened.MOVED, Happened.DELETED}
    return any(change.happened in left for change in job.changes.values())
