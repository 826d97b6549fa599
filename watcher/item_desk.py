"""The desk for items: refreshes and analyses are asked for one by one, and followed up.

Called by the worker thread only. Every method that asks Plex does one request (a look, and an
analysis: two or three) and lets PlexError pass: the worker decides what that means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.change import Verb
from matcher.errors import PlexNonsense
from watcher.item_followup import ItemBoard, ItemVerdict, judge_item, look_at
from watcher.stillness import Stillness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.model import Activity
    from watcher.desk import Desk
    from watcher.orders import ItemOrder


PUT_OFF_S = 60.0
"""So long at most an analysis waits because one scan after the other may begin."""
FORGOTTEN_S = 600.0
"""What it waited for before something else held it for so long does not count."""


class ItemDesk:
    """Refreshes and analyses in hand.

    `gate` tells, as things stand now, whether the scans that one needs are over.
    """

    def __init__(self, desk: Desk, gate: Callable[[], Callable[[ItemOrder], bool]]) -> None:
        self.board = ItemBoard()
        self._gate = gate
        self.stillness = Stillness(desk.plex, desk.patience.begins_s)
        self._plex = desk.plex
        self._works = desk.works
        self._tell = desk.tell
        self._statistics = desk.statistics
        self._verify = desk.verify
        self._patience = desk.patience

    def next(self, now: float, *, analyses: bool = True) -> ItemOrder | None:
        """Take the next refresh or analysis whose scans are through; refreshes are quick."""
        may_ask = self._gate()
        for verb in (Verb.REFRESH, Verb.ANALYZE) if analyses else (Verb.REFRESH,):
            for item in self.board.waiting.values():
                if item.verb is not verb or item.not_before > now:
                    continue
                if not self._has_room(item) or not may_ask(item):
                    continue
                later = self._later(item, now)
                if later is None:
                    return item
                item.not_before = later
        return None

    def _has_room(self, item: ItemOrder) -> bool:
        """Whether one more may be asked for: what was, is seen through first where it shows."""
        is_shown = item.is_followed and item.verb in self.board.shows
        return not is_shown or not self.board.is_full(item.verb)

    def _later(self, item: ItemOrder, now: float) -> float | None:
        """Say until when an item that has its turn must wait all the same, or None."""
        if self._is_away(item):
            return now + self._patience.held_s
        beside_until = self.board.beside_until(item, now)
        if beside_until is not None:
            item.before = None  # the other one may leave a trace
            return max(beside_until, now + self._patience.look_s(0))
        if item.verb is not Verb.ANALYZE:
            return None
        begins_by = self.stillness.begins_by(item.section, now)
        if begins_by <= now:
            item.put_off_at = None
            return None
        item.before = None  # the scan may leave a trace of its own
        if item.put_off_at is None or now - item.not_before >= FORGOTTEN_S:
            item.put_off_at = now
        return begins_by if now - item.put_off_at < PUT_OFF_S else None

    def _is_away(self, item: ItemOrder) -> bool:
        """Whether the disk of an item is away: Plex would find nothing beside it then."""
        return any(self._plex.held(item.section, place) is not None for place in item.places)

    def ask(self, item: ItemOrder, now: float) -> None:
        """Ask for one refresh or analysis; an analysis waits for a still section.

        One that meets a scan of its section is reported to crash Plex. Raises PlexError.
        """
        if item.verb is Verb.ANALYZE and not self.stillness.is_still(item.section, now):
            self._put_off_analyses(item.section, now + self._patience.look_s(item.looks))
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
            self.board.note_unfollowed(item, now)
            self._end_item(item)
        elif self.board.is_full(item.verb):
            self._leave_unseen(item, "and has shown no trace of such work before")
        else:
            self.board.asked(item, now, now + self._patience.look_s(0))

    def analysis_waits(self, keys: Iterable[int]) -> bool:
        """Whether the analysis of one of these items was not asked for yet."""
        return any((Verb.ANALYZE, key) in self.board.waiting for key in keys)

    def _put_off_analyses(self, section: int, until: float) -> None:
        """Let all analyses of a section wait: asking for each whether it is still costs too much.

        The scan that they wait for may leave a trace of its own.
        """
        for item in self.board.waiting.values():
            if item.verb is Verb.ANALYZE and item.section == section:
                item.not_before = max(item.not_before, until)
                item.looks += 1
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
        if verdict is ItemVerdict.SEEN:
            self.board.shows.add(item.verb)
        if verdict is ItemVerdict.LEFT:
            self._leave_to_plex(item)
        elif verdict is not ItemVerdict.WAIT:
            self._conclude(item, verdict)

    def _conclude(self, item: ItemOrder, verdict: ItemVerdict) -> None:
        """Draw the consequence of a look; of one whose jobs were told, none is left to draw."""
        if not item.serials:
            self._end_item(item)
        elif verdict is ItemVerdict.GONE:
            self._doubt_loss(item)
            self._lose_item(item)
        elif verdict is ItemVerdict.SEEN:
            for work in self._works.of(item.serials):
                work.seen = True
            self._end_item(item)
        elif verdict is ItemVerdict.ASK_AGAIN:
            self._tell("INFO", f"Plex shows no trace of the {item}: asked again")
            self.board.again(item)
        else:
            self.board.shows.discard(item.verb)
            self._leave_unseen(item)

    def _leave_to_plex(self, item: ItemOrder) -> None:
        """Let a job go on whose work Plex may come to in hours; it keeps its place until then."""
        serials = self.board.left(item)
        for work in self._works.of(serials):
            work.unseen.append(f"Plex took the {item} and is busy with other work")
        self._works.settle_up(serials)

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

    def next_at(self, now: float, held_until: float | None = None) -> float | None:
        """When something is due next, in monotonic seconds; see `ScanBoard.next_at`."""
        may_ask = self._gate()
        times = [
            item.not_before if item.not_before > now else held_until or now
            for item in self.board.waiting.values()
            if self._has_room(item) and may_ask(item)
        ]
        times += [item.look_at for item in self.board.watched]
        return min(times, default=None)
