"""What became of a refresh or an analysis: a pure decision from what Plex shows of the item.

Plex answers 200 at once and works later, or not at all: what waits in its queue is gone when it
restarts. What it shows is an activity about the item while it works, and afterwards times,
pictures, streams or parts that are others than before. Not every server shows that (some keep an
item's time as it was when a file beside it came: Plex-Auto-Languages#77), so nothing seen means
"perhaps" and never "refused": a request without a trace is made once more, and only where this
server has not proven to work in silence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from matcher.change import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.model import Activity
    from watcher.orders import ItemOrder
    from watcher.patience import Patience

MOST_REQUESTS = 2
"""So often a refresh or an analysis that leaves no trace is asked for."""
LEFT_S = 3600.0
"""So long at most a busy Plex is believed to come to something; a hung activity never ends."""
MOST_WATCHED = 50
"""So many refreshes, and so many analyses, may be under way. Plex works on them one after the
other; what it was asked for too early waits there, where nothing can be merged, and is lost when it
restarts."""
UNFOLLOWED_S = 10.0
"""So long an item may show traces of what was asked for and is not looked after."""
_WORK = ("library.", "media.")
"""How the types of activities begin that may stand before ours: scans, refreshes, analyses."""


class ItemVerdict(StrEnum):
    """What to do about a refresh or an analysis that was asked for."""

    SEEN = "seen"
    WAIT = "wait"
    ASK_AGAIN = "ask again"
    UNSEEN = "unseen"
    LEFT = "left to Plex"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """What a look found: the item's trace (None: no such item), and what Plex is doing."""

    trace: str | None
    is_working: bool
    is_busy: bool


def look_at(order: ItemOrder, trace: str | None, activities: Iterable[Activity]) -> ItemSeen:
    """Pick out of what Plex is doing what concerns one order."""
    work = [each for each in activities if each.type.startswith(_WORK)]
    return ItemSeen(trace, any(each.key == order.key for each in work), bool(work))


def judge_item(
    order: ItemOrder, seen: ItemSeen, now: float, patience: Patience, *, shows: bool
) -> ItemVerdict:
    """Decide about an order after a look, and note in it what was seen.

    `shows` says that this server is known, or believed, to show such work.
    """
    if order.before is not None and seen.trace != order.before:
        return ItemVerdict.GONE if seen.trace is None else ItemVerdict.SEEN
    if order.was_working and not seen.is_working:
        return ItemVerdict.SEEN
    order.was_working = seen.is_working
    order.idle_since = None if seen.is_busy else (order.idle_since or now)
    waited_s = 0.0 if order.asked_at is None else now - order.asked_at
    if seen.is_busy and waited_s < LEFT_S:
        return ItemVerdict.WAIT if waited_s < patience.busy_s else ItemVerdict.LEFT
    if order.idle_since is not None and now - order.idle_since < patience.lost_s(
        order.attempts + 1
    ):
        return ItemVerdict.WAIT
    may_be_lost = shows and order.before is not None and order.attempts < MOST_REQUESTS
    return ItemVerdict.ASK_AGAIN if may_be_lost else ItemVerdict.UNSEEN


@dataclass(slots=True)
class ItemBoard:
    """Every wanted refresh and analysis: those that wait, and those that were asked for.

    Called by the worker thread only. `shows` are the kinds of work of which this server leaves
    something to see; it is believed to until it has not.
    """

    waiting: dict[tuple[Verb, int], ItemOrder] = field(default_factory=dict)
    watched: list[ItemOrder] = field(default_factory=list)
    shows: set[Verb] = field(default_factory=lambda: {Verb.REFRESH, Verb.ANALYZE})
    _unfollowed: dict[int, tuple[Verb, float]] = field(default_factory=dict)
    """What an item was asked for that is not looked after here, and until when that may show."""
    _orders_of: Counter[int] = field(default_factory=Counter)
    """How many orders each job waits for."""

    def is_full(self, verb: Verb) -> bool:
        """Whether so much was asked for that what comes of it has to be seen first."""
        return sum(order.verb is verb for order in self.watched) >= MOST_WATCHED

    def beside_until(self, order: ItemOrder, now: float) -> float | None:
        """Until when an order must wait for work of the other kind on its item; None: it need not.

        What either does shows in the same trace: the one that was lost would pass for done.
        """
        verb, until = self._unfollowed.get(order.key, (order.verb, now))
        if verb is not order.verb and until > now:
            return until
        looks = [
            each.look_at
            for each in self.watched
            if each.key == order.key and each.verb is not order.verb and each.serials
        ]
        return max(now, min(looks)) if looks else None

    def note_unfollowed(self, order: ItemOrder, now: float) -> None:
        """Note that something was asked for that others look after, if anybody does."""
        self._unfollowed = {k: v for k, v in self._unfollowed.items() if v[1] > now}
        self._unfollowed[order.key] = order.verb, now + UNFOLLOWED_S

    def want(self, order: ItemOrder) -> None:
        """Put an order among the waiting; an equal one there speaks for it.

        One that was asked for already does not: it may have come too early.
        """
        key = order.verb, order.key
        speaking = self.waiting.setdefault(key, order)
        if speaking is order:
            self._orders_of.update(order.serials)
            return
        self._orders_of.update(order.serials - speaking.serials)
        speaking.serials |= order.serials
        speaking.places |= order.places
        speaking.is_followed = speaking.is_followed or order.is_followed

    def asked(self, order: ItemOrder, now: float, look_at: float) -> None:
        """Note that Plex accepted an order."""
        del self.waiting[order.verb, order.key]
        order.asked_at, order.look_at = now, look_at
        order.attempts += 1
        order.asked_looks = 0
        order.idle_since = None
        order.was_working = False
        self.watched.append(order)

    def again(self, order: ItemOrder) -> None:
        """Put an order that left no trace back among the waiting."""
        self.watched.remove(order)
        self._orders_of.subtract(order.serials)
        order.asked_at = order.before = None
        self.want(order)

    def left(self, order: ItemOrder) -> set[int]:
        """Let no job wait for an order any more; it goes on being looked at. Returns the jobs."""
        serials, order.serials = order.serials, set()
        self._forget(serials)
        return serials

    def finished(self, order: ItemOrder) -> None:
        """Forget an order."""
        if self.waiting.get((order.verb, order.key)) is order:
            del self.waiting[order.verb, order.key]
        elif order in self.watched:
            self.watched.remove(order)
        else:
            return
        self._forget(order.serials)

    def _forget(self, serials: set[int]) -> None:
        self._orders_of.subtract(serials)
        for serial in serials:
            if not self._orders_of[serial]:
                del self._orders_of[serial]

    def holds(self, serial: int) -> bool:
        """Whether a job waits for one of these orders."""
        return self._orders_of.get(serial, 0) > 0
