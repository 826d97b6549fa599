"""Replaced files that moved on before Plex had looked into them: they are looked into elsewhere.

Plex follows a file that moved, and goes on saying of it what it found when it looked last. Where
that was before the file was replaced, the analysis that the replacement asked for came to nothing:
the file was not there any more. Whatever turns up with its size and time has to be looked into.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from matcher.change import MEDIA, Change, Happened
from matcher.kinds import kind_of
from watcher.done import fact_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from watcher.done import Fact
    from watcher.jobs import Job
    from watcher.works import Work

T = TypeVar("T")

MOST = 1000
"""So many files that went, and so many that came, are remembered."""

Looks: TypeAlias = tuple[int | None, int | None]
"""What a file has in common with itself wherever it goes: size and time."""


class Overtaken:
    """Who went and who came. Any thread may call; `due` only one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._went: dict[Looks, None] = {}
        self._came: dict[Looks, str] = {}
        self._due: list[str] = []

    def joins(self, earlier: Job | None, later: Job) -> None:
        """Hear that a later job of a directory is about to join one that waits."""
        if earlier is not None:
            gone = {c.path for c in later.changes.values() if c.happened is Happened.DELETED}
            self._go(earlier.facts, _replaced(earlier.changes.values()) & gone)

    def planned(self, job: Job, found: Iterable[Change]) -> None:
        """Hear what is still true of a job's changes, before they are replaced by it."""
        gone = {change.path for change in found if change.happened is Happened.DELETED}
        self._go(job.facts, _replaced(job.changes.values()) & gone)

    def ended(self, work: Work) -> None:
        """Hear that Plex has dealt with a job."""
        replaced = _replaced(work.job.changes.values())
        there = [fact for fact in work.facts if fact.size is not None]
        gone = [fact for fact in there if fact.path in replaced and fact_of(fact.path).size is None]
        self._go(gone, replaced)
        self._come(fact for fact in there if fact.path not in replaced and _is_media(fact.path))

    def due(self) -> list[str]:
        """Take the paths that have to be looked into."""
        with self._lock:
            due, self._due = self._due, []
            return due

    def _go(self, facts: Iterable[Fact], paths: set[str]) -> None:
        with self._lock:
            for fact in facts:
                if fact.path in paths and fact.size is not None:
                    looks = fact.size, fact.mtime_ns
                    came = self._came.pop(looks, None)
                    if came is None:
                        _keep(self._went, looks, None)
                    else:
                        self._due.append(came)

    def _come(self, facts: Iterable[Fact]) -> None:
        with self._lock:
            for fact in facts:
                looks = fact.size, fact.mtime_ns
                if looks in self._went:
                    del self._went[looks]
                    self._due.append(fact.path)
                else:
                    _keep(self._came, looks, fact.path)


def _replaced(changes: Iterable[Change]) -> set[str]:
    return {
        change.path
        for change in changes
        if change.happened is Happened.CHANGED and not change.is_dir and _is_media(change.path)
    }


def _is_media(path: str) -> bool:
    return kind_of(path, is_dir=False) in MEDIA


def _keep(kept: dict[Looks, T], looks: Looks, what: T) -> None:
    """Keep the latest ones."""
    kept.pop(looks, None)
    kept[looks] = what
    if len(kept) > MOST:
        del kept[next(iter(kept))]
