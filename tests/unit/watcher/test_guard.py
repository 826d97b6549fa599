"""Deletions are believed only while the folder gives reason to believe them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from watcher.config_model import FolderConfig
from watcher.events import Event, What
from watcher.gone import WINDOW_S
from watcher.guard import Guard, Guards
from watcher.standing import FEW

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NOW = 1.0
LATER = NOW + 10.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "Movies"
    top.mkdir()
    for number in range(10):
        (top / f"{number}.mkv").write_bytes(b"x")
    return top


def test_a_few_deletions_are_believed_whatever_share_they_are(folder: Path) -> None:
    guard = Guard(str(folder))
    for number in range(9):
        (folder / f"{number}.mkv").unlink()
        guard.deleted(str(folder / f"{number}.mkv"), 1.0)

    assert guard.check(NOW) is None


def test_an_absent_an_empty_and_an_unanchored_folder_are_not_believed(folder: Path) -> None:
    guard = Guard(str(folder), anchor=".mounted")
    assert "lacks its anchor .mounted" in (guard.check(NOW) or "")
    (folder / ".mounted").touch()
    assert guard.check(NOW) is None

    plain = Guard(str(folder))
    moved = folder.rename(folder.with_name("elsewhere"))
    assert "absent" in (plain.check(NOW) or "")
    folder.mkdir()
    assert "is empty" in (plain.check(NOW) or "")
    folder.rmdir()
    moved.rename(folder)
    assert plain.check(NOW) is None


def test_a_mass_deletion_is_held_until_the_files_are_back(folder: Path) -> None:
    guard = Guard(str(folder))
    many = [folder / f"many {number}.mkv" for number in range(FEW + 20)]
    for path in many:
        guard.deleted(str(path), 1.0)

    assert "more than half" in (guard.check(NOW) or "")
    assert "more than half" in (guard.check(LATER) or "")
    for path in many:
        path.touch()
    assert guard.check(LATER + 10.0) is None


def test_many_deletions_in_a_folder_that_holds_far_more_are_believed(folder: Path) -> None:
    for number in range(FEW * 3):
        (folder / f"kept {number}.mkv").touch()
    guard = Guard(str(folder))
    for number in range(FEW + 5):
        guard.deleted(str(folder / f"gone {number}.mkv"), 1.0)

    assert guard.check(NOW) is None


def test_a_deletion_that_is_said_twice_counts_once(folder: Path) -> None:
    for number in range(FEW + 10):
        (folder / f"kept {number}.mkv").touch()
    guard = Guard(str(folder))
    for now in (1.0, 2.0):
        for number in range(FEW):
            guard.deleted(str(folder / f"gone {number}.mkv"), now)

    assert guard.check(NOW) is None


def test_directories_count_on_either_side(folder: Path) -> None:
    for number in range(FEW // 2):
        (folder / f"kept {number}").mkdir()
        (folder / f"kept {number}" / "film.mkv").touch()
    guard = Guard(str(folder))
    for number in range(FEW // 2 + 2):
        guard.deleted(str(folder / f"gone {number}" / "film.mkv"), 1.0)
        guard.deleted(str(folder / f"gone {number}"), 1.0)

    assert guard.check(NOW) is None


def test_deletions_outside_the_window_do_not_count_together(folder: Path) -> None:
    guard = Guard(str(folder))
    for number in range(FEW * 2):
        guard.deleted(str(folder / f"gone {number}.mkv"), number * 60.0)

    assert guard.check(FEW * 120.0) is None


def lose_many(folder: Path, guard: Guard, at: float = NOW) -> list[Path]:
    many = [folder / f"many {number}.mkv" for number in range(FEW + 20)]
    for path in many:
        guard.deleted(str(path), at)
    return many


def test_what_is_held_is_not_believed_because_time_passes(folder: Path) -> None:
    guard = Guard(str(folder))
    lose_many(folder, guard)
    assert guard.check(NOW)

    guard.deleted(str(folder / "one more.mkv"), NOW + 100 * WINDOW_S)
    assert guard.check(NOW + 100 * WINDOW_S)


def test_a_person_can_confirm_a_mass_deletion(folder: Path) -> None:
    confirmed: list[int | None] = [None]
    guard = Guard(str(folder), confirmed=lambda: confirmed[0])
    lose_many(folder, guard)
    assert guard.check(NOW)

    confirmed[0] = 17
    assert guard.check(LATER) is None
    for number in range(5):
        (folder / f"{number}.mkv").unlink()
    lose_many(folder, guard, LATER)
    assert guard.check(LATER), "confirmed was what went before"


def test_what_is_back_or_never_concerned_plex_is_no_lost_disk(folder: Path) -> None:
    guard = Guard(str(folder))
    for number in range(FEW * 2):
        back = folder / f"{number % 10}.mkv"
        guard.deleted(f"{back}", NOW)
    guards = Guards(
        [FolderConfig.model_validate({"path": str(folder)})], lambda *_: None, clock=lambda: NOW
    )
    for number in range(FEW * 2):
        guards.deleted(str(folder / f"film.r{number:02}"), NOW)

    assert guard.check(NOW) is None
    assert guards.check(str(folder / "x.mkv")) is None


def test_held_losses_lie_in_every_directory_around_them(folder: Path) -> None:
    guard = Guard(str(folder))
    for number in range(FEW + 20):
        guard.deleted(str(folder / "Dark" / f"{number}.mkv"), NOW)
    assert not guard.lost_in(str(folder / "Dark"))
    assert guard.check(NOW)

    assert guard.lost_in(str(folder))
    assert guard.lost_in(f"{folder}/Dark/")
    assert not guard.lost_in(str(folder / "Lost"))


def test_what_is_back_is_held_nowhere_although_the_rest_still_is(folder: Path) -> None:
    guard = Guard(str(folder))
    for place in ("Dark", "Lost"):
        for number in range(FEW):
            guard.deleted(str(folder / place / f"{number}.mkv"), NOW)
    assert guard.check(NOW)
    assert guard.lost_in(f"{folder}/Dark")
    (folder / "Dark").mkdir()
    for number in range(FEW):
        (folder / "Dark" / f"{number}.mkv").touch()

    assert not guard.lost_in(f"{folder}/Dark")
    assert guard.lost_in(f"{folder}/Lost")
    assert guard.lost_in(str(folder))


def test_many_questions_cost_one_walk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[str] = []

    def count(top: str, _enough: int) -> int:
        walks.append(top)
        return 9

    monkeypatch.setattr("watcher.guard.count_entries", count)
    guard = Guard(str(folder))
    lose_many(folder, guard)
    guard.missed = ()
    for _ in range(100):
        assert guard.check(NOW)

    assert len(walks) <= 2


def test_a_trip_and_a_release_are_told_once_each(folder: Path) -> None:
    told: list[str] = []
    released: list[str] = []
    guards = Guards(
        [FolderConfig.model_validate({"path": str(folder)})],
        lambda _, t: told.append(t),
        released.append,
    )
    aside = folder.rename(folder.with_name("aside"))
    for _ in range(3):
        assert guards.check(str(folder / "x.mkv"))
    assert list(guards.reasons()) == [str(folder)]
    aside.rename(folder)
    for _ in range(3):
        assert guards.check(str(folder / "x.mkv")) is None

    assert len(told) == 2
    assert told[0].startswith("deletions are held, additions go on: ")
    assert told[1] == f"deletions in {folder} are believed again"
    assert released == [str(folder)]
    assert guards.reasons() == {}
    assert guards.check(os.sep + "nobody's") is None


def test_what_a_link_shows_is_guarded_by_itself_as_long_as_it_is_followed(
    folder: Path, tmp_path: Path
) -> None:
    for number in range(FEW + 20):
        (folder / f"own {number}.mkv").write_bytes(b"x")
    disk, link = tmp_path / "disk", folder / "More"
    disk.mkdir()
    link.symlink_to(disk)
    guards = Guards(
        [FolderConfig.model_validate({"path": str(folder)})], lambda *_: None, clock=lambda: NOW
    )
    gone = [str(link / f"{number}.mkv") for number in range(FEW + 10)]
    for path in gone[:FEW]:
        guards.deleted(path, NOW)
    guards.follow([str(link)])
    assert guards.check(gone[0]) is None, "few, although nothing is left"
    for path in gone:
        guards.deleted(path, NOW)

    assert "more than half" in (guards.check(gone[0]) or "")
    assert list(guards.reasons()) == [str(link)]
    assert guards.check(str(folder / "1.mkv")) is None
    assert guards.check(str(link)) is None, "the link itself is no part of what it shows"
    assert guards.lost_in(str(folder))
    assert guards.lost_in(str(link))
    assert not guards.lost_in(str(folder / "Other"))

    guards.follow([])
    assert not guards.reasons()
    assert not guards.lost_in(str(folder))
    assert guards.check(gone[0]) is None


def test_a_folder_that_is_not_there_holds_what_its_links_show(folder: Path, tmp_path: Path) -> None:
    disk, link = tmp_path / "disk", folder / "More"
    disk.mkdir()
    link.symlink_to(disk)
    anchored = FolderConfig.model_validate({"path": str(folder), "anchor": ".mounted"})
    guards = Guards([anchored], lambda *_: None)
    guards.follow([str(link)])

    assert "lacks its anchor" in (guards.check(str(link / "1.mkv")) or "")


def heard(guards: Guards, what: What, paths: Iterable[Path], now: float = NOW) -> None:
    for path in paths:
        guards.hear(Event(what, str(path)), now)


def test_what_came_and_went_within_the_window_was_no_part_of_the_folder(folder: Path) -> None:
    """A recorder that makes room, an importer that passes through."""
    guards = Guards([FolderConfig(path=str(folder))], lambda _level, _text: None, clock=lambda: NOW)
    for round_ in range(10):
        many = [folder / f"{round_} {number}.mkv" for number in range(FEW)]
        heard(guards, What.CREATED, many)
        heard(guards, What.DELETED, many)

    assert guards.check(str(folder)) is None


def test_what_was_there_before_counts_however_often_it_comes_and_goes(folder: Path) -> None:
    guards = Guards([FolderConfig(path=str(folder))], lambda _level, _text: None, clock=lambda: NOW)
    many = [folder / f"many {number}.mkv" for number in range(FEW + 20)]
    for _ in range(3):
        heard(guards, What.DELETED, many)
        heard(guards, What.CREATED, many)
    heard(guards, What.DELETED, many)

    assert guards.check(str(folder)) is not None


def test_what_came_longer_ago_is_a_part_of_the_folder(folder: Path) -> None:
    guards = Guards([FolderConfig(path=str(folder))], lambda _level, _text: None, clock=lambda: NOW)
    many = [folder / f"many {number}.mkv" for number in range(FEW + 20)]
    heard(guards, What.CREATED, many, NOW - 2 * WINDOW_S)
    heard(guards, What.DELETED, many)

    assert guards.check(str(folder)) is not None


def test_a_folder_that_came_after_the_start_is_learnt_before_something_of_it_is_lost(
    folder: Path,
) -> None:
    many = [folder / f"many {number}.mkv" for number in range(2 * FEW)]
    away = folder.rename(folder.with_name("away"))
    guards = Guards([FolderConfig(path=str(folder))], lambda _level, _text: None, clock=lambda: NOW)
    guards.begin()
    guards.learn()
    away.rename(folder)
    for path in many:
        path.touch()
    guards.learn()  # as each comparison with Plex does
    for path in many:
        path.unlink()
    heard(guards, What.DELETED, many[:1])
    assert guards.check(str(folder)) is None
    heard(guards, What.DELETED, many)

    assert guards.check(str(folder)) is not None


def test_what_came_and_moved_on_was_no_part_of_the_folder_either(
    folder: Path, tmp_path: Path
) -> None:
    """With the directory that it came in, and into another folder."""
    other = tmp_path / "TV"
    other.mkdir()
    guards = Guards(
        [FolderConfig(path=str(each)) for each in (folder, other)],
        lambda _level, _text: None,
        clock=lambda: NOW,
    )
    (other / "one.mkv").touch()
    names = [f"{number}.mkv" for number in range(FEW + 20)]
    heard(guards, What.CREATED, [folder / "new" / name for name in names])
    for source, dest in ((folder / "new", folder / "old"), (folder / "old", other / "older")):
        guards.hear(Event(What.MOVED, str(source), is_dir=True, dest=str(dest)), NOW)
    heard(guards, What.DELETED, [other / "older" / name for name in names])

    assert guards.check(str(folder)) is None
    assert guards.check(str(other)) is None


def test_names_that_nobody_told_to_come_do_not_make_a_mass_while_the_files_stay(
    folder: Path,
) -> None:
    guards = Guards([FolderConfig(path=str(folder))], lambda _level, _text: None, clock=lambda: NOW)
    guards.begin()
    guards.learn()
    heard(guards, What.DELETED, [folder / f"name {number}.mkv" for number in range(FEW + 20)])
    assert guards.check(str(folder)) is None

    for number in range(4):
        (folder / f"{number}.mkv").unlink()  # more than a third of what is known
    heard(guards, What.DELETED, [folder / "4.mkv"])
    assert guards.check(str(folder)) is not None


def test_a_loss_is_seen_though_files_were_learnt_right_after_it(folder: Path) -> None:
    """What is left says nothing of what was there."""
    now = [NOW]
    guards = Guards(
        [FolderConfig(path=str(folder))], lambda _level, _text: None, clock=lambda: now[0]
    )
    many = [folder / f"many {number}.mkv" for number in range(2 * FEW)]
    for path in many:
        path.touch()
    guards.begin()
    guards.learn()
    for path in many:
        path.unlink()
    now[0] += 2 * WINDOW_S / 10
    heard(guards, What.DELETED, many[:1], now[0])
    assert guards.check(str(folder)) is None
    heard(guards, What.DELETED, many, now[0])
    assert guards.check(str(folder)) is not None
