"""The journal: every settled job stands on disk from then until its outcome is final."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.change import Change, Happened
from watcher.done import facts_from, rewritten_since
from watcher.jobs import Job, keyed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cache.store import JSON, Store


class Journal:
    """Jobs by serial number, in a store that never evicts.

    After a restart `unfinished` names every job that had no final outcome: it is planned again
    from its changes. `answers` says whether the file system of a host path
    answers now. Called by the intake and worker threads.
    """

    def __init__(self, store: Store, answers: Callable[[str], bool] = lambda _path: True) -> None:
        self._store = store
        self._answers = answers

    def keep(self, job: Job) -> None:
        """Write a job down, or what it has become since."""
        self._store.set(str(job.serial), _as_json(job))

    def finish(self, serial: int) -> None:
        """Strike a job out: its outcome is final."""
        self._store.delete(str(serial))

    def unfinished(self) -> list[int]:
        """Name the jobs of an earlier run, oldest first; what makes no sense is struck out."""
        serials = []
        for key, value in list(self._store.items()):
            if _from_json(key, value, 0.0) is None:
                self._store.delete(key)
            else:
                serials.append(int(key))
        return sorted(serials)

    def take_up(self, serial: int, now: float) -> Job | None:
        """Give back a job of an earlier run; `now` is monotonic seconds."""
        job = self.read(serial, now)
        if job is not None:
            self._prepare(job)
        return job

    def _prepare(self, job: Job) -> None:
        """Prepare a job of an earlier run, which may have asked Plex for it.

        What was written to since is not merely there: Plex may have it as it was.
        """
        job.was_tried = True
        rewritten = rewritten_since(fact for fact in job.facts if self._answers(fact.path))
        for key, change in job.changes.items():
            if change.happened is Happened.CREATED and change.path in rewritten:
                job.changes[key] = replace(change, happened=Happened.CHANGED)

    def read(self, serial: int, now: float) -> Job | None:
        """Give back a job that was kept, None where there is none; `now` is monotonic seconds."""
        entry = self._store.peek(str(serial))
        return None if entry is None else _from_json(str(serial), entry.value, now)


def _as_json(job: Job) -> JSON:
    return {
        "directory": job.directory,
        "changes": [
            [str(c.happened), c.path, c.dest, c.is_dir, c.size] for c in job.changes.values()
        ],
        "facts": [[*fact] for fact in job.facts],
    }


def _from_json(key: str, value: JSON, now: float) -> Job | None:
    """Read a job back; None where the entry makes no sense (written by a version to come)."""
    try:
        if not isinstance(value, dict) or not isinstance(value["changes"], list):
            return None
        changes = keyed(_change(row) for row in value["changes"])
        facts = facts_from(value.get("facts", []))  # a journal of before has none
        return Job(int(key), str(value["directory"]), changes, now, now, now, facts=facts)
    except (KeyError, TypeError, ValueError):
        return None


def _change(row: JSON) -> Change:
    if not isinstance(row, list):
        raise TypeError(row)
    happened, path, dest, is_dir, size = row
    return Change(
        Happened(str(happened)),
        str(path),
        None if dest is None else str(dest),
        is_dir=bool(is_dir),
        size=size if isinstance(size, int) else None,
    )
