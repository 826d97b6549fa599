"""The queue keeps one job a directory, and what is true after several changes of one path."""

from __future__ import annotations

import pytest

from matcher.change import Change, Happened
from watcher.jobs import MOST_CHANGES, Job, JobQueue, joined

A = "/m/A/a.mkv"


def job(serial: int, *changes: Change, at: float = 1.0, directory: str = "/m/A") -> Job:
    return Job(serial, directory, {c.path: c for c in changes}, at, at, at)


def test_a_later_job_of_the_same_directory_joins_the_earlier_one() -> None:
    queue = JobQueue()
    first = queue.put(job(1, Change(Happened.CREATED, A), at=1.0))

    second = queue.put(job(2, Change(Happened.CREATED, "/m/A/b.srt"), at=5.0))

    assert second is first
    assert len(queue) == 1
    assert set(first.changes) == {A, "/m/A/b.srt"}
    assert (first.first_at, first.last_at) == (1.0, 5.0)


@pytest.mark.parametrize(
    ("before", "after", "both"),
    [
        (Happened.CREATED, Happened.CHANGED, Happened.CREATED),
        (Happened.DELETED, Happened.CREATED, Happened.CHANGED),
        (Happened.CHANGED, Happened.DELETED, Happened.DELETED),
        (Happened.CREATED, Happened.DELETED, Happened.DELETED),
        (Happened.CHANGED, Happened.CHANGED, Happened.CHANGED),
    ],
)
def test_two_changes_of_one_path_become_what_is_true_after_both(
    before: Happened, after: Happened, both: Happened
) -> None:
    merged = joined({A: Change(before, A)}, [Change(after, A)])

    assert merged[A].happened is both


def test_only_due_jobs_are_taken_the_oldest_first() -> None:
    queue = JobQueue()
    late = job(1, Change(Happened.CREATED, A), at=1.0)
    late.not_before = 100.0
    queue.put(late)
    queue.put(job(2, directory="/m/B", at=7.0))
    queue.put(job(3, directory="/m/C", at=3.0))

    assert [j.serial for j in queue.take_due(10.0)] == [3, 2]
    assert queue.next_at() == 100.0
    assert [j.serial for j in queue.take_due(100.0)] == [1]
    assert queue.next_at() is None


def test_a_job_with_too_many_changes_speaks_of_its_directory() -> None:
    queue = JobQueue()
    queue.put(job(1))
    many = [Change(Happened.CREATED, f"/m/A/{n}.mkv") for n in range(MOST_CHANGES + 1)]

    merged = queue.put(job(2, *many))

    assert list(merged.changes.values()) == [Change(Happened.CHANGED, "/m/A", is_dir=True)]
