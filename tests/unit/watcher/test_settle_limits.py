"""The settler under load: bounded memory, little looking, and no loss when it degrades."""

from __future__ import annotations

import dataclasses

import pytest
from settling import MAX_WAIT, SETTINGS, Stage

from watcher.settle import SettleSettings

CROWDED = dataclasses.replace(SETTINGS, directory_limit=3)


def story(stage: Stage) -> list[tuple[float, str, list[str]]]:
    """Turn the clock to the end; nothing may be left over."""
    stage.until(stage.now + 1000)

    assert stage.settler.pending() == 0
    assert stage.settler.next_at() is None
    return stage.story()


def test_too_many_paths_in_a_directory_become_the_directory() -> None:
    """Beyond the limit the directory stands for its paths, and counts as one."""
    stage = Stage(CROWDED)
    stage.known_dir("/m/a")
    for number in range(100):
        stage.link(f"/m/a/{number}")

    assert stage.settler.pending() == 1
    assert story(stage) == [(5, "/m/a", ["changed dir /m/a"])]


def test_a_directory_that_stands_for_its_paths_keeps_the_cap() -> None:
    """Events go on restarting the quiet time, and the cap goes on ending it."""
    stage = Stage(CROWDED)
    stage.known_dir("/m/a")
    for number in range(130):
        stage.until(number)
        stage.link(f"/m/a/{number}")

    told = [(at, changes) for at, _, changes in story(stage)]
    assert told == [(120, ["changed dir /m/a"]), (134, ["changed dir /m/a"])]


def test_many_deletions_in_a_directory_wait_like_few() -> None:
    """A replacement may still be on its way to a directory that lost too much to count."""
    stage = Stage(CROWDED)
    stage.known_dir("/m/a")
    for number in range(10):
        stage.known(f"/m/a/{number}")
        stage.delete(f"/m/a/{number}")
    stage.until(20)
    assert stage.told == []

    assert story(stage) == [(30, "/m/a", ["changed dir /m/a"])]


def test_what_moved_into_a_full_directory_is_gone_from_where_it_was() -> None:
    """Giving up the paths gives up the moves: their origins are told as deleted."""
    stage = Stage(CROWDED)
    stage.known_dir("/m/a")
    stage.known_dir("/m/b")
    for number in range(6):
        stage.known(f"/m/b/{number}")
        stage.move(f"/m/b/{number}", f"/m/a/{number}")

    assert story(stage) == [
        (5, "/m/a", ["changed dir /m/a"]),
        (30, "/m/b", ["changed dir /m/b"]),
    ]


def test_what_moves_into_a_directory_that_is_full_already_is_gone_from_where_it_was() -> None:
    """The same for those that come later."""
    stage = Stage(CROWDED)
    stage.known_dir("/m/a")
    for number in range(6):
        stage.link(f"/m/a/{number}")
    stage.known("/m/b/x")
    stage.move("/m/b/x", "/m/a/x")

    assert story(stage) == [
        (5, "/m/a", ["changed dir /m/a"]),
        (30, "/m/b", ["deleted /m/b/x"]),
    ]


def test_a_full_directory_that_is_renamed_stays_full() -> None:
    """The new name stands for what was under the old one."""
    stage = Stage(CROWDED)
    stage.mkdir("/m/a")
    for number in range(6):
        stage.link(f"/m/a/{number}")
    stage.move_dir("/m/a", "/m/b")

    assert story(stage) == [(5, "/m/b", ["changed dir /m/b"])]


def test_a_full_directory_that_is_deleted_is_told_once() -> None:
    """What it stood for is gone with it."""
    stage = Stage(CROWDED)
    stage.known_dir("/m/a")
    for number in range(6):
        stage.link(f"/m/a/{number}")
    stage.move_out("/m/a")

    assert story(stage) == [(30, "/m", ["deleted dir /m/a"])]


def test_a_full_directory_that_vanished_is_told_as_deleted() -> None:
    """The disk has the last word for a whole directory as well."""
    stage = Stage(CROWDED)
    for number in range(6):
        stage.link(f"/m/a/{number}")

    assert story(stage) == [(5, "/m/a", ["deleted dir /m/a"])]


def test_too_many_paths_in_all_become_their_directories_the_fullest_first() -> None:
    """Above the total limit the fullest directories are told as a whole, the others by file."""
    stage = Stage(dataclasses.replace(SETTINGS, total_limit=50))
    for name, files in (("a", 5), ("b", 30), ("c", 16)):
        stage.known_dir(f"/m/{name}")
        for number in range(files):
            stage.link(f"/m/{name}/{number:02}")

    assert stage.settler.pending() == 5 + 1 + 16
    told = {directory: changes for _, directory, changes in story(stage)}
    assert told["/m/b"] == ["changed dir /m/b"]
    assert len(told["/m/a"]) == 5
    assert len(told["/m/c"]) == 16


def test_paths_spread_thin_are_kept() -> None:
    """One path a directory cannot be told shorter: the limit gives way, and nothing is lost."""
    stage = Stage(dataclasses.replace(SETTINGS, total_limit=50))
    for number in range(200):
        stage.link(f"/m/{number}/x")

    assert len(story(stage)) == 200


def test_adding_never_looks_at_the_disk() -> None:
    """Whoever adds is watching the kernel's queue, and must not wait for a disk."""
    stage = Stage()
    for number in range(100):
        stage.copy(f"/m/a/{number}")
        stage.link(f"/m/b/{number}")

    assert stage.looks == 0


def test_being_due_looks_only_where_something_is_due() -> None:
    """A thousand waiting directories cost nothing while another one is told."""
    stage = Stage()
    stage.copy("/m/first/x")
    stage.until(1)
    for number in range(1000):
        stage.copy(f"/m/{number}/x")
    stage.until(5)

    assert [directory for _, directory, _ in stage.story()] == ["/m/first"]
    assert stage.looks == 1


def test_draining_hands_out_everything_complete_or_not() -> None:
    """At a stop the journal gets what waits; nothing is left behind."""
    stage = Stage(CROWDED)
    stage.start("/m/a/x")
    stage.known("/m/b/y")
    stage.delete("/m/b/y")
    stage.copy("/m/c/t")
    stage.delete("/m/c/t")
    for number in range(6):
        stage.link(f"/m/d/{number}")
    stage.told = [(0, settled) for settled in stage.settler.drain()]

    assert story(stage) == [
        (0, "/m/a", ["created /m/a/x"]),
        (0, "/m/b", ["deleted /m/b/y"]),
        (0, "/m/d", ["changed dir /m/d"]),
    ]


def test_sizes_and_times_are_told() -> None:
    """A settled directory says how large its files are, and when its first and last event was."""
    stage = Stage()
    stage.until(100)
    stage.link("/m/a/x", size=700)
    stage.until(103)
    stage.copy("/m/a/y")
    stage.until(200)

    ((_, settled),) = stage.told
    assert [change.size for change in settled.changes] == [700, 10]
    assert (settled.first_at, settled.last_at) == (100, 103)


def test_the_same_events_are_told_the_same_way() -> None:
    """Nothing depends on the order of a set or on the clock of the machine."""
    stories = []
    for _ in range(2):
        stage = Stage(dataclasses.replace(SETTINGS, total_limit=20))
        for number in range(60):
            stage.until(number / 3)
            stage.link(f"/m/{number % 7}/{number}")
            if number % 5 == 0:
                stage.move_dir(f"/m/{number % 7}", f"/n/{number}")
        stories.append(story(stage))

    assert stories[0] == stories[1]


@pytest.mark.parametrize(
    "times", [(0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, -1.0), (float("nan"), 1.0, 1.0)]
)
def test_waits_that_make_no_sense_are_refused(times: tuple[float, float, float]) -> None:
    """A quiet time of nothing would have the settle thread look for ever."""
    with pytest.raises(ValueError, match="longer than 0s"):
        SettleSettings(*times)


@pytest.mark.parametrize("limit", ["directory_limit", "total_limit"])
def test_limits_that_make_no_sense_are_refused(limit: str) -> None:
    """At least one path has to fit."""
    with pytest.raises(ValueError, match="at least 1"):
        dataclasses.replace(SETTINGS, **{limit: 0})


def test_a_directory_says_whether_it_had_come_to_rest() -> None:
    stage = Stage()
    for second in range(int(MAX_WAIT) + 2):
        stage.until(float(second))
        stage.copy(f"/m/a/e{second}")
    stage.until(2 * MAX_WAIT)

    assert [settled.restless for _, settled in stage.told] == [True, False]


def test_after_a_loss_of_events_a_directory_waits_for_what_is_found_out() -> None:
    stage = Stage()
    stage.link("/m/a/1")
    stage.link("/n/a/1")
    stage.settler.hold("/m")
    stage.until(20)
    assert stage.story() == [(5, "/n/a", ["created /n/a/1"])]

    stage.link("/m/a/2")
    stage.settler.release("/m")
    assert story(stage)[1:] == [(25, "/m/a", ["created /m/a/1", "created /m/a/2"])]


def test_what_has_come_to_rest_by_then_is_told_at_once() -> None:
    stage = Stage()
    stage.link("/m/a/1")
    stage.settler.hold("/m")
    stage.until(60)
    stage.settler.release("/m")

    assert story(stage) == [(60, "/m/a", ["created /m/a/1"])]


def test_a_loss_holds_nothing_for_longer_than_the_cap() -> None:
    stage = Stage()
    stage.known("/m/a/1")
    stage.delete("/m/a/1")
    stage.link("/m/b/1")
    stage.settler.hold("/m")

    assert story(stage) == [
        (MAX_WAIT, "/m/b", ["created /m/b/1"]),
        (MAX_WAIT, "/m/a", ["deleted /m/a/1"]),
    ]


def test_what_moved_waits_in_the_directory_that_it_left_as_well() -> None:
    """Until it is told, what is remembered of that directory must not run ahead."""
    stage = Stage()
    stage.known("/m/old/film")
    stage.start("/m/new/other")
    stage.move("/m/old/film", "/m/new/film")

    assert stage.settler.left() == {"/m/old"}
    assert stage.settler.directories() == {"/m/new"}
