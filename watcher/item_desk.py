"""The desk for items: refreshes and analyses are asked for one by one, and followed up.

Called by the worker thread only. Every method that asks Plex does one request (a look, and an
analysis: two or three) and lets PlexError pass: the worker decides what that means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.change import Verb
from matcher.errors import PlexNonsense
from watcher.item_followup import ItemBoard, ItemVerdict, judge_item, look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.model import Activity
    from watcher.desk import Desk
    from watcher.orders import ItemOrder


STILL_S = 0.5
"""So long a section that was seen to be still is believed to be: that serves many analyses."""
PUT_OFF_S = 60.0
"""So long at most an analysis waits because one scan after the other may begin."""


class ItemDesk:
    """Refreshes and analyses in hand.

    `gate` tells, as things stand now, whether the scans that one needs are over.
    """

    def __init__(self, desk: Desk, gate: Callable[[], Callable[[ItemOrder], bool]]) -> None:
        self.board = ItemBoard()
        self._gate = gate
        self._still_until: dict[int, float] = {}
        self._begins_by: dict[int | None, float] = {}
        """Until when a scan of a section (None: of any) may begin that shows nowhere yet."""
        self._plex = desk.plex
        self._works = desk.works
        self._tell = desk.tell
        self._statistics = desk.statistics
        self._verify = desk.verify
        self._patience = desk.patience

    def next(self, now: float, *, analyses: bool = True) -> ItemOrder | None:
        """Take the next refresh or analysis whose scans are through."""
        may_ask = self._gate()
        for item in self.board.waiting.values():
            if item.verb is Verb.ANALYZE and not analyses:
                continue
            if item.not_before > now or not self._has_room(item) or not may_ask(item):
                continue
            if not self._is_away(item):
                return item
            item.not_before = now + self._patience.held_s
        return None

    def _has_room(self, item: ItemOrder) -> bool:
        """Whether one more may be asked for: what was, is seen through first where it shows."""
        return item.verb not in self.board.shows or not self.board.is_full

    def _is_away(self, item: ItemOrder) -> bool:
        """Whether the disk of an item is away: Plex would find nothing beside it then."""
        return any(self._plex.held(item.section, place) is not None for place in item.places)

    def ask(self, item: ItemOrder, now: float) -> None:
        """Ask for one refresh or analysis; an analysis waits for a still section.

        One that meets a scan of its section is reported to crash Plex. Raises PlexError.
        """
        if item.verb is Verb.ANALYZE:
            later = self._analyze_later(item, now)
            if later is not None:
                self._put_off_analyses(item.section, now, later)
                return
        requests = self._plex.requests
        ask = requests.refresh if item.verb is Verb.REFRESH else requests.analyze
        known = ask(item.key)
        self._statistics.count("requests")
        self._works.note_request(item.serials, str(item), now)
        if not known:
            self._doubt_loss(item)
            self._lose_item(item)
        elif not self._verify or not item.is_followed:
            self._end_item(item)
        elif self.board.is_full:
            self._leave_unseen(item, "and has shown no trace of such work before")
        else:
            self.board.asked(item, now, now + self._patience.look_s(0))

    def _analyze_later(self, item: ItemOrder, now: float) -> float | None:
        """Say until when an analysis has to wait for scans, None if it may be asked for now.

        Raises PlexError.
        """
        begins_by = max(self._begins_by.get(key, now) for key in (None, item.section))
        is_patient = item.put_off_at is None or now - item.put_off_at < PUT_OFF_S
        if now < begins_by and is_patient:
            return begins_by
        if now < self._still_until.get(item.section, now):
            return None
        if self._plex.is_scanning(item.section):
            return now + self._patience.look_s(item.looks)
        self._still_until[item.section] = now + STILL_S
        return None

    def scan_asked(self, section: int | None, now: float) -> None:
        """Hear that a scan of a section was asked for; None: of any, by an earlier run."""
        if section is not None:
            self._still_until.pop(section, None)
        self._begins_by[section] = now + self._patience.begins_s

    def scan_began(self, section: int) -> None:
        """Hear that the scan of a section that was asked for last was seen to run, or to have."""
        self._begins_by.pop(section, None)

    def _put_off_analyses(self, section: int, now: float, until: float) -> None:
        """Let all analyses of a section wait: asking for each whether it is still costs too much.

        The scan that they wait for may leave a trace of its own.
        """
        for item in self.board.waiting.values():
            if item.verb is Verb.ANALYZE and item.section == section:
                item.not_before = max(item.not_before, until)
                item.looks += 1
                item.put_off_at = now if item.put_off_at is None else item.put_off_at
                item.before = None

    def see_before(self, item: ItemOrder) -> None:
        """Note what an item looks like before something is asked for it. Raises PlexError."""
        item.before = self._plex.fresh.trace(item.key)

    def due_looks(self, now: float) -> list[ItemOrder]:
        """Name the refreshes and analyses to be looked at now, the longest due first."""
        due = [item for item in self.board.watched if item.look_at <= now]
        return sorted(due, key=lambda item: item.look_at)

    def look(self, item: ItemOrder, activities: tuple[Activity, ...], now: float) -> None:
        """Look what became of a refresh or an analysis. Raises PlexError."""
        if self._is_away(item):
            self.board.again(item)  # what Plex does now it does without the files
            return
        seen = look_at(item, self._plex.fresh.trace(item.key), activities)
        shows = item.verb in self.board.shows
        verdict = judge_item(item, seen, now, self._patience, shows=shows)
        item.asked_looks += 1
        item.look_at = now + self._patience.look_s(item.asked_looks)
        if verdict is ItemVerdict.GONE:
            self._doubt_loss(item)
            self._lose_item(item)
        elif verdict is ItemVerdict.SEEN:
            self.board.shows.add(item.verb)
            for work in self._works.of(item.serials):
                work.seen = True
            self._end_item(item)
        elif verdict is ItemVerdict.ASK_AGAIN:
            self._tell("INFO", f"Plex shows no trace of the {item}: asked again")
            self.board.again(item)
        elif verdict is ItemVerdict.UNSEEN:
            self.board.shows.discard(item.verb)
            self._leave_unseen(item)

    def _leave_unseen(self, item: ItemOrder, why: str = "and shows no trace of it") -> None:
        for work in self._works.of(item.serials):
            work.unseen.append(f"Plex took the {item} {why}")
        self._end_item(item)

    def _doubt_loss(self, item: ItemOrder) -> None:
        """Raise PlexError unless Plex answers plain questions and really has no such item.

        What stands before a server that is being started answers 404 to everything.
        """
        section = next((s for s in self._plex.fresh.sections() if s.key == item.section), None)
        if section is not None and self._plex.fresh.item_parts(section, item.key) is not None:
            raise PlexNonsense(f"{item}: Plex answered 404, although it has the item")

    def _lose_item(self, item: ItemOrder) -> None:
        for work in self._works.of(item.serials):
            work.unknown = True
            work.troubles.append(f"Plex does not know item {item.key} any more")
        self._end_item(item)

    def _end_item(self, item: ItemOrder) -> None:
        self.board.finished(item)
        self._works.settle_up(item.serials)

    def drop(self, item: ItemOrder, reason: str) -> None:
        """Give an order up: asking for it, or looking what came of it, failed too often."""
        if item in self.board.watched:
            self._leave_unseen(item)
        else:
            self._works.note_trouble(item.serials, reason)
            self._end_item(item)

    def next_at(self, now: float) -> float | None:
        """When something is due next, in monotonic seconds."""
        may_ask = self._gate()
        times = [
            max(now, item.not_before)
            for item in self.board.waiting.values()
            if self._has_room(item) and may_ask(item)
        ]
        times += [item.look_at for item in self.board.watched]
        return min(times, default=None)
