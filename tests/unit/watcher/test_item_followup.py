"""Refreshes and analyses followed up: what a look leads to, and what waits for what."""

from __future__ import annotations

import pytest

from matcher.change import Verb
from matcher.model import Activity
from watcher.item_followup import (
    LEFT_S,
    MOST_WATCHED,
    UNFOLLOWED_S,
    ItemBoard,
    ItemSeen,
    ItemVerdict,
    judge_item,
    look_at,
)
from watcher.orders import ItemOrder
from watcher.patience import Patience

PATIENCE = Patience(lost_after_s=(10.0, 20.0, 40.0), busy_s=300.0)


def asked(attempts: int = 1, before: str | None = "old") -> ItemOrder:
    order = ItemOrder(Verb.REFRESH, 1, 7, "Heat", {1})
    order.before, order.asked_at, order.attempts = before, 100.0, attempts
    return order


def seen(trace: str | None = "old", *, working: bool = False, busy: bool = False) -> ItemSeen:
    return ItemSeen(trace, working, busy or working)


def judged(order: ItemOrder, what: ItemSeen, now: float, *, shows: bool = True) -> ItemVerdict:
    return judge_item(order, what, now, PATIENCE, shows=shows)


def test_another_trace_than_before_is_proof() -> None:
    assert judged(asked(), seen("new"), 100.5) is ItemVerdict.SEEN


def test_work_that_was_seen_and_is_over_is_proof() -> None:
    order = asked()

    assert judged(order, seen(working=True), 101.0) is ItemVerdict.WAIT
    assert judged(order, seen(), 102.0) is ItemVerdict.SEEN


def test_an_item_that_is_gone_is_told_as_such() -> None:
    assert judged(asked(), seen(None), 100.5) is ItemVerdict.GONE


def test_an_item_that_was_never_to_be_seen_is_not_taken_for_gone() -> None:
    order = asked(before=None)

    assert judged(order, seen(None), 100.5) is ItemVerdict.WAIT
    assert judged(order, seen(None), 120.5) is ItemVerdict.UNSEEN


def test_what_leaves_no_trace_while_plex_is_idle_is_asked_for_once_more() -> None:
    order = asked()

    assert judged(order, seen(), 101.0) is ItemVerdict.WAIT
    assert judged(order, seen(), 120.9) is ItemVerdict.WAIT
    assert judged(order, seen(), 121.0) is ItemVerdict.ASK_AGAIN


def test_what_leaves_no_trace_twice_is_left() -> None:
    order = asked(attempts=2)

    assert judged(order, seen(), 101.0) is ItemVerdict.WAIT
    assert judged(order, seen(), 141.0) is ItemVerdict.UNSEEN


def test_a_server_that_works_in_silence_is_asked_once() -> None:
    order = asked()
    judged(order, seen(), 101.0, shows=False)

    assert judged(order, seen(), 121.0, shows=False) is ItemVerdict.UNSEEN


def test_without_a_trace_from_before_nothing_is_asked_twice() -> None:
    order = asked(before=None)
    judged(order, seen("some"), 101.0)

    assert judged(order, seen("other"), 121.0) is ItemVerdict.UNSEEN


def test_a_busy_plex_is_waited_for_and_then_left_to_itself_but_not_for_ever() -> None:
    order = asked()
    for now in (110.0, 200.0, 399.0):
        assert judged(order, seen(busy=True), now) is ItemVerdict.WAIT

    for now in (400.0, 99.0 + LEFT_S):
        assert judged(order, seen(busy=True), now) is ItemVerdict.LEFT
    assert judged(order, seen(busy=True), 100.0 + LEFT_S) is ItemVerdict.ASK_AGAIN


def test_idle_time_counts_from_the_last_work() -> None:
    order = asked()
    judged(order, seen(), 101.0)
    judged(order, seen(busy=True), 115.0)
    judged(order, seen(), 118.0)

    assert judged(order, seen(), 130.0) is ItemVerdict.WAIT
    assert judged(order, seen(), 138.0) is ItemVerdict.ASK_AGAIN


@pytest.mark.parametrize(
    ("activity", "working", "busy"),
    [
        (Activity("a", "library.refresh.items", "Refreshing", key=7), True, True),
        (Activity("a", "media.generate.intros", "Intros", key=8), False, True),
        (Activity("a", "library.update.section", "Scanning", section=1), False, True),
        (Activity("a", "provider.subscriptions.process", "Subscriptions"), False, False),
    ],
)
def test_of_what_plex_does_only_the_work_on_items_counts(
    activity: Activity, *, working: bool, busy: bool
) -> None:
    assert look_at(asked(), "old", [activity]) == ItemSeen("old", working, busy)


def test_an_equal_order_that_waits_speaks_for_a_later_one() -> None:
    board = ItemBoard()
    board.want(ItemOrder(Verb.REFRESH, 1, 7, "Heat", {1}))
    board.want(ItemOrder(Verb.REFRESH, 1, 7, "Heat", {2}))
    board.want(ItemOrder(Verb.ANALYZE, 1, 7, "Heat", {2}))

    assert [(each.verb, each.serials) for each in board.waiting.values()] == [
        (Verb.REFRESH, {1, 2}),
        (Verb.ANALYZE, {2}),
    ]


def test_one_that_was_asked_for_does_not_speak_for_a_later_one() -> None:
    board = ItemBoard()
    first = ItemOrder(Verb.REFRESH, 1, 7, "Heat", {1})
    board.want(first)
    board.asked(first, now=5.0, look_at=5.5)

    board.want(ItemOrder(Verb.REFRESH, 1, 7, "Heat", {2}))

    assert [each.serials for each in board.watched] == [{1}]
    assert [each.serials for each in board.waiting.values()] == [{2}]
    assert (board.holds(1), board.holds(2), board.holds(3)) == (True, True, False)


def test_one_that_is_asked_for_again_is_looked_at_anew_before() -> None:
    board = ItemBoard()
    order = asked(attempts=0)
    board.want(order)
    board.asked(order, now=5.0, look_at=5.5)

    board.again(order)

    assert [*board.waiting.values()] == [order]
    assert (order.before, order.asked_at, order.attempts) == (None, None, 1)
    assert board.holds(1)
    board.finished(order)
    assert not board.waiting
    assert not board.watched
    assert not board.holds(1)


def test_a_job_is_held_by_what_waits_again_beside_what_was_asked_for() -> None:
    board = ItemBoard()
    first = asked(attempts=0)
    board.want(first)
    board.asked(first, now=5.0, look_at=5.5)
    board.want(ItemOrder(Verb.REFRESH, 1, 7, "Heat", {1, 2}))

    board.again(first)
    (left,) = board.waiting.values()
    assert (board.holds(1), board.holds(2)) == (True, True)

    board.finished(left)
    assert (board.holds(1), board.holds(2)) == (False, False)


def test_what_is_left_to_plex_keeps_its_place_and_no_job() -> None:
    board = ItemBoard()
    order = asked(attempts=0)
    board.want(order)
    board.asked(order, now=5.0, look_at=5.5)

    assert board.left(order) == {1}
    assert not board.holds(1)
    assert board.watched == [order]
    board.finished(order)
    assert not board.holds(1)
    assert board.watched == []


def test_one_that_is_to_be_followed_up_stays_so() -> None:
    board = ItemBoard()
    first = asked()
    first.is_followed = False
    board.want(first)
    board.want(asked())

    assert first.is_followed


def test_the_board_is_full_when_much_is_under_way() -> None:
    board = ItemBoard()
    for key in range(MOST_WATCHED):
        assert not board.is_full(Verb.ANALYZE)
        order = ItemOrder(Verb.ANALYZE, 1, key, "x", {1})
        board.want(order)
        board.asked(order, now=5.0, look_at=5.5)

    assert board.is_full(Verb.ANALYZE)
    assert not board.is_full(Verb.REFRESH)


def test_work_on_one_item_goes_one_at_a_time_since_all_of_it_shows_in_one_trace() -> None:
    board = ItemBoard()
    refresh, analysis = asked(), ItemOrder(Verb.ANALYZE, 1, 7, "Heat", {2})
    other = ItemOrder(Verb.ANALYZE, 1, 8, "Ran", {3})
    board.want(refresh)
    board.asked(refresh, now=5.0, look_at=5.5)

    assert board.beside_until(analysis, 5.1) == 5.5
    assert board.beside_until(analysis, 6.0) == 6.0
    assert board.beside_until(other, 5.1) is None
    assert board.beside_until(asked(), 5.1) is None
    board.finished(refresh)
    assert board.beside_until(analysis, 6.0) is None

    board.note_unfollowed(analysis, 7.0)
    assert board.beside_until(refresh, 8.0) == 7.0 + UNFOLLOWED_S
    assert board.beside_until(other, 8.0) is None
    assert board.beside_until(refresh, 7.0 + UNFOLLOWED_S) is None
