"""What every Store promises, tried on each implementation."""

from __future__ import annotations

import math
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.disk import open_disk_store
from cache.memory import MemoryStore
from cache.store import JSON, Entry
from cache.sturdy import SturdyStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cache.store import Store

    Make = Callable[[Path, "FakeClock"], Store]

ODD_KEYS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "/volume1/tv/caf\u00e9",
    "/volume1/tv/cafe\u0301",
    "/volume1/tv/Show.MKV",
    "/volume1/tv/show.mkv",
    "name that is not UTF-8 \udcff\udc80",
    "two surrogates are no emoji \ud83d\ude00",
    "an emoji is no two surrogates \U0001f600",
    "'; DROP TABLE Cache; --",
    "%_*[a-z]",
    "line\nbreak\r\x1b[31m",
    "k" * 4096,
    "\u3042" * 4096,
    "1",
    "None",
]

ODD_VALUES: list[JSON] = [
    None,
    True,
    False,
    0,
    -1,
    2**80,
    1.5,
    1e300,
    "",
    "name that is not UTF-8 \udcff",
    "\x00\n\x1b",
    "x" * 100_000,
    [],
    {},
    [None, [1, [2, {"a": []}]]],
    {"": None, "\udcff": {"nested": [1, 2.5, "three"]}},
]


class FakeClock:
    """Seconds since the epoch, as a test sets them."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def _memory(_: Path, clock: FakeClock) -> Store:
    return MemoryStore(clock)


def _disk(directory: Path, clock: FakeClock) -> Store:
    return open_disk_store(
        directory, "contract", clock=clock, size_limit_bytes=1 << 24, report=pytest.fail
    )


def _disk_without_limit(directory: Path, clock: FakeClock) -> Store:
    return open_disk_store(
        directory, "contract", clock=clock, size_limit_bytes=None, report=pytest.fail, lazily=True
    )


def _sturdy_memory(_: Path, clock: FakeClock) -> Store:
    return SturdyStore(MemoryStore(clock), report=pytest.fail, clock=clock)


def _sturdy_disk(directory: Path, clock: FakeClock) -> Store:
    return SturdyStore(_disk(directory, clock), report=pytest.fail, clock=clock)


ON_DISK = [_disk, _disk_without_limit, _sturdy_disk]
EVERY_STORE = [_memory, *ON_DISK, _sturdy_memory]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=EVERY_STORE, ids=lambda make: make.__name__.strip("_"))
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    made: Store = request.param(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture(params=ON_DISK, ids=lambda make: make.__name__.strip("_"))
def reopened(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> Iterator[Callable[[], Store]]:
    """Open the same store once more, closing the one before."""
    opened: list[Store] = []

    def reopen() -> Store:
        if opened:
            opened[-1].close()
        opened.append(request.param(tmp_path, clock))
        return opened[-1]

    yield reopen
    opened[-1].close()


class TestValues:
    def test_a_value_is_given_back(self, store: Store) -> None:
        store.set("key", {"a": [1, 2]})

        assert store.get("key") == {"a": [1, 2]}

    def test_an_unknown_key_is_none(self, store: Store) -> None:
        assert store.get("key") is None
        assert store.peek("key") is None

    def test_setting_again_replaces(self, store: Store) -> None:
        store.set("key", 1)
        store.set("key", "two")

        assert store.get("key") == "two"
        assert store.statistics().entries == 1

    @pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: ascii(value)[:30])
    def test_odd_values_keep_value_and_type(self, store: Store, value: JSON) -> None:
        store.set("key", value)

        found = store.get("key")

        assert found == value
        assert type(found) is type(value)

    def test_odd_keys_are_all_different_and_come_back_as_they_were(self, store: Store) -> None:
        for number, key in enumerate(ODD_KEYS):
            store.set(key, number)

        assert list(store.items()) == [(key, number) for number, key in enumerate(ODD_KEYS)]
        assert [store.get(key) for key in ODD_KEYS] == list(range(len(ODD_KEYS)))
        assert all(store.delete(key) for key in ODD_KEYS)

    def test_none_is_a_value_that_only_peek_tells_from_nothing(
        self, store: Store, clock: FakeClock
    ) -> None:
        store.set("key", None)

        assert store.get("key") is None
        assert store.peek("key") == Entry(None, clock.now, None)
        assert store.statistics().hits == 1

    def test_a_value_is_copied_in_and_out(self, store: Store) -> None:
        value: dict[str, JSON] = {"list": [1]}
        store.set("key", value)
        value["list"] = "changed by the writer"
        found = store.get("key")
        assert isinstance(found, dict)
        found["list"] = "changed by the reader"

        assert store.get("key") == {"list": [1]}

    @pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
    def test_a_number_that_json_cannot_say_is_refused(self, store: Store, value: JSON) -> None:
        store.set("key", "before")

        with pytest.raises(ValueError, match="JSON compliant"):
            store.set("key", value)
        assert store.get("key") == "before"

    @pytest.mark.parametrize("value", [{1, 2}, b"bytes", object()])
    def test_an_object_that_json_cannot_say_is_refused(self, store: Store, value: object) -> None:
        with pytest.raises(TypeError):
            store.set("key", value)  # type: ignore[arg-type]  # the point of the test
        assert store.peek("key") is None


class TestDelete:
    def test_deleting_says_whether_it_was_there(self, store: Store) -> None:
        store.set("key", 1)

        assert store.delete("key") is True
        assert store.delete("key") is False
        assert store.get("key") is None

    def test_an_expired_entry_was_there(self, store: Store, clock: FakeClock) -> None:
        store.set("key", 1, ttl_s=10)
        clock.now += 11

        assert store.delete("key") is True
        assert store.peek("key") is None


class TestExpiry:
    def test_a_value_lives_for_its_time_and_not_a_moment_longer(
        self, store: Store, clock: FakeClock
    ) -> None:
        store.set("key", 1, ttl_s=10)
        clock.now += 9.5
        assert store.get("key") == 1

        clock.now += 0.5
        assert store.get("key") is None

    def test_peek_sees_what_has_expired(self, store: Store, clock: FakeClock) -> None:
        stored_at = clock.now
        store.set("key", "old", ttl_s=10)
        clock.now += 1000

        assert store.get("key") is None
        assert store.peek("key") == Entry("old", stored_at, stored_at + 10)

    def test_without_a_time_it_lives_for_good(self, store: Store, clock: FakeClock) -> None:
        store.set("key", 1)
        clock.now += 50 * 365 * 86_400

        assert store.get("key") == 1

    def test_no_time_at_all_is_expired_at_once(self, store: Store) -> None:
        store.set("key", 1, ttl_s=0)

        assert store.get("key") is None
        assert store.peek("key") is not None

    def test_setting_again_gives_a_new_time(self, store: Store, clock: FakeClock) -> None:
        store.set("key", 1, ttl_s=10)
        clock.now += 8
        store.set("key", 2, ttl_s=10)
        clock.now += 8
        assert store.get("key") == 2

        store.set("key", 3)
        clock.now += 1000
        assert store.get("key") == 3

    def test_an_entry_from_a_wrong_future_does_not_live_on(
        self, store: Store, clock: FakeClock
    ) -> None:
        """A machine without a battery clock may have stored it years ahead of now."""
        right = clock.now
        clock.now += 10 * 365 * 86_400
        store.set("for an hour", 1, ttl_s=3600)
        store.set("for good", 2)
        clock.now = right

        assert store.get("for an hour") is None
        assert store.get("for good") == 2


class TestItems:
    def test_the_oldest_comes_first_and_setting_again_keeps_the_place(self, store: Store) -> None:
        for key in "zyxa":
            store.set(key, 1)
        store.set("y", 2)

        assert list(store.items()) == [("z", 1), ("y", 2), ("x", 1), ("a", 1)]

    def test_what_was_deleted_comes_last_when_it_comes_again(self, store: Store) -> None:
        for key in "abc":
            store.set(key, 1)
        with store.batch():
            store.delete("a")
            store.set("a", 2)

        assert list(store.items()) == [("b", 1), ("c", 1), ("a", 2)]

    def test_what_has_expired_is_left_out(self, store: Store, clock: FakeClock) -> None:
        store.set("short", 1, ttl_s=1)
        store.set("long", 2, ttl_s=100)
        clock.now += 50

        assert list(store.items()) == [("long", 2)]

    def test_only_keys_that_begin_so(self, store: Store) -> None:
        for key in ("a:1", "b:1", "a:2", "A:1", "a"):
            store.set(key, key)

        assert list(store.items("a:")) == [("a:1", "a:1"), ("a:2", "a:2")]

    def test_deleting_while_it_runs_is_allowed(self, store: Store) -> None:
        for number in range(300):
            store.set(str(number), number)

        seen = []
        for key, value in store.items():
            seen.append(value)
            store.delete(key)

        assert seen == list(range(300))
        assert list(store.items()) == []


class TestClear:
    def test_everything_is_gone_and_counted(self, store: Store) -> None:
        with store.batch():
            for number in range(250):
                store.set(str(number), number)

        assert store.clear() == 250
        assert store.clear() == 0
        assert list(store.items()) == []
        assert store.statistics().entries == 0

    def test_expired_entries_go_too(self, store: Store, clock: FakeClock) -> None:
        store.set("key", 1, ttl_s=1)
        clock.now += 5
        store.clear()

        assert store.peek("key") is None

    def test_only_keys_that_begin_so(self, store: Store, clock: FakeClock) -> None:
        store.set("a:old", 0, ttl_s=1)
        for key in ("a:1", "b:1", "a:2", "a"):
            store.set(key, key)
        clock.now += 5
        store.clear("a:")

        assert [key for key, _ in store.items()] == ["b:1", "a"]
        assert store.peek("a:old") is None

    def test_what_comes_after_it_stays(self, store: Store) -> None:
        store.set("a", 1)
        with store.batch():
            store.clear()
            store.set("b", 2)

        assert list(store.items()) == [("b", 2)]


class TestBatch:
    def test_its_writes_are_there_inside_and_after(self, store: Store) -> None:
        store.set("gone", 0)
        with store.batch():
            store.set("key", 1)
            store.delete("gone")
            assert store.get("key") == 1
            assert list(store.items()) == [("key", 1)]

        assert list(store.items()) == [("key", 1)]

    def test_an_exception_takes_all_of_it_back(self, store: Store) -> None:
        store.set("kept", 1)
        store.set("changed", 1)

        with suppress(ZeroDivisionError), store.batch():
            store.set("new", 2)
            store.set("changed", 2)
            store.delete("kept")
            store.clear("ch")
            _ = 1 / 0

        assert list(store.items()) == [("kept", 1), ("changed", 1)]

    def test_it_can_be_written_to_after_an_exception(self, store: Store) -> None:
        with suppress(KeyError), store.batch():
            raise KeyError
        with store.batch():
            store.set("key", 1)

        assert store.get("key") == 1

    def test_the_outermost_of_nested_ones_counts(self, store: Store) -> None:
        with suppress(ZeroDivisionError), store.batch():
            with store.batch():
                store.set("inner", 1)
            _ = 1 / 0
        assert store.get("inner") is None

        with store.batch():
            with suppress(ZeroDivisionError), store.batch():
                store.set("inner", 2)
                _ = 1 / 0
            store.set("outer", 3)
        assert list(store.items()) == [("inner", 2), ("outer", 3)]

    def test_an_empty_one_is_fine(self, store: Store) -> None:
        with store.batch():
            pass

        assert store.statistics().entries == 0

    def test_another_thread_sees_all_of_it_or_nothing(self, store: Store) -> None:
        begun, seen = threading.Event(), list[JSON]()

        def read() -> None:
            begun.wait(10)
            seen.extend([store.get("a"), store.get("b")])

        thread = threading.Thread(target=read, name="reader")
        thread.start()
        with store.batch():
            store.set("a", 1)
            begun.set()
            store.set("b", 1)
        thread.join(10)

        assert seen == [1, 1]


class TestStatistics:
    def test_reads_are_counted_and_peeks_and_items_are_not(
        self, store: Store, clock: FakeClock
    ) -> None:
        store.set("key", 1)
        store.set("short", 1, ttl_s=1)
        clock.now += 5
        for key in ("key", "key", "short", "unknown"):
            store.get(key)
        store.peek("key")
        list(store.items())

        found = store.statistics()

        assert (found.hits, found.misses, found.entries) == (2, 2, 2)
        assert found.size_bytes >= 0

    def test_a_store_begins_at_nothing(self, store: Store) -> None:
        found = store.statistics()

        assert (found.hits, found.misses, found.entries) == (0, 0, 0)


class TestThreads:
    def test_many_threads_lose_nothing_and_count_everything(self, store: Store) -> None:
        start = threading.Barrier(8)

        def work(number: int) -> None:
            start.wait(10)
            for step in range(25):
                store.set(f"{number}:{step}", [number, step])
                assert store.get(f"{number}:{step}") == [number, step]
                assert store.get("nobody") is None
            with store.batch():
                for step in range(25, 40):
                    store.set(f"{number}:{step}", [number, step])

        threads = [threading.Thread(target=work, args=(n,), name=f"work {n}") for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        found = store.statistics()
        assert (found.hits, found.misses, found.entries) == (200, 200, 320)
        assert dict(store.items()) == {f"{n}:{s}": [n, s] for n in range(8) for s in range(40)}

    def test_a_store_can_be_closed_by_a_thread_that_did_not_open_it(self, store: Store) -> None:
        store.set("key", 1)
        thread = threading.Thread(target=store.close, name="closer")
        thread.start()
        thread.join(10)

        store.close()


class TestOnDisk:
    def test_everything_outlives_the_store(
        self, reopened: Callable[[], Store], clock: FakeClock
    ) -> None:
        store = reopened()
        for number, key in enumerate(ODD_KEYS):
            store.set(key, number, ttl_s=100 if number % 2 else None)
        before = [store.peek(key) for key in ODD_KEYS]

        store = reopened()

        assert list(store.items()) == [(key, number) for number, key in enumerate(ODD_KEYS)]
        assert [store.peek(key) for key in ODD_KEYS] == before
        clock.now += 1000
        assert store.get(ODD_KEYS[1]) is None
        assert store.get(ODD_KEYS[2]) == 2

    def test_what_was_taken_back_stays_away(self, reopened: Callable[[], Store]) -> None:
        store = reopened()
        with suppress(KeyError), store.batch():
            store.set("key", 1)
            raise KeyError

        assert reopened().get("key") is None

    def test_statistics_begin_again_and_size_is_told(self, reopened: Callable[[], Store]) -> None:
        store = reopened()
        store.set("key", "x" * 100_000)
        store.get("key")

        found = reopened().statistics()

        assert (found.hits, found.misses, found.entries) == (0, 0, 1)
        assert found.size_bytes > 100_000


KEYS = st.sampled_from(["a", "a:1", "a:2", "b", "\udcff"])
WRITES = st.one_of(
    st.tuples(st.just("set"), KEYS, st.integers(0, 9), st.sampled_from([None, 1.0, 3.0])),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("clear"), st.sampled_from(["", "a", "a:", "x"])),
)
BATCHES = st.lists(
    st.tuples(st.lists(WRITES, max_size=4), st.booleans(), st.integers(0, 2)), max_size=12
)
"""Writes, whether an exception ends them, and how many seconds pass then."""


def write(store: Store, steps: list[tuple[Any, ...]], *, fails: bool) -> None:
    """Make the writes in one batch."""
    with suppress(KeyError), store.batch():
        for name, *arguments in steps:
            if name == "set":
                key, value, ttl_s = arguments
                store.set(key, value, ttl_s=ttl_s)
            else:
                getattr(store, name)(*arguments)
        if fails:
            raise KeyError


@settings(deadline=None, max_examples=60)
@given(batches=BATCHES)
@pytest.mark.parametrize("make", [_disk, _sturdy_memory], ids=["disk", "sturdy"])
def test_every_store_does_what_the_one_in_memory_does(
    tmp_path_factory: pytest.TempPathFactory,
    make: Make,
    batches: list[tuple[list[tuple[Any, ...]], bool, int]],
) -> None:
    """Any writes, in batches that fail or do not, leave the same items in the same order."""
    clock = FakeClock()
    model, store = MemoryStore(clock), make(tmp_path_factory.mktemp("model"), clock)
    try:
        for steps, fails, seconds in batches:
            write(model, steps, fails=fails)
            write(store, steps, fails=fails)
            assert list(store.items()) == list(model.items())
            assert store.statistics().entries == model.statistics().entries
            clock.now += seconds
    finally:
        store.close()
