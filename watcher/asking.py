"""Asking: which order is asked for next, whose result is looked at, and what backs off.

Each request is one unit of work for `watcher.policy`. Called by the worker thread only.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from watcher.orders import ItemOrder
from watcher.scan_order import ScanOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matcher.library import Library
    from matcher.model import Activity, Section
    from watcher.dispatch import Dispatch
    from watcher.patience import Patience
    from watcher.policy import Policy
    from watcher.throttle import Throttle

BLIND_AFTER = 3
"""So often it is tried to see an item before a refresh or an analysis of it is asked for."""
AT_ONCE = 10
"""So many requests are made until it is looked again what came of those before."""
ITEMS_IN_A_ROW = 5
"""So many refreshes and analyses are asked for until a scan has its turn."""
TURN_S = 1.0
"""Asking, looking, and refreshes and analyses before a scan: each has so long at a time, where a
slow server answers fewer requests in it, and one at least."""


class Asking:
    """Lets the desks ask, as far as policy and throttle allow.

    `fresh` reads past every cache. `goes_on` says whether anything may be asked now.
    """

    def __init__(  # noqa: PLR0913 - what the worker plugs in, each with its name
        self,
        dispatch: Dispatch,
        policy: Policy,
        throttle: Throttle,
        patience: Patience,
        fresh: Library,
        goes_on: Callable[[], bool],
        *,
        verify: bool,
    ) -> None:
        self._dispatch = dispatch
        self._policy = policy
        self._throttle = throttle
        self._patience = patience
        self._fresh = fresh
        self._goes_on = goes_on
        self._verify = verify
        self._statistics = policy.statistics
        self._clock = policy.clock
        self._items_in_a_row = 0
        self._items_since = float("-inf")
        self._blind = 0
        """How often in a row the question failed that all looks begin with."""

    def ask_due(self) -> bool:
        """Ask for what may be asked for now, one after the other; True if there is more.

        Not all of it at once: what was asked for has to be looked at meanwhile.
        """
        until = self._clock() + TURN_S
        for _ in range(AT_ONCE):
            now = self._clock()
            if now >= until:
                return True
            if not self._goes_on() or self._throttle.full_until(now) is not None:
                return False
            order = self._next_order(now)
            if order is None or not self._ask(order, now):
                return False
            self._throttle.note(now)
        return True

    def _next_order(self, now: float) -> ScanOrder | ItemOrder | None:
        """Take the next order that may be asked for while people watch what they watch."""
        scans = analyses = True
        if self._dispatch.scans.board.waiting or self._dispatch.items.board.waiting:

            def look() -> None:
                nonlocal scans, analyses
                scans, analyses = self._throttle.may_scan(now), self._throttle.may_analyze(now)

            if not self._policy.attempt(look):
                return None
        found: list[ScanOrder | ItemOrder] = []

        def choose() -> None:
            order = self._choose(now, scans=scans, analyses=analyses)
            if order is not None:
                found.append(order)

        # Choosing may ask Plex as well: which libraries there are, whose disks must be there.
        if not self._policy.attempt(choose) or not found:
            return None
        self._note_turn(found[0], now)
        return found[0]

    def _choose(self, now: float, *, scans: bool, analyses: bool) -> ScanOrder | ItemOrder | None:
        """Choose whose turn it is.

        An analysis may only be asked for while its section is still, which is right now or never:
        behind a long queue of scans it would starve. Behind thousands of analyses new files would,
        so they take turns.
        """
        order: ScanOrder | ItemOrder | None = None
        if scans and self._items_had_their_turn(now):
            order = self._dispatch.scans.next(now)
        if order is None:
            order = self._dispatch.items.next(now, analyses=analyses)
        if order is None and scans:
            order = self._dispatch.scans.next(now)
        return order

    def _items_had_their_turn(self, now: float) -> bool:
        row = self._items_in_a_row
        return row >= ITEMS_IN_A_ROW or (row > 0 and now - self._items_since >= TURN_S)

    def _note_turn(self, order: ScanOrder | ItemOrder, now: float) -> None:
        if not isinstance(order, ItemOrder):
            self._items_in_a_row = 0
            return
        if not self._items_in_a_row:
            self._items_since = now
        self._items_in_a_row += 1

    def _ask(self, order: ScanOrder | ItemOrder, now: float) -> bool:
        """Ask for one order; False when nothing more should be asked in this step."""
        if isinstance(order, ItemOrder) and not self._saw_before(order):
            self._keeps(order)
            return self._goes_on()

        def ask() -> None:
            if isinstance(order, ItemOrder):
                self._dispatch.items.ask(order, self._clock())
            else:
                self._ask_scan(order, now)
            self._statistics.time("request", self._clock() - now)

        if self._policy.attempt(ask):
            self._policy.is_over(str(order))
            return True
        if isinstance(order, ScanOrder):
            order.unanswered += self._policy.is_unanswered
        if self._keeps(order) and isinstance(order, ScanOrder):
            self._dispatch.scans.board.give_back(order)
        return self._goes_on()

    def _ask_scan(self, order: ScanOrder, now: float) -> None:
        """Ask for a scan; analyses hear of it whatever the answer, which may be late or lost."""
        try:
            self._dispatch.scans.ask(order, now)
        finally:
            self._dispatch.items.stillness.scan_was_asked(order.section, self._clock())

    def _saw_before(self, item: ItemOrder) -> bool:
        """See what an item is like before something is asked for it; False to try that again.

        Without it the follow-up can tell less, so in the end the request is made all the same.
        """
        if not self._verify or not item.is_followed or item.before is not None:
            return True
        if self._policy.attempt(partial(self._dispatch.items.see_before, item)):
            return True
        return self._goes_on() and item.failures >= BLIND_AFTER

    def _keeps(self, order: ScanOrder | ItemOrder) -> bool:
        """Let an order that failed back off; False for one that is given up, after hours."""
        if self._policy.refuses():
            return True
        order.failures += 1
        order.back_off(self._clock() + self._patience.retry_s(order.failures))
        if order.failures >= self._patience.most_failures and self._goes_on():
            self._policy.is_over(str(order))
            self._dispatch.drop(order, f"Plex answers with an error: {self._policy.trouble}")
            return False
        self._policy.say_trouble(str(order), order.failures)
        return True

    def look_due(self) -> None:
        """Look what became of what was asked for, where that is due."""
        self._look_at_scans()
        self._look_at_items()

    def _sees(self, due: Sequence[ScanOrder | ItemOrder], ask: Callable[[], None]) -> bool:
        """Ask what looks at all these orders begin with; if that fails, all of them wait."""
        if self._policy.attempt(ask):
            self._blind = 0
            return True
        self._blind += 1
        later = self._clock() + self._patience.back_off_s(self._blind)
        for order in due:
            order.look_at = max(order.look_at, later)
        return False

    def _look_at_items(self) -> None:
        due = self._dispatch.items.due_looks(self._clock())
        activities: list[Activity] = []
        if not due or not self._goes_on():
            return
        if not self._sees(due, lambda: activities.extend(self._fresh.activities())):
            return
        self._statistics.count("looks")
        until = self._clock() + TURN_S
        for item in due:
            if not self._goes_on():
                return
            look = partial(self._dispatch.items.look, item, tuple(activities), self._clock())
            if self._policy.attempt(look):
                self._policy.is_over(str(item))
            else:
                self._keeps(item)
            if self._clock() >= until:
                return  # the others stay due

    def _look_at_scans(self) -> None:
        due = self._dispatch.scans.due_looks(self._clock())
        sections: list[Section] = []
        if not due or not self._goes_on():
            return
        if not self._sees(due, lambda: sections.extend(self._fresh.sections())):
            return
        self._dispatch.items.stillness.note(sections, self._clock())
        self._statistics.count("looks")
        until = self._clock() + TURN_S
        for order in due:
            if not self._goes_on():
                return
            look = partial(self._dispatch.scans.look, order, tuple(sections), self._clock())
            if self._policy.attempt(look):
                self._policy.is_over(str(order))
            else:
                self._keeps(order)
            if self._clock() >= until:
                return  # the others stay due
