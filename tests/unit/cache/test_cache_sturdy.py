"""The sturdy store goes on in memory while the store below refuses, and catches up afterwards."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.memory import MemoryStore
from cache.store import JSON, Entry, StoreError, StoreStatistics
from cache.sturdy import SturdyStore

if TYPE_CHECKING:
    from collections.abc import Iterator


class MoodyStore(MemoryStore):
    """A store in memory that can be told to refuse writing, or everything."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.refuses = self.refuses_reading = self.refuses_commits = False
        self.tried = 0

    def _check(self, *, writing: bool = True) -> None:
        self.tried += writing
        if self.refuses_reading or (writing and self.refuses):
            raise StoreError("the store '/var/lib/x' cannot be used: the disk is full; free some")

    def peek(self, key: str) -> Entry | None:
        self._check(writing=False)
        return super().peek(key)

    def set(self, key: str, value: JSON, *, ttl_s: float | None = None) -> None:
        self._check()
        super().set(key, value, ttl_s=ttl_s)

    def delete(self, key: str) -> bool:
        self._check()
        return super().delete(key)

    def items(self, prefix: str = "") -> Iterator[tuple[str, JSON]]:
        self._check(writing=False)
        return super().items(prefix)

    def clear(self, prefix: str = "") -> int:
        self._check()
        return super().clear(prefix)

    @contextmanager
    def batch(self) -> Iterator[None]:
        with super().batch():
            yield
            if self.refuses_commits:
                raise StoreError("the store '/var/lib/x' cannot be used: the disk is full; free")

    def statistics(self) -> StoreStatistics:
        self._check(writing=False)
        return super().statistics()


class Clock:
    """Seconds since the epoch, as a test sets them."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """A sturdy store over a moody one, with what it said."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.said: list[str] = []
        self.below = MoodyStore(self.clock)
        self.store = SturdyStore(
            self.below, report=self.said.append, clock=self.clock, retry_after_s=30, name="journal"
        )


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_with_a_disk_that_works_everything_goes_straight_below(rig: Rig) -> None:
    rig.store.set("key", 1)

    assert rig.below.get("key") == 1
    assert rig.said == []


def test_while_the_disk_refuses_writes_live_in_memory(rig: Rig) -> None:
    rig.store.set("old", 1)
    rig.store.set("gone", 1)
    rig.below.refuses = True
    rig.store.set("new", 2)
    rig.store.set("old", 3)

    assert rig.store.delete("gone") is True
    assert rig.store.delete("gone") is False
    assert [rig.store.get(key) for key in ("old", "new", "gone")] == [3, 2, None]
    assert list(rig.store.items()) == [("old", 3), ("new", 2)]
    assert list(rig.below.items()) == [("old", 1), ("gone", 1)]


def test_it_says_once_that_it_goes_on_in_memory_with_the_cure(rig: Rig) -> None:
    rig.below.refuses = True
    for number in range(5):
        rig.store.set("key", number)
        rig.clock.now += 40

    assert len(rig.said) == 1
    assert "journal" in rig.said[0]
    assert "the disk is full; free some" in rig.said[0]


def test_it_leaves_the_disk_alone_for_a_while_and_then_writes_all_of_it(rig: Rig) -> None:
    rig.below.refuses = True
    rig.store.set("a", 1)
    rig.below.refuses = False
    tried = rig.below.tried
    rig.clock.now += 29
    rig.store.set("b", 2)
    assert rig.below.tried == tried

    rig.clock.now += 1
    rig.store.set("c", 3)

    assert list(rig.below.items()) == [("a", 1), ("b", 2), ("c", 3)]
    assert len(rig.said) == 2
    assert "3 entries" in rig.said[1]


def test_each_failure_begins_the_rest_anew_and_each_recovery_is_said(rig: Rig) -> None:
    for _ in range(2):
        rig.below.refuses = True
        rig.store.set("a", 1)
        rig.clock.now += 31
        rig.store.set("a", 2)
        rig.clock.now += 20
        rig.below.refuses = False
        rig.store.set("a", 3)
        assert rig.below.get("a") != 3
        rig.clock.now += 11
        rig.store.set("a", 4)
        assert rig.below.get("a") == 4

    assert len(rig.said) == 4


def test_a_clock_that_is_set_back_does_not_make_the_rest_longer(rig: Rig) -> None:
    rig.below.refuses = True
    rig.store.set("a", 1)
    rig.below.refuses = False
    rig.clock.now -= 1_000_000
    rig.store.set("b", 2)

    assert rig.below.get("b") == 2


def test_what_was_kept_keeps_its_time(rig: Rig) -> None:
    rig.below.refuses = True
    rig.store.set("short", 1, ttl_s=10)
    rig.store.set("long", 2, ttl_s=1000)
    rig.below.refuses = False
    rig.clock.now += 100
    assert rig.store.get("short") is None
    rig.store.set("more", 3)

    assert rig.below.get("short") is None
    assert rig.below.get("long") == 2
    expired, living = rig.below.peek("short"), rig.below.peek("long")
    assert expired is not None
    assert expired.expires_at == rig.clock.now - 90
    assert living is not None
    assert living.expires_at == rig.clock.now + 900


def test_a_batch_that_cannot_be_written_is_kept_whole(rig: Rig) -> None:
    rig.below.refuses_commits = True
    with rig.store.batch():
        rig.store.set("a", 1)
        rig.store.set("b", 2)
    assert list(rig.below.items()) == []
    assert list(rig.store.items()) == [("a", 1), ("b", 2)]

    rig.below.refuses_commits = False
    rig.clock.now += 31
    rig.store.delete("a")
    assert list(rig.below.items()) == [("b", 2)]


def test_a_batch_that_fails_by_itself_leaves_what_was_kept_before(rig: Rig) -> None:
    rig.below.refuses = True
    rig.store.set("a", 1)
    with suppress(KeyError), rig.store.batch():
        rig.store.set("a", 2)
        rig.store.clear()
        raise KeyError

    assert list(rig.store.items()) == [("a", 1)]


def test_a_disk_that_cannot_be_read_gives_misses(rig: Rig) -> None:
    rig.store.set("a", 1)
    rig.below.refuses_reading = True

    assert rig.store.get("a") is None
    assert rig.store.peek("a") is None
    assert list(rig.store.items()) == []
    assert rig.store.delete("a") is False
    assert rig.store.statistics().entries == 0
    assert len(rig.said) == 1


def test_reads_are_counted_wherever_the_value_was(rig: Rig) -> None:
    rig.store.set("a", 1)
    rig.below.refuses = True
    rig.store.set("b", 1)
    for key in ("a", "b", "c"):
        rig.store.get(key)

    found = rig.store.statistics()

    assert (found.hits, found.misses, found.entries) == (2, 1, 2)


def test_closing_tries_once_more_without_waiting(rig: Rig) -> None:
    rig.below.refuses = True
    rig.store.set("a", 1)
    rig.below.refuses = False
    rig.store.close()

    assert rig.below.get("a") == 1


def test_closing_says_what_is_lost(rig: Rig) -> None:
    rig.below.refuses = True
    rig.store.set("a", 1)
    rig.store.set("b", 1)
    rig.store.close()
    rig.store.close()

    assert [line for line in rig.said if "lost." in line] == [
        "journal: 2 entries could not be written to disk and are lost."
    ]


KEYS = st.sampled_from(["a", "a:1", "a:2", "b"])
STEPS = st.one_of(
    st.tuples(st.just("set"), KEYS, st.integers(0, 9)),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("clear"), st.sampled_from(["", "a:", "x"])),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("mood"), st.booleans()),
    st.tuples(st.just("commits"), st.booleans()),
)


@settings(deadline=None, max_examples=200)
@given(steps=st.lists(st.tuples(STEPS, st.booleans()), max_size=30))
def test_whatever_the_disk_does_the_items_are_right_and_in_the_end_on_disk(
    steps: list[tuple[tuple[Any, ...], bool]],
) -> None:
    """Against a store in memory that sees the same writes and never refuses."""
    rig = Rig()
    model = MemoryStore(rig.clock)
    for (name, *arguments), in_batch in steps:
        match name:
            case "wait":
                rig.clock.now += arguments[0]
            case "mood":
                rig.below.refuses = arguments[0]
            case "commits":
                rig.below.refuses_commits = arguments[0]
            case _:
                for store in (model, rig.store):
                    if in_batch:
                        with store.batch():
                            getattr(store, name)(*arguments)
                    else:
                        getattr(store, name)(*arguments)
        assert list(rig.store.items()) == list(model.items())
    rig.below.refuses = rig.below.refuses_commits = False
    rig.store.close()
    assert list(rig.below.items()) == list(model.items())


def test_what_expires_while_the_disk_refuses_does_not_fill_memory(rig: Rig) -> None:
    rig.below.refuses = True
    rig.store.set("kept", "for good")
    for number in range(20_000):
        rig.clock.now += 1.0
        rig.store.set(f"done:{number}", number, ttl_s=600.0)

    assert rig.store.statistics().entries < 2_500
    assert rig.store.get("done:19999") == 19999
    assert rig.store.get("kept") == "for good"
    assert rig.store.get("done:0") is None
