"""When what did not work is tried again."""

from __future__ import annotations

from watcher.retry import Retry


def times(retry: Retry, count: int) -> list[float | None]:
    """The times of the next tries, each planned when the one before it was due."""
    found = []
    for _ in range(count):
        found.append(retry.at_s)
        if retry.at_s is not None:
            now = retry.at_s
            assert retry.is_due(now)
            retry.plan(now, 1, 1, 30)
    return found


def test_the_tries_become_rarer() -> None:
    retry = Retry()
    retry.plan(0, 1, 1, 30)

    assert times(retry, 7) == [1, 3, 7, 15, 31, 61, 91]


def test_a_try_is_not_put_off_whatever_else_goes_on() -> None:
    retry = Retry()
    retry.plan(0, 1, 1, 30)
    for tenths in range(10):
        retry.plan(tenths / 10, 1, 1, 30)

    assert retry.at_s == 1
    assert not retry.is_due(0.9)
    assert retry.is_due(1)


def test_new_trouble_is_tried_again_soon() -> None:
    retry = Retry()
    retry.plan(0, 1, 1, 30)
    times(retry, 6)
    now = 80
    retry.plan(now, 2, 1, 30)

    assert retry.at_s == now + 1


def test_where_all_is_well_nothing_is_tried() -> None:
    retry = Retry()
    retry.plan(0, 1, 1, 30)
    retry.plan(0.5, 0, 1, 30)

    assert retry.at_s is None
    assert not retry.is_due(100)
