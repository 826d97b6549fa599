"""What is still true of a change when its turn comes: every row of the table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from matcher.change import Change, Happened
from watcher.completeness import UNREADABLE, Seen
from watcher.still_true import still_true

if TYPE_CHECKING:
    from pathlib import Path

CREATED, CHANGED, DELETED, MOVED = Happened
OLD, NEW = "/nas/TV/Dark/a.mkv", "/nas/TV/Dark/b.mkv"
FILE = Seen(size=7, mtime_ns=1, is_dir=False)
DIRECTORY = Seen(size=4096, mtime_ns=1, is_dir=True)
AWAY = "the disk is away"


def planned(
    change: Change, disk: dict[str, Seen], *, believed: bool = True
) -> tuple[list[Change], list[Change]]:
    found = still_true([change], lambda _path: None if believed else AWAY, disk.get)
    return found.changes + found.lost, found.waiting


@pytest.mark.parametrize("happened", [CREATED, CHANGED])
def test_what_is_there_is_planned_with_its_size_of_now(happened: Happened) -> None:
    change = Change(happened, NEW, size=3)

    assert planned(change, {NEW: FILE}) == ([Change(happened, NEW, size=7)], [])


@pytest.mark.parametrize("happened", [CREATED, CHANGED])
def test_what_came_and_went_again_is_gone(happened: Happened) -> None:
    assert planned(Change(happened, NEW, size=3), {}) == ([Change(DELETED, NEW)], [])


@pytest.mark.parametrize("happened", [CREATED, CHANGED, DELETED])
def test_what_is_missing_waits_as_it_is_while_deletions_are_not_believed(
    happened: Happened,
) -> None:
    change = Change(happened, NEW, size=3)

    assert planned(change, {}, believed=False) == ([], [change])


def test_arrivals_go_on_while_deletions_are_not_believed() -> None:
    change = Change(CREATED, NEW, size=7)

    assert planned(change, {NEW: FILE}, believed=False) == ([change], [])


def test_what_is_gone_is_planned_as_such() -> None:
    assert planned(Change(DELETED, NEW), {}) == ([Change(DELETED, NEW)], [])


def test_of_what_is_back_nothing_is_planned() -> None:
    assert planned(Change(DELETED, NEW), {NEW: FILE}) == ([], [])


def test_a_deletion_that_nobody_can_check_waits() -> None:
    change = Change(DELETED, NEW)

    assert planned(change, {NEW: UNREADABLE}) == ([], [change])


def test_a_file_that_cannot_be_looked_at_is_there_all_the_same() -> None:
    change = Change(CREATED, NEW, size=3)

    assert planned(change, {NEW: UNREADABLE}) == ([change], [])


@pytest.mark.parametrize(
    ("disk", "wanted"),
    [
        ({NEW: FILE}, [Change(MOVED, OLD, NEW, size=7)]),
        ({NEW: FILE, OLD: FILE}, [Change(CHANGED, NEW, size=7)]),
        ({OLD: FILE}, [Change(DELETED, NEW)]),
        ({}, [Change(DELETED, NEW), Change(DELETED, OLD)]),
    ],
)
def test_a_move_is_what_the_two_places_show(disk: dict[str, Seen], wanted: list[Change]) -> None:
    assert planned(Change(MOVED, OLD, NEW, size=3), disk) == (wanted, [])


def test_a_move_whose_file_is_missing_waits_while_deletions_are_not_believed() -> None:
    change = Change(MOVED, OLD, NEW, size=3)

    assert planned(change, {OLD: FILE}, believed=False) == ([], [change])


def test_a_directory_that_moved_stays_a_move_though_there_is_a_new_one_at_its_old_place() -> None:
    change = Change(MOVED, "/nas/TV/A", "/nas/TV/B", is_dir=True)

    disk = {"/nas/TV/A": DIRECTORY, "/nas/TV/B": DIRECTORY}

    assert planned(change, disk) == ([change], [])


def test_a_directory_in_the_place_of_a_file_is_not_the_file() -> None:
    assert planned(Change(CREATED, NEW, size=3), {NEW: DIRECTORY}) == ([Change(DELETED, NEW)], [])
    assert planned(Change(DELETED, NEW), {NEW: DIRECTORY}) == ([Change(DELETED, NEW)], [])


def test_each_change_is_judged_by_itself_and_in_order() -> None:
    changes = [Change(CREATED, NEW, size=7), Change(DELETED, OLD)]

    found = still_true(changes, lambda path: AWAY if path == OLD else None, {NEW: FILE}.get)

    assert found.changes == changes[:1]
    assert found.waiting == changes[1:]


def test_the_real_disk_is_asked(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mkv")
    (tmp_path / os.path.basename(name)).write_bytes(b"12345")  # noqa: PTH119 - not UTF-8

    found = still_true(
        [Change(CREATED, name), Change(CREATED, str(tmp_path / "x.mkv"))], lambda _path: None
    )

    assert found.changes == [Change(CREATED, name, size=5)]
    assert found.lost == [Change(DELETED, str(tmp_path / "x.mkv"))]


@pytest.mark.parametrize(
    ("change", "disk", "lost"),
    [
        (Change(CREATED, NEW), {}, True),
        (Change(MOVED, OLD, NEW), {OLD: FILE}, True),
        (Change(DELETED, NEW), {"/nas/TV/Dark": DIRECTORY}, False),
        (Change(DELETED, NEW), {"/nas/TV": DIRECTORY}, True),
        (Change(DELETED, "/nas/TV/Dark", is_dir=True), {"/nas/TV": DIRECTORY}, False),
    ],
    ids=["came and went", "moved back", "as told", "its directory as well", "a directory, as told"],
)
def test_what_nobody_has_told_to_be_gone_may_have_moved_on(
    change: Change, disk: dict[str, Seen], *, lost: bool
) -> None:
    found = still_true([change], lambda _path: None, disk.get)

    assert bool(found.lost) is lost
    assert bool(found.changes) is not lost


def test_what_is_told_to_be_gone_waits_with_what_is_found_to_be() -> None:
    changes = [Change(DELETED, OLD), Change(CREATED, NEW), Change(CREATED, "/nas/TV/Dark/c.mkv")]
    disk = {"/nas/TV/Dark": DIRECTORY, "/nas/TV/Dark/c.mkv": FILE}

    found = still_true(changes, lambda _path: None, disk.get)

    assert found.and_what_went_with_it() == [Change(DELETED, NEW), Change(DELETED, OLD)]
    assert [each.path for each in found.changes] == ["/nas/TV/Dark/c.mkv"]
