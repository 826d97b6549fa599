"""What somebody with write access plants in the database neither runs, nor reads, nor removes.

Each attack is first tried on diskcache as it comes, where it works: that shows that it is one.
"""

from __future__ import annotations

import os
import pickle
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import diskcache
import pytest

from cache.disk import open_disk_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cache.store import Store


class MakesADirectory:
    """A pickle of it makes a directory when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def _bomb(path: Path) -> bytes:
    return pickle.dumps(MakesADirectory(path))


def _open(directory: Path, said: list[str] | None = None, limit: int | None = None) -> Store:
    report = pytest.fail if said is None else said.append
    return open_disk_store(directory, "store", size_limit_bytes=limit, report=report)


def _sql(directory: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(directory / "store" / "cache.db")) as connection, connection:
        connection.execute(statement, values)


def _plant(
    directory: Path,
    key: object = b"planted",
    *,
    raw: int | None = 1,
    mode: int = 1,
    filename: str | None = None,
    value: object = None,
) -> None:
    _sql(
        directory,
        "INSERT OR REPLACE INTO Cache (key, raw, store_time, access_time, mode, filename, value)"
        " VALUES (?, ?, 0, 0, ?, ?, ?)",
        *(key, raw, mode, filename, value),
    )


def _delete_twice(store: Store) -> None:
    store.delete("planted")
    store.delete("planted")


USES: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get("planted"),
    "peek": lambda store: store.peek("planted"),
    "set": lambda store: store.set("planted", 1),
    "delete": _delete_twice,
    "items": lambda store: list(store.items()),
    "items by prefix": lambda store: list(store.items("plant")),
    "clear": lambda store: store.clear(),
    "clear by prefix": lambda store: store.clear("plant"),
    "statistics": lambda store: store.statistics(),
    "close": lambda store: store.close(),
}

every_use = pytest.mark.parametrize("use", USES.values(), ids=USES.keys())


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A state directory with a store in it."""
    _open(tmp_path).close()
    return tmp_path


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file outside of the store, as a planted row names it from inside."""
    path = tmp_path / "victim.txt"
    path.write_text('{"stored_at":1,"expires_at":null,"value":"secret"}')
    return path


FROM_INSIDE = "../victim.txt"


class TestPlainDiskcache:
    """The attacks are real."""

    def test_a_planted_value_runs(self, tmp_path: Path) -> None:
        with diskcache.Cache(str(tmp_path / "store")) as cache:
            _plant(tmp_path, "planted", mode=4, value=_bomb(tmp_path / "ran"))
            cache.get("planted")

        assert (tmp_path / "ran").is_dir()

    def test_a_planted_key_runs(self, tmp_path: Path) -> None:
        with diskcache.Cache(str(tmp_path / "store")) as cache:
            _plant(tmp_path, _bomb(tmp_path / "ran"), raw=0, value="value")
            list(cache)

        assert (tmp_path / "ran").is_dir()

    def test_a_planted_file_name_is_read_and_removed(self, tmp_path: Path, victim: Path) -> None:
        with diskcache.Cache(str(tmp_path / "store")) as cache:
            _plant(tmp_path, "planted", mode=3, filename=FROM_INSIDE)
            assert "secret" in cache.get("planted")
            cache.delete("planted")

        assert not victim.exists()

    def test_a_planted_setting_leads_to_another_directory(self, tmp_path: Path) -> None:
        diskcache.Cache(str(tmp_path / "store")).close()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        _sql(tmp_path, "INSERT INTO Settings VALUES ('_directory', ?)", str(elsewhere))
        diskcache.Cache(str(tmp_path / "store")).close()

        assert (elsewhere / "cache.db").is_file()


class TestRows:
    @every_use
    def test_a_pickled_value_does_not_run(self, made: Path, use: Callable[[Store], object]) -> None:
        _plant(made, mode=4, value=_bomb(made / "ran"))
        store = _open(made)
        use(store)
        store.close()

        assert not (made / "ran").exists()

    @every_use
    def test_a_pickled_key_does_not_run(self, made: Path, use: Callable[[Store], object]) -> None:
        _plant(made, _bomb(made / "ran"), raw=0, value="value")
        store = _open(made)
        use(store)
        store.close()

        assert not (made / "ran").exists()

    @every_use
    @pytest.mark.parametrize("mode", [1, 2, 3, 4])
    @pytest.mark.parametrize("absolute", [False, True], ids=["relative", "absolute"])
    def test_a_file_that_a_row_names_is_neither_read_nor_removed(
        self,
        made: Path,
        victim: Path,
        use: Callable[[Store], object],
        mode: int,
        absolute: bool,
    ) -> None:
        before = victim.read_text()
        _plant(made, mode=mode, filename=str(victim) if absolute else FROM_INSIDE)
        store = _open(made)
        found = use(store)
        store.close()

        assert "secret" not in repr(found)
        assert victim.read_text() == before

    def test_a_file_that_a_row_names_outlives_the_row_being_evicted(
        self, made: Path, victim: Path
    ) -> None:
        for number in range(50):
            _plant(made, f"planted {number}".encode(), mode=2, filename=FROM_INSIDE)
        _sql(made, "UPDATE Cache SET expire_time = 1 WHERE rowid % 2")
        store = _open(made, limit=1 << 20)
        for number in range(40):
            store.set(str(number), "x" * 50_000)

        with closing(sqlite3.connect(made / "store" / "cache.db")) as connection:
            ((left,),) = connection.execute(
                "SELECT COUNT(*) FROM Cache WHERE filename IS NOT NULL"
            ).fetchall()
        assert left == 0
        assert victim.is_file()
        store.close()

    def test_writing_makes_no_file_beside_the_database(self, made: Path) -> None:
        store = _open(made)
        store.set("key", "x" * 5_000_000)
        store.close()

        assert [path.name for path in (made / "store").iterdir()] == ["cache.db"]

    @pytest.mark.parametrize(
        "row",
        [
            {"mode": 4, "value": pickle.dumps("a harmless one")},
            {"mode": 2, "filename": FROM_INSIDE},
            {"mode": 1, "value": b'{"stored_at":1,"expires_at":null,"value":1}'},
            {"mode": 1, "value": 5},
            {"mode": 1, "value": 5.5},
            {"mode": 1, "value": None},
            {"mode": 0, "value": '{"stored_at":1,"expires_at":null,"value":1}'},
            {"mode": 1, "value": ""},
            {"mode": 1, "value": "[" * 100_000},
            {"mode": 1, "value": '{"stored_at":1,"expires_at":null}'},
            {"mode": 1, "value": '{"stored_at":1,"expires_at":null,"value":Infinity}'},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("use", ["get", "peek", "items"])
    def test_a_row_that_is_not_ours_is_a_miss_and_is_dropped(
        self, made: Path, victim: Path, row: dict[str, object], use: str
    ) -> None:
        _plant(made, **row)  # type: ignore[arg-type]  # as the table above has it
        store = _open(made)
        store.set("ours", 1)
        USES[use](store)

        assert list(store.items()) == [("ours", 1)]
        assert store.statistics().entries == 1
        assert victim.is_file()
        store.close()

    @pytest.mark.parametrize("key", ["planted", 5, 5.5, b"\xff\xfe not UTF-8"])
    def test_a_row_with_a_key_that_is_not_ours_is_dropped(self, made: Path, key: object) -> None:
        _plant(made, key, value="{}")
        store = _open(made)
        store.set("ours", 1)

        assert list(store.items()) == [("ours", 1)]
        assert store.statistics().entries == 1
        store.close()

    def test_a_key_that_cannot_be_told_from_nothing_harms_nobody(self, made: Path) -> None:
        _plant(made, None, raw=None, value="{}")
        store = _open(made)
        store.set("ours", 1)

        assert list(store.items()) == [("ours", 1)]
        assert store.clear() == 2
        store.close()


class TestSettings:
    @pytest.mark.parametrize(
        "key",
        [
            "disk_evil",
            "disk__directory",
            "_directory",
            "_database",
            "_sql",
            "sqlite_query_only",
            "sqlite_user_version = 7; --",
            "",
        ],
    )
    def test_an_unknown_row_sets_the_store_aside(self, made: Path, key: str) -> None:
        _sql(made, "INSERT INTO Settings VALUES (?, '/elsewhere')", key)
        said: list[str] = []
        store = _open(made, said)
        store.set("key", 1)

        assert store.get("key") == 1
        assert len(said) == 1
        assert "unknown row" in said[0]
        assert len(list(made.glob("store.damaged-*/cache.db"))) == 1
        store.close()

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("statistics", 1),
            ("eviction_policy", "least-recently-used"),
            ("eviction_policy", "nonsense"),
            ("size_limit", "text"),
            ("cull_limit", 10_000),
            ("sqlite_mmap_size", 1 << 30),
            ("sqlite_journal_mode", "delete; DROP TABLE Cache"),
            ("disk_min_file_size", 0),
            ("disk_pickle_protocol", None),
        ],
    )
    def test_a_changed_value_is_written_over_with_ours(
        self, made: Path, key: str, value: object
    ) -> None:
        _sql(made, "UPDATE Settings SET value = ? WHERE key = ?", value, key)
        store = _open(made)
        store.set("key", "x" * 100_000)
        store.get("key")

        with closing(sqlite3.connect(made / "store" / "cache.db")) as connection:
            settings = dict(connection.execute("SELECT key, value FROM Settings").fetchall())
        assert settings[key] != value
        assert (settings["hits"], settings["misses"]) == (0, 0)
        assert not [path for path in (made / "store").iterdir() if path.is_dir()]
        store.close()

    def test_counters_that_are_no_numbers_set_the_store_aside(self, made: Path) -> None:
        _sql(made, "UPDATE Settings SET value = 'many' WHERE key = 'count'")
        said: list[str] = []
        store = _open(made, said)

        assert store.statistics().entries == 0
        assert "counter count" in said[0]
        store.close()

    def test_a_counter_that_was_taken_away_later_is_made_again(self, made: Path) -> None:
        store = _open(made)
        _sql(made, "DELETE FROM Settings WHERE key IN ('count', 'size')")

        assert store.statistics().entries == 0
        store.close()


class TestSchema:
    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE more (a)",
            "CREATE VIEW more AS SELECT * FROM Cache",
            "CREATE TRIGGER more AFTER INSERT ON Cache BEGIN DELETE FROM Cache; END",
            "CREATE INDEX more ON Cache (tag)",
            "ALTER TABLE Cache ADD COLUMN more",
            "ALTER TABLE Cache RENAME COLUMN value TO val",
            "ALTER TABLE Settings RENAME TO Setting",
        ],
    )
    def test_a_schema_that_is_not_diskcaches_sets_the_store_aside(
        self, made: Path, statement: str
    ) -> None:
        _sql(made, statement)
        said: list[str] = []
        store = _open(made, said)
        store.set("key", 1)

        assert list(store.items()) == [("key", 1)]
        assert len(said) == 1
        store.close()

    def test_a_link_in_place_of_a_database_is_set_aside_and_not_followed(
        self, made: Path, tmp_path: Path
    ) -> None:
        with closing(sqlite3.connect(tmp_path / "victim.db")) as connection, connection:
            connection.execute("CREATE TABLE precious (a)")
        before = (tmp_path / "victim.db").read_bytes()
        for suffix in ("", "-wal", "-shm"):
            link = made / "store" / f"cache.db{suffix}"
            link.unlink(missing_ok=True)
            link.symlink_to(tmp_path / "victim.db")
            said: list[str] = []
            store = _open(made, said)
            store.set("key", 1)
            store.close()

            assert "no ordinary file" in said[0]
            assert (tmp_path / "victim.db").read_bytes() == before

    def test_a_pipe_in_place_of_the_database_does_not_stop_it(self, made: Path) -> None:
        (made / "store" / "cache.db").unlink()
        os.mkfifo(made / "store" / "cache.db")
        said: list[str] = []
        store = _open(made, said)

        assert store.get("key") is None
        assert len(said) == 1
        store.close()
