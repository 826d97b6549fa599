"""Plex's state changes are told once, and the waits grow to a cap of a minute."""

from __future__ import annotations

from watcher.availability import Availability, State
from watcher.patience import Patience


def fresh(jitter: float = 1.0) -> Availability:
    return Availability("http://127.0.0.1:32400", lambda: jitter)


def test_the_first_answer_is_news_and_the_next_is_not() -> None:
    plex = fresh()

    assert plex.answered(1.0) == "Plex answers at http://127.0.0.1:32400"
    assert plex.answered(2.0) is None


def test_going_and_coming_back_are_one_sentence_each() -> None:
    plex = fresh()
    plex.answered(0.0)

    told = [plex.unavailable("refused", float(t)) for t in range(10, 15)]

    assert [text is not None for text in told] == [True, False, False, False, False]
    assert plex.answered(70.0) == "Plex is back after 60 s; the waiting jobs go on"


def test_waits_double_up_to_a_minute_whatever_the_jitter() -> None:
    plex = fresh(jitter=1.25)
    waits = []
    now = 0.0
    for _ in range(12):
        plex.unavailable("timeout", now)
        waits.append(plex.retry_at - now)
        now = plex.retry_at

    assert waits[:4] == [1.25, 2.5, 5.0, 10.0]
    assert max(waits) == waits[-1] == Patience().longest_back_off_s


def test_nothing_may_be_asked_until_the_wait_is_over() -> None:
    plex = fresh()
    plex.unavailable("timeout", 10.0)

    assert not plex.may_ask(10.9)
    assert plex.may_ask(11.0)


def test_a_refused_token_is_retried_slowly_and_told_with_its_cure() -> None:
    plex = fresh()

    news = plex.refused("401", 0.0)

    assert news is not None
    assert "Put a valid token" in news
    assert plex.retry_at == 5.0
    assert plex.state is State.REFUSED
    assert plex.refused("401", 60.0) is None


def test_a_token_that_is_refused_for_a_moment_does_not_cost_a_minute() -> None:
    """A server that has just been updated may refuse every token until it has signed in."""
    plex = fresh()
    plex.unavailable("starting", 0.0)
    now, waits = 10.0, []
    for _ in range(6):
        plex.refused("401", now)
        waits.append(plex.retry_at - now)
        now = plex.retry_at

    assert waits == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
