"""Requests are held while something is played, and limited per minute, if the user wants that."""

from __future__ import annotations

from watcher.throttle import ASK_AGAIN_S, Throttle


class Player:
    """Counts how often it is asked whether something is played."""

    def __init__(self, *, on: bool) -> None:
        self.on = on
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.on


def test_nothing_is_asked_while_nothing_is_to_be_held() -> None:
    player = Player(on=True)
    throttle = Throttle(player)

    assert throttle.may_scan(1.0)
    assert throttle.may_analyze(1.0)
    assert player.asked == 0


def test_analysis_waits_until_the_film_is_over_and_scans_do_not() -> None:
    player = Player(on=True)
    throttle = Throttle(player, hold_analysis=True)

    assert throttle.may_scan(1.0)
    assert not throttle.may_analyze(1.0)
    player.on = False
    assert not throttle.may_analyze(2.0)
    assert throttle.may_analyze(1.0 + ASK_AGAIN_S)
    assert player.asked == 2


def test_a_full_minute_says_when_the_next_request_is_allowed() -> None:
    throttle = Throttle(Player(on=False), per_minute=2)
    throttle.note(10.0)
    assert throttle.full_until(11.0) is None
    throttle.note(20.0)

    assert throttle.full_until(21.0) == 70.0
    assert throttle.full_until(70.0) is None
