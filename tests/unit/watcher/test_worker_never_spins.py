"""The worker waits for what fails: whatever Plex answers, it asks a few times a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desks import open_side

from cache.memory import MemoryStore
from matcher.change import Verb
from matcher.errors import PlexNonsense, PlexUnavailable
from matcher.memory import MemoryLibrary
from matcher.model import Part, Section
from watcher.availability import Availability
from watcher.jobs import Job
from watcher.journal import Journal
from watcher.orders import ItemOrder, Orders
from watcher.planning import Thinking
from watcher.scan_order import Expectation, ScanOrder
from watcher.statistics import Statistics
from watcher.throttle import Throttle
from watcher.worker import Means, Worker
from watcher.works import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.change import Change
    from matcher.explain import Explanation
    from matcher.mapping import Mappings
    from matcher.model import Activity
    from watcher.dispatch import Dispatch

MINUTE_S = 60.0
FEW = 40
"""What a back-off that doubles up to a minute, and the plain questions, come to in a minute."""


class Plex(MemoryLibrary):
    """A library with a clock, whose answers to some questions are errors."""

    now = 1000.0
    asked = 0
    broken: frozenset[str] = frozenset()

    def clock(self) -> float:
        return self.now

    def sections(self) -> tuple[Section, ...]:
        self.asked += 1
        return super().sections()

    def activities(self) -> tuple[Activity, ...]:
        self._may_answer("activities")
        return super().activities()

    def playing(self) -> bool:
        self._may_answer("playing")
        return False

    def greet(self) -> None:
        self._may_answer("greet")

    def scan(self, section: int, directory: str) -> bool:
        self._may_answer("scan")
        return super().scan(section, directory)

    def _may_answer(self, question: str) -> None:
        self.asked += 1
        if question in self.broken:
            raise PlexNonsense(f"{question}: 500")


@pytest.fixture
def plex() -> Plex:
    plex = Plex([Section(1, "Films", "movie", ("/data",))])
    plex.add(Part("/data/a/a.mkv", 1, 1, 7, "movie", "A"))
    return plex


def unused(_change: Change) -> Explanation:
    raise AssertionError("nothing is planned here")


def unmapped() -> Mappings:
    raise AssertionError("nothing is planned here")


def worker_with(
    plex: Plex, greet: Callable[[], None] | None = None, throttle: Throttle | None = None
) -> Worker:
    side = open_side(plex)
    thinking = Thinking(unused, plex.sections, unmapped, lambda _path: None, greet or plex.greet)
    means = Means(
        Journal(MemoryStore()),
        Availability("http://plex", lambda: 1.0),
        Statistics(),
        lambda _level, _text: None,
        plex.clock,
        throttle=throttle or Throttle(plex.playing),
    )
    return Worker(thinking, side, means, verify=True)


def dispatch_of(worker: Worker) -> Dispatch:
    return worker._dispatch


def give(worker: Worker, *, scan: bool = False, refresh: bool = False) -> None:
    wish = Expectation("/data/b/b.mkv")
    scans = (ScanOrder(1, "/data/b", 1000.0, {1}, {wish.file: wish}),) if scan else ()
    items = (ItemOrder(Verb.REFRESH, 1, 7, "A", {1}),) if refresh else ()
    job = Job(1, "/nas/b", {}, 0.0, 0.0, 0.0)
    dispatch_of(worker).take(Work(job, "because", 0.0), Orders(scans, items))


def a_minute(worker: Worker, plex: Plex, seconds: float = MINUTE_S) -> int:
    """Let the thread do what it does for so long, without waiting; how often it asked."""
    began, asked = plex.now, plex.asked
    for _ in range(1000):
        due = worker.step()
        next_at = worker._next_at(due)
        if next_at is None or next_at >= began + seconds:
            plex.now = began + seconds
            return plex.asked - asked
        plex.now = max(plex.now, next_at)
    raise AssertionError("the worker spins")


@pytest.mark.parametrize("error", [PlexUnavailable("500"), PlexNonsense("500"), KeyError("a bug")])
def test_a_greeting_that_fails_is_tried_again_later(plex: Plex, error: Exception) -> None:
    def greet() -> None:
        plex.asked += 1
        raise error

    worker = worker_with(plex, greet)

    assert 2 <= a_minute(worker, plex) <= FEW


def test_without_an_answer_whether_something_is_played_the_last_one_counts(plex: Plex) -> None:
    plex.broken = frozenset({"playing"})
    worker = worker_with(plex, throttle=Throttle(plex.playing, hold_analysis=True))
    give(worker, scan=True)

    assert a_minute(worker, plex) <= FEW
    assert [each.verb for each in plex.requests][:1] == [Verb.SCAN]


def test_a_look_whose_first_question_fails_is_tried_again_later(plex: Plex) -> None:
    worker = worker_with(plex)
    give(worker, refresh=True)
    plex.broken = frozenset({"activities"})

    assert a_minute(worker, plex) <= FEW


def test_a_scan_that_fails_is_tried_again_later(plex: Plex) -> None:
    worker = worker_with(plex)
    give(worker, scan=True)
    plex.broken = frozenset({"scan"})

    assert 2 <= a_minute(worker, plex) <= FEW


def test_what_was_asked_for_is_looked_at_while_nothing_more_may_be(plex: Plex) -> None:
    worker = worker_with(plex, throttle=Throttle(plex.playing, per_minute=1))
    give(worker, scan=True, refresh=True)
    a_minute(worker, plex, seconds=9.0)

    assert [each.verb for each in plex.requests] == [Verb.SCAN]
    (order,) = dispatch_of(worker).scans.board.watched
    assert order.looks > 3
