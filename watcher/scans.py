"""Which scan to ask for next: one at a time per section, later ones merged while they wait.

Plex runs one scanner and answers every request at once, so what it was asked for while another
scan ran may wait for hours, be merged or be lost (reported of real servers, see
docs/architecture.md). Asking one at a time and merging here keeps both sides small. This file is
pure: times are passed in, nothing is asked from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher import paths
from watcher.scan_order import ScanOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from matcher.model import Section

MERGE_AT = 5
"""So many waiting folders below one parent become a scan of the parent.

A scan of a season folder and of its show differ by listing a few directories; five requests in
Plex's queue cost more than that (one scanner process start is about a second: measured in a
recorded server log).
"""
CLEAN_UP_WAITS_S = 60.0
"""A scan that only finds deletions gives way to those that bring new files, this long at most."""
ONLY_GONE = 2
"""The last turn, see `ScanOrder.turn`."""
ALONE_S = 60.0
"""So long at most a scan keeps those of other sections waiting, where Plex loses scans."""


@dataclass(slots=True)
class ScanBoard:
    """Every wanted scan, by section: those that wait and the one that was asked for.

    `plans_wait`: jobs wait that could not be planned yet, and may bring what others miss.
    `up_since`: what waits for what came waits from then on; while Plex was away it could not come.
    `one_by_one`: Plex did not show what a scan that it was asked for beside another one should have
    found, and may have lost it, so no two are asked for at a time, whatever their sections. It has
    one scanner, so that costs little. Called by the worker thread only.
    """

    merge_at: int = MERGE_AT
    plans_wait: bool = False
    up_since: float = float("-inf")
    one_by_one: bool = False
    waiting: dict[int, dict[str, ScanOrder]] = field(default_factory=dict)
    running: dict[int, ScanOrder] = field(default_factory=dict)
    watched: list[ScanOrder] = field(default_factory=list)

    def want(self, order: ScanOrder) -> None:
        """Put an order among the waiting, merged with those that cover it or that it covers."""
        queue = self.waiting.setdefault(order.section, {})
        same = queue.get(order.directory) or self._above_it(order, queue)
        if same is not None:
            same.absorb(order)
        else:
            same = queue[order.directory] = order
            below = [queue[directory] for directory in _below(order.directory, queue)]
            loses = any(each.loses for each in below)
            for each in below:
                if order.covers(each) and not (loses and each.arrives):
                    order.absorb(queue.pop(each.directory))
        for part in same.part_with():
            self.want(part)

    @staticmethod
    def _above_it(order: ScanOrder, queue: dict[str, ScanOrder]) -> ScanOrder | None:
        """Find a waiting order that speaks for another from a directory above."""
        for directory in _above(order.directory):
            other = queue.get(directory)
            if other is not None and other.covers(order):
                return other
        return None

    def covering(self, order: ScanOrder) -> ScanOrder | None:
        """Find a scan already asked for whose result answers an order: the same files as they are.

        Disk and Plex are compared while changes settle, so one file may come twice.
        """
        if not order.expected:
            return None
        for other in self.watched:
            if other.section == order.section and paths.is_within(order.directory, other.directory):
                wishes = order.expected.items()
                if all(other.expected.get(file) == wish for file, wish in wishes):
                    return other
        return None

    def merge_siblings(
        self, section: Section, may_ask: Callable[[str], bool] = lambda _top: True
    ) -> None:
        """Turn many waiting folders of one parent into the parent, never into a location.

        Not those that bring files where something else below the parent is gone: see `covers`.
        """
        queue = self.waiting.get(section.key, {})
        for (top, turn), family in _families(queue.values(), section.locations).items():
            # A parent that was made a moment ago may speak for some of them already.
            children = [each for each in family if queue.get(each.directory) is each]
            if len(children) < self.merge_at or _has_later(queue.values(), top, turn):
                continue
            if not may_ask(top):
                continue
            bring = any(child.brings_files for child in children)
            whole = ScanOrder(section.key, top, children[0].wanted_at, brings_files=bring)
            for child in children:
                del queue[child.directory]
                whole.absorb(child)
            self.want(whole)

    def ready(self, now: float) -> list[ScanOrder]:
        """List the scans that may be asked for now, the most urgent first."""
        ready = [
            order
            for section, queue in self.waiting.items()
            if self._is_free(section, now)
            for order, at in self._from_when(section, queue.values())
            if at <= now
        ]
        return sorted(ready, key=self._urgency)

    def _urgency(self, order: ScanOrder) -> float:
        """Oldest first, but for a while new files before what is gone: it may only have moved."""
        if not order.loses:
            return order.wanted_at
        return max(order.wanted_at, self.up_since) + CLEAN_UP_WAITS_S

    def take(self, order: ScanOrder) -> None:
        """Take a waiting scan to be asked for. It counts as running until `finished`."""
        del self.waiting[order.section][order.directory]
        self.running[order.section] = order
        order.parts.clear()

    def _is_free(self, section: int, now: float) -> bool:
        if section in self.running:
            return False
        return not self.one_by_one or not any(
            now - (other.asked_at or now) < ALONE_S for other in self.running.values()
        )

    def _from_when(
        self, section: int, queue: Collection[ScanOrder]
    ) -> Iterator[tuple[ScanOrder, float]]:
        """Say of a section's orders from when on each may be asked for, as far as time goes.

        What is gone may only have moved: it waits for what came, and cannot be asked for yet. It
        is left out while what came is asked for and not to be seen.
        """
        first = min((other.turn for other in queue if other.expected), default=ONLY_GONE)
        comes = self._comes(section)
        for order in queue:
            if not order.loses:
                yield order, order.not_before
            elif comes >= order.turn:
                waits = self.plans_wait or first < order.turn
                at = self._urgency(order) if waits else order.not_before
                yield order, max(order.not_before, at)

    def _comes(self, section: int) -> int:
        """Whose turn it is among those that are asked for and not to be seen yet.

        What moved is there twice once it is, and Plex keeps the item. Of first attempts only: what
        was asked for in vain may never be seen. And not where merely the analysis of replaced files
        is waited for: that may be the one thing that waits for what is gone.
        """
        return min(
            (
                other.turn
                for other in self.watched
                if other.section == section
                and other.expected
                and not other.was_told
                and not other.analyses
                and other.attempts == 1
            ),
            default=ONLY_GONE,
        )

    def is_behind(self, order: ScanOrder) -> bool:
        """Whether a scan asked for earlier, of whatever section, is not known to have run.

        Plex has one scanner: until then an idle Plex says nothing of this order.
        """
        return any(
            not other.has_run and (other.asked_at or 0.0) < (order.asked_at or 0.0)
            for other in self.watched
        )

    def asked(self, order: ScanOrder, now: float) -> None:
        """Note that Plex accepted the request."""
        order.was_beside = len(self.running) > 1
        order.ran = None
        order.asked_at = now
        order.attempts += 1
        order.looks = order.idle_looks = 0
        order.idle_since = None
        order.was_seen_running = False
        self.watched.append(order)

    def give_back(self, order: ScanOrder) -> None:
        """Put an order back among the waiting: Plex could not be asked."""
        self.free(order)
        self.want(order)

    def free(self, order: ScanOrder) -> None:
        """Let the next scan of this section be asked for; this one may still be followed up."""
        if self.running.get(order.section) is order:
            del self.running[order.section]

    def finished(self, order: ScanOrder) -> None:
        """Forget an order: what it asked for is seen, or given up."""
        self.free(order)
        if order in self.watched:
            self.watched.remove(order)

    def orders_of(self, serial: int) -> int:
        """How many orders a job still waits for."""
        return sum(serial in order.serials for order in self.orders())

    def orders(self) -> Iterable[ScanOrder]:
        """Every order: waiting, being asked, or followed up."""
        for queue in self.waiting.values():
            yield from queue.values()
        watched = {id(order) for order in self.watched}
        yield from (order for order in self.running.values() if id(order) not in watched)
        yield from self.watched

    def next_at(self, now: float, held_until: float | None = None) -> float | None:
        """When something can happen next, in monotonic seconds; None while all is still.

        `held_until`: what may be asked for now is held back until then.
        """
        times = [order.look_at for order in self.watched]
        times += [
            at if at > now else held_until or now
            for section, queue in self.waiting.items()
            if self._is_free(section, now)
            for _, at in self._from_when(section, queue.values())
        ]
        return min(times, default=None)


def _above(directory: str) -> Iterator[str]:
    """Yield the directories that a Plex-side one lies in, the nearest first."""
    while (top := paths.parent(directory)) != directory:
        yield top
        directory = top


def _below(top: str, directories: Iterable[str]) -> list[str]:
    """List the directories below a Plex-side one; quick, for it is asked of each new order."""
    if paths.flavor_of(top) is paths.Flavor.POSIX:
        inside = top.rstrip("/") + "/"
        return [each for each in directories if each.startswith(inside)]
    return [each for each in directories if each != top and paths.is_within(each, top)]


def _has_later(orders: Iterable[ScanOrder], top: str, turn: int) -> bool:
    """Whether one of these orders at or below a directory has to let those of a turn go first."""
    return any(each.turn > turn and paths.is_within(each.directory, top) for each in orders)


def _families(
    orders: Iterable[ScanOrder], locations: tuple[str, ...]
) -> dict[tuple[str, int], list[ScanOrder]]:
    """Group orders by parent directory and by whose turn it is.

    Those whose parent is not below a location are left out.
    """
    families: dict[tuple[str, int], list[ScanOrder]] = {}
    for order in orders:
        top = paths.parent(order.directory)
        below = any(len(paths.relative(top, location) or ()) > 0 for location in locations)
        if below:
            families.setdefault((top, order.turn), []).append(order)
    return families
