"""A directory that is told as a whole: its sidecars that changed are named by their times."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from matcher.change import Change, Happened
from watcher.settle import Settled
from watcher.whole import with_sidecars

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO_S = 1_000_000_000


def told(directory: Path, happened: Happened = Happened.CHANGED) -> Settled:
    change = Change(happened, str(directory), is_dir=True)
    return Settled(str(directory), (change,), 1.0, 2.0)


def test_only_sidecars_that_changed_since_are_named(tmp_path: Path) -> None:
    for name in ("a.mkv", "a.en.srt", "poster.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")

    found = with_sidecars(told(tmp_path), time.time()).changes

    assert found[0].is_dir
    assert found[1:] == (
        Change(Happened.CREATED, f"{tmp_path}/a.en.srt", size=1),
        Change(Happened.CREATED, f"{tmp_path}/poster.jpg", size=1),
    )


def test_what_has_an_old_time_and_came_just_now_is_named(tmp_path: Path) -> None:
    """A copy that keeps times: the file is new all the same."""
    subtitle = tmp_path / "a.en.srt"
    subtitle.write_bytes(b"x")
    os.utime(subtitle, (LONG_AGO_S, LONG_AGO_S))

    assert len(with_sidecars(told(tmp_path), time.time()).changes) == 2


def test_what_has_not_changed_since_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "a.en.srt").write_bytes(b"x")

    assert len(with_sidecars(told(tmp_path), time.time() + 60).changes) == 1


def test_a_directory_that_is_new_is_scanned_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.en.srt").write_bytes(b"x")

    assert with_sidecars(told(tmp_path, Happened.CREATED), 0.0) == told(tmp_path, Happened.CREATED)


def test_a_directory_that_is_gone_meanwhile_has_none(tmp_path: Path) -> None:
    assert with_sidecars(told(tmp_path / "gone"), 0.0) == told(tmp_path / "gone")
