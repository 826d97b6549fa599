"""Which order is asked for next: nobody starves."""

from __future__ import annotations

import pytest
from desks import open_side

from matcher.change import Verb
from matcher.memory import MemoryLibrary
from matcher.model import Part, Section
from watcher.asking import AT_ONCE, ITEMS_IN_A_ROW, TURN_S, Asking
from watcher.availability import Availability
from watcher.dispatch import Dispatch
from watcher.jobs import Job
from watcher.orders import ItemOrder, Orders
from watcher.patience import Patience
from watcher.policy import Policy
from watcher.scan_order import Expectation, ScanOrder
from watcher.statistics import Statistics
from watcher.throttle import Throttle
from watcher.works import Work

COUNT = 3 * ITEMS_IN_A_ROW


class Slow(MemoryLibrary):
    """A server that needs so many seconds for each request."""

    now = 0.0
    takes_s = 0.0

    def clock(self) -> float:
        return self.now

    def sections(self) -> tuple[Section, ...]:
        self.now += self.takes_s
        return super().sections()

    def trace(self, key: int) -> str | None:
        self.now += self.takes_s
        return super().trace(key)

    def refresh(self, key: int) -> bool:
        self.now += self.takes_s
        return super().refresh(key)

    def scan(self, section: int, directory: str) -> bool:
        self.now += self.takes_s
        return super().scan(section, directory)


def asking_with(plex: Slow) -> Asking:
    """Many refreshes wait, and the scan of a new file."""
    for key in range(1, COUNT + 1):
        plex.add(Part(f"/data/{key}/{key}.mkv", 1, 1, key, "movie", "x"))
    side = open_side(plex)
    statistics = Statistics()
    patience = Patience()
    policy = Policy(
        plex, Availability("http://plex", lambda: 1.0), statistics, lambda *_: None, plex.clock
    )
    dispatch = Dispatch(
        side,
        lambda _work, _result, _reason: None,
        lambda _level, _text: None,
        statistics,
        verify=True,
        patience=patience,
    )
    items = tuple(ItemOrder(Verb.REFRESH, 1, key, "x", {1}) for key in range(1, COUNT + 1))
    new = Expectation("/data/new/new.mkv")
    scan = ScanOrder(1, "/data/new", 0.0, {2}, {new.file: new})
    for serial, orders in ((1, Orders((), items)), (2, Orders((scan,), ()))):
        job = Job(serial, "/nas", {}, 0.0, 0.0, 0.0)
        dispatch.take(Work(job, "because", 0.0), orders)
    return Asking(
        dispatch, policy, Throttle(lambda: False), patience, plex, lambda: True, verify=True
    )


@pytest.fixture
def plex() -> Slow:
    return Slow([Section(1, "Films", "movie", ("/data",))])


def test_a_scan_has_its_turn_among_many_refreshes(plex: Slow) -> None:
    asking = asking_with(plex)

    rounds = 1
    while asking.ask_due():
        rounds += 1

    assert rounds == -(-(COUNT + 1) // AT_ONCE)
    verbs = [each.verb for each in plex.requests]
    assert verbs.index(Verb.SCAN) == ITEMS_IN_A_ROW
    assert len(verbs) == COUNT + 1


def test_a_slow_server_gets_to_the_scan_as_soon(plex: Slow) -> None:
    """What counts is the time that a new file waits, not how many requests stand before it."""
    asking = asking_with(plex)
    plex.takes_s = TURN_S

    assert asking.ask_due()
    assert asking.ask_due()

    assert [each.verb for each in plex.requests] == [Verb.REFRESH, Verb.SCAN]


def test_looking_goes_on_for_a_while_and_then_asks_again(plex: Slow) -> None:
    asking = asking_with(plex)
    while asking.ask_due():
        pass
    plex.takes_s = TURN_S
    plex.now += 10.0
    started = plex.now
    asking.look_due()

    assert plex.now - started <= 4 * TURN_S
    looked = plex.requests.copy()
    asking.look_due()
    assert plex.requests == looked
