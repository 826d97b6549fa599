"""The work in hand: orders asked of Plex one by one, followed up, and jobs ended when all is seen.

Called by the worker thread only. Every method that asks Plex does one request (a look: two) and
lets PlexError pass: the worker decides what that means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher import paths
from matcher.change import Verb
from watcher.followup import Seen, Verdict, compare, judge
from watcher.orders import ItemOrder, Orders
from watcher.outcomes import Result
from watcher.scans import MERGE_AT, ScanBoard, ScanOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.change import Change
    from matcher.library import Library, Requests
    from matcher.model import Section
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
    late: dict[str, Change] = field(default_factory=dict)
    """Sidecars that came after the scan was asked, when Plex did not know their video yet."""


@dataclass(frozen=True, slots=True)
class PlexSide:
    """Where the dispatch asks: `fresh` reads what Plex has now, past every cache."""

    fresh: Library
    requests: Requests
    forget: Callable[[int, str], None]
    """Drop cached misses of a section's directory: called when a scan of it was asked or ended."""
    refused: Callable[[Expectation], None]
    """Remember what Plex did not take."""
    deleted_in: Callable[[int], None]
    """Hear that Plex has seen deletions in a section."""
    is_there: Callable[[str], bool]
    """Whether a Plex-side directory is there on this host's disk, as far as is known."""
    held: Callable[[ScanOrder], str | None]
    """Why a scan must not be asked now (an absent or empty location), or None."""
    merge_at: int = MERGE_AT


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
        self.items: list[ItemOrder] = []
        self.works: dict[int, Work] = {}
        self.sections: dict[int, Section] = {}

    def take(self, work: Work, orders: Orders) -> None:
        """Begin with a planned job."""
        self.works[work.job.serial] = work
        for scan in orders.scans:
            work.expected = work.expected or bool(scan.expected)
            self.board.want(scan)
        for item in orders.items:
            self._want_item(item)
        self._settle_up({work.job.serial})

    def merge(self, sections: tuple[Section, ...]) -> None:
        """Let many waiting folders of one parent become the parent."""
        for section in sections:
            self.sections[section.key] = section
            self.board.merge_siblings(section)

    def next_scan(self, now: float) -> ScanOrder | None:
        """Take the next scan to ask for; held ones go back."""
        order = self.board.next(now, may_run=lambda _section: True)
        if order is None:
            return None
        reason = self._plex.held(order)
        if reason is None:
            return order
        if order.not_before == 0.0:
            self._tell("WARNING", f"held: scan of {order.directory}: {reason}")
        order.not_before = now + self._patience.held_s
        self.board.give_back(order)
        return None

    def ask_scan(self, order: ScanOrder, now: float) -> None:
        """Ask for one scan. Raises PlexError; the order is then still marked as running."""
        known = self._plex.requests.scan(order.section, order.directory)
        self._statistics.count("requests")
        self._plex.forget(order.section, order.directory)
        for work in self._works_of(order.serials):
            self._note_request(work, f"scan {order.directory}", now)
        if not known:
            self._close(order, f"Plex does not know library {order.section} any more")
            return
        self.board.asked(order, now)
        if self._verify and order.expected:
            order.look_at = now + self._patience.look_s(order.looks)
        else:
            self._close(order, None)

    def next_item(self, now: float, *, analyses: bool = True) -> ItemOrder | None:
        """Take the next refresh or analysis whose scans are through."""
        for item in self.items:
            if item.verb is Verb.ANALYZE and not analyses:
                continue
            if item.not_before <= now and not self._waits_for_scan(item):
                return item
        return None

    def busy(self, section: int) -> bool:
        """Whether a scan of a section waits or is followed up."""
        return any(order.section == section for order in self.board.orders())

    def ask_item(self, item: ItemOrder, now: float) -> None:
        """Ask for one refresh or analysis. Raises PlexError."""
        ask = self._plex.requests.refresh if item.verb is Verb.REFRESH else None
        known = ask(item.key) if ask else self._plex.requests.analyze(item.key)
        self._statistics.count("requests")
        self.items.remove(item)
        for work in self._works_of(item.serials):
            self._note_request(work, f"{item.verb} {item.title!r}", now)
            if not known:
                work.troubles.append(f"Plex does not know item {item.key} any more")
        self._settle_up(item.serials)

    def scanning(self, plex_paths: tuple[str, ...]) -> Work | None:
        """Find a job whose scan was asked for a place that holds one of these Plex paths."""
        for order in self.board.watched:
            if any(paths.is_within(path, order.directory) for path in plex_paths):
                return next(iter(self._works_of(order.serials)), None)
        return None

    def due_looks(self, now: float) -> list[ScanOrder]:
        """Name the scans that were asked for and should be looked at now."""
        return [order for order in self.board.watched if order.look_at <= now]

    def look(self, order: ScanOrder, sections: tuple[Section, ...], now: float) -> None:
        """Look what became of one scan. Raises PlexError; the order is then looked at again."""
        order.looks += 1
        order.look_at = now + self._patience.look_s(order.looks)
        section = next((each for each in sections if each.key == order.section), None)
        if section is None:
            self._close(order, f"library {order.section} is gone from Plex")
            return
        if section.refreshing and order.looks % 4:
            order.was_seen_running = True
            order.idle_looks = 0
            return
        parts = self._plex.fresh.parts_containing(section, inside(order.directory))
        seen = compare(order.expected.values(), parts)
        idle = not any(each.refreshing for each in sections)
        order.idle_looks = order.idle_looks + 1 if idle else 0
        if not section.refreshing and (order.was_seen_running or order.idle_looks > 1):
            self.board.free(order)
        self._act(order, seen, judge(order, seen, now, self._patience, idle=idle), now)

    def _act(self, order: ScanOrder, seen: Seen, verdict: Verdict, now: float) -> None:
        if verdict is Verdict.VISIBLE:
            if any(wish.gone for wish in order.expected.values()):
                self._plex.deleted_in(order.section)
            self._plex.forget(order.section, order.directory)
            self._close(order, None)
        elif verdict is Verdict.ANALYZE:
            self._analyze_stale(order, seen)
        elif verdict is Verdict.ASK_AGAIN:
            self._tell("INFO", f"Plex shows no trace of the scan of {order.directory}: asked again")
            again = self._plex.is_there(order.directory)
            self._again(order, order.directory if again else self._wider(order), now)
        elif verdict is Verdict.ASK_PARENT:
            self._again(order, self._wider(order), now)
        elif verdict is Verdict.NOT_ACCEPTED:
            for wish in seen.unmet:
                self._plex.refused(wish)
            self._close(order, why_not(seen))

    def _again(self, order: ScanOrder, directory: str, now: float) -> None:
        self.board.finished(order)
        order.directory = directory
        order.asked_at = None
        order.wanted_at = now
        self.board.want(order)

    def _wider(self, order: ScanOrder) -> str:
        """Name the nearest directory above that is there, or the same one where that is a location.

        For what is merely gone the location itself is the last resort: a scan of a vanished
        folder makes some servers notice and is ignored by others.
        """
        section = self.sections.get(order.section)
        only_gone = all(wish.gone for wish in order.expected.values())
        for location in section.locations if section else ():
            wider = order.directory
            depth = len(paths.relative(order.directory, location) or ())
            for above in range(depth - 1, -1, -1):
                wider = paths.parent(wider)
                if (above > 0 and self._plex.is_there(wider)) or (above == 0 and only_gone):
                    return wider
        return order.directory

    def _analyze_stale(self, order: ScanOrder, seen: Seen) -> None:
        """Ask for the analysis of files whose new size no scan noticed, then look on."""
        order.attempts = max(order.attempts, 2)
        order.idle_looks = -4  # time for the analysis before the next verdict of this kind
        for part in seen.stale:
            self._want_item(
                ItemOrder(Verb.ANALYZE, part.section, part.key, part.title, set(order.serials))
            )

    def _want_item(self, item: ItemOrder) -> None:
        for other in self.items:
            if (other.verb, other.key) == (item.verb, item.key):
                other.serials |= item.serials
                return
        self.items.append(item)

    def _waits_for_scan(self, item: ItemOrder) -> bool:
        return any(
            order.section == item.section
            and not order.serials.isdisjoint(item.serials)
            and not self._only_stale(order)
            for order in self.board.orders()
        )

    def _only_stale(self, order: ScanOrder) -> bool:
        """Whether a scan ended and merely its replaced files wait for their analysis."""
        return order.asked_at is not None and order.idle_looks < 0

    def _close(self, order: ScanOrder, trouble: str | None) -> None:
        self.board.finished(order)
        for work in self._works_of(order.serials):
            if trouble is not None:
                work.troubles.append(trouble)
        self._settle_up(order.serials)

    def drop(self, order: ScanOrder | ItemOrder, reason: str) -> None:
        """Give an order up: it failed too often by itself."""
        if isinstance(order, ScanOrder):
            self._close(order, reason)
            return
        self.items.remove(order)
        for work in self._works_of(order.serials):
            work.troubles.append(reason)
        self._settle_up(order.serials)

    def _settle_up(self, serials: set[int]) -> None:
        """End the jobs that wait for nothing any more."""
        for serial in list(serials):
            work = self.works.get(serial)
            if work is None or self.board.orders_of(serial):
                continue
            if any(serial in item.serials for item in self.items):
                continue
            del self.works[serial]
            self._end(work, *self._result(work))

    def _result(self, work: Work) -> tuple[Result, str]:
        if work.troubles:
            return Result.NOT_ACCEPTED, "; ".join(dict.fromkeys(work.troubles))
        if not work.requests:
            return Result.NOTHING, work.reason
        if work.expected and self._verify:
            return Result.VISIBLE, work.reason
        return Result.ASKED, work.reason

    def _works_of(self, serials: set[int]) -> list[Work]:
        return [self.works[serial] for serial in serials if serial in self.works]

    def _note_request(self, work: Work, text: str, now: float) -> None:
        work.timings.setdefault("request", now - work.planned_at)
        work.requests.append(text)

    def next_at(self, now: float) -> float | None:
        """When something is due next, in monotonic seconds."""
        times = [t for t in (self.board.next_at(now),) if t is not None]
        times += [
            max(now, item.not_before) for item in self.items if not self._waits_for_scan(item)
        ]
        return min(times, default=None)


def inside(directory: str) -> str:
    """Return the text with which the path of every file below a Plex-side directory begins."""
    return paths.join(directory, "x")[:-1]


def why_not(seen: Seen) -> str:
    """Guess why Plex does not show what it was asked for, as far as the names tell."""
    wish = seen.unmet[0]
    more = f" and {len(seen.unmet) - 1} more" if len(seen.unmet) > 1 else ""
    if wish.gone:
        return f"Plex still has {wish.file}{more}, although it is gone from the disk"
    if seen.stale:
        return f"Plex still shows the old size of {wish.file}{more}"
    return (
        f"Plex does not show {wish.file}{more}: it may see another path than this host, ignore it "
        "by a .plexignore or by its name, or lack the permission to read it"
    )
