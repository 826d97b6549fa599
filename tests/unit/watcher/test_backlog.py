"""More jobs than memory should hold: the rest waits in the journal, and nothing is given up."""

from __future__ import annotations

import pytest

from cache.memory import MemoryStore
from matcher.change import Change, Happened
from watcher import backlog as limits
from watcher.backlog import Backlog
from watcher.jobs import MOST_JOBS, Job, JobQueue, keyed
from watcher.journal import Journal


def job(serial: int, *changes: Change, directory: str | None = None) -> Job:
    changes = changes or (Change(Happened.CREATED, f"/m/{serial}/a.mkv"),)
    place = directory or f"/m/{serial}"
    return Job(serial, place, keyed(changes), float(serial), float(serial), float(serial))


class House:
    """A queue, its journal and its backlog, as the worker holds them."""

    def __init__(self) -> None:
        self.queue = JobQueue()
        self.journal = Journal(MemoryStore())
        self.backlog = Backlog(self.queue, self.journal)

    def file(self, new: Job) -> None:
        self.journal.keep(self.queue.put(new))
        self.backlog.lay_off()

    def work_off(self) -> list[Job]:
        """Take every job, the oldest first, as far as the backlog lets them come."""
        taken: list[Job] = []
        while True:
            self.backlog.take_up(0.0)
            due = self.queue.due(1e9, 1000)
            if not due:
                return taken
            for directory in due:
                one = self.queue.take(directory)
                assert one is not None
                taken.append(one)
                self.journal.finish(one.serial)


@pytest.fixture
def house() -> House:
    return House()


def test_memory_holds_so_many_jobs_and_none_is_lost(house: House) -> None:
    count = 2 * MOST_JOBS
    for serial in range(1, count + 1):
        house.file(job(serial))
        assert len(house.queue) <= MOST_JOBS

    assert len(house.queue) + len(house.backlog) == count
    done = house.work_off()

    assert [one.serial for one in done[:1000]] == list(range(1, 1001)), "the oldest come first"
    assert sorted(one.serial for one in done) == list(range(1, count + 1))
    assert house.journal.unfinished() == []


def test_what_settles_for_a_directory_that_was_laid_off_is_told_as_well(house: House) -> None:
    """In one job or two, in whatever order: when a job is planned the disk has the last word."""
    for serial in range(1, MOST_JOBS + 2):
        house.file(job(serial))
    laid_off = f"/m/{MOST_JOBS + 1}"
    assert laid_off not in house.queue.waiting
    subtitle = Change(Happened.CREATED, f"{laid_off}/a.en.srt")
    gone = Change(Happened.DELETED, f"{laid_off}/a.mkv")
    house.file(job(MOST_JOBS + 2, gone, subtitle, directory=laid_off))

    of_it = [one for one in house.work_off() if one.directory == laid_off]

    told = [change for one in of_it for change in one.changes.values()]
    assert {gone, subtitle} <= set(told)
    assert house.journal.unfinished() == []


def test_a_directory_is_one_job_again_when_both_are_in_memory(house: House) -> None:
    house.journal.keep(job(1, directory="/m/A"))
    house.backlog.add(1)
    subtitle = Change(Happened.CREATED, "/m/A/a.en.srt")
    house.file(job(2, subtitle, directory="/m/A"))

    (one,) = house.work_off()

    assert [change.path for change in one.changes.values()] == ["/m/1/a.mkv", "/m/A/a.en.srt"]
    assert house.journal.unfinished() == []


def test_jobs_that_are_held_for_long_leave_memory_to_those_that_can_be_done(house: House) -> None:
    for serial in range(1, MOST_JOBS + 1):
        held = job(serial)
        held.not_before = 500.0
        house.file(held)
    house.file(job(MOST_JOBS + 1))

    assert house.queue.due(1.0) == [f"/m/{MOST_JOBS + 1}"]
    assert len(house.backlog) == limits.OFF_AT_ONCE


def test_what_is_read_is_what_was_laid_off(house: House) -> None:
    house.journal.keep(job(1))
    house.backlog.add(1)
    house.backlog.add(99)  # struck out meanwhile

    assert [one.serial for one in house.backlog.jobs()] == [1]
