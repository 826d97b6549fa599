"""The queue keeps one job a directory, and what is true after several changes of one path."""

from __future__ import annotations

import pytest

from matcher.change import Change, Happened
from watcher.jobs import MOST_CHANGES, Job, JobQueue, joined, keyed

A = "/m/A/a.mkv"


def job(serial: int, *changes: Change, at: float = 1.0, directory: str = "/m/A") -> Job:
    return Job(serial, directory, keyed(changes), at, at, at)


def taken(queue: JobQueue, now: float, most: int = 9) -> list[Job]:
    jobs = [queue.take(directory) for directory in queue.due(now, most)]
    return [each for each in jobs if each is not None]


def test_a_later_job_of_the_same_directory_joins_the_earlier_one() -> None:
    queue = JobQueue()
    first = queue.put(job(1, Change(Happened.CREATED, A), at=1.0))

    second = queue.put(job(2, Change(Happened.CREATED, "/m/A/b.srt"), at=5.0))

    assert second is first
    assert len(queue) == 1
    assert {change.path for change in first.changes.values()} == {A, "/m/A/b.srt"}
    assert (first.first_at, first.last_at) == (1.0, 5.0)


@pytest.mark.parametrize(
    ("before", "after", "both"),
    [
        (Happened.CREATED, Happened.CHANGED, Happened.CREATED),
        (Happened.DELETED, Happened.CREATED, Happened.CHANGED),
        (Happened.CHANGED, Happened.DELETED, Happened.DELETED),
        (Happened.CREATED, Happened.DELETED, Happened.DELETED),
        (Happened.CHANGED, Happened.CHANGED, Happened.CHANGED),
        (Happened.CHANGED, Happened.CREATED, Happened.CHANGED),
        (Happened.CREATED, Happened.CREATED, Happened.CREATED),
    ],
)
def test_two_changes_of_one_path_become_what_is_true_after_both(
    before: Happened, after: Happened, both: Happened
) -> None:
    merged = joined(keyed([Change(before, A)]), [Change(after, A)])

    assert [change.happened for change in merged.values()] == [both]


def test_what_plex_may_have_been_asked_for_is_not_new_to_it_when_it_is_written_again() -> None:
    queue = JobQueue()
    tried = job(1, Change(Happened.CREATED, A))
    tried.was_tried = True
    queue.put(tried)

    merged = queue.put(job(2, Change(Happened.CHANGED, A)))

    assert [change.happened for change in merged.changes.values()] == [Happened.CHANGED]


def test_a_job_that_failed_before_counts_as_tried() -> None:
    queue = JobQueue()
    failed = job(1, Change(Happened.CREATED, A))
    failed.attempts = 1
    queue.put(job(2, Change(Happened.CHANGED, A)))

    queue.put_back(failed)

    assert [change.happened for change in failed.changes.values()] == [Happened.CHANGED]


def test_only_due_jobs_are_taken_the_oldest_first() -> None:
    queue = JobQueue()
    late = job(1, Change(Happened.CREATED, A), at=1.0)
    late.not_before = 100.0
    queue.put(late)
    queue.put(job(2, directory="/m/B", at=7.0))
    queue.put(job(3, directory="/m/C", at=3.0))

    assert [j.serial for j in taken(queue, 10.0)] == [3, 2]
    assert queue.next_at() == 100.0
    assert [j.serial for j in taken(queue, 100.0)] == [1]
    assert queue.next_at() is None


def test_a_job_with_too_many_changes_speaks_of_its_directory() -> None:
    queue = JobQueue()
    queue.put(job(1))
    many = [Change(Happened.CREATED, f"/m/A/{n}.mkv") for n in range(MOST_CHANGES + 1)]

    merged = queue.put(job(2, *many))

    assert list(merged.changes.values()) == [Change(Happened.CREATED, "/m/A", is_dir=True)]


def test_a_job_put_back_lets_what_was_settled_since_have_the_last_word() -> None:
    queue = JobQueue()
    tried = Job(1, "/m/A", keyed([Change(Happened.CREATED, "/m/A/x")]), 1.0, 1.0, 2.0)
    queue.put(tried)
    assert taken(queue, 10.0) == [tried]
    since = Job(2, "/m/A", keyed([Change(Happened.DELETED, "/m/A/x")]), 5.0, 5.0, 6.0)
    queue.put(since)

    assert queue.put_back(tried) is since

    assert taken(queue, 10.0) == [tried]
    assert [change.happened for change in tried.changes.values()] == [Happened.DELETED]
    assert tried.last_at == 5.0


def test_a_job_put_back_alone_swallows_nothing() -> None:
    queue = JobQueue()
    tried = Job(1, "/m/A", {}, 1.0, 1.0, 2.0)

    assert queue.put_back(tried) is None
    assert taken(queue, 10.0) == [tried]


def test_a_directory_told_as_a_whole_is_one_that_came() -> None:
    """The matcher asks nothing for a changed directory: all that was too much would be lost."""
    queue = JobQueue()
    whole = Change(Happened.CHANGED, "/m/A", is_dir=True)

    job = queue.put(Job(1, "/m", keyed([whole]), 1.0, 1.0, 2.0))

    assert list(job.changes.values()) == [Change(Happened.CREATED, "/m/A", is_dir=True)]


def test_a_path_that_moved_away_and_came_anew_is_two_changes() -> None:
    queue = JobQueue()
    moved = Change(Happened.MOVED, A, "/m/B/a.mkv")
    made = Change(Happened.CREATED, A)

    kept = queue.put(job(1, moved, made))

    assert list(kept.changes.values()) == [moved, made]


def test_a_job_of_too_many_files_speaks_of_its_media_as_a_whole_and_of_all_else_by_name() -> None:
    """No scan tells of a subtitle, of where something moved from, or of new content."""
    queue = JobQueue()
    films = [Change(Happened.CREATED, f"/m/A/{number}.mkv") for number in range(MOST_CHANGES)]
    subtitle = Change(Happened.DELETED, "/m/A/1.en.srt")
    replaced = [Change(Happened.CHANGED, f"/m/A/{n}.avi") for n in range(MOST_CHANGES + 200)]
    moved = Change(Happened.MOVED, "/m/B/x.mkv", "/m/A/x.mkv")

    kept = queue.put(Job(1, "/m/A", keyed([*films, subtitle, *replaced]), 1.0, 1.0, 2.0))
    kept = queue.put(Job(2, "/m/A", keyed([moved]), 1.0, 1.0, 2.0))

    whole = Change(Happened.CREATED, "/m/A", is_dir=True)
    assert list(kept.changes.values()) == [whole, subtitle, *replaced, moved]


def test_only_jobs_that_are_due_or_failed_count_as_unplanned() -> None:
    queue = JobQueue()
    held = job(1)
    held.not_before = 50.0
    queue.put(held)
    assert not queue.waits_unplanned(10.0)
    assert queue.waits_unplanned(50.0)

    held.attempts = 1
    assert queue.waits_unplanned(10.0)


def test_no_more_jobs_are_taken_than_there_are_hands() -> None:
    queue = JobQueue()
    for number, at in enumerate((3.0, 1.0, 2.0)):
        queue.put(job(number, at=at, directory=f"/m/{number}"))

    assert [each.serial for each in taken(queue, 9.0, most=2)] == [1, 2]
    assert taken(queue, 9.0, most=-1) == []
    assert len(queue) == 1


def test_jobs_that_failed_before_come_after_the_others() -> None:
    queue = JobQueue()
    poisonous = job(1, at=1.0, directory="/m/A")
    poisonous.attempts = 3
    queue.put(poisonous)
    queue.put(job(2, at=5.0, directory="/m/B"))

    assert [each.serial for each in taken(queue, 9.0)] == [2, 1]


def test_news_does_not_shorten_a_back_off() -> None:
    queue = JobQueue()
    failed = job(1, Change(Happened.CREATED, A))
    failed.attempts, failed.not_before = 4, 100.0
    queue.put_back(failed)

    queue.put(job(2, Change(Happened.CREATED, "/m/A/b.mkv")))

    assert queue.next_at() == 100.0
