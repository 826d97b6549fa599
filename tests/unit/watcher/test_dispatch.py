"""Orders in hand: what is asked when, what a look leads to, and when a job ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from matcher.change import Verb
from matcher.errors import PlexNonsense
from matcher.memory import MemoryLibrary
from matcher.model import Activity, Part, Section
from watcher.desk import SCANNING, PlexSide
from watcher.dispatch import Dispatch
from watcher.item_desk import PUT_OFF_S
from watcher.item_followup import MOST_WATCHED
from watcher.jobs import Job
from watcher.orders import ItemOrder, Orders
from watcher.outcomes import Result
from watcher.patience import Patience
from watcher.scan_order import Expectation, ScanOrder
from watcher.statistics import Statistics
from watcher.stillness import QUEUES_S, STILL_S
from watcher.works import Work

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "/data/Movies/Heat (1995)"
FILE = f"{FOLDER}/Heat (1995).mkv"
PATIENCE = Patience(looks_s=(1.0,), lost_after_s=(10.0, 20.0, 40.0))


class Plex(MemoryLibrary):
    """A library whose sections can be seen being scanned, and can be unknown to requests."""

    refreshing: frozenset[int] = frozenset()
    refuses = False
    scanned_at = 0
    asked_for_sections = 0
    others: tuple[Section, ...] = ()

    def sections(self) -> tuple[Section, ...]:
        self.asked_for_sections += 1
        return tuple(
            replace(each, refreshing=each.key in self.refreshing, scanned_at=self.scanned_at)
            for each in (*super().sections(), *self.others)
        )

    def scan(self, section: int, directory: str) -> bool:
        return super().scan(section, directory) and not self.refuses

    def refresh(self, key: int) -> bool:
        return super().refresh(key) and not self.refuses


@dataclass
class Desk:
    """A dispatch with everything around it in memory. Every folder is there but those in `gone`."""

    plex: Plex
    gone: set[str] = field(default_factory=set)
    ended: list[tuple[int, Result, str]] = field(default_factory=list)
    settling: set[str] = field(default_factory=set)
    away: str | None = None
    refused: list[tuple[str, str]] = field(default_factory=list)
    asked_anew: list[str] = field(default_factory=list)
    analyzes: bool = True
    doubts: dict[int, bool] = field(default_factory=dict)
    dispatch: Dispatch = field(init=False)

    def __post_init__(self) -> None:
        side = PlexSide(
            fresh=self.plex,
            requests=self.plex,
            forget=lambda _section, _directory: None,
            refused=lambda wish, reason: self.refused.append((wish.file, reason)),
            asked_anew=self.asked_anew.append,
            deleted_in=lambda _section: None,
            is_there=lambda directory: directory not in self.gone,
            held=lambda _section, _path: self.away,
            settling=lambda: lambda directory: directory in self.settling,
            most_settling_s=5.0,
            analyzes=self.analyzes,
            doubt=lambda section: self.doubts.pop(section, False),
        )
        self.dispatch = Dispatch(
            side,
            lambda work, result, reason: self.ended.append((work.job.serial, result, reason)),
            lambda _level, _text: None,
            Statistics(),
            verify=True,
            patience=PATIENCE,
        )

    def take(self, *wishes: Expectation, items: tuple[ItemOrder, ...] = ()) -> ScanOrder:
        order = ScanOrder(1, FOLDER, 0.0, {1}, {wish.file: wish for wish in wishes})
        job = Job(1, "/nas/Movies/Heat (1995)", {}, 0.0, 0.0, 0.0)
        self.dispatch.take(Work(job, "because", 0.0), Orders((order,), items))
        taken = self.dispatch.scans.next(0.0)
        assert taken is order
        self.dispatch.scans.ask(order, 0.0)
        return order

    def look(self, order: ScanOrder, now: float) -> None:
        self.dispatch.scans.look(order, self.plex.sections(), now)

    def scanned(self) -> list[str | None]:
        return [each.path for each in self.plex.requests if each.verb is Verb.SCAN]

    def analyzed(self) -> list[int | None]:
        return [each.key for each in self.plex.requests if each.verb is Verb.ANALYZE]


@pytest.fixture
def desk() -> Desk:
    return Desk(Plex([Section(1, "Films", "movie", ("/data/Movies",))]))


def part(size: int = 10) -> Part:
    return Part(FILE, size, 1, 7, "movie", "Heat")


def test_a_job_ends_when_its_file_is_visible(desk: Desk) -> None:
    order = desk.take(Expectation(FILE, size=10))
    desk.look(order, 1.0)
    assert desk.ended == []

    desk.plex.add(part())
    desk.look(order, 2.0)

    assert desk.ended == [(1, Result.VISIBLE, "because")]
    assert list(desk.dispatch.scans.board.orders()) == []


def test_a_job_whose_files_another_scan_under_way_brings_ends_with_that(desk: Desk) -> None:
    order = desk.take(Expectation(FILE, size=10))
    same = ScanOrder(1, FOLDER, 0.5, {2}, dict(order.expected))
    job = Job(2, FOLDER, {}, 0.0, 0.0, 0.0)
    desk.dispatch.take(Work(job, "because", 0.5), Orders((same,), ()))
    assert desk.ended == []

    desk.plex.add(part())
    desk.look(order, 2.0)

    assert desk.ended == [(serial, Result.VISIBLE, "because") for serial in (1, 2)]
    assert desk.scanned() == [FOLDER]


def test_a_section_stays_busy_until_its_scan_is_over(desk: Desk) -> None:
    order = desk.take(Expectation(FILE, size=10))
    desk.plex.add(part())
    desk.plex.refreshing = frozenset({1})
    for now in (1.0, 2.0, 3.0, 4.0):
        desk.look(order, now)
    assert [result for _, result, _ in desk.ended] == [Result.VISIBLE]
    assert 1 in desk.dispatch.scans.board.running

    desk.plex.refreshing = frozenset()
    desk.look(order, 5.0)

    assert desk.dispatch.scans.board.running == {}


def test_a_file_written_again_is_visible_only_after_a_scan_that_has_run(desk: Desk) -> None:
    """Its size may be the same: what Plex shows proves nothing."""
    desk.plex.add(part())
    order = desk.take(Expectation(FILE, size=10, replaced=True))

    desk.look(order, 1.0)
    assert desk.ended == []
    desk.look(order, 2.0)

    assert [result for _, result, _ in desk.ended] == [Result.VISIBLE]


def test_an_analysis_waits_for_the_scans_of_its_section(desk: Desk) -> None:
    desk.plex.add(part())
    item = ItemOrder(Verb.ANALYZE, 1, 7, "Heat", {1})
    order = desk.take(Expectation(FILE, size=10), items=(item,))
    assert desk.dispatch.items.next(0.0) is None
    desk.look(order, 1.0)
    assert desk.dispatch.items.next(1.0) is item

    desk.plex.running = (Activity("a", SCANNING, "Scanning"),)
    desk.dispatch.items.ask(item, 1.0)
    assert desk.analyzed() == []
    assert desk.dispatch.items.next(1.0) is None
    desk.plex.running = ()
    desk.dispatch.items.ask(item, 2.0)
    assert desk.analyzed() == []
    later = 2.0 + PATIENCE.begins_s
    desk.dispatch.items.see_before(item)
    desk.dispatch.items.ask(item, later)
    desk.dispatch.items.look(item, (), later + 1.0)

    assert desk.analyzed() == [7]
    assert [result for _, result, _ in desk.ended] == [Result.VISIBLE]


def test_a_lost_scan_is_asked_again_then_wider_then_told(desk: Desk) -> None:
    folder = f"{FOLDER}/Disc 1"
    wish = Expectation(f"{folder}/x.mkv")
    order = ScanOrder(1, folder, 0.0, {1}, {wish.file: wish})
    job = Job(1, "/nas", {}, 0.0, 0.0, 0.0)
    desk.dispatch.take(Work(job, "because", 0.0), Orders((order,), ()))
    now = 0.0
    for _ in range(3):
        asked = desk.dispatch.scans.next(now)
        assert asked is order
        desk.dispatch.scans.ask(order, now)
        desk.look(order, now + 1.0)
        now += 50.0
        desk.look(order, now)

    assert desk.scanned() == [folder, folder, FOLDER]
    assert [result for _, result, _ in desk.ended] == [Result.NOT_ACCEPTED]


def test_a_folder_that_is_gone_is_asked_for_from_what_is_left_at_once(desk: Desk) -> None:
    desk.plex.add(part())
    desk.gone.add(FOLDER)
    order = desk.take(Expectation(FOLDER, gone=True, is_dir=True))

    desk.look(order, 1.0)
    desk.look(order, 20.0)
    asked = desk.dispatch.scans.next(20.0)
    assert asked is order
    desk.dispatch.scans.ask(order, 20.0)

    assert desk.scanned() == [FOLDER, "/data/Movies"]


def test_a_scan_known_to_be_lost_is_no_attempt_and_the_next_are_asked_one_by_one(
    desk: Desk,
) -> None:
    """Nothing shows a scan of a vanished folder but the time of the section's last one."""
    desk.plex.scanned_at = 1000
    desk.dispatch.scans.merge(desk.plex.sections())
    desk.dispatch.scans.board.running[2] = ScanOrder(2, "/data/TV/A", 0.0)
    desk.gone.add(FOLDER)
    desk.plex.add(part())
    order = desk.take(Expectation(FOLDER, gone=True, is_dir=True))

    for now in (1.0, 2.0, 4.0):
        desk.look(order, now)
    assert desk.dispatch.scans.board.one_by_one
    del desk.dispatch.scans.board.running[2]
    assert desk.dispatch.scans.next(4.0) is order
    desk.dispatch.scans.ask(order, 4.0)
    desk.plex.scanned_at = 1001
    for now in (5.0, 6.0, 8.0):
        desk.look(order, now)
    assert desk.dispatch.scans.next(8.0) is order
    desk.dispatch.scans.ask(order, 8.0)

    assert desk.scanned() == [FOLDER, FOLDER, "/data/Movies"]


def test_nothing_is_concluded_from_what_is_served_from_memory(desk: Desk) -> None:
    """Without a file filter the looks read an index, whose counter may not have moved."""
    order = desk.take(Expectation(FILE, size=10))
    desk.look(order, 1.0)
    desk.doubts[1] = True
    desk.look(order, 30.0)
    assert order.asked_at is not None
    assert order.look_at == 30.0

    desk.look(order, 30.0)
    assert order.asked_at is None


@pytest.mark.parametrize("beside", [True, False])
def test_what_seems_lost_beside_another_scan_is_asked_for_alone(
    desk: Desk, *, beside: bool
) -> None:
    """Where nothing shows that it was lost: asked for beside others again, it would be again."""
    if beside:
        desk.dispatch.scans.board.running[2] = ScanOrder(2, "/data/TV/A", 0.0, asked_at=0.0)
    order = desk.take(Expectation(FILE, size=10))
    for now in (1.0, 12.0):
        desk.look(order, now)

    assert order.asked_at is None
    assert (desk.dispatch.scans.next(12.0) is None) is beside
    desk.dispatch.scans.board.running.pop(2, None)
    assert (desk.dispatch.scans.next(12.0) is order) is beside


def test_a_scan_that_waits_for_its_turn_is_not_asked_again(desk: Desk) -> None:
    order = desk.take(Expectation(FILE, size=10))
    desk.plex.running = (Activity("a", SCANNING, "Scanning"),)

    desk.look(order, 1.0)
    desk.look(order, 100.0)

    assert desk.dispatch.scans.next(100.0) is None
    assert desk.scanned() == [FOLDER]


def test_a_replaced_file_that_no_scan_notices_is_analyzed_twice_and_then_told(desk: Desk) -> None:
    desk.plex.add(part(size=3))
    order = desk.take(Expectation(FILE, size=10, replaced=True))
    now = 0.0
    for _ in range(8):
        now += 15.0
        desk.look(order, now)
        item = desk.dispatch.items.next(now)
        if item is not None:
            desk.dispatch.items.ask(item, now)

    assert desk.analyzed() == [7, 7]
    assert [result for _, result, _ in desk.ended] == [Result.NOT_ACCEPTED]


def test_nothing_is_analyzed_where_the_user_does_not_want_it() -> None:
    desk = Desk(Plex([Section(1, "Films", "movie", ("/data/Movies",))]), analyzes=False)
    desk.plex.add(part(size=3))
    order = desk.take(Expectation(FILE, size=10))

    for now in (1.0, 2.0, 3.0):
        desk.look(order, now)

    assert desk.dispatch.items.next(3.0) is None


def test_a_404_for_a_library_that_is_listed_is_an_error_and_no_end(desk: Desk) -> None:
    desk.plex.refuses = True

    with pytest.raises(PlexNonsense):
        desk.take(Expectation(FILE, size=10))

    assert desk.ended == []


def test_a_directory_that_is_not_at_rest_is_not_scanned_yet_and_the_others_are(
    desk: Desk,
) -> None:
    other = "/data/Movies/Ran (1985)"
    for serial, directory in ((1, FOLDER), (2, other)):
        job = Job(serial, directory, {}, 0.0, 0.0, 0.0)
        order = ScanOrder(1, directory, 0.0, {serial}, {directory: Expectation(directory)})
        desk.dispatch.take(Work(job, "because", 0.0), Orders((order,), ()))
    desk.settling = {FOLDER}

    taken = desk.dispatch.scans.next(1.0)

    assert taken is not None
    assert taken.directory == other
    desk.dispatch.scans.board.finished(taken)
    assert desk.dispatch.scans.next(1.0) is None
    assert desk.dispatch.next_at(1.0) == 1.0 + PATIENCE.settling_s


def test_a_directory_that_never_rests_is_scanned_in_the_end(desk: Desk) -> None:
    desk.settling = {FOLDER}
    order = ScanOrder(1, FOLDER, 0.0, {1}, {FILE: Expectation(FILE)})
    job = Job(1, FOLDER, {}, 0.0, 0.0, 0.0)
    desk.dispatch.take(Work(job, "because", 0.0), Orders((order,), ()))

    assert desk.dispatch.scans.next(4.9) is None
    assert desk.dispatch.scans.next(5.5) is order


def test_a_directory_that_did_not_come_to_rest_in_time_is_not_waited_for_again(desk: Desk) -> None:
    desk.settling = {FOLDER}
    order = ScanOrder(1, FOLDER, 0.0, {1}, {FILE: Expectation(FILE)})
    job = Job(1, FOLDER, {}, 0.0, 0.0, 0.0, restless=True)
    desk.dispatch.take(Work(job, "because", 0.0), Orders((order,), ()))

    assert desk.dispatch.scans.next(0.1) is order


def refresh(desk: Desk) -> ItemOrder:
    """Ask for a refresh of the film, with nothing else to do."""
    desk.plex.add(part())
    item = ItemOrder(Verb.REFRESH, 1, 7, "Heat", {1}, {FILE})
    job = Job(1, "/nas/Movies/Heat (1995)", {}, 0.0, 0.0, 0.0)
    desk.dispatch.take(Work(job, "because", 0.0), Orders((), (item,)))
    assert desk.dispatch.items.next(0.0) is item
    desk.dispatch.items.see_before(item)
    desk.dispatch.items.ask(item, 0.0)
    return item


def test_a_refresh_ends_its_job_when_its_trace_is_seen(desk: Desk) -> None:
    item = refresh(desk)
    assert desk.ended == []
    assert desk.dispatch.next_at(0.0) == 1.0

    desk.dispatch.items.look(item, (), 1.0)

    assert desk.ended == [(1, Result.VISIBLE, "because")]


def test_a_refresh_without_a_trace_is_asked_for_twice_and_then_left(desk: Desk) -> None:
    desk.plex.works_in_silence = True
    item = refresh(desk)
    for now in (1.0, 30.0):
        desk.dispatch.items.look(item, (), now)
    assert desk.dispatch.items.next(30.0) is item
    desk.dispatch.items.see_before(item)
    desk.dispatch.items.ask(item, 30.0)
    for now in (31.0, 80.0):
        desk.dispatch.items.look(item, (), now)

    assert [each.verb for each in desk.plex.requests] == [Verb.REFRESH, Verb.REFRESH]
    assert desk.ended == [
        (1, Result.ASKED, "because; Plex took the refresh 'Heat' and shows no trace of it")
    ]
    assert Verb.REFRESH not in desk.dispatch.items.board.shows


def analyses(desk: Desk, count: int) -> None:
    keys = range(100, 100 + count)
    items = tuple(ItemOrder(Verb.ANALYZE, 1, key, "x", {1}) for key in keys)
    job = Job(1, "/nas/Movies", {}, 0.0, 0.0, 0.0)
    for key in keys:
        desk.plex.add(Part(f"/data/Movies/{key}/{key}.mkv", 10, 1, key, "movie", "x"))
    desk.dispatch.take(Work(job, "because", 0.0), Orders((), items))


def test_plex_has_so_many_analyses_at_a_time_and_no_more(desk: Desk) -> None:
    analyses(desk, MOST_WATCHED + 2)
    items = desk.dispatch.items
    while (item := items.next(0.0)) is not None:
        items.see_before(item)
        items.ask(item, 0.0)
    assert len(desk.analyzed()) == MOST_WATCHED
    assert desk.dispatch.next_at(0.0) == PATIENCE.look_s(0)

    items.look(items.board.watched[0], (), 1.0)

    assert items.next(1.0) is not None


def test_where_analyses_leave_no_trace_they_do_not_wait_for_each_other(desk: Desk) -> None:
    analyses(desk, MOST_WATCHED + 2)
    items = desk.dispatch.items
    items.board.shows.discard(Verb.ANALYZE)
    while (item := items.next(0.0)) is not None:
        items.ask(item, 0.0)

    assert len(desk.analyzed()) == MOST_WATCHED + 2
    assert len(items.board.watched) == MOST_WATCHED


def test_whether_a_section_is_still_is_asked_once_for_many_analyses(desk: Desk) -> None:
    analyses(desk, 20)
    items = desk.dispatch.items
    for _ in range(10):
        item = items.next(0.0)
        assert item is not None
        items.ask(item, 0.0)
    assert desk.plex.asked_for_sections == 1

    item = items.next(STILL_S)
    assert item is not None
    desk.plex.refreshing = frozenset({1})
    items.ask(item, STILL_S)
    assert len(desk.analyzed()) == 10


def test_a_scan_that_was_asked_for_ends_what_is_known_of_the_stillness(desk: Desk) -> None:
    analyses(desk, 2)
    items = desk.dispatch.items
    for _ in range(2):
        item = items.next(0.0)
        assert item is not None
        items.ask(item, 0.0)
        items.stillness.scan_may_begin(1, -PATIENCE.begins_s)

    assert desk.plex.asked_for_sections == 2


def test_an_analysis_waits_for_a_scan_that_may_begin_and_shows_nowhere_yet(desk: Desk) -> None:
    """One of the run before a kill, too: nobody knows whether it was asked for."""
    analyses(desk, 1)
    items = desk.dispatch.items
    for section in (1, None):
        items.stillness.scan_may_begin(section, 10.0)
        assert items.next(10.0) is None
        assert items.next(10.0 + PATIENCE.begins_s - 0.1) is None
        assert desk.dispatch.next_at(10.0) == 10.0 + PATIENCE.begins_s

    assert items.next(10.0 + PATIENCE.begins_s) is not None


def test_an_analysis_waits_a_moment_longer_than_the_scan_that_was_seen(desk: Desk) -> None:
    """It may have been somebody else's, with ours still to begin."""
    analyses(desk, 1)
    items = desk.dispatch.items
    item = items.next(1.0)
    assert item is not None
    desk.plex.refreshing = frozenset({1})
    items.ask(item, 1.0)
    desk.plex.refreshing = frozenset()

    assert desk.analyzed() == []
    assert items.next(1.0 + PATIENCE.begins_s - 0.1) is None
    assert items.next(1.0 + PATIENCE.begins_s) is item


def test_a_scan_that_was_asked_for_may_wait_behind_those_of_other_sections(desk: Desk) -> None:
    analyses(desk, 1)
    items = desk.dispatch.items
    items.stillness.scan_was_asked(1, 0.0)
    desk.plex.others = (Section(2, "TV", "show", ("/data/TV",)),)
    desk.plex.refreshing = frozenset({2})
    now = PATIENCE.begins_s
    item = items.next(now)
    assert item is not None
    items.ask(item, now)
    assert desk.analyzed() == []

    desk.plex.refreshing = frozenset()
    now = 2 * PATIENCE.begins_s + 1.0
    for moment in (now, now + PATIENCE.begins_s):
        item = items.next(moment)
        if item is not None:
            items.ask(item, moment)
    assert len(desk.analyzed()) == 1


def test_scans_of_other_sections_without_end_are_nothing_to_wait_for(desk: Desk) -> None:
    analyses(desk, 1)
    items = desk.dispatch.items
    items.stillness.scan_was_asked(1, 0.0)
    desk.plex.others = (Section(2, "TV", "show", ("/data/TV",)),)
    desk.plex.refreshing = frozenset({2})
    now = 0.0
    while not desk.analyzed() and now < 10 * QUEUES_S:
        now += 1.0
        item = items.next(now)
        if item is not None:
            items.ask(item, now)

    assert QUEUES_S <= now <= QUEUES_S + 5 * PATIENCE.begins_s


def test_scans_without_end_do_not_keep_an_analysis_for_ever(desk: Desk) -> None:
    analyses(desk, 1)
    items = desk.dispatch.items
    now = 0.0
    items.stillness.scan_may_begin(1, now)
    while items.next(now) is None and now < 2 * PUT_OFF_S:
        now += 1.0
        items.stillness.scan_may_begin(1, now)

    assert PUT_OFF_S <= now <= PUT_OFF_S + 2 * PATIENCE.begins_s
    for moment in (now, now + PATIENCE.begins_s):
        items.next(moment)
    items.stillness.scan_may_begin(1, now + 10.0)
    assert items.next(now + 10.0) is None  # it is patient again


def test_refreshes_do_not_wait_behind_analyses(desk: Desk) -> None:
    analyses(desk, MOST_WATCHED + 2)
    items = desk.dispatch.items
    while (item := items.next(0.0)) is not None:
        items.see_before(item)
        items.ask(item, 0.0)

    refresh(desk)
    assert desk.plex.requests[-1].verb is Verb.REFRESH


def test_a_replaced_file_is_not_given_up_before_its_analysis_was_asked_for(desk: Desk) -> None:
    desk.plex.add(part(size=3))
    order = desk.take(Expectation(FILE, size=10))
    for now in (1.0, 2.0, 30.0, 60.0, 90.0, 120.0):
        desk.look(order, now)  # something is being played, say: no analysis is asked for

    assert desk.ended == []
    item = desk.dispatch.items.next(130.0)
    assert item is not None
    desk.dispatch.items.ask(item, 130.0)
    desk.plex.remove(1, FILE)
    desk.plex.add(part(size=10))
    desk.look(order, 131.0)
    assert [result for _, result, _ in desk.ended] == [Result.VISIBLE]


def test_while_nothing_may_be_asked_for_what_was_is_looked_at(desk: Desk) -> None:
    refresh(desk)
    desk.dispatch.items.board.want(ItemOrder(Verb.REFRESH, 1, 8, "Ran", {1}))
    look_at = PATIENCE.look_s(0)

    assert desk.dispatch.next_at(0.0) == 0.0
    assert desk.dispatch.next_at(0.0, held_until=60.0) == look_at


def test_a_refresh_whose_item_goes_away_meanwhile_is_decided_again(desk: Desk) -> None:
    item = refresh(desk)
    desk.plex.remove(1, FILE)

    desk.dispatch.items.look(item, (), 1.0)

    assert [result for _, result, _ in desk.ended] == [Result.NOT_ACCEPTED]


def test_a_refresh_that_cannot_be_looked_at_is_left_and_not_refused(desk: Desk) -> None:
    item = refresh(desk)

    desk.dispatch.drop(item, "Plex answers with an error")

    assert [result for _, result, _ in desk.ended] == [Result.ASKED]


def test_a_404_for_an_item_that_is_there_is_an_error_and_no_end(desk: Desk) -> None:
    """What stands before a server that is being started answers 404 to every request for work."""
    desk.plex.add(part())
    item = ItemOrder(Verb.REFRESH, 1, 7, "Heat", {1})
    order = desk.take(Expectation(FILE, size=10), items=(item,))
    desk.look(order, 1.0)
    desk.plex.refuses = True

    with pytest.raises(PlexNonsense):
        desk.dispatch.items.ask(item, 1.0)

    assert desk.ended == []
    assert desk.dispatch.items.next(1.0) is item


def test_no_refresh_is_asked_for_while_the_disk_is_away(desk: Desk) -> None:
    desk.plex.add(part())
    item = ItemOrder(Verb.REFRESH, 1, 7, "Heat", {1}, {FILE})
    job = Job(1, "/nas/Movies/Heat (1995)", {}, 0.0, 0.0, 0.0)
    desk.dispatch.take(Work(job, "because", 0.0), Orders((), (item,)))
    desk.away = "/nas/Movies is absent"

    assert desk.dispatch.items.next(0.0) is None
    assert desk.dispatch.next_at(0.0) == PATIENCE.held_s
    desk.away = None
    assert desk.dispatch.items.next(PATIENCE.held_s) is item


def test_a_refresh_that_may_have_met_an_absent_disk_is_asked_for_again(desk: Desk) -> None:
    item = refresh(desk)
    desk.away = "/nas/Movies is absent"

    desk.dispatch.items.look(item, (), 1.0)

    assert desk.ended == []
    assert [*desk.dispatch.items.board.waiting.values()] == [item]


def test_a_scan_is_looked_at_early_only_while_others_wait_for_its_section(desk: Desk) -> None:
    order = desk.take(Expectation(FILE, size=10))
    assert order.look_at == PATIENCE.look_s(0)
    desk.dispatch.scans.board.finished(order)

    waiting = ScanOrder(1, "/data/Movies/Ran (1985)", 5.0, {2})
    desk.dispatch.scans.board.want(waiting)
    order = desk.take(Expectation(FILE, size=10))
    assert order.look_at == pytest.approx(0.1)
    desk.look(order, 0.1)
    assert order.look_at == pytest.approx(0.25)
    desk.look(order, 0.25)
    assert order.look_at == PATIENCE.look_s(0)
    assert order.looks == 0
    desk.plex.add(part())
    desk.look(order, 0.3)

    assert desk.ended[-1][1] is Result.VISIBLE
    assert desk.dispatch.scans.next(0.3) is waiting


def test_a_file_that_a_repeated_scan_notices_is_analyzed_after_that_scan(desk: Desk) -> None:
    """The analysis that was asked for in between may have met the old file."""
    desk.plex.add(part(size=3))
    order = desk.take(Expectation(FILE, size=10, replaced=True))
    for now in (1.0, 2.0):
        desk.look(order, now)
    item = desk.dispatch.items.next(2.0)
    assert item is not None
    desk.dispatch.items.ask(item, 2.0)
    order.attempts = 2  # as it is when the scan was asked for again
    desk.plex.remove(1, FILE)
    desk.plex.add(part(size=10))
    for now in (3.0, 4.0):
        desk.look(order, now)

    assert desk.ended == []
    assert desk.dispatch.items.next(4.0) is not None


def test_one_busy_section_puts_off_all_of_its_analyses(desk: Desk) -> None:
    desk.plex.add(part())
    items = tuple(ItemOrder(Verb.ANALYZE, 1, key, "Heat", {1}) for key in (7, 8, 9))
    job = Job(1, "/nas/Movies/Heat (1995)", {}, 0.0, 0.0, 0.0)
    desk.dispatch.take(Work(job, "because", 0.0), Orders((), items))
    desk.plex.running = (Activity("a", SCANNING, "Scanning"),)

    first = desk.dispatch.items.next(0.0)
    assert first is not None
    desk.dispatch.items.ask(first, 0.0)

    assert desk.dispatch.items.next(0.0) is None
    assert desk.dispatch.next_at(0.0) == 1.0


@pytest.mark.parametrize(
    ("comes", "waits"),
    [
        (f"{FOLDER}/Heat (1995) 2160p.mkv", True),
        (f"{FOLDER}/Extras/Trailer.mkv", False),
        ("/data/Movies/Alien (1979)/Alien (1979).mkv", False),
    ],
)
def test_a_refresh_waits_for_what_another_job_brings_to_the_place_of_its_sidecar(
    desk: Desk, comes: str, *, waits: bool
) -> None:
    order = desk.take(Expectation(comes, size=20))
    item = ItemOrder(Verb.REFRESH, 1, 7, "Heat", {2}, {f"{FOLDER}/Heat (1995) 2160p.en.srt"})
    desk.dispatch.items.board.want(item)

    assert desk.dispatch.items.next(0.0) is (None if waits else item)
    desk.dispatch.scans.close(order, None)
    assert desk.dispatch.items.next(0.0) is item


def test_a_trash_waits_for_every_scan_that_may_wait_at_plex() -> None:
    """Plex has one scanner: ours may wait behind another library's, and shows nowhere."""
    desk = Desk(Plex([Section(1, "Films", "movie", ("/data/Movies",))]))
    order = desk.take(Expectation(FILE, size=700))
    assert desk.dispatch.busy(1)
    assert desk.dispatch.busy(2)

    for now in (1.0, 2.0, 3.0):
        desk.look(order, now)
    assert order.has_run
    assert desk.dispatch.busy(1)
    assert not desk.dispatch.busy(2)


def test_what_came_and_went_while_it_waited_is_missed_once_the_rest_has_settled(
    desk: Desk, tmp_path: Path
) -> None:
    """It may have moved on, and Plex has to see it there first."""
    brief = tmp_path / "Brief.mkv"
    brief.touch()
    order = ScanOrder(1, FOLDER, 0.0, {1}, {FILE: Expectation(FILE, host=str(brief))})
    desk.dispatch.scans.sections[1] = desk.plex.sections()[0]
    job = Job(1, FOLDER, {}, 0.0, 0.0, 0.0)
    desk.dispatch.take(Work(job, "because", 0.0), Orders((order,), ()))
    brief.unlink()
    desk.settling = {"/data/Movies"}

    assert desk.dispatch.scans.next(0.0) is None
    assert order.loses
    assert desk.dispatch.scans.next(1.0) is None
    desk.settling = set()
    assert desk.dispatch.scans.next(2.0) is order
