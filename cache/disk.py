"""A store on disk: the only door to diskcache, and stricter than it.

diskcache trusts its database: it unpickles values (mode 4) and keys (raw 0), opens and removes the
file that a row names, and takes settings rows as its own attributes. Its JSONDisk changes none of
that. Here a value is JSON text in the row, a key is bytes in the row, and everything else is
damage: a row is dropped, a database is set aside. Source: CVE-2025-69872 and diskcache 5.6.3's
core.py; tests/unit/cache/test_cache_disk_tampering.py tries each.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import diskcache

from cache.durable import DurableStore, Foreign
from cache.faults import Damage
from cache.inspection import inspect
from cache.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cache.durable import RawCache
    from cache.store import Clock, Report, Store

_RAW = 1
"""diskcache's mode for a value that stands in the row as it is, and its mark for such a key."""

_LOCK_TIMEOUT_S = 10.0
"""How long a write waits for another process, whose own transactions take milliseconds."""

_SETTINGS: Final[dict[str, Any]] = {
    "statistics": 0,  # diskcache's own would make a write of each read: 32 µs instead of 9
    "tag_index": 0,
    "sqlite_auto_vacuum": 1,
    "sqlite_cache_size": 1024,  # pages of 4 KiB: a few megabytes per store, not 32
    "sqlite_journal_mode": "wal",
    # With a map, a truncated file or a failing disk is SIGBUS, which ends the process, instead of
    # an error. Source: https://www.sqlite.org/mmap.html
    "sqlite_mmap_size": 0,
    "sqlite_synchronous": 1,  # NORMAL: a kill loses nothing, a power cut the last moments
    "disk_min_file_size": 2**40,  # no value goes to a file (and _StrictDisk knows no files)
    "disk_pickle_protocol": 0,
}
_EVICTING: Final = {"eviction_policy": "least-recently-stored", "cull_limit": 10}
_KEEPING: Final = {"eviction_policy": "none", "cull_limit": 0, "size_limit": 2**62}
_KNOWN_SETTINGS = {*_SETTINGS, *_EVICTING, *_KEEPING}

_LEAST_LIMIT_BYTES = 1 << 20
"""An empty database takes 28 KiB: with a smaller limit each value would drop itself."""

_PRAGMAS = (
    "PRAGMA cache_size = {sqlite_cache_size}".format_map(_SETTINGS),
    "PRAGMA mmap_size = {sqlite_mmap_size}".format_map(_SETTINGS),
    "PRAGMA synchronous = {sqlite_synchronous}".format_map(_SETTINGS),
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)
"""What SQLite forgets when a connection ends. From here, not from the database's settings."""


def open_disk_store(
    directory: Path,
    name: str,
    *,
    clock: Clock = time.time,
    size_limit_bytes: int | None,
    report: Report,
    lazily: bool = False,
) -> Store:
    """Open the store `<directory>/<name>`, making it if need be, with mode 0700.

    With `size_limit_bytes` the values stored longest ago are dropped when the file grows beyond
    it (or 1 MiB, if that is more); with None nothing ever is, and each write reaches the disk
    before it counts as done, so that a power cut loses none. A damaged store is set aside as
    `<name>.damaged-<time>` (two are kept), made anew, and `report` is told; so it is at any later
    use. `lazily` opens it at the first use, and tries again at each use that finds the disk
    refusing. Several processes may have the same store open.

    Raises StoreError where the directory cannot be used or must not be: it is a symbolic link
    of another user's, belongs to another user (root may use any), or others may write to it and
    it is not ours to change.
    """
    opener = partial(open_raw_cache, size_limit_bytes=size_limit_bytes)
    store = DurableStore(Place(directory.absolute(), name), opener, clock, report)
    if not lazily:
        store.open()
    return store


def open_raw_cache(
    database: str, *, size_limit_bytes: int | None, lock_timeout_s: float = _LOCK_TIMEOUT_S
) -> RawCache:
    """Open a database that is there: empty, or made by this function.

    Raises Damage for any other, and sqlite3.Error as SQLite does; so do the methods of the result.
    """
    policy: dict[str, Any] = _KEEPING
    if size_limit_bytes is not None:
        policy = {**_EVICTING, "size_limit": max(size_limit_bytes, _LEAST_LIMIT_BYTES)}
    inspect(database, _KNOWN_SETTINGS, timeout_s=lock_timeout_s)
    cache = _StrictCache(database, lock_timeout_s, **_SETTINGS, **policy)
    if size_limit_bytes is None:
        cache.outlive_power_cuts()
    return cache


class _StrictDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Keys are UTF-8 in which lone surrogates pass, values are text; no pickle and no file.

    The arguments are those that diskcache gives; most do not matter here.
    """

    def put(self, key: str | Foreign) -> tuple[Any, Any]:
        if isinstance(key, Foreign):
            return key.key, key.raw
        return sqlite3.Binary(key.encode("utf-8", "surrogatepass")), _RAW

    def get(self, key: Any, raw: Any) -> str | Foreign:
        if raw == _RAW and isinstance(key, bytes):
            with suppress(UnicodeDecodeError):
                return key.decode("utf-8", "surrogatepass")
        return Foreign(key, raw)

    def store(self, value: str, *_: Any, **__: Any) -> tuple[int, int, None, str]:
        return 0, _RAW, None, value

    def fetch(self, mode: Any, filename: Any, value: Any, *_: Any) -> str | None:
        ours = mode == _RAW and filename is None and isinstance(value, str)
        return value if ours else None

    def filename(self, *_: Any, **__: Any) -> tuple[str, str]:
        raise Damage("it wants a file of its own for a value")

    def remove(self, file_path: str) -> None:
        """Leave the file alone: no row of ours names one."""


class _StrictCache(diskcache.Cache):  # type: ignore[misc]  # diskcache has no types
    """A diskcache.Cache with one connection for all threads; its user holds a lock.

    diskcache opens a connection for each thread and can close only the calling thread's: a thread
    that ends would leave an open file and, from Python 3.13 on, a ResourceWarning.
    """

    def __init__(self, database: str, lock_timeout_s: float, **settings: Any) -> None:
        self._database = database
        self._lock_timeout_s = lock_timeout_s
        self._connection: sqlite3.Connection | None = None
        try:
            # diskcache expands ~ and $NAME in the directory, and makes it if it is not there.
            # Ours is used as it is spelled and is there; the root directory always is.
            super().__init__("/", disk=_StrictDisk, **settings)
        except BaseException:
            self.close()
            raise

    @property
    def _con(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(
                self._database,
                timeout=self._lock_timeout_s,
                isolation_level=None,
                check_same_thread=False,
            )
            for pragma in _PRAGMAS:
                self._connection.execute(pragma)
        return self._connection

    @contextmanager
    def _transact(self, *_: Any, **__: Any) -> Iterator[tuple[Any, Callable[[Any], None]]]:
        """Do what diskcache's own does, but let what SQLite says be heard.

        There, any error of BEGIN is a Timeout, and after a full disk, where SQLite has rolled back
        by itself, the error of a second ROLLBACK hides the first. Gives the way to execute SQL,
        and what to call with the files of rows that go away.
        """
        connection = self._con
        if connection.in_transaction:
            yield connection.execute, self._disk.remove
            return
        self.begin()
        try:
            yield connection.execute, self._disk.remove
        except BaseException:
            self.roll_back()
            raise
        self.commit()

    def outlive_power_cuts(self) -> None:
        """Have each write reach the disk before it counts as done."""
        self._con.execute("PRAGMA synchronous = FULL")

    def volume(self) -> int:
        # diskcache counts pages that are free until the commit as well: each set of a batch
        # beyond the limit would then evict ten rows more.
        ((pages,),) = self._con.execute("PRAGMA page_count").fetchall()
        ((free,),) = self._con.execute("PRAGMA freelist_count").fetchall()
        return int(self._page_size * (pages - free))

    def begin(self) -> None:
        self._con.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._con.execute("COMMIT")

    def roll_back(self) -> None:
        with suppress(sqlite3.Error):  # SQLite may have rolled back by itself already
            self._con.execute("ROLLBACK")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(
                sqlite3.Error
            ):  # a file that cannot be closed well is closed all the same
                connection.close()
