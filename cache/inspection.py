"""Looking at a database before anything trusts it: is its schema the one that diskcache makes?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from cache.faults import Damage

if TYPE_CHECKING:
    from collections.abc import Collection

# What diskcache 5.6.3 makes (the tag index only if asked for, which we never do).
_SCHEMA = {
    ("table", "Settings"),
    ("table", "Cache"),
    ("index", "sqlite_autoindex_Settings_1"),
    ("index", "Cache_key_raw"),
    ("index", "Cache_expire_time"),
    ("index", "Cache_store_time"),
    ("trigger", "Settings_count_insert"),
    ("trigger", "Settings_count_delete"),
    ("trigger", "Settings_size_insert"),
    ("trigger", "Settings_size_update"),
    ("trigger", "Settings_size_delete"),
}
_COLUMNS = {
    "Settings": ["key", "value"],
    "Cache": [
        *("rowid", "key", "raw", "store_time", "expire_time", "access_time"),
        *("access_count", "tag", "size", "mode", "filename", "value"),
    ],
}
_COUNTERS = {"count", "size", "hits", "misses"}


def inspect(database: str, settings: Collection[str], *, timeout_s: float) -> None:
    """Raise Damage for a database with foreign tables or settings; an empty file is fine.

    diskcache turns each row of its Settings table into an attribute of itself, or into an
    argument of its Disk: a row that it would not write itself must not come near it. Cheap: the
    rows of the cache are not read. Raises sqlite3.Error as SQLite does.
    """
    with closing(sqlite3.connect(database, timeout=timeout_s, isolation_level=None)) as connection:
        schema = set(connection.execute("SELECT type, name FROM sqlite_master").fetchall())
        if schema - _SCHEMA:
            raise Damage("its tables are not ours")
        for table, columns in _COLUMNS.items():
            found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]
            if found not in ([], columns):
                raise Damage(f"its table {table} has other columns")
        if ("table", "Settings") in schema:
            _inspect_settings(connection, settings)


def _inspect_settings(connection: sqlite3.Connection, settings: Collection[str]) -> None:
    for key, value in connection.execute("SELECT key, value FROM Settings").fetchall():
        if key not in settings and key not in _COUNTERS:
            raise Damage(f"its settings hold an unknown row {str(key)[:40]!a}")
        if key in _COUNTERS and type(value) is not int:
            raise Damage(f"its counter {key} is no number")
