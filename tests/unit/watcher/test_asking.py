"""Which order is asked for next: nobody starves."""

from __future__ import annotations

from matcher.change import Verb
from matcher.memory import MemoryLibrary
from matcher.model import Part, Section
from watcher.asking import AT_ONCE, ITEMS_IN_A_ROW, Asking
from watcher.availability import Availability
from watcher.desk import PlexSide
from watcher.dispatch import Dispatch
from watcher.jobs import Job
from watcher.orders import ItemOrder, Orders
from watcher.patience import Patience
from watcher.policy import Policy
from watcher.scans import Expectation, ScanOrder
from watcher.statistics import Statistics
from watcher.throttle import Throttle
from watcher.works import Work

COUNT = 3 * ITEMS_IN_A_ROW


def test_a_scan_has_its_turn_among_many_refreshes() -> None:
    plex = MemoryLibrary([Section(1, "Films", "movie", ("/data",))])
    for key in range(1, COUNT + 1):
        plex.add(Part(f"/data/{key}/{key}.mkv", 1, 1, key, "movie", "x"))
    side = PlexSide(
        fresh=plex,
        requests=plex,
        forget=lambda _section, _directory: None,
        refused=lambda _wish, _reason: None,
        asked_anew=lambda _file: None,
        deleted_in=lambda _section: None,
        is_there=lambda _directory: True,
        held=lambda _section, _path: None,
    )
    statistics = Statistics()
    patience = Patience()
    policy = Policy(
        plex, Availability("http://plex", lambda: 1.0), statistics, lambda *_: None, lambda: 0.0
    )
    dispatch = Dispatch(
        side,
        lambda _work, _result, _reason: None,
        lambda _level, _text: None,
        statistics,
        verify=True,
        patience=patience,
    )
    asking = Asking(
        dispatch, policy, Throttle(lambda: False), patience, plex, lambda: True, verify=True
    )
    items = tuple(ItemOrder(Verb.REFRESH, 1, key, "x", {1}) for key in range(1, COUNT + 1))
    new = Expectation("/data/new/new.mkv")
    scan = ScanOrder(1, "/data/new", 0.0, {2}, {new.file: new})
    for serial, orders in ((1, Orders((), items)), (2, Orders((scan,), ()))):
        job = Job(serial, "/nas", {}, 0.0, 0.0, 0.0)
        dispatch.take(Work(job, "because", 0.0), orders)

    rounds = 1
    while asking.ask_due():
        rounds += 1

    assert rounds == -(-(COUNT + 1) // AT_ONCE)
    verbs = [each.verb for each in plex.requests]
    assert verbs.index(Verb.SCAN) == ITEMS_IN_A_ROW
    assert len(verbs) == COUNT + 1
