"""The desk for scans: they are asked for one by one, and followed up until all is seen.

Called by the worker thread only. Every method that asks Plex does one request (a look: two; asking
once more: three) and lets PlexError pass: the worker decides what that means.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from matcher import paths
from matcher.change import Verb
from matcher.errors import PlexNonsense
from watcher.diagnosis import UNKNOWN, diagnose
from watcher.followup import SEEN_ANYWAY, Seen, Verdict, compare, is_lost, judge, why_not
from watcher.last_look import SMALL, is_obeyed, is_overtaken_now
from watcher.orders import ItemOrder, as_on_disk
from watcher.scans import ScanBoard
from watcher.wider import wider

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.model import Part, Section
    from watcher.desk import Desk
    from watcher.item_desk import ItemDesk
    from watcher.scan_order import Expectation, ScanOrder
    from watcher.works import Work

TOGETHER_S = 0.3
"""Looks that are due within so long of each other share the question who is scanning."""
BLIND_EVERY = 3
"""So often a scan to which no answer came is asked for again without a look whether it was made,
since looking may fail as well."""


class ScanDesk:
    """Scans in hand. `items` takes the analyses that files need which no scan notices."""

    def __init__(self, desk: Desk, items: ItemDesk) -> None:
        self._plex = desk.plex
        self._works = desk.works
        self._tell = desk.tell
        self._statistics = desk.statistics
        self._verify = desk.verify
        self._patience = desk.patience
        self._items = items
        self.board = ScanBoard(desk.plex.merge_at)
        self.sections: dict[int, Section] = {}
        self._scanned_at: dict[int, int] = {}
        """When Plex scanned each section last, as the last look showed it."""

    def take(self, scan: ScanOrder, now: float) -> None:
        """Take a scan that a job needs; one in hand may answer for it."""
        for file in scan.expected:
            self._plex.asked_anew(file)
        covering = self.board.covering(scan)
        if covering is None:
            self.want(scan)
        elif not covering.was_told:
            covering.serials |= scan.serials
            self._works.note_request(scan.serials, str(covering), now)

    def merge(self, sections: tuple[Section, ...]) -> None:
        """Let many waiting folders of one parent become the parent."""
        for section in sections:
            self.sections[section.key] = section
            self._scanned_at.setdefault(section.key, section.scanned_at)
            self.board.merge_siblings(section, partial(self._plex.may_ask_for, section.key))

    def want(self, order: ScanOrder) -> None:
        """Put a scan among the waiting; one that must not be asked for speaks for no other."""
        order.is_held = not self._plex.may_ask_for(order.section, order.directory)
        self.board.want(order)

    def look_again(self, now: float) -> None:
        """Let scans that are held be looked at again now: what they waited for may be there."""
        for queue in self.board.waiting.values():
            for order in queue.values():
                if order.is_held:
                    order.not_before = min(order.not_before, now)

    def next(self, now: float) -> ScanOrder | None:
        """Take the next scan to ask for; those that must not be asked for now wait."""
        ready = self.board.ready(now)
        if not ready:
            return None
        is_settling = self._plex.settling()
        for order in ready:
            wait_s = self._wait_s(order, now, is_settling)
            if wait_s == 0.0:
                self.board.take(order)
                return order
            order.not_before = now + wait_s
        return None

    def _wait_s(self, order: ScanOrder, now: float, is_settling: Callable[[str], bool]) -> float:
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
            if not self._plex.waits:
                self._give_up(order, reason)
            return self._patience.held_s
        if is_overtaken_now(order):
            order.wanted_at = now
            return self._patience.settling_s
        is_late = now >= order.wanted_at + self._plex.most_settling_s
        works = self._works.of(order.serials)
        is_late = is_late or (bool(works) and all(work.job.restless for work in works))
        places = self._around(order) if order.is_overtaken else (order.directory,)
        if not is_late and any(map(is_settling, places)):
            return self._patience.settling_s
        return 0.0

    def _around(self, order: ScanOrder) -> tuple[str, ...]:
        """Name the places of a section in which something may settle that moved on from another."""
        section = self.sections.get(order.section)
        return (order.directory, *(section.locations if section else ()))

    def _give_up(self, order: ScanOrder, reason: str) -> None:
        """Let go of a scan that must not be asked for."""
        serials, order.serials = order.serials, set()
        self.board.take(order)
        self.board.finished(order)
        self._works.note_held(serials, f"a scan of {order.directory} is held: {reason}")
        self._works.settle_up(serials)

    def ask(self, order: ScanOrder, now: float) -> None:
        """Ask for one scan. Raises PlexError; the order is then still marked as running."""
        if self._was_obeyed(order):
            self._works.note_request(order.serials, str(order), now)
            self._note_asked(order, now)
            return
        if not order.unanswered:
            order.scanned_before = self._scanned_at.get(order.section, 0)
        known = self._plex.requests.scan(order.section, order.directory)
        self._statistics.count("requests")
        self._plex.forget(order.section, order.directory)
        self._works.note_request(order.serials, str(order), now)
        if not known:
            if any(each.key == order.section for each in self._plex.fresh.sections()):
                raise PlexNonsense(f"{order}: Plex answered 404, although it lists the library")
            self.close(order, f"Plex does not know library {order.section} any more")
            return
        self._note_asked(order, now)
        if not self._verify:
            self.close(order, None)
        elif not order.expected:
            self._tell_jobs(order, None)

    def _was_obeyed(self, order: ScanOrder) -> bool:
        """Whether Plex has done by now what it gave no answer to. Raises PlexError."""
        if not (self._verify and order.expected and order.unanswered % BLIND_EVERY):
            return False
        sections = self._plex.fresh.sections()
        section = next((each for each in sections if each.key == order.section), None)
        if section is None:
            return False
        if order.scanned_before and section.scanned_at != order.scanned_before:
            return True
        seen = compare(order.expected.values(), self._shown(section, order), self._plex.apart)
        return is_obeyed(seen)

    def _shown(self, section: Section, order: ScanOrder) -> tuple[Part, ...]:
        return self._plex.fresh.parts_containing(section, inside(order.directory))

    def _note_asked(self, order: ScanOrder, now: float) -> None:
        order.unanswered = 0
        self.board.asked(order, now)
        order.look_at = now + self._first_look_s(order, now)

    def _first_look_s(self, order: ScanOrder, now: float) -> float:
        """How long to wait for the first look that counts, or for one before while others wait."""
        since_s = now - (now if order.asked_at is None else order.asked_at)
        hurry = bool(self.board.waiting.get(order.section)) and len(order.expected) <= SMALL
        early_s = self._patience.early_s(since_s) if hurry else None
        return self._patience.look_s(0) - since_s if early_s is None else early_s

    def scanning(self, plex_paths: tuple[str, ...]) -> Work | None:
        """Find a job whose scan was asked for a place that holds one of these Plex paths."""
        for order in self.board.watched:
            works = self._works.of(order.serials)
            if works and any(paths.is_within(path, order.directory) for path in plex_paths):
                return works[0]
        return None

    def concerned_with(self, plex_paths: tuple[str, ...]) -> Work | None:
        """Find a job with a scan of a place that holds one of these paths, or lies beside it."""
        for order in self.board.orders():
            works = self._works.of(order.serials)
            if works and any(_is_near(order.directory, path) for path in plex_paths):
                return works[0]
        return None

    def due_looks(self, now: float) -> list[ScanOrder]:
        """Name the scans that were asked for and should be looked at now, the longest due first."""
        soon = now + TOGETHER_S
        if all(order.look_at > now for order in self.board.watched):
            return []
        due = [order for order in self.board.watched if order.look_at <= soon]
        return sorted(due, key=lambda order: order.look_at)

    def look(self, order: ScanOrder, sections: tuple[Section, ...], now: float) -> None:
        """Look what became of one scan. Raises PlexError; the order is then looked at again."""
        self.sections.update((each.key, each) for each in sections)
        self._scanned_at.update((each.key, each.scanned_at) for each in sections)
        section = next((each for each in sections if each.key == order.section), None)
        if section is None:
            self.close(order, f"library {order.section} is gone from Plex")
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
        parts = self._shown(section, order)
        seen = compare(order.expected.values(), parts, self._plex.apart)
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
        order.idle_looks = order.idle_looks + 1 if idle and not self.board.is_behind(order) else 0
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
        if self._is_out_of_date(order, now):
            return  # the next look compares with the disk as it is
        if self._plex.doubt(order.section):
            order.look_at = now  # before anything is concluded from it
        elif order.analyses and self._items.analysis_waits(part.key for part in seen.stale):
            order.idle_since = now  # nothing can come of it before it is asked for
        elif verdict is Verdict.ANALYZE:
            self._analyze_stale(order, seen, now)
        elif self._plex.is_scanning(None):
            order.idle_since = now  # it waits for its turn: its section shows nothing of that
        elif verdict is Verdict.NOT_ACCEPTED:
            section = self.sections.get(order.section)
            kind = section.type if section else ""
            reasons = [_reason(wish, kind) for wish in seen.unmet]
            for wish, reason in zip(seen.unmet, reasons, strict=True):
                self._plex.refused(wish, reason)
            self.close(order, why_not(seen, reasons[0]))
        else:
            self._tell("INFO", f"Plex shows no trace of the scan of {order.directory}: asked again")
            self._again(order, self._where_again(order, verdict), now)

    def _where_again(self, order: ScanOrder, verdict: Verdict) -> str:
        """Name the directory to ask for again; what is known to be lost was no attempt."""
        if order.was_beside and not self.board.one_by_one:
            self.board.one_by_one = True
            self._tell("INFO", "Plex may lose scans beside others: they go one at a time now")
        if is_lost(order):
            order.losses += 1
            order.attempts -= 1
            return order.directory
        if verdict is Verdict.ASK_AGAIN and self._plex.is_there(order.directory):
            return order.directory
        section = self.sections.get(order.section)
        return wider(order, section.locations if section else (), self._plex.is_there)

    def _is_out_of_date(self, order: ScanOrder, now: float) -> bool:
        """Compare what an order expects with the disk, which has the last word."""
        if not self._plex.answers(order.directory):
            order.idle_since = now  # nobody can say how the disk is
            return True
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
        self.want(order)

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
        self._items.board.want(item)

    def close(self, order: ScanOrder, trouble: str | None) -> None:
        """Let go of a scan and tell its jobs, with the trouble that there was."""
        self.board.finished(order)
        self._tell_jobs(order, trouble)

    def _tell_jobs(self, order: ScanOrder, trouble: str | None) -> None:
        """Let the jobs of a scan know what came of it; the scan itself may not be over yet."""
        serials, order.serials = order.serials, set()
        order.was_told = True
        self._forget_if_over(order)
        if trouble is not None:
            self._works.note_trouble(serials, trouble)
        self._works.settle_up(serials)

    def _forget_if_over(self, order: ScanOrder) -> None:
        """Let go of a scan whose jobs were told, once nothing of it can be going on."""
        section = self.sections.get(order.section)
        running = section is not None and section.refreshing
        if not running and (order.has_run or order.expected):
            self.board.finished(order)


def _reason(wish: Expectation, section_type: str) -> str:
    """Say the likeliest reason why Plex does not show a file, or goes on showing it."""
    if wish.gone:
        return "it is gone from the disk"
    return diagnose(wish.host, section_type) if wish.host else UNKNOWN


def inside(directory: str) -> str:
    """Return the text with which the path of every file below a Plex-side directory begins."""
    return paths.join(directory, "x")[:-1]


def _is_near(directory: str, path: str) -> bool:
    """Whether a directory holds a path, or lies where the path lies, at any depth."""
    return paths.is_within(path, directory) or paths.is_within(directory, paths.parent(path))
