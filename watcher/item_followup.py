"""What became of a refresh or an analysis: a pure decision from what Plex shows of the item.

Plex answers 200 at once and works later, or not at all: what waits in its queue is gone when it
restarts. What it shows is an activity about the item while it works, and afterwards times,
pictures, streams or parts that are others than before. Not every server shows that (some keep an
item's time as it was when a file beside it came: Plex-Auto-Languages#77), so nothing seen means
"perhaps" and never "refused": a request without a trace is made once more, and only where this
server has not proven to work in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from matcher.change import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matcher.model import Activity
    from watcher.orders import ItemOrder
    from watcher.patience import Patience

MOST_REQUESTS = 2
"""So often a refresh or an analysis that leaves no trace is asked for."""
_WORK = ("library.", "media.")
"""How the types of activities begin that may stand before ours: scans, refreshes, analyses."""


class ItemVerdict(StrEnum):
    """What to do about a refresh or an analysis that was asked for."""

    SEEN = "seen"
    WAIT = "wait"
    ASK_AGAIN = "ask again"
    UNSEEN = "unseen"
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
    if _may_still_come(order, now, patience):
        return ItemVerdict.WAIT
    may_be_lost = shows and order.before is not None and order.attempts < MOST_REQUESTS
    return ItemVerdict.ASK_AGAIN if may_be_lost else ItemVerdict.UNSEEN


def _may_still_come(order: ItemOrder, now: float, patience: Patience) -> bool:
    """Whether an order may be waiting for its turn: Plex is busy, or has not been idle for long."""
    if order.asked_at is not None and now - order.asked_at >= patience.busy_s:
        return False
    return order.idle_since is None or now - order.idle_since < patience.lost_s(order.attempts + 1)


@dataclass(slots=True)
class ItemBoard:
    """Every wanted refresh and analysis: those that wait, and those that were asked for.

    Called by the worker thread only. `shows` are the kinds of work of which this server leaves
    something to see; it is believed to until it has not.
    """

    waiting: list[ItemOrder] = field(default_factory=list)
    watched: list[ItemOrder] = field(default_factory=list)
    shows: set[Verb] = field(default_factory=lambda: {Verb.REFRESH, Verb.ANALYZE})

    def want(self, order: ItemOrder) -> None:
        """Put an order among the waiting; an equal one there speaks for it.

        One that was asked for already does not: it may have come too early.
        """
        for other in self.waiting:
            if (other.verb, other.key) == (order.verb, order.key):
                other.serials |= order.serials
                other.places |= order.places
                return
        self.waiting.append(order)

    def asked(self, order: ItemOrder, now: float, look_at: float) -> None:
        """Note that Plex accepted an order."""
        self.waiting.remove(order)
        order.asked_at, order.look_at = now, look_at
        order.attempts += 1
        order.asked_looks = 0
        order.idle_since = None
        order.was_working = False
        self.watched.append(order)

    def again(self, order: ItemOrder) -> None:
        """Put an order that left no trace back among the waiting."""
        self.watched.remove(order)
        order.asked_at = order.before = None
        self.want(order)

    def finished(self, order: ItemOrder) -> None:
        """Forget an order."""
        for orders in (self.waiting, self.watched):
            if order in orders:
                orders.remove(order)

    def holds(self, serial: int) -> bool:
        """Whether a job waits for one of these orders."""
        return any(serial in order.serials for order in self)

    def __iter__(self) -> Iterator[ItemOrder]:
        yield from self.waiting
        yield from self.watched
