"""The worker: one thread that plans jobs, asks Plex, follows up, and never dies.

What a failure means is decided in `watcher.policy`; here each unit of work goes through it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from cache.memory import MemoryStore
from matcher.change import Happened, Verb
from watcher.dispatch import Dispatch, PlexSide, Work
from watcher.done import Done, facts_of
from watcher.intake import job_of
from watcher.jobs import MOST_IN_HAND, MOST_JOBS, Job, JobQueue, key_of, keyed
from watcher.orders import ItemOrder, moved_along, orders_of
from watcher.outcomes import LEVELS, Outcome, Recent, Result
from watcher.patience import Patience
from watcher.policy import Policy
from watcher.scans import ScanOrder
from watcher.settle import Settled
from watcher.still_true import still_true
from watcher.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.change import Change
    from matcher.explain import Explanation
    from matcher.mapping import Mappings
    from matcher.model import Activity, Section
    from watcher.availability import Availability
    from watcher.journal import Journal
    from watcher.report import Report
    from watcher.statistics import Statistics
    from watcher.trash import Trash

SOON_S = 2.0
BLIND_AFTER = 3
"""So often it is tried to see an item before a refresh or an analysis of it is asked for."""
MOST_DECISIONS = 3
"""So often a job is decided upon while what it was decided upon goes away meanwhile."""


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
    compare: Callable[[str], None] = lambda _path: None
    """Ask for a comparison of disk and Plex below a host directory."""
    folder_of: Callable[[str], str | None] = lambda _path: None
    """The watched folder that holds a host path."""


class Worker:
    """Owns the queue, the work in hand and the thread "worker"."""

    def __init__(
        self,
        thinking: Thinking,
        plex: PlexSide,
        means: Means,
        *,
        verify: bool,
        dry_run: bool = False,
    ) -> None:
        self.recent = Recent()
        self._thinking = thinking
        self._plex = plex
        self._journal = means.journal
        self._availability = means.availability
        self._policy = Policy(
            plex.fresh, means.availability, means.statistics, means.report, means.clock
        )
        self._statistics = means.statistics
        self._report = means.report
        self._clock = means.clock
        self._patience = means.patience
        self._throttle = means.throttle
        self._trash = means.trash
        self._done = means.done
        self._compare = means.compare
        self._folder_of = means.folder_of
        self._dry_run = dry_run
        self._verify = verify
        self._queue = JobQueue()
        self._dispatch = Dispatch(
            plex,
            self._end,
            means.report,
            means.statistics,
            verify=verify,
            patience=means.patience,
        )
        self._serial = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._greeted = False
        self._stepped_at = means.clock()
        self._started = False
        self._thread = threading.Thread(target=self._run, name="worker")

    def recall(self) -> None:
        """Take up what an earlier run left in the journal; before anything is filed."""
        for job in self._journal.unfinished(self._clock()):
            self._serial = max(self._serial, job.serial)
            speaking = self._queue.put(job)
            if speaking is not job:
                self._journal.keep(speaking)
                self._journal.finish(job.serial)
        if len(self._queue):
            self._report("INFO", f"going on with {len(self._queue)} jobs of the last run")

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
            self._thread.join()

    def file(self, settled: Settled) -> None:
        """Queue and journal a settled directory; called by the settle thread."""
        with self._changed:
            self._serial += 1
            job = self._queue.put(job_of(settled, self._serial, self._clock()))
            self._journal.keep(job)
            if len(self._queue) > MOST_JOBS:
                self._fold(settled.directory)
            self._changed.notify()
        self._statistics.count("jobs")
        self._report("DEBUG", f"settled: {settled.directory} ({len(settled.changes)} changes)")

    def _fold(self, directory: str) -> None:
        """Let one comparison of a whole folder stand for its jobs: memory stays bounded."""
        folder = self._folder_of(directory)
        if folder is None:
            return
        self._serial += 1
        for serial in self._queue.fold(folder, self._serial, self._clock()):
            self._journal.finish(serial)
        self._journal.keep(self._queue.waiting[folder])

    def waiting(self) -> int:
        """How many jobs wait or are in hand."""
        with self._changed:
            return len(self._queue) + len(self._dispatch.works)

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
            due = self.step()
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
        if not self._availability.may_ask(self._clock()):
            return self._availability.retry_at
        hands_full = len(self._dispatch.works) >= MOST_IN_HAND
        planned_at = None if hands_full else self._queue.next_at()
        return min((t for t in (due, planned_at) if t is not None), default=None)

    def step(self) -> float | None:
        """Do what is due now; when the next thing is due, in monotonic seconds (None: nothing)."""
        now = self._clock()
        if not self._availability.may_ask(now):
            return self._availability.retry_at
        if self._must_greet() and not self._policy.attempt(self._greet):
            return self._availability.retry_at
        self._plan_due(now)
        self._ask_due()
        self._look_due()
        if self._trash is not None and self._goes_on():
            trash = self._trash
            self._policy.attempt(lambda: trash.empty_due(self._clock(), busy=self._dispatch.busy))
        if self._goes_on():
            self._policy.went_well()
        return self._due()

    def _goes_on(self) -> bool:
        return not self._stopping and self._policy.answers()

    def _due(self) -> float | None:
        """When the next thing is due, in monotonic seconds."""
        now = self._clock()
        times = [self._dispatch.next_at(now), self._trash.next_at() if self._trash else None]
        known = [at for at in times if at is not None]
        if not known:
            return None
        due = min(known)
        if due > now:
            return due
        # What is due and was not asked for is held by the throttle: wait for that, not spin.
        full = self._throttle.full_until(now)
        if full is not None:
            return full
        return self._throttle.look_again_at() if self._throttle.holds() else now

    def _must_greet(self) -> bool:
        return not self._greeted or self._availability.failures > 0

    def _greet(self) -> None:
        if self._greeted:
            self._plex.fresh.sections()  # past the caches: those answer while Plex is away
        self._thinking.greet()
        self._greeted = True

    def _plan_due(self, now: float) -> None:
        with self._changed:
            jobs = self._queue.take_due(now, MOST_IN_HAND - len(self._dispatch.works))
        for job in jobs:
            self._stepped_at = self._clock()
            if not self._goes_on():
                self._put_back(job)
            elif not self._policy.attempt(partial(self._plan, job)):
                self._retry_job(job)
        if jobs and self._dispatch.works and self._goes_on():
            self._policy.attempt(lambda: self._dispatch.merge(self._thinking.sections()))

    def _plan(self, job: Job) -> None:
        started = self._clock()
        if not self._keep_true(job):
            return
        facts = facts_of(job.changes.values())
        explained = [(change, self._thinking.explain(change)) for change in job.changes.values()]
        self._keep_replaced(job, explained)
        now = self._clock()
        orders = orders_of(explained, job.serial, now, self._thinking.mappings())
        covered = any(explanation.sections for _, explanation in explained)
        work = Work(job, _reason([explanation for _, explanation in explained]), now)
        work.facts = facts
        work.timings["settle"] = job.settled_at - job.first_at
        work.timings["queue"] = started - job.settled_at
        work.timings["match"] = now - started
        self._statistics.time("queue", started - job.settled_at)
        self._statistics.time("match", now - started)
        self._keep_late_sidecars(work, explained)
        for change, explanation in explained:
            if change.is_dir and change.happened is Happened.CREATED and not explanation.actions:
                # Told as a whole, and no single scan can serve it: a library's own folder.
                self._compare(change.path)
        if covered or orders.scans or orders.items:
            self._dispatch.take(work, orders)
        else:
            noise = all(not explanation.plex_paths for _, explanation in explained)
            self._end(work, Result.NOTHING if noise else Result.NOT_COVERED, work.reason)

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

    def _keep_true(self, job: Job) -> bool:
        """Let the disk have the last word on a job's changes; False if none of them is left."""
        found = still_true(job.changes.values(), self._thinking.believe)
        if found.waiting:
            self._hold(job, found.waiting)
        job.changes = keyed(found.changes)
        if not job.changes:
            self._journal.finish(job.serial)
        return bool(job.changes)

    def _hold(self, job: Job, held: list[Change]) -> None:
        """Queue what is not believed now again, as a job of its own."""
        now = self._clock()
        with self._changed:
            self._serial += 1
            serial = self._serial
        later = Job(serial, job.directory, keyed(held), job.first_at, job.last_at, now)
        later.not_before = now + self._patience.held_s
        self._put_back(later)

    def _keep_late_sidecars(self, work: Work, explained: list[tuple[Change, Explanation]]) -> None:
        """Remember sidecars whose video is being scanned in: that scan may have been too early.

        They join the job that waits for the video, so that they stand in its journal entry, and
        are decided upon again when it ends. So are those that moved with a directory.
        """
        for change, explanation in explained:
            work.late.update((each.path, each) for each in moved_along(change, explanation))
            if not explanation.waits:
                continue
            host = self._dispatch.scanning(explanation.plex_paths)
            if host is not None and change.happened is not Happened.DELETED:
                host.late[change.path] = change
                host.job.changes[key_of(change)] = change
                self._journal.keep(host.job)

    def _retry_job(self, job: Job) -> None:
        """Queue a job again that could not be planned; a poisonous one is given up in the end."""
        job.attempts += 1
        if job.attempts >= self._patience.most_failures and self._goes_on():
            why = f"given up: {self._policy.trouble}"
            self._end(Work(job, "", self._clock()), Result.FAILED, why)
            return
        self._policy.say_trouble(f"deciding about {job.directory}", job.attempts)
        job.not_before = self._clock() + self._patience.retry_s(job.attempts)
        self._put_back(job)

    def _put_back(self, job: Job) -> None:
        """Queue a job again; what was settled since for its directory joins it."""
        with self._changed:
            swallowed = self._queue.put_back(job)
            self._journal.keep(job)
            if swallowed is not None:
                self._journal.finish(swallowed.serial)

    def _ask_due(self) -> None:
        with self._changed:
            self._dispatch.board.plans_wait = self._queue.waits_unplanned(self._clock())
        while self._goes_on():
            now = self._clock()
            if self._throttle.full_until(now) is not None:
                return
            order = self._next_order(now)
            if order is None or not self._ask(order, now):
                return
            self._throttle.note(now)

    def _next_order(self, now: float) -> ScanOrder | ItemOrder | None:
        """Take the next order that may be asked for while people watch what they watch."""
        scans = analyses = True
        if self._dispatch.board.waiting or self._dispatch.items.waiting:

            def look() -> None:
                nonlocal scans, analyses
                scans, analyses = self._throttle.may_scan(now), self._throttle.may_analyze(now)

            if not self._policy.attempt(look):
                return None
        # An analysis may only be asked for while its section is still, which is right now or
        # never: behind a long queue of scans it would starve.
        item = self._dispatch.next_item(now, analyses=analyses)
        return item or (self._dispatch.next_scan(now) if scans else None)

    def _ask(self, order: ScanOrder | ItemOrder, now: float) -> bool:
        """Ask for one order; False when nothing more should be asked in this step."""
        if isinstance(order, ItemOrder) and not self._saw_before(order):
            self._keeps(order)
            return self._goes_on()

        def ask() -> None:
            if isinstance(order, ItemOrder):
                self._dispatch.ask_item(order, now)
            else:
                self._dispatch.ask_scan(order, now)
            self._statistics.time("request", self._clock() - now)

        if self._policy.attempt(ask):
            return True
        if self._keeps(order) and isinstance(order, ScanOrder):
            self._dispatch.board.give_back(order)
        return self._goes_on()

    def _saw_before(self, item: ItemOrder) -> bool:
        """See what an item is like before something is asked for it; False to try that again.

        Without it the follow-up can tell less, so in the end the request is made all the same.
        """
        if not self._verify or not item.is_followed or item.before is not None:
            return True
        if self._policy.attempt(partial(self._dispatch.see_before, item)):
            return True
        return self._goes_on() and item.failures >= BLIND_AFTER

    def _keeps(self, order: ScanOrder | ItemOrder) -> bool:
        """Let an order that failed back off; False for one that is given up, after hours."""
        if self._policy.refuses():
            return True
        order.failures += 1
        order.back_off(self._clock() + self._patience.retry_s(order.failures))
        if order.failures >= self._patience.most_failures and self._goes_on():
            self._dispatch.drop(order, f"Plex answers with an error: {self._policy.trouble}")
            return False
        self._policy.say_trouble(str(order), order.failures)
        return True

    def _look_due(self) -> None:
        self._look_at_scans()
        self._look_at_items()

    def _look_at_items(self) -> None:
        due = self._dispatch.due_item_looks(self._clock())
        activities: list[Activity] = []
        if not due or not self._goes_on():
            return
        if not self._policy.attempt(lambda: activities.extend(self._plex.fresh.activities())):
            return
        self._statistics.count("looks")
        for item in due:
            if not self._goes_on():
                return
            look = partial(self._dispatch.look_at_item, item, tuple(activities), self._clock())
            if not self._policy.attempt(look):
                self._keeps(item)

    def _look_at_scans(self) -> None:
        due = self._dispatch.due_looks(self._clock())
        sections: list[Section] = []
        if not due or not self._goes_on():
            return
        if not self._policy.attempt(lambda: sections.extend(self._plex.fresh.sections())):
            return
        self._statistics.count("looks")
        for order in due:
            if not self._goes_on():
                return
            look = partial(self._dispatch.look, order, tuple(sections), self._clock())
            if not self._policy.attempt(look):
                self._keeps(order)

    def _end(self, work: Work, result: Result, reason: str) -> None:
        """Make the outcome final: told, counted, struck out of the journal."""
        now = self._clock()
        job = work.job
        if work.unknown and job.attempts < MOST_DECISIONS:
            job.attempts += 1
            job.not_before = now + self._patience.retry_s(job.attempts)
            self._put_back(job)
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
        if work.late:
            again = tuple(work.late.values())
            self.file(Settled(job.directory, again, job.last_at, job.last_at))
        if result in {Result.VISIBLE, Result.ASKED, Result.NOT_ACCEPTED}:
            self._done.keep(work.facts)
        self._journal.finish(job.serial)
        self.recent.add(outcome)


def _reason(explanations: list[Explanation]) -> str:
    """Say why, once for each different reason; a long list is cut."""
    reasons = list(dict.fromkeys(each.reason.rstrip(".") for each in explanations))
    more = f" (and {len(reasons) - 2} more reasons)" if len(reasons) > 2 else ""
    return "; ".join(reasons[:2]) + more
