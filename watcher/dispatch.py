"""The work in hand: jobs and the orders that they wait for, at a desk for scans and one for items.

Called by the worker thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.change import Verb
from matcher.paths import parent
from watcher.desk import Desk
from watcher.item_desk import ItemDesk
from watcher.scan_desk import ScanDesk
from watcher.scan_order import ScanOrder
from watcher.works import Work, Works

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.desk import PlexSide
    from watcher.orders import ItemOrder, Orders
    from watcher.outcomes import Result
    from watcher.patience import Patience
    from watcher.statistics import Statistics


class Dispatch:
    """The two desks, and what each has to know of the other."""

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
        self.works = Works(end, self._waits, verify=verify)
        desk = Desk(plex, self.works, tell, statistics, patience, verify)
        self.items = ItemDesk(desk, self._gate)
        self.scans = ScanDesk(desk, self.items)

    def take(self, work: Work, orders: Orders) -> None:
        """Begin with a planned job."""
        self.works.add(work)
        for scan in orders.scans:
            work.expected = work.expected or bool(scan.expected)
            self.scans.take(scan, work.planned_at)
        for item in orders.items:
            self.items.board.want(item)
        self.works.settle_up({work.job.serial})

    def drop(self, order: ScanOrder | ItemOrder, reason: str) -> None:
        """Give an order up: it failed too often by itself."""
        if isinstance(order, ScanOrder):
            self.scans.close(order, reason)
        else:
            self.items.drop(order, reason)

    def busy(self, section: int) -> bool:
        """Whether a scan of a section waits or is followed up, or one of any may wait at Plex."""
        return any(
            order.section == section or (order.asked_at is not None and not order.has_run)
            for order in self.scans.board.orders()
        )

    def next_at(self, now: float, held_until: float | None = None) -> float | None:
        """When something is due next, in monotonic seconds; see `ScanBoard.next_at`."""
        times = (self.scans.board.next_at(now, held_until), self.items.next_at(now, held_until))
        return min((at for at in times if at is not None), default=None)

    def _waits(self, serial: int) -> bool:
        return self.scans.board.orders_of(serial) > 0 or self.items.board.holds(serial)

    def _gate(self) -> Callable[[ItemOrder], bool]:
        """Say of items, as things stand now, whether the scans that their jobs need are over.

        For an analysis, any scan of its section. For a refresh also one that brings something to
        the directory of its sidecar: it may be what the sidecar belongs to.
        """
        running = set(self.scans.board.running)
        scanned_for: dict[int, set[int]] = {}
        for order in self.scans.board.orders():
            if not _only_stale(order):
                scanned_for.setdefault(order.section, set()).update(order.serials)
        nobody: set[int] = set()

        def may_ask(item: ItemOrder) -> bool:
            if item.verb is Verb.ANALYZE and item.section in running:
                return False
            if not scanned_for.get(item.section, nobody).isdisjoint(item.serials):
                return False
            return item.verb is not Verb.REFRESH or not self._comes_beside(item)

        return may_ask

    def _comes_beside(self, item: ItemOrder) -> bool:
        """Whether a scan is not through that brings something to where an item changed."""
        directories = {parent(place) for place in item.places}
        return any(
            order.section == item.section and not _only_stale(order) and order.brings_to(directory)
            for order in self.scans.board.orders()
            for directory in directories
        )


def _only_stale(order: ScanOrder) -> bool:
    """Whether a scan ended and merely its replaced files wait for their analysis."""
    return order.asked_at is not None and order.analyses > 0
