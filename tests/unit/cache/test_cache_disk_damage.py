"""A damaged database is set aside and made anew, said once, and never an error for the user."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cache.disk import open_disk_store, open_raw_cache
from cache.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cache.store import Store


class Rig:
    """A store with 2,000 entries, more than its page cache keeps, and what it said."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.database = directory / "store" / "cache.db"
        self.said: list[str] = []
        self.opened: list[Store] = []
        store = self.open()
        with store.batch():
            for number in range(2000):
                store.set(f"old {number}", "x" * 3000)
        store.close()

    def open(self, *, limit: int | None = None) -> Store:
        store = open_disk_store(
            self.directory, "store", size_limit_bytes=limit, report=self.said.append
        )
        self.opened.append(store)
        return store

    def asides(self) -> list[Path]:
        return sorted(self.directory.glob("store.damaged-*"))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    for store in made.opened:
        store.close()
    assert not [path for path in _open_files() if path.is_relative_to(tmp_path)]


def _open_files() -> Iterator[Path]:
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that reads this directory
            yield descriptor.readlink()


def _replace_by_text(database: Path) -> None:
    database.write_text("this is not a database\n" * 10_000)


def _replace_by_other_file(database: Path) -> None:
    other = database.with_name("other")
    other.write_text("this is not a database\n" * 10_000)
    other.replace(database)


def _truncate(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def _overwrite_the_middle(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * (database.stat().st_size - 8192))


def _undecodable_text(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE Cache SET value = CAST(x'ff' AS TEXT)")


def _drop_the_table(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DROP TABLE Cache")


def _another_table_instead(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DROP TABLE Cache")
        connection.execute("CREATE TABLE Cache (a, b)")


DAMAGES = [
    _replace_by_text,
    _replace_by_other_file,
    _truncate,
    _overwrite_the_middle,
    _undecodable_text,
    _another_table_instead,
]
each_damage = pytest.mark.parametrize("damage", DAMAGES, ids=lambda f: f.__name__.strip("_"))


def _use_all_of_it(store: Store) -> None:
    """Read and write everything: no page stays unread."""
    for number in range(2000):
        store.get(f"old {number}")
    for number in range(20):
        store.set(f"new {number}", number)
    list(store.items())


@each_damage
def test_found_while_opening_or_soon_after(rig: Rig, damage: Callable[[Path], None]) -> None:
    damage(rig.database)
    store = rig.open()
    _use_all_of_it(store)
    store.clear()
    store.set("key", 1)

    assert store.get("key") == 1
    assert len(rig.asides()) == 1
    assert len(rig.said) == 1
    assert str(rig.database.parent) in rig.said[0]
    assert str(rig.asides()[0]) in rig.said[0]
    store.close()
    assert list(rig.open().items()) == [("key", 1)]


@each_damage
def test_found_while_it_is_open(rig: Rig, damage: Callable[[Path], None]) -> None:
    store = rig.open()
    assert store.get("old 1") == "x" * 3000
    damage(rig.database)
    _use_all_of_it(store)
    store.clear()
    store.set("key", 1)

    assert list(store.items()) == [("key", 1)]
    assert len(rig.asides()) == 1
    assert len(rig.said) == 1
    store.close()
    assert list(rig.open().items()) == [("key", 1)]


@pytest.mark.parametrize("use", ["get", "peek", "set", "delete", "items", "clear", "clear a part"])
def test_whichever_use_finds_it_succeeds(rig: Rig, use: str) -> None:
    store = rig.open()
    _another_table_instead(rig.database)
    uses: dict[str, Callable[[], object]] = {
        "get": lambda: store.get("old 1"),
        "peek": lambda: store.peek("old 1"),
        "set": lambda: store.set("key", 1),
        "delete": lambda: store.delete("old 1"),
        "items": lambda: list(store.items()),
        "clear": store.clear,
        "clear a part": lambda: store.clear("old"),
    }
    expected = {"delete": False, "items": [], "clear": 0, "clear a part": 0}

    assert uses[use]() == expected.get(use)
    store.set("key", 1)
    assert list(store.items()) == [("key", 1)]


# Rows and tables cannot be damaged then: SQLite lets nobody else write during a transaction.
@pytest.mark.parametrize("damage", DAMAGES[:4], ids=lambda f: f.__name__.strip("_"))
def test_found_in_the_middle_of_a_batch_it_is_a_store_error_and_mended_after_it(
    rig: Rig, damage: Callable[[Path], None]
) -> None:
    store = rig.open()
    with suppress(StoreError), store.batch():
        damage(rig.database)
        with suppress(StoreError):
            _use_all_of_it(store)
        _use_all_of_it(store)
    _use_all_of_it(store)
    store.clear()
    store.set("key", 1)

    assert list(store.items()) == [("key", 1)]
    assert len(rig.asides()) == 1


def test_a_batch_that_swallowed_a_failure_is_not_half_written(rig: Rig) -> None:
    store = rig.open()
    begun = store.batch()
    begun.__enter__()
    _truncate(rig.database)
    failed = False
    for number in range(2000):
        try:
            store.get(f"old {number}")
        except StoreError:
            failed = True
    with suppress(StoreError):
        store.set("new", 1)
    assert failed
    with pytest.raises(StoreError, match="malformed"):
        begun.__exit__(None, None, None)

    assert store.get("new") is None
    store.set("new", 2)
    assert store.get("new") == 2


def test_an_empty_file_is_a_new_store_and_no_damage(rig: Rig) -> None:
    os.truncate(rig.database, 0)
    store = rig.open()
    store.set("key", 1)

    assert list(store.items()) == [("key", 1)]
    assert rig.said == []


def test_a_table_that_was_dropped_is_made_again(rig: Rig) -> None:
    store = rig.open()
    _drop_the_table(rig.database)
    store.set("key", 1)

    assert list(store.items()) == [("key", 1)]


def test_a_file_where_the_directory_should_be_is_set_aside(rig: Rig) -> None:
    shutil.rmtree(rig.database.parent)
    rig.database.parent.write_text("a file")
    store = rig.open()
    store.set("key", 1)

    assert rig.asides()[0].read_text() == "a file"
    assert len(rig.said) == 1


def test_a_directory_that_was_removed_while_open_is_made_again_by_the_next_write(
    rig: Rig,
) -> None:
    store = rig.open()
    shutil.rmtree(rig.database.parent)
    store.set("key", 1)
    store.close()

    assert list(rig.open().items()) == [("key", 1)]


def test_of_two_that_find_the_same_damage_one_mends_it_and_both_go_on(rig: Rig) -> None:
    first, second = rig.open(), rig.open()
    _replace_by_other_file(rig.database)
    for store in (first, second):
        _use_all_of_it(store)
    first.set("from the first", 1)
    second.set("from the second", 2)

    assert len(rig.asides()) == 1
    assert len(rig.said) == 1
    assert second.get("from the first") == 1
    assert first.get("from the second") == 2


def test_with_a_limit_the_oldest_go_and_the_file_stays_small(tmp_path: Path) -> None:
    store = open_disk_store(tmp_path, "store", size_limit_bytes=1 << 20, report=pytest.fail)
    for number in range(300):
        store.set(str(number), "x" * 10_000)

    kept = [int(key) for key, _ in store.items()]
    assert 50 < len(kept) < 110
    assert kept == list(range(300 - len(kept), 300))
    assert store.statistics().size_bytes < (1 << 20) + 100_000
    assert (tmp_path / "store" / "cache.db").stat().st_size < (1 << 20) + 100_000
    store.close()


def test_a_batch_beyond_the_limit_drops_no_more_than_it_must(tmp_path: Path) -> None:
    store = open_disk_store(tmp_path, "store", size_limit_bytes=1 << 20, report=pytest.fail)
    for number in range(120):
        store.set(str(number), "x" * 10_000)
    with store.batch():
        for number in range(120, 140):
            store.set(str(number), "x" * 10_000)

    assert len(list(store.items())) > 50
    store.close()


def test_a_limit_too_small_for_anything_is_a_megabyte(tmp_path: Path) -> None:
    store = open_disk_store(tmp_path, "store", size_limit_bytes=1, report=pytest.fail)
    for number in range(10):
        store.set(str(number), number)

    assert len(list(store.items())) == 10
    store.close()


def test_without_a_limit_nothing_is_ever_dropped(tmp_path: Path) -> None:
    store = open_disk_store(tmp_path, "store", size_limit_bytes=None, report=pytest.fail)
    with store.batch():
        for number in range(300):
            store.set(str(number), "x" * 10_000, ttl_s=0)

    assert store.statistics().entries == 300
    assert store.peek("0") is not None
    store.close()


def test_a_closed_store_says_so_and_opens_nothing(tmp_path: Path) -> None:
    store = open_disk_store(tmp_path, "store", size_limit_bytes=None, report=pytest.fail)
    store.close()

    with pytest.raises(StoreError, match="closed"):
        store.set("key", 1)
    with pytest.raises(StoreError, match="closed"):
        store.get("key")


def test_opened_lazily_it_touches_nothing_until_it_is_used(tmp_path: Path) -> None:
    store = open_disk_store(
        tmp_path / "state", "store", size_limit_bytes=None, report=pytest.fail, lazily=True
    )
    assert not (tmp_path / "state").exists()

    store.set("key", 1)
    assert store.get("key") == 1
    store.close()


def test_reading_writes_nothing(tmp_path: Path) -> None:
    store = open_disk_store(tmp_path, "store", size_limit_bytes=1 << 20, report=pytest.fail)
    store.set("key", 1)
    files = [tmp_path / "store" / name for name in ("cache.db", "cache.db-wal")]
    before = [file.read_bytes() for file in files]
    for _ in range(20):
        store.get("key")
        store.get("unknown")
        store.peek("key")
        store.statistics()
        list(store.items())

    assert [file.read_bytes() for file in files] == before
    store.close()


@pytest.mark.parametrize(("limit", "level"), [(None, 2), (1_000_000, 1)])
def test_what_is_never_dropped_outlives_a_power_cut(
    tmp_path: Path, limit: int | None, level: int
) -> None:
    """SQLite's FULL (2) writes each commit through to the disk; NORMAL (1) does so at times."""
    path = tmp_path / "store"
    path.touch()

    cache: Any = open_raw_cache(str(path), size_limit_bytes=limit)
    found = cache._con.execute("PRAGMA synchronous").fetchall()
    cache.close()

    assert found == [(level,)]
