"""The work in hand: orders asked of Plex one by one, followed up, and jobs ended when all is seen.

Called by the worker thread only. Every method that asks Plex does one request (a look: two) and
lets PlexError pass: the worker decides what that means.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from matcher import paths
from matcher.change import Verb
from matcher.errors import PlexNonsense
from watcher.diagnosis import UNKNOWN, diagnose
from watcher.followup import SEEN_ANYWAY, Seen, Verdict, compare, is_lost, judge, why_not
from watcher.item_followup import ItemBoard, ItemVerdict, judge_item, look_at
from watcher.orders import ItemOrder, Orders, as_on_disk
from watcher.outcomes import Result
from watcher.scans import MERGE_AT, ScanBoard, ScanOrder
from watcher.wider import wider

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.change import Change
    from matcher.library import Library, Requests
    from matcher.model import Activity, Part, Section
    from watcher.done import Fact
    from watcher.jobs import Job
    from watcher.patience import Patience
    from watcher.scans import Expectation
    from watcher.statistics import Statistics


@dataclass(slots=True)
class Work:
    """A job in hand: what was decided, asked and seen so far."""

    job: Job
    reason: str
    planned_at: float
    requests: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    expected: bool = False
    seen: bool = False
    """A refresh or an analysis left a trace."""
    unseen: list[str] = field(default_factory=list)
    """Refreshes and analyses that left none."""
    late: dict[str, Change] = field(default_factory=dict)
    """Sidecars that came after the scan was asked, when Plex did not know their video yet."""
    facts: tuple[Fact, ...] = ()
    """How the files of the job looked when it was planned."""
    unknown: bool = False
    """An item that was decided upon is not there any more: to be decided again."""


@dataclass(frozen=True, slots=True)
class PlexSide:
    """Where the dispatch asks: `fresh` reads what Plex has now, past every cache."""

    fresh: Library
    requests: Requests
    forget: Callable[[int, str], None]
    """Drop cached misses of a section's directory: called when a scan of it was asked or ended."""
    refused: Callable[[Expectation, str], None]
    """Remember what Plex did not take, and the likely reason."""
    asked_anew: Callable[[str], None]
    """Forget that Plex did not take a Plex-side path: it is asked for again."""
    deleted_in: Callable[[int], None]
    """Hear that Plex has seen deletions in a section."""
    is_there: Callable[[str], bool]
    """Whether a Plex-side directory is there on this host's disk, as far as is known."""
    held: Callable[[int, str], str | None]
    """Why nothing must be asked now for a Plex-side path of a section (its location is absent or
    empty), or None."""
    settling: Callable[[str], bool] = lambda _directory: False
    """Whether something at or below a Plex-side directory has not come to rest yet."""
    most_settling_s: float = 120.0
    """So long a scan waits for that at most."""
    merge_at: int = MERGE_AT
    analyzes: bool = True
    """Whether the user lets analyses be asked for."""


SCANNING = "library.update.section"
"""The type of activity by which Plex shows a scan, from the moment it was asked for."""


TOGETHER_S = 0.3
"""Looks that are due within so long of each other share the question who is scanning."""


class Dispatch:
    """Orders in hand and the jobs that wait for them."""

    def __init__(
        self,
        plex: PlexSide,
        end: Callable[[Work, Result, str], None],
        tell: Callable[[str, str], None],
        statistics: Statistics,
        *,
        verify: bool,
        patience: Patience,
    ) -> None:
        self._plex = plex
        self._end = end
        self._tell = tell
        self._statistics = statistics
        self._verify = verify
        self._patience = patience
        self.board = ScanBoard(plex.merge_at)
        self.items = ItemBoard()
        self.works: dict[int, Work] = {}
        self.sections: dict[int, Section] = {}
        self._scanned_at: dict[int, int] = {}
        """When Plex scanned each section last, as the last look showed it."""

    def take(self, work: Work, orders: Orders) -> None:
        """Begin with a planned job."""
        self.works[work.job.serial] = work
        for scan in orders.scans:
            work.expected = work.expected or bool(scan.expected)
            for file in scan.expected:
                self._plex.asked_anew(file)
            covering = self.board.covering(scan)
            if covering is None:
                self._want_scan(scan)
            elif not covering.was_told:
                covering.serials |= scan.serials
        for item in orders.items:
            self.items.want(item)
        self._settle_up({work.job.serial})

    def merge(self, sections: tuple[Section, ...]) -> None:
        """Let many waiting folders of one parent become the parent."""
        for section in sections:
            self.sections[section.key] = section
            self._scanned_at.setdefault(section.key, section.scanned_at)
            self.board.merge_siblings(section, partial(self._may_ask_for, section.key))

    def _may_ask_for(self, section: int, directory: str) -> bool:
        return self._plex.held(section, directory) is None

    def _want_scan(self, order: ScanOrder) -> None:
        order.is_held = not self._may_ask_for(order.section, order.directory)
        self.board.want(order)

    def next_scan(self, now: float) -> ScanOrder | None:
        """Take the next scan to ask for; those that must not be asked for now go back."""
        while (order := self.board.next(now, may_run=lambda _section: True)) is not None:
            wait_s = self._wait_s(order, now)
            if wait_s == 0.0:
                return order
            order.not_before = now + wait_s
            self.board.give_back(order)
        return None

    def _wait_s(self, order: ScanOrder, now: float) -> float:
        """How long a scan must not be asked for yet: 0 if it may be asked for now.

        A scan of a directory that has not come to rest would make Plex take in half a file, or
        drop an item between the deletion of its old file and the arrival of the new one. One that
        does not rest was waited for already.
        """
        reason = self._plex.held(order.section, order.directory)
        order.is_held = reason is not None
        if reason is not None:
            if order.not_before == 0.0:
                self._tell("WARNING", f"held: scan of {order.directory}: {reason}")
            return self._patience.held_s
        is_late = now >= order.wanted_at + self._plex.most_settling_s
        works = self._works_of(order.serials)
        is_late = is_late or (bool(works) and all(work.job.restless for work in works))
        if not is_late and self._plex.settling(order.directory):
            return self._patience.settling_s
        return 0.0

    def ask_scan(self, order: ScanOrder, now: float) -> None:
        """Ask for one scan. Raises PlexError; the order is then still marked as running."""
        known = self._plex.requests.scan(order.section, order.directory)
        self._statistics.count("requests")
        self._plex.forget(order.section, order.directory)
        for work in self._works_of(order.serials):
            self._note_request(work, f"scan {order.directory}", now)
        if not known:
            if any(each.key == order.section for each in self._plex.fresh.sections()):
                raise PlexNonsense(f"{order}: Plex answered 404, although it lists the library")
            self._close(order, f"Plex does not know library {order.section} any more")
            return
        order.scanned_before = self._scanned_at.get(order.section, 0)
        self.board.asked(order, now)
        order.look_at = now + self._first_look_s(order, now)
        if not self._verify:
            self._close(order, None)
        elif not order.expected:
            self._tell_jobs(order, None)

    def _first_look_s(self, order: ScanOrder, now: float) -> float:
        """How long to wait for the first look that counts, or for one before while others wait."""
        since_s = now - (now if order.asked_at is None else order.asked_at)
        early_s = self._patience.early_s(since_s) if self.board.waiting.get(order.section) else None
        return self._patience.look_s(0) - since_s if early_s is None else early_s

    def next_item(self, now: float, *, analyses: bool = True) -> ItemOrder | None:
        """Take the next refresh or analysis whose scans are through."""
        for item in self.items.waiting:
            if item.verb is Verb.ANALYZE and not analyses:
                continue
            if item.not_before > now or not self._may_ask(item):
                continue
            if not self._is_away(item):
                return item
            item.not_before = now + self._patience.held_s
        return None

    def _is_away(self, item: ItemOrder) -> bool:
        """Whether the disk of an item is away: Plex would find nothing beside it then."""
        return any(self._plex.held(item.section, place) is not None for place in item.places)

    def busy(self, section: int) -> bool:
        """Whether a scan of a section waits or is followed up."""
        return any(order.section == section for order in self.board.orders())

    def ask_item(self, item: ItemOrder, now: float) -> None:
        """Ask for one refresh or analysis; an analysis waits for a still section.

        One that meets a scan of its section is reported to crash Plex. Raises PlexError.
        """
        if item.verb is Verb.ANALYZE and self._is_scanning(item.section):
            item.not_before = now + self._patience.look_s(item.looks)
            item.looks += 1
            item.before = None  # the scan may leave a trace of its own
            return
        requests = self._plex.requests
        ask = requests.refresh if item.verb is Verb.REFRESH else requests.analyze
        known = ask(item.key)
        self._statistics.count("requests")
        for work in self._works_of(item.serials):
            self._note_request(work, str(item), now)
        if not known:
            self._doubt_loss(item)
            self._lose_item(item)
        elif self._verify and item.is_followed:
            self.items.asked(item, now, now + self._patience.look_s(0))
        else:
            self._end_item(item)

    def see_before(self, item: ItemOrder) -> None:
        """Note what an item looks like before something is asked for it. Raises PlexError."""
        item.before = self._plex.fresh.trace(item.key)

    def due_item_looks(self, now: float) -> list[ItemOrder]:
        """Name the refreshes and analyses that were asked for and should be looked at now."""
        return [item for item in self.items.watched if item.look_at <= now]

    def look_at_item(self, item: ItemOrder, activities: tuple[Activity, ...], now: float) -> None:
        """Look what became of a refresh or an analysis. Raises PlexError."""
        if self._is_away(item):
            self.items.again(item)  # what Plex does now it does without the files
            return
        seen = look_at(item, self._plex.fresh.trace(item.key), activities)
        shows = item.verb in self.items.shows
        verdict = judge_item(item, seen, now, self._patience, shows=shows)
        item.asked_looks += 1
        item.look_at = now + self._patience.look_s(item.asked_looks)
        if verdict is ItemVerdict.GONE:
            self._doubt_loss(item)
            self._lose_item(item)
        elif verdict is ItemVerdict.SEEN:
            self.items.shows.add(item.verb)
            for work in self._works_of(item.serials):
                work.seen = True
            self._end_item(item)
        elif verdict is ItemVerdict.ASK_AGAIN:
            self._tell("INFO", f"Plex shows no trace of the {item}: asked again")
            self.items.again(item)
        elif verdict is ItemVerdict.UNSEEN:
            self.items.shows.discard(item.verb)
            self._leave_unseen(item)

    def _leave_unseen(self, item: ItemOrder) -> None:
        for work in self._works_of(item.serials):
            work.unseen.append(f"Plex took the {item} and shows no trace of it")
        self._end_item(item)

    def _doubt_loss(self, item: ItemOrder) -> None:
        """Raise PlexError unless Plex answers plain questions and really has no such item.

        What stands before a server that is being started answers 404 to everything.
        """
        section = next((s for s in self._plex.fresh.sections() if s.key == item.section), None)
        if section is not None and self._plex.fresh.item_parts(section, item.key) is not None:
            raise PlexNonsense(f"{item}: Plex answered 404, although it has the item")

    def _lose_item(self, item: ItemOrder) -> None:
        for work in self._works_of(item.serials):
            work.unknown = True
            work.troubles.append(f"Plex does not know item {item.key} any more")
        self._end_item(item)

    def _end_item(self, item: ItemOrder) -> None:
        self.items.finished(item)
        self._settle_up(item.serials)

    def scanning(self, plex_paths: tuple[str, ...]) -> Work | None:
        """Find a job whose scan was asked for a place that holds one of these Plex paths."""
        for order in self.board.watched:
            works = self._works_of(order.serials)
            if works and any(paths.is_within(path, order.directory) for path in plex_paths):
                return works[0]
        return None

    def due_looks(self, now: float) -> list[ScanOrder]:
        """Name the scans that were asked for and should be looked at now."""
        soon = now + TOGETHER_S
        if all(order.look_at > now for order in self.board.watched):
            return []
        return [order for order in self.board.watched if order.look_at <= soon]

    def look(self, order: ScanOrder, sections: tuple[Section, ...], now: float) -> None:
        """Look what became of one scan. Raises PlexError; the order is then looked at again."""
        self.sections.update((each.key, each) for each in sections)
        self._scanned_at.update((each.key, each.scanned_at) for each in sections)
        section = next((each for each in sections if each.key == order.section), None)
        if section is None:
            self._close(order, f"library {order.section} is gone from Plex")
            return
        idle = not any(each.refreshing for each in sections)
        self._note_look(order, now, section, idle=idle)
        if section.refreshing and (order.was_told or order.looks % SEEN_ANYWAY):
            return
        if order.has_run and not section.refreshing:
            self.board.free(order)
        if order.was_told:
            self._forget_if_over(order)
            return
        parts = self._plex.fresh.parts_containing(section, inside(order.directory))
        seen = compare(order.expected.values(), parts)
        if not self._plex.analyzes:
            seen = replace(seen, stale=())
        verdict = judge(order, seen, now, self._patience, idle=idle)
        if verdict is Verdict.VISIBLE:
            self._seen(order, parts)
        elif verdict is not Verdict.WAIT:
            self._pursue(order, seen, verdict, now)

    def _note_look(self, order: ScanOrder, now: float, section: Section, *, idle: bool) -> None:
        order.was_seen_running = order.was_seen_running or section.refreshing
        if self._first_look_s(order, now) > 0:
            # Too early to count: until the scanner begins, a busy Plex looks like an idle one.
            order.look_at = now + self._first_look_s(order, now)
            return
        order.looks += 1
        if order.scanned_before and self.board.running.get(order.section) is order:
            # From when the next one may be asked for, what is seen may be of that.
            moved = section.scanned_at != order.scanned_before
            order.ran = order.was_seen_running or moved
        order.idle_since = (order.idle_since or now) if idle else None
        order.idle_looks = order.idle_looks + 1 if idle else 0
        order.look_at = now + self._patience.look_s(order.idle_looks if idle else order.looks)

    def _seen(self, order: ScanOrder, parts: tuple[Part, ...]) -> None:
        """Let go of a scan all of whose files are as they should be."""
        wishes = order.expected
        if any(wish.gone for wish in wishes.values()):
            self._plex.deleted_in(order.section)
        self._plex.forget(order.section, order.directory)
        if order.analyses and order.attempts + order.losses > 1:
            # It was a scan that noticed them in the end, after their analysis.
            for part in parts:
                if part.file in wishes and wishes[part.file].replaced:
                    self._analyze(part, order.serials)
        self._tell_jobs(order, None)

    def _pursue(self, order: ScanOrder, seen: Seen, verdict: Verdict, now: float) -> None:
        """Do about a scan without a result what is to be done."""
        if self._is_out_of_date(order):
            return  # the next look compares with the disk as it is
        if verdict is Verdict.ANALYZE:
            self._analyze_stale(order, seen, now)
        elif self._is_scanning(None):
            order.idle_since = now  # it waits for its turn: its section shows nothing of that
        elif verdict is Verdict.NOT_ACCEPTED:
            section = self.sections.get(order.section)
            kind = section.type if section else ""
            reasons = [diagnose(wish.host, kind) if wish.host else UNKNOWN for wish in seen.unmet]
            for wish, reason in zip(seen.unmet, reasons, strict=True):
                self._plex.refused(wish, reason)
            self._close(order, why_not(seen, reasons[0]))
        else:
            self._tell("INFO", f"Plex shows no trace of the scan of {order.directory}: asked again")
            self._again(order, self._where_again(order, verdict), now)

    def _where_again(self, order: ScanOrder, verdict: Verdict) -> str:
        """Name the directory to ask for again; what is known to be lost was no attempt."""
        if is_lost(order):
            order.losses += 1
            order.attempts -= 1
            self.board.one_by_one = self.board.one_by_one or order.was_beside
            return order.directory
        if verdict is Verdict.ASK_AGAIN and self._plex.is_there(order.directory):
            return order.directory
        section = self.sections.get(order.section)
        return wider(order, section.locations if section else (), self._plex.is_there)

    def _is_out_of_date(self, order: ScanOrder) -> bool:
        """Compare what an order expects with the disk, which has the last word."""
        if self._plex.held(order.section, order.directory) is not None:
            return False
        wishes = [as_on_disk(wish) for wish in order.expected.values()]
        expected = {wish.file: wish for wish in wishes if wish is not None}
        changed, order.expected = expected != order.expected, expected
        return changed

    def _again(self, order: ScanOrder, directory: str, now: float) -> None:
        self.board.finished(order)
        order.directory = directory
        order.asked_at = None
        order.wanted_at = now
        self._want_scan(order)

    def _analyze_stale(self, order: ScanOrder, seen: Seen, now: float) -> None:
        """Ask for the analysis of files whose new size no scan noticed, then look on."""
        order.analyses += 1
        order.idle_since = now
        for part in seen.stale:
            self._analyze(part, order.serials, is_followed=False)

    def _analyze(self, part: Part, serials: set[int], *, is_followed: bool = True) -> None:
        item = ItemOrder(Verb.ANALYZE, part.section, part.key, part.title, set(serials))
        item.places = {part.file}
        item.is_followed = is_followed
        self.items.want(item)

    def _may_ask(self, item: ItemOrder) -> bool:
        """Whether the scans that an item's jobs need are over; for an analysis, any scan."""
        if item.verb is Verb.ANALYZE and item.section in self.board.running:
            return False
        return not any(
            order.section == item.section
            and not order.serials.isdisjoint(item.serials)
            and not _only_stale(order)
            for order in self.board.orders()
        )

    def _is_scanning(self, section: int | None) -> bool:
        """Ask Plex whether it scans a section (None: any), or has a scan of it in its queue."""
        known = self._plex.fresh.sections()
        if any(each.refreshing for each in known if section in {None, each.key}):
            return True
        return any(
            activity.type == SCANNING and (section is None or activity.section in {None, section})
            for activity in self._plex.fresh.activities()
        )

    def _close(self, order: ScanOrder, trouble: str | None) -> None:
        self.board.finished(order)
        self._tell_jobs(order, trouble)

    def _tell_jobs(self, order: ScanOrder, trouble: str | None) -> None:
        """Let the jobs of a scan know what came of it; the scan itself may not be over yet."""
        serials, order.serials = order.serials, set()
        order.was_told = True
        self._forget_if_over(order)
        for work in self._works_of(serials):
            if trouble is not None:
                work.troubles.append(trouble)
        self._settle_up(serials)

    def _forget_if_over(self, order: ScanOrder) -> None:
        """Let go of a scan whose jobs were told, once nothing of it can be going on."""
        section = self.sections.get(order.section)
        running = section is not None and section.refreshing
        if not running and (order.has_run or order.expected):
            self.board.finished(order)

    def drop(self, order: ScanOrder | ItemOrder, reason: str) -> None:
        """Give an order up: it failed too often by itself."""
        if isinstance(order, ScanOrder):
            self._close(order, reason)
        elif order in self.items.watched:
            self._leave_unseen(order)
        else:
            for work in self._works_of(order.serials):
                work.troubles.append(reason)
            self._end_item(order)

    def _settle_up(self, serials: set[int]) -> None:
        """End the jobs that wait for nothing any more."""
        for serial in list(serials):
            work = self.works.get(serial)
            if work is None or self.board.orders_of(serial):
                continue
            if self.items.holds(serial):
                continue
            del self.works[serial]
            self._end(work, *self._result(work))

    def _result(self, work: Work) -> tuple[Result, str]:
        if work.troubles:
            return Result.NOT_ACCEPTED, "; ".join(dict.fromkeys(work.troubles))
        if not work.requests:
            return Result.NOTHING, work.reason
        reason = "; ".join((work.reason, *work.unseen))
        is_seen = work.expected or (work.seen and not work.unseen)
        return Result.VISIBLE if is_seen and self._verify else Result.ASKED, reason

    def _works_of(self, serials: set[int]) -> list[Work]:
        return [self.works[serial] for serial in serials if serial in self.works]

    def _note_request(self, work: Work, text: str, now: float) -> None:
        work.timings.setdefault("request", now - work.planned_at)
        work.requests.append(text)

    def next_at(self, now: float) -> float | None:
        """When something is due next, in monotonic seconds."""
        times = [t for t in (self.board.next_at(now),) if t is not None]
        times += [max(now, item.not_before) for item in self.items.waiting if self._may_ask(item)]
        times += [item.look_at for item in self.items.watched]
        return min(times, default=None)


def _only_stale(order: ScanOrder) -> bool:
    """Whether a scan ended and merely its replaced files wait for their analysis."""
    return order.asked_at is not None and order.analyses > 0


def inside(directory: str) -> str:
    """Return the text with which the path of every file below a Plex-side directory begins."""
    return paths.join(directory, "x")[:-1]
