"""The policy: every row of its table, and what people are told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from matcher.errors import PlexError, PlexNonsense, PlexRefused, PlexUnavailable
from matcher.memory import MemoryLibrary
from watcher.availability import Availability, State
from watcher.policy import QUICK_S, Policy
from watcher.statistics import Statistics

if TYPE_CHECKING:
    from matcher.model import Server


class Plex(MemoryLibrary):
    """A library that answers plain questions, or raises what it is told to."""

    trouble: PlexError | None = None
    asked = 0

    def server(self) -> Server:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return super().server()


@dataclass
class Desk:
    """A policy with everything around it in memory; `took_s` is how long the next work takes."""

    plex: Plex = field(default_factory=lambda: Plex([]))
    told: list[tuple[str, str]] = field(default_factory=list)
    now: float = 100.0
    statistics: Statistics = field(default_factory=Statistics)

    def __post_init__(self) -> None:
        self.availability = Availability("http://plex", lambda: 1.0)
        self.policy = Policy(
            self.plex,
            self.availability,
            self.statistics,
            lambda level, text: self.told.append((level, text)),
            lambda: self.now,
        )

    def fail(self, error: Exception, *, took_s: float = 0.0) -> bool:
        def work() -> None:
            self.now += took_s
            raise error

        return self.policy.attempt(work)

    def levels(self) -> list[str]:
        return [level for level, _ in self.told]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_goes_through_is_no_news(desk: Desk) -> None:
    assert desk.policy.attempt(lambda: None)
    assert desk.told == []


def test_plex_counts_as_there_after_a_whole_step_without_failures(desk: Desk) -> None:
    desk.policy.went_well()
    desk.policy.went_well()

    assert desk.told == [("INFO", "Plex answers at http://plex")]
    assert desk.availability.state is State.UP


@pytest.mark.parametrize("error", [PlexUnavailable("reset"), PlexNonsense("HTTP 500")])
def test_a_failure_of_one_order_is_its_own_while_plex_answers_plain_questions(
    desk: Desk, error: PlexError
) -> None:
    desk.policy.went_well()
    desk.told.clear()

    assert not desk.fail(error)

    assert desk.plex.asked == 1
    assert desk.policy.answers()
    assert desk.told == []
    desk.policy.say_trouble("scan /data/A", 1)
    desk.policy.say_trouble("scan /data/A", 2)
    assert desk.levels() == ["WARNING", "DEBUG"]
    assert str(error) in desk.told[0][1]


@pytest.mark.parametrize("error", [PlexUnavailable("reset"), PlexNonsense("HTTP 500")])
def test_plex_is_away_where_it_does_not_answer_plain_questions_either(
    desk: Desk, error: PlexError
) -> None:
    desk.plex.trouble = PlexUnavailable("connection refused")

    assert not desk.fail(error)
    assert not desk.fail(error)

    assert desk.availability.state is State.AWAY
    assert not desk.policy.answers()
    assert desk.levels() == ["WARNING"]  # one line for each change of state
    desk.policy.say_trouble("scan /data/A", 1)
    assert len(desk.told) == 1  # it is not the order's fault


def test_an_order_that_hangs_by_itself_is_its_own_trouble(desk: Desk) -> None:
    desk.policy.went_well()

    assert not desk.fail(PlexUnavailable("no answer in time"), took_s=QUICK_S)

    assert desk.plex.asked == 1
    assert desk.policy.answers()


def test_while_plex_hangs_the_thread_is_not_kept_waiting_twice(desk: Desk) -> None:
    desk.plex.trouble = PlexUnavailable("no answer in time")
    assert not desk.fail(PlexUnavailable("no answer in time"), took_s=QUICK_S)
    assert desk.availability.state is State.AWAY

    assert not desk.fail(PlexUnavailable("no answer in time"), took_s=QUICK_S)
    assert desk.plex.asked == 1


def test_a_refused_token_is_told_with_its_cure_and_no_order_is_blamed(desk: Desk) -> None:
    assert not desk.fail(PlexRefused("401"))

    assert desk.plex.asked == 0
    assert desk.policy.refuses()
    assert desk.levels() == ["WARNING"]
    assert "Put a valid token" in desk.told[0][1]


def test_a_token_found_refused_by_the_plain_questions_counts(desk: Desk) -> None:
    desk.plex.trouble = PlexRefused("401")

    assert not desk.fail(PlexNonsense("HTTP 500"))

    assert desk.policy.refuses()


def test_plex_that_is_back_is_told_once_with_how_long_it_was_away(desk: Desk) -> None:
    desk.plex.trouble = PlexUnavailable("connection refused")
    desk.fail(PlexUnavailable("connection refused"))
    desk.now += 90.0
    desk.plex.trouble = None
    desk.policy.went_well()

    assert desk.told[-1] == ("INFO", "Plex is back after 90 s; the waiting jobs go on")


def test_a_bug_is_told_with_its_place_and_the_thread_goes_on(desk: Desk) -> None:
    assert not desk.fail(ZeroDivisionError("oh"))

    [(level, text)] = desk.told
    assert level == "ERROR"
    assert "ZeroDivisionError('oh')" in text
    assert "test_policy.py" in text
    assert desk.policy.answers()


def test_failures_are_counted(desk: Desk) -> None:
    desk.fail(PlexUnavailable("x"))
    desk.fail(PlexRefused("x"))

    assert desk.statistics.snapshot().counters["failures"] == 2
