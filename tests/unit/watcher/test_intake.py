"""The intake holds so many events and no more: who brings more waits until they are looked at."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from waiting import wait_until

from watcher.events import Event, What
from watcher.intake import MOST_ARRIVED, Intake
from watcher.settle import SettleSettings
from watcher.statistics import Statistics

if TYPE_CHECKING:
    from watcher.settle import Settled

MORE = 1_000


def test_too_many_events_wait_at_the_door_and_none_is_lost() -> None:
    told: list[Settled] = []
    intake = Intake(SettleSettings(0.05, 60.0, 0.05), told.append, Statistics(), time.monotonic)

    def bring() -> None:
        for number in range(MOST_ARRIVED + MORE):
            directory = "/m/last" if number >= MOST_ARRIVED else "/m/first"
            intake.sink(Event(What.DELETED, f"{directory}/{number}.mkv"))

    watching = threading.Thread(target=bring)
    watching.start()
    wait_until(lambda: intake.pending() >= MOST_ARRIVED, 60)
    assert watching.is_alive()
    assert intake.pending() == MOST_ARRIVED
    intake.start()
    watching.join(60)
    assert not watching.is_alive()
    intake.stop()

    assert {settled.directory for settled in told} == {"/m/first", "/m/last"}
    lasts = [one for one in told if one.directory == "/m/last"]
    assert sum(len(one.changes) for one in lasts) == MORE


def test_who_waits_at_the_door_goes_on_when_it_stops() -> None:
    intake = Intake(
        SettleSettings(0.05, 60.0, 0.05), lambda _settled: None, Statistics(), time.monotonic
    )
    event = Event(What.DELETED, "/m/a.mkv")
    for _ in range(MOST_ARRIVED):
        intake.sink(event)
    watching = threading.Thread(target=lambda: intake.sink(event))
    watching.start()
    intake.stop()
    watching.join(60)

    assert not watching.is_alive()
