"""The state directory: which stores live in it, and what happens when it cannot be used."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from cache.disk import open_disk_store
from cache.memory import MemoryStore
from cache.store import StoreError
from cache.sturdy import SturdyStore

if TYPE_CHECKING:
    from cache.store import Store, StoreStatistics
    from watcher.config_model import CacheConfig
    from watcher.report import Report

CONFIRMED = "deletions-confirmed"
"""The file that `reconcile --believe-deletions` writes for the daemon to see."""
CACHES = ("library", "matches")
"""The stores that only save work: `cache clear` may empty them at any time."""


class State:
    """Everything that outlives the process: two caches, the journal, this client's identity.

    Without a usable directory all of it lives in memory and that is said once: the work goes on.
    A dry run leaves to the next real one what that has to ask for: it neither sees nor changes
    the journal, what was `done` lately, and what the watching knows.
    """

    def __init__(self, settings: CacheConfig, report: Report, *, dry_run: bool = False) -> None:
        self._report = report
        self._last: dict[str, StoreStatistics] | None = None
        self.directory: Path | None = Path(settings.directory)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self._cannot(f"{settings.directory}: {error.strerror}")
        self.library = self._open("library", settings.size_limit_bytes // 4)
        self.matches = self._open("matches", settings.size_limit_bytes)
        self.journal = MemoryStore(time.time) if dry_run else self._open("journal", None)
        self.done: Store = MemoryStore(time.time) if dry_run else self.library
        self.watched: Path | None = None if dry_run else self.directory
        """Where the watching keeps what it knows."""

    def _open(self, name: str, size_limit_bytes: int | None) -> Store:
        if self.directory is None:
            return MemoryStore(time.time)
        try:
            store = open_disk_store(
                self.directory,
                name,
                clock=time.time,
                size_limit_bytes=size_limit_bytes,
                report=self._warn,
                lazily=True,
            )
        except StoreError as error:
            self._cannot(str(error))
            return MemoryStore(time.time)
        return SturdyStore(store, report=self._warn, name=f"the store {name!r}")

    def client_identifier(self) -> str:
        """Return this installation's identity towards Plex, made once and kept.

        Plex lists each identifier as a device: a new one at every start would fill that list.
        """
        if self.directory is None:
            return str(uuid.uuid4())
        path = self.directory / "client-id"
        try:
            return str(uuid.UUID(path.read_text().strip()))
        except (OSError, ValueError):
            made = str(uuid.uuid4())
        try:
            path.write_text(made + os.linesep)
        except OSError as error:
            self._warn(f"cannot keep {path}: {error.strerror}")
        return made

    def is_behind(self) -> bool:
        """Whether the journal has something in memory only, for a disk that refuses."""
        return isinstance(self.journal, SturdyStore) and self.journal.is_behind()

    def catch_up(self) -> None:
        """Try again to put on disk what it refused."""
        for store in (self.library, self.matches, self.journal):
            if isinstance(store, SturdyStore):
                store.catch_up()

    def confirm_deletions(self) -> None:
        """Let the daemon know that a person meant the deletions that it holds."""
        if self.directory is not None:
            try:
                (self.directory / CONFIRMED).write_text(uuid.uuid4().hex)
            except OSError as error:
                self._warn(f"the daemon cannot be told: {error.strerror}")

    def confirmation(self) -> int | None:
        """Return a number that changes with each confirmation; None before the first."""
        if self.directory is None:
            return None
        try:
            return (self.directory / CONFIRMED).stat().st_mtime_ns
        except OSError:
            return None

    def statistics(self) -> dict[str, StoreStatistics]:
        """Return the statistics of the caches by name."""
        if self._last is not None:
            return self._last
        return {"library": self.library.statistics(), "matches": self.matches.statistics()}

    def close(self) -> None:
        """Close every store; the statistics can still be asked for."""
        self._last = self.statistics()
        for store in (self.journal, self.matches, self.library):
            store.close()

    def _warn(self, sentence: str) -> None:
        self._report("WARNING", sentence)

    def _cannot(self, why: str) -> None:
        self.directory = None
        self._warn(
            f"the state directory cannot be used ({why}): caches and journal live in memory and "
            "are lost at stop. Set cache.directory to a directory that this user can write"
        )
