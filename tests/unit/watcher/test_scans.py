"""One scan at a time per section, merged while they wait, new files before mere clean-ups."""

from __future__ import annotations

from itertools import permutations

import pytest

from matcher.model import Section
from watcher.scan_order import Expectation, ScanOrder
from watcher.scans import ALONE_S, CLEAN_UP_WAITS_S, ONLY_GONE, ScanBoard

TV = Section(2, "TV", "show", ("/data/TV",))


def order(
    directory: str, *, at: float = 0.0, serial: int = 1, section: int = 2, brings: bool = True
) -> ScanOrder:
    wish = Expectation(f"{directory}/{serial}.mkv")
    return ScanOrder(section, directory, at, {serial}, {wish.file: wish}, brings_files=brings)


def taken(board: ScanBoard, now: float = 10.0) -> ScanOrder | None:
    found = next(iter(board.ready(now)), None)
    if found is not None:
        board.take(found)
    return found


def test_one_scan_at_a_time_per_section_and_sections_do_not_wait_for_each_other() -> None:
    board = ScanBoard()
    board.want(order("/data/TV/A", at=1.0))
    board.want(order("/data/TV/B", at=2.0))
    board.want(order("/data/Movies/C", at=3.0, section=1))

    first, second, third = taken(board), taken(board), taken(board)

    assert first is not None
    assert second is not None
    assert (first.directory, second.directory) == ("/data/TV/A", "/data/Movies/C")
    assert third is None
    board.finished(first)
    third = taken(board)
    assert third is not None
    assert third.directory == "/data/TV/B"


def test_a_waiting_parent_speaks_for_its_children_in_either_order() -> None:
    for first, second in [("/data/TV/A", "/data/TV/A/S1"), ("/data/TV/A/S1", "/data/TV/A")]:
        board = ScanBoard()
        board.want(order(first, serial=1))
        board.want(order(second, serial=2))

        merged = taken(board)

        assert merged is not None
        assert merged.directory == "/data/TV/A"
        assert merged.serials == {1, 2}
        assert len(merged.expected) == 2
        assert taken(board) is None


@pytest.mark.parametrize("outer_first", [True, False])
def test_two_generations_that_wait_at_once_become_the_outer_parent(*, outer_first: bool) -> None:
    board = ScanBoard()
    outer = [f"/data/TV/A/{n}" for n in range(6)]
    inner = [f"/data/TV/A/x/{n}" for n in range(6)]
    for serial, each in enumerate(outer + inner if outer_first else inner + outer):
        board.want(order(each, serial=serial))

    board.merge_siblings(TV)
    board.merge_siblings(TV)

    merged = taken(board)
    assert merged is not None
    assert merged.directory == "/data/TV/A"
    assert merged.serials == set(range(12))
    assert taken(board) is None


def test_a_prefix_sibling_is_not_a_child() -> None:
    board = ScanBoard()
    board.want(order("/data/TV/A"))
    board.want(order("/data/TV/A-Z"))

    assert len(board.waiting[2]) == 2


def test_many_children_become_their_parent_but_never_the_location() -> None:
    board = ScanBoard(merge_at=3)
    for n in range(3):
        board.want(order(f"/data/TV/A/S{n}", serial=n))
        board.want(order(f"/data/TV/Show {n}", serial=10 + n))

    board.merge_siblings(TV)

    assert set(board.waiting[2]) == {
        "/data/TV/A",
        "/data/TV/Show 0",
        "/data/TV/Show 1",
        "/data/TV/Show 2",
    }
    assert board.waiting[2]["/data/TV/A"].serials == {0, 1, 2}


def test_new_files_come_before_a_clean_up_but_not_for_ever() -> None:
    board = ScanBoard()
    board.want(order("/data/TV/Gone", at=0.0, brings=False))
    board.want(order("/data/TV/New", at=CLEAN_UP_WAITS_S - 1))

    first = taken(board, now=100.0)
    assert first is not None
    assert first.directory == "/data/TV/New"

    board = ScanBoard()
    board.want(order("/data/TV/Gone", at=0.0, brings=False))
    board.want(order("/data/TV/New", at=CLEAN_UP_WAITS_S + 1))
    first = taken(board, now=100.0)
    assert first is not None
    assert first.directory == "/data/TV/Gone"


def test_what_is_gone_never_speaks_for_what_came_below_it() -> None:
    """A Plex that trashes before it adds would make a new item of what only moved."""
    for first, second in [("/data/TV/A", "/data/TV/A/S1"), ("/data/TV/A/S1", "/data/TV/A")]:
        board = ScanBoard()
        for directory in (first, second):
            board.want(order(directory, brings=directory == "/data/TV/A/S1"))

        assert set(board.waiting[2]) == {"/data/TV/A", "/data/TV/A/S1"}
        arrival = taken(board)
        assert arrival is not None
        assert arrival.directory == "/data/TV/A/S1"


def test_many_that_came_do_not_become_a_parent_in_which_something_is_gone() -> None:
    board = ScanBoard(merge_at=3)
    for n in range(3):
        board.want(order(f"/data/TV/A/S{n}"))
        board.want(order(f"/data/TV/B/S{n}", brings=False))
    board.want(order("/data/TV/A/Season 1", brings=False))

    board.merge_siblings(TV)

    assert len(board.waiting[2]) == 5
    assert not board.waiting[2]["/data/TV/B"].brings_files


def test_what_is_gone_waits_until_what_came_is_seen_or_was_asked_for_twice() -> None:
    board = ScanBoard()
    board.want(order("/data/TV/New"))
    board.want(order("/data/TV/Old", brings=False))
    new = taken(board)
    assert new is not None
    board.asked(new, 10.0)
    board.free(new)

    assert taken(board) is None
    assert board.next_at(10.0) == new.look_at
    new.attempts = 2
    old = taken(board)

    assert old is not None
    assert old.directory == "/data/TV/Old"


def test_what_came_alone_comes_before_what_came_where_something_is_gone() -> None:
    """An episode that moved to another season, out of one that has new files as well."""
    board = ScanBoard()
    mixed = order("/data/TV/A/S1", at=1.0)
    left = Expectation("/data/TV/A/S1/e1.mkv", gone=True)
    mixed.expected[left.file] = left
    board.want(mixed)
    board.want(order("/data/TV/A/S2", at=2.0, serial=2))

    first = taken(board)

    assert first is not None
    assert first.directory == "/data/TV/A/S2"
    board.asked(first, 10.0)
    board.free(first)
    assert taken(board) is None
    board.finished(first)
    assert taken(board) is mixed


def test_what_is_gone_waits_for_jobs_that_could_not_be_planned_but_not_for_ever() -> None:
    board = ScanBoard(plans_wait=True)
    board.want(order("/data/TV/Old", brings=False))
    board.want(order("/data/Movies/New", section=1))

    new = taken(board)

    assert new is not None
    assert new.directory == "/data/Movies/New"
    assert taken(board) is None
    assert board.next_at(10.0) == CLEAN_UP_WAITS_S
    assert taken(board, CLEAN_UP_WAITS_S) is not None


def test_a_folder_in_which_something_is_gone_does_not_speak_for_what_only_came() -> None:
    board = ScanBoard()
    mixed = order("/data/TV/A")
    left = Expectation("/data/TV/A/e1.mkv", gone=True)
    mixed.expected[left.file] = left
    board.want(mixed)
    board.want(order("/data/TV/A/S2", serial=2))

    assert sorted(board.waiting[2]) == ["/data/TV/A", "/data/TV/A/S2"]


def upgrade(directory: str, *, at: float = 0.0, serial: int = 1) -> ScanOrder:
    """What came there took the place of something that is gone."""
    both = order(directory, at=at, serial=serial)
    gone = Expectation(f"{directory}/old.mkv", gone=True)
    both.expected[gone.file] = gone
    return both


def test_what_is_gone_never_speaks_for_an_upgrade_below_it() -> None:
    """What came with the upgrade's folder may be what is gone from elsewhere below the parent."""
    for parent_first in (True, False):
        board = ScanBoard()
        wanted = [order("/data/TV/A", brings=False), upgrade("/data/TV/A/S1")]
        for each in wanted if parent_first else reversed(wanted):
            board.want(each)

        first = taken(board)
        assert first is not None
        assert first.directory == "/data/TV/A/S1"


def test_what_came_goes_before_an_upgrade_and_that_before_what_is_only_gone() -> None:
    board = ScanBoard()
    board.want(order("/data/TV/Gone", at=0.0, brings=False))
    board.want(upgrade("/data/TV/Upgraded", at=1.0))
    board.want(order("/data/TV/New", at=2.0))

    seen = []
    while (first := taken(board)) is not None:
        board.asked(first, 10.0)
        board.free(first)
        seen.append(first.directory)
        assert taken(board) is None  # before the one is seen, the next may not be asked for
        board.finished(first)

    assert seen == ["/data/TV/New", "/data/TV/Upgraded", "/data/TV/Gone"]


def test_upgrades_do_not_become_a_parent_in_which_something_else_is_gone() -> None:
    board = ScanBoard(merge_at=3)
    for n in range(3):
        board.want(upgrade(f"/data/TV/A/S{n}", serial=n))
        board.want(upgrade(f"/data/TV/B/S{n}", serial=10 + n))
    board.want(order("/data/TV/A/S9", brings=False))

    board.merge_siblings(TV)

    assert set(board.waiting[2]) == {*(f"/data/TV/A/S{n}" for n in (0, 1, 2, 9)), "/data/TV/B"}


def test_a_folder_that_must_not_be_asked_for_speaks_for_nobody() -> None:
    board = ScanBoard(merge_at=2)
    held = order("/data/TV")
    held.is_held = True
    board.want(held)
    for n in (1, 2):
        board.want(order(f"/data/TV/A/S{n}", serial=n))

    board.merge_siblings(TV, lambda _top: False)

    assert sorted(board.waiting[2]) == ["/data/TV", "/data/TV/A/S1", "/data/TV/A/S2"]


def test_where_scans_are_lost_beside_others_there_is_one_at_a_time() -> None:
    board = ScanBoard(one_by_one=True)
    board.want(order("/data/TV/A"))
    board.want(order("/data/Movies/C", at=1.0, section=1))
    first = taken(board)
    assert first is not None
    board.asked(first, 10.0)

    assert taken(board) is None
    assert board.next_at(10.0) == first.look_at
    assert taken(board, now=10.0 + ALONE_S) is not None


def test_an_order_given_back_waits_again() -> None:
    board = ScanBoard()
    board.want(order("/data/TV/A"))
    first = taken(board)
    assert first is not None

    board.give_back(first)

    assert taken(board) is first
    assert board.orders_of(1) == 1


def test_a_scan_in_hand_answers_for_the_same_files_as_they_are() -> None:
    board = ScanBoard()
    board.want(order("/data/TV/A"))
    asked = taken(board)
    assert asked is not None
    board.asked(asked, 10.0)

    assert board.covering(order("/data/TV/A")) is asked
    assert board.covering(order("/data/TV/A/S1")) is None
    changed = order("/data/TV/A")
    changed.expected = {file: Expectation(file, size=99) for file in asked.expected}
    assert board.covering(changed) is None
    empty = order("/data/TV/A")
    empty.expected = {}
    assert board.covering(empty) is None


def test_of_a_scan_behind_another_nothing_is_known_before_that_one_ran() -> None:
    """Servers that show no waiting scan look idle while both of them wait."""
    board = ScanBoard()
    for at, section in ((10.0, 1), (10.1, 2)):
        each = order(f"/data/{section}", section=section)
        board.want(each)
        board.take(each)
        board.asked(each, at)
    first, second = board.watched

    assert (board.is_behind(first), board.is_behind(second)) == (False, True)
    first.idle_looks = 2
    assert not board.is_behind(second)


def gone(directory: str, *, at: float = 0.0, serial: int = 1) -> ScanOrder:
    wish = Expectation(f"{directory}/old.mkv", gone=True)
    return ScanOrder(2, directory, at, {serial}, {wish.file: wish}, brings_files=False)


@pytest.mark.parametrize("turns", list(permutations(["flat", "new", "old"])))
def test_what_came_is_not_shown_together_with_what_is_gone_whichever_is_wanted_first(
    turns: tuple[str, ...],
) -> None:
    """A file beside the folders asks for all of the location; a renamed folder keeps its item."""
    board = ScanBoard()
    orders = {
        "flat": order("/data/TV", at=1.0, serial=1),
        "new": order("/data/TV/New", at=2.0, serial=2),
        "old": gone("/data/TV/Old", at=2.0, serial=2),
    }
    for each in turns:
        board.want(orders[each])

    first = taken(board)
    assert first is not None
    assert (first.directory, first.serials) == ("/data/TV/New", {2})
    board.asked(first, 10.0)
    assert taken(board, 10.0) is None
    board.finished(first)
    second = taken(board, 11.0)
    assert second is not None
    assert second.directory == "/data/TV"
    assert set(second.expected) == {"/data/TV/1.mkv", "/data/TV/Old/old.mkv"}
    assert second.serials == {1, 2}
    board.finished(second)
    assert taken(board, 100.0) is None


def test_a_parent_of_many_lets_go_of_them_when_something_below_it_is_gone() -> None:
    board = ScanBoard()
    for serial in range(6):
        board.want(order(f"/data/TV/A/{serial}", at=float(serial), serial=serial))
    board.merge_siblings(TV)
    board.want(gone("/data/TV/A/Old", at=9.0, serial=9))
    board.merge_siblings(TV)

    waiting = board.waiting[2]
    assert set(waiting) == {"/data/TV/A", *(f"/data/TV/A/{serial}" for serial in range(6))}
    assert waiting["/data/TV/A"].serials == {9}
    assert waiting["/data/TV/A"].turn == ONLY_GONE
    assert all(waiting[f"/data/TV/A/{serial}"].serials == {serial} for serial in range(6))


def test_an_outage_does_not_use_up_the_time_that_what_is_gone_waits_for_what_came() -> None:
    """Plex lost the scan of the new place when it restarted, and was away for long."""
    board = ScanBoard()
    board.want(order("/data/TV/New", at=1.0, serial=1))
    board.want(gone("/data/TV/Old", at=1.0, serial=1))
    first = taken(board, 2.0)
    assert first is not None
    board.asked(first, 2.0)
    board.up_since = 200.0
    board.finished(first)
    first.wanted_at, first.asked_at = 210.0, None
    board.want(first)

    again = taken(board, 211.0)
    assert again is first
    assert taken(board, 211.0) is None
    board.finished(again)
    last = taken(board, 212.0)
    assert last is not None
    assert last.directory == "/data/TV/Old"
