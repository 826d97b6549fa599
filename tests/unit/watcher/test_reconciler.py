"""When disk and Plex are compared, and that whatever happens they are compared again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until

from cache.memory import MemoryStore
from matcher.errors import PlexUnavailable
from matcher.folders import Folder, Folders
from matcher.mapping import Mapping, mappings_of
from matcher.memory import MemoryLibrary
from watcher.patience import Patience
from watcher.reconcile import Ground
from watcher.reconciler import SETTLED_S, Reconciler

if TYPE_CHECKING:
    from collections.abc import Iterator

EMPTY = Ground(MemoryLibrary([]), (), mappings_of([]), Folders(()), {}, lambda _path: None)


@dataclass
class Desk:
    """A reconciler whose ground is `errors`, one after the other, and then nothing to compare."""

    errors: list[Exception | None] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    compared: threading.Event = field(default_factory=threading.Event)
    store: MemoryStore = field(default_factory=MemoryStore)
    doubted: tuple[str, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    folders: Folders = EMPTY.folders
    later_s: float = 0.0

    def __post_init__(self) -> None:
        self.reconciler = Reconciler(
            self.ground,
            lambda _settled: None,
            lambda _event: None,
            lambda level, text: self.told.append((level, text)),
            lambda: time.monotonic() + self.later_s,
            every_s=0.0,
            patience=Patience(first_back_off_s=0.01, first_place_s=0.01, longest_place_s=0.05),
            store=self.store,
        )

    def ground(self) -> Ground | None:
        if not self.errors:
            self.compared.set()
            return replace(
                EMPTY,
                doubted=self.doubted,
                mappings=mappings_of(self.mappings),
                folders=self.folders,
            )
        error = self.errors.pop(0)
        if error is not None:
            raise error
        return None

    def has_told(self, part: str) -> bool:
        return any(part in text for _, text in self.told)

    def levels(self) -> list[str]:
        return [level for level, _ in self.told]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.reconciler.start()
    yield desk
    desk.reconciler.stop()


def test_it_compares_when_it_is_asked_to_and_says_why(desk: Desk) -> None:
    desk.reconciler.ask(None, "at start")

    wait_until(lambda: desk.told, 5)
    assert desk.told[0][0] == "INFO"
    assert "compared disk and Plex (at start): 0 differences" in desk.told[0][1]


@pytest.mark.parametrize(
    ("error", "levels"),
    [
        (None, ["INFO"]),
        (PlexUnavailable("connection refused"), ["DEBUG", "INFO"]),
        (ZeroDivisionError("oh"), ["ERROR", "DEBUG", "INFO"]),
    ],
    ids=["not known yet", "away", "a bug"],
)
def test_what_could_not_be_compared_is_compared_later(
    desk: Desk, error: Exception | None, levels: list[str]
) -> None:
    desk.errors.append(error)
    desk.reconciler.ask("/nas/TV", "it is back")

    wait_until(lambda: desk.compared.is_set() and "INFO" in desk.levels(), 5)
    assert desk.levels() == levels


def compared_by_a_start(
    store: MemoryStore, *, doubted: tuple[str, ...] = (), lasts_s: float = 0.0
) -> list[str]:
    """Say what a run tells that is asked for other comparisons, the last one after some time."""
    desk = Desk(store=store, doubted=doubted)
    desk.reconciler.start()
    try:
        for name in ("first", "last"):
            desk.reconciler.ask(f"/nas/{name}", name)
            wait_until(partial(desk.has_told, f"({name})"), 5)
            desk.later_s += lasts_s
    finally:
        desk.reconciler.stop()
    return [text for _, text in desk.told if "was away" in text]


def test_a_folder_that_was_away_is_compared_by_the_next_run_if_this_one_ends_before() -> None:
    store = MemoryStore()
    Desk(store=store).reconciler.owe("/nas/TV")

    for _ in range(2):  # it is still away
        assert len(compared_by_a_start(store, doubted=("/nas/TV",), lasts_s=SETTLED_S)) == 1
    for _ in range(2):  # what was found may not have settled
        assert len(compared_by_a_start(store)) == 1
    assert len(compared_by_a_start(store, lasts_s=SETTLED_S)) == 1
    assert compared_by_a_start(store) == []


TV = Folders((Folder("/nas/TV"), Folder("/nas/Films")))
PLACED = Mapping("/nas/TV", "/data/TV")


def test_a_folder_is_compared_once_what_came_to_nothing_in_it_has_a_place_in_plex() -> None:
    desk = Desk(folders=TV)
    desk.reconciler.start()
    try:
        for number in range(3):
            desk.reconciler.miss(f"/nas/TV/Show {number}")
        desk.reconciler.miss("/nas/Films/Film")
        wait_until(desk.compared.is_set, 5)
        assert [level for level, _ in desk.told] == ["WARNING"]
        desk.mappings = (PLACED,)
        wait_until(partial(desk.has_told, "(/nas/TV has a place in Plex by now)"), 5)
        desk.compared.clear()
        wait_until(desk.compared.is_set, 5)  # it is looked again for what is in Films
        assert len(desk.told) == 2, desk.told
    finally:
        desk.reconciler.stop()


def test_what_had_no_place_is_compared_by_the_next_run_if_this_one_ends_before() -> None:
    store = MemoryStore()
    Desk(store=store).reconciler.miss("/nas/TV/Show")

    for has_settled, is_compared in ((False, True), (True, True), (False, False)):
        desk = Desk(store=store, folders=TV, mappings=(PLACED,))
        desk.reconciler.start()
        try:
            desk.reconciler.ask("/nas/Films", "first")
            wait_until(partial(desk.has_told, "(first)"), 5)
            if is_compared:
                wait_until(partial(desk.has_told, "has a place"), 5)
            desk.later_s += SETTLED_S * has_settled
            desk.reconciler.ask("/nas/Films", "last")
            wait_until(partial(desk.has_told, "(last)"), 5)
            assert desk.has_told("has a place") == is_compared
        finally:
            desk.reconciler.stop()


def test_a_comparison_of_nothing_is_not_called_one(desk: Desk) -> None:
    desk.folders = TV
    desk.reconciler.ask(None, "at start")

    wait_until(lambda: desk.told, 5)
    assert desk.told[0][0] == "WARNING"
    assert "nothing to compare (at start)" in desk.told[0][1]
