"""The journal gives back after a restart exactly the jobs that had no final outcome."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cache.memory import MemoryStore
from matcher.change import Change, Happened
from watcher.done import Fact
from watcher.jobs import Job, keyed
from watcher.journal import Journal

if TYPE_CHECKING:
    from cache.store import JSON


def taken_up(store: MemoryStore, now: float = 0.0) -> list[Job]:
    journal = Journal(store)
    jobs = [journal.take_up(serial, now) for serial in journal.unfinished()]
    return [job for job in jobs if job is not None]


def test_unfinished_jobs_come_back_as_they_were() -> None:
    store = MemoryStore(lambda: 0.0)
    journal = Journal(store)
    changes = [
        Change(Happened.MOVED, "/m/A/old.mkv", "/m/B/new.mkv"),
        Change(Happened.CREATED, os.fsdecode(b"/m/B/caf\xe9\n.mkv"), size=7),
        Change(Happened.DELETED, "/m/B/Extras", is_dir=True),
    ]
    facts = (Fact("/m/B/new.mkv", 7, 1_700_000_000_123_456_789), Fact("/m/B/Extras", None, None))
    journal.keep(Job(4, "/m/B", keyed(changes), 1.0, 2.0, 3.0, facts=facts))
    journal.keep(Job(5, "/m/C", {}, 1.0, 2.0, 3.0))
    journal.finish(5)

    again = taken_up(store, now=50.0)

    assert [(j.serial, j.directory) for j in again] == [(4, "/m/B")]
    assert list(again[0].changes.values()) == changes
    assert again[0].settled_at == 50.0
    assert again[0].facts == facts


def test_a_journal_of_an_earlier_version_has_no_facts() -> None:
    store = MemoryStore(lambda: 0.0)
    store.set("1", {"directory": "/m", "changes": []})

    assert [job.facts for job in taken_up(store)] == [()]


def test_an_entry_that_makes_no_sense_is_struck_out() -> None:
    store = MemoryStore(lambda: 0.0)
    entries: list[tuple[str, JSON]] = [
        ("1", "x"),
        ("2", {"directory": "/m"}),
        ("3", {"directory": "/m", "changes": [[1]]}),
        ("x", {"directory": "/m", "changes": []}),
        ("4", {"directory": "/m", "changes": [], "facts": [[1]]}),
    ]
    for key, value in entries:
        store.set(key, value)

    assert Journal(store).unfinished() == []
    assert list(store.items()) == []


def test_unfinished_jobs_come_oldest_first_whatever_the_order_of_the_store() -> None:
    store = MemoryStore(lambda: 0.0)
    journal = Journal(store)
    for serial in (10, 9, 100):
        journal.keep(Job(serial, f"/m/{serial}", {}, 1.0, 2.0, 3.0))

    assert journal.unfinished() == [9, 10, 100]
