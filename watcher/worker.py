"""The worker: one thread that plans jobs, asks Plex, follows up, and never dies.

What a failure means is decided in `watcher.policy`; here each unit of work goes through it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from cache.memory import MemoryStore
from matcher.change import Change, Happened
from matcher.errors import PlexError
from matcher.paths import parent
from watcher.asked_for import AskedFor
from watcher.asking import Asking
from watcher.dispatch import Dispatch
from watcher.done import Done, facts_of
from watcher.greeting import Greeting
from watcher.job_book import JobBook
from watcher.jobs import MOST_IN_HAND
from watcher.outcomes import LEVELS, Outcome, Recent, Result
from watcher.overtaken import Overtaken
from watcher.ownerless import Ownerless
from watcher.patience import Patience
from watcher.planning import Planner
from watcher.policy import Policy, survive
from watcher.settle import Settled
from watcher.sift import Sift
from watcher.throttle import Throttle
from watcher.whole import with_sidecars
from watcher.works import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.availability import Availability
    from watcher.desk import PlexSide
    from watcher.failing import Failure
    from watcher.jobs import Job
    from watcher.journal import Journal
    from watcher.planning import Thinking
    from watcher.report import Report
    from watcher.statistics import Statistics
    from watcher.trash import Trash

SOON_S = 2.0
MOST_PLANS = 200
PLANS_S = 1.0
"""So many jobs, and for so long, are planned until what is planned has its turn."""
MOST_DECISIONS = 3
"""So often a job is decided upon while what it was decided upon goes away meanwhile."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the worker works with. `clock` gives monotonic seconds."""

    journal: Journal
    availability: Availability
    statistics: Statistics
    report: Report
    clock: Callable[[], float]
    patience: Patience = field(default_factory=Patience)
    throttle: Throttle = field(default_factory=lambda: Throttle(lambda: False))
    trash: Trash | None = None
    done: Done = field(default_factory=lambda: Done(MemoryStore()))
    """Where it is remembered what was done."""
    asked_for: AskedFor = field(default_factory=AskedFor)
    """Where it is remembered what Plex was asked for."""
    compare: Callable[[str], None] = lambda _path: None
    """Ask for a comparison of disk and Plex below a host directory."""
    recent: Recent = field(default_factory=Recent)


class Worker:
    """Owns the book of jobs, the work in hand and the thread "worker"."""

    def __init__(
        self,
        thinking: Thinking,
        plex: PlexSide,
        means: Means,
        *,
        verify: bool,
        dry_run: bool = False,
    ) -> None:
        self.recent = means.recent
        self._thinking = thinking
        self._plex = plex
        self._planner = Planner(thinking, means.journal, means.statistics, means.clock)
        self._availability = means.availability
        self._policy = Policy(
            plex.fresh, means.availability, means.statistics, means.report, means.clock
        )
        self._greeting = Greeting(thinking.greet, plex.fresh, self._policy, means.patience)
        self._statistics = means.statistics
        self._report = means.report
        self._clock = means.clock
        self._patience = means.patience
        self._throttle = means.throttle
        self._trash = means.trash
        self._done, self._asked_for = means.done, means.asked_for
        self._compare = means.compare
        self._dry_run = dry_run
        self._overtaken = Overtaken()
        self._book = JobBook(means.journal, self._overtaken, means.clock)
        self.compared = self._book.compared
        self._sift = Sift(self._book, thinking, plex, self._overtaken, means.patience, means.clock)
        self._dispatch = Dispatch(
            plex,
            self._end,
            means.report,
            means.statistics,
            verify=verify,
            patience=means.patience,
        )
        self._ownerless = Ownerless(self._book, self._dispatch, plex, thinking.loses, means.clock)
        self._asking = Asking(
            self._dispatch,
            self._policy,
            means.throttle,
            means.patience,
            plex.fresh,
            self._goes_on,
            verify=verify,
        )
        self._changed = self._book.changed
        self._stopping = False
        self._stepped_at = means.clock()
        self._started = False
        self._looks_again = False
        self._deciding = False
        # A daemon, since nobody can end a thread that hangs in a dead file system.
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def recall(self) -> None:
        """Take up what an earlier run left in the journal; before anything is filed."""
        self._book.recall()
        if self.waiting():
            self._dispatch.items.stillness.scan_may_begin(None, self._clock())
            self._report("INFO", f"going on with {self.waiting()} jobs of the last run")

    def recalled_losses(self) -> list[Change]:
        """List what the waiting jobs say is gone: guards that are new must hear of it."""
        return self._book.losses()

    def start(self) -> None:
        """Start the thread."""
        self._started = True
        self._stepped_at = self._clock()
        self._thread.start()

    def stop(self, break_off: Callable[[], None] = lambda: None) -> None:
        """Stop after the request in flight; what is unfinished stands in the journal.

        `break_off` ends a request that Plex leaves hanging: it is called if the thread has not
        come to its end soon.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=SOON_S)
        if self._thread.is_alive():
            break_off()
            self._thread.join(timeout=SOON_S)
        if self._thread.is_alive():
            self._report("WARNING", "the worker hangs in a file system, and is left behind")

    def file(self, settled: Settled) -> None:
        """Queue and journal a settled directory; called by the settle thread."""
        # Looks at files: not while others wait for the lock, and not at what does not answer.
        since_s = time.time() - (self._clock() - settled.first_at)
        settled = with_sidecars(settled, since_s, self._sift.answers)
        facts = facts_of(filter(self._sift.answers, settled.changes))
        self._book.file(settled, facts)
        self._statistics.count("jobs")
        self._report("DEBUG", f"settled: {settled.directory} ({len(settled.changes)} changes)")

    def look_again(self) -> None:
        """Look at once whether what is held may be asked for by now; any thread may call."""
        with self._changed:
            self._looks_again = True
            self._changed.notify()

    def waiting(self) -> int:
        """How many jobs wait, are decided upon or are in hand."""
        with self._changed:
            return len(self._book) + len(self._dispatch.works) + self._deciding

    def failing(self) -> tuple[Failure, ...]:
        """Name what fails by itself and is tried again; any thread may call."""
        return self._policy.failing.all()

    def plex_state(self) -> str:
        """Say in a few words how Plex stands; any thread may call."""
        known = self._availability
        return f"{known.state}: {known.reason}" if known.reason else str(known.state)

    def alive(self, now: float, patience_s: float) -> bool:
        """Whether the thread runs and made a step within `patience_s` seconds, once started."""
        if not self._started:
            return True
        return self._thread.is_alive() and (now - self._stepped_at) < patience_s

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
            due = self._step_surely()
            with self._changed:
                if self._stopping:
                    return
                now = self._clock()
                next_at = self._next_at(due)
                if next_at is None or next_at > now:
                    self._stepped_at = float("inf") if next_at is None else next_at
                    self._changed.wait(None if next_at is None else next_at - now)
                self._stepped_at = self._clock()

    def _next_at(self, due: float | None) -> float | None:
        """Return the soonest of what the last step left and what was queued since."""
        held_until = self._greeting.held_until(self._clock())
        if held_until is not None:
            return held_until
        if self._looks_again:
            return self._clock()
        hands_full = len(self._dispatch.works) >= MOST_IN_HAND
        planned_at = None if hands_full else self._book.next_at()
        return min((t for t in (due, planned_at) if t is not None), default=None)

    def _step_surely(self) -> float | None:
        """Make a step; whatever was not foreseen in it, the thread goes on after a moment."""
        due: list[float | None] = []
        try:
            bug = survive(lambda: due.append(self.step()), self._report)
        except PlexError as error:
            bug = str(error)
            self._report("ERROR", f"a bug in plexnudge: nobody expected {bug}; it is tried again")
        return due[0] if bug is None else self._clock() + self._patience.first_back_off_s

    def step(self) -> float | None:
        """Do what is due now; when the next thing is due, in monotonic seconds (None: nothing)."""
        now = self._clock()
        held_until = self._greeting.held_until(now)
        if held_until is not None:
            return held_until
        if self._greeting.is_due:
            if not self._greeting.goes_through():
                return self._greeting.held_until(self._clock())
            self._dispatch.scans.board.up_since = self._clock()
        if self._looks_again:
            self._looks_again = False
            self._book.look_again(now)
            self._dispatch.scans.look_again(now)
        self._plan_due(now)
        self._dispatch.scans.board.plans_wait = self._book.waits_unplanned(self._clock())
        more = self._asking.ask_due()
        self._asking.look_due()
        if self._trash is not None and self._goes_on():
            trash = self._trash
            self._policy.attempt(lambda: trash.empty_due(self._clock(), busy=self._dispatch.busy))
        if self._goes_on():
            self._policy.went_well()
        return self._clock() if more and self._goes_on() else self._due()

    def _goes_on(self) -> bool:
        return not self._stopping and self._policy.answers()

    def _due(self) -> float | None:
        """When the next thing is due, in monotonic seconds."""
        now = self._clock()
        # What is due and was not asked for is held by the throttle: wait for that, not spin.
        held_until = self._throttle.full_until(now)
        if held_until is None and self._throttle.holds():
            held_until = self._throttle.look_again_at()
        times = (
            self._dispatch.next_at(now, held_until),
            self._trash.next_at() if self._trash else None,
        )
        return min((at for at in times if at is not None), default=None)

    def _plan_due(self, now: float) -> None:
        """Plan due jobs, the oldest first, for a while: what was asked for goes on meanwhile."""
        room = MOST_IN_HAND - len(self._dispatch.works)
        due = self._book.due(now, min(room, MOST_PLANS))
        until = self._clock() + PLANS_S
        for directory in due:
            self._stepped_at = self._clock()
            if not self._goes_on() or self._stepped_at >= until:
                break
            self._decide(directory)
        if due and self._dispatch.works and self._goes_on():
            self._policy.attempt(lambda: self._dispatch.scans.merge(self._thinking.sections()))

    def _decide(self, directory: str) -> None:
        self._deciding = True
        try:
            job = self._book.take(directory)
            if job is not None and self._policy.attempt(partial(self._plan, job)):
                self._policy.is_over(_deciding(directory))
            elif job is not None:
                self._retry_job(job)
        finally:
            self._deciding = False

    def _plan(self, job: Job) -> None:
        if not self._sift.keep_reachable(job):
            return
        over = self._sift.keep_true(job)
        if over is not None:
            self._end(Work(job, "", self._clock()), *over)
        if not job.changes:
            return
        plan = self._planner.plan(job)
        self._asked_for.saw(plan.work.facts)
        early = self._ownerless.give_out(plan)
        if early:
            self._book.hold(job, early, self._clock() + self._patience.settling_s)
        if len(early) == len(job.changes):
            self._book.finish(job)
            return
        for directory in plan.wholes:
            self._book.leave_to_comparison(job, directory)
            self._compare(directory)
        if plan.over is None:
            self._dispatch.take(plan.work, plan.orders)
        else:
            self._end(plan.work, plan.over, plan.work.reason)

    def _retry_job(self, job: Job) -> None:
        """Queue a job again that could not be planned; a poisonous one is given up in the end."""
        job.attempts += 1
        if job.attempts >= self._patience.most_failures and self._goes_on():
            why = f"given up: {self._policy.trouble}"
            self._policy.is_over(_deciding(job.directory))
            self._end(Work(job, "", self._clock()), Result.FAILED, why)
            return
        self._policy.say_trouble(_deciding(job.directory), job.attempts)
        job.not_before = self._clock() + self._patience.retry_s(job.attempts)
        self._book.put_back(job)

    def _end(self, work: Work, result: Result, reason: str) -> None:
        """Make the outcome final: told, counted, struck out of the journal."""
        now = self._clock()
        job = work.job
        if work.unknown and job.attempts < MOST_DECISIONS:
            job.attempts += 1
            job.not_before = now + self._patience.retry_s(job.attempts)
            self._book.put_back(job)
            return
        timings = dict(work.timings)
        if result is Result.VISIBLE:
            timings["visible"] = now - job.last_at
            self._statistics.time("visible", now - job.last_at)
        if self._dry_run and work.requests:
            result = Result.DRY_RUN
        outcome = Outcome(
            result, job.directory, len(job.changes), tuple(work.requests), reason, timings, now
        )
        self._statistics.count(f"outcome {result}")
        self._report(LEVELS.get(result, "INFO"), outcome.line())
        again = self._ownerless.left_by(work)
        if again:
            self.file(Settled(job.directory, again, job.last_at, job.last_at))
        if result in {Result.VISIBLE, Result.ASKED, Result.NOT_ACCEPTED, Result.NOTHING}:
            # Also of nothing: a scan beside it may show Plex what was not asked for.
            self._done.keep(work.facts, ago_s=now - work.planned_at)
        if result in {Result.VISIBLE, Result.ASKED, Result.NOT_ACCEPTED}:
            self._overtaken.ended(work)
        self._look_into_overtaken()
        self._book.finish(job)
        self.recent.add(outcome)

    def _look_into_overtaken(self) -> None:
        """File what was replaced and moved on before Plex had looked into it, where it is now."""
        now = self._clock()
        for path in self._overtaken.due() if self._plex.analyzes else ():
            self.file(Settled(parent(path), (Change(Happened.CHANGED, path),), now, now))


def _deciding(directory: str) -> str:
    return f"deciding about {directory}"
