"""The first day: nothing is remembered, so what is written before all was looked at shows by time.

A file that is written to in place leaves its name as it was. Once its fingerprint is known that
shows; until then the kernel's word is all there is, and that may be lost.
"""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until
from watched import Watched, a_tick, folder, is_inspected, write

from watcher import limits
from watcher.events import What

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUEUE = limits.read().queue or 16_384


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    for n in range(5):
        write(root / f"Show {n}" / "e.mkv")
    return root


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    return state


class HeldAtReady:
    """Holds the watching thread when all is watched, before any file was looked at.

    A file that is made during the walk is the first thing of which the thread tells afterwards.
    """

    def __init__(self, root: Path) -> None:
        self._first = root / "first"
        self._may_go_on = threading.Event()
        self.is_held = threading.Event()

    def __call__(self, path: str, is_dir: bool) -> bool:
        """Serve as what says which paths are noise."""
        if is_dir and not self._first.exists():
            self._first.touch()
        elif path == str(self._first):
            self.is_held.set()
            assert self._may_go_on.wait(30)
        return False

    def let_go(self) -> None:
        self._may_go_on.set()


@pytest.fixture
def hold(root: Path) -> Iterator[HeldAtReady]:
    hold = HeldAtReady(root)
    yield hold
    hold.let_go()


def told_by_a_start(root: Path, state: Path) -> dict[str, set[What]]:
    """What a start tells of what happened before it, and hands on for good."""
    with Watched([folder(root)], state=state, unsettled=list) as seen:
        seen.settle(root)
        wait_until(lambda: is_inspected(seen))
    told: dict[str, set[What]] = {}
    for one in seen.events:
        if "marker" not in one.path:
            told.setdefault(one.path, set()).add(one.what)
    return told


def overflow(*files: Path) -> None:
    """Fill the kernel's queue without a wait for the disk: files are opened to write, in turn.

    Of equal events in a row it keeps one.
    """
    for _ in range(QUEUE):
        for file in files:
            os.close(os.open(file, os.O_WRONLY))


def test_a_write_that_is_lost_in_an_overflow_before_the_files_were_looked_at_is_found(
    root: Path, state: Path, hold: HeldAtReady
) -> None:
    edited = root / "Show 1" / "e.mkv"
    with Watched([folder(root)], ignored=hold, state=state) as seen:
        assert hold.is_held.wait(10)
        overflow(root / "Show 0" / "e.mkv", write(root / "Show 0" / "f.mkv"))
        edited.write_text("longer than before")
        hold.let_go()
        seen.wait_for(edited, What.WRITTEN, deadline_s=30)
        wait_until(lambda: len(seen.gaps) == 2, 20)
        assert not seen.told(root / "Show 2" / "e.mkv")


def test_a_write_before_a_kill_before_the_files_were_looked_at_is_found_by_the_next_start(
    root: Path, state: Path, tmp_path: Path, hold: HeldAtReady
) -> None:
    edited, as_killed = root / "Show 1" / "e.mkv", tmp_path / "as killed"
    with Watched([folder(root)], ignored=hold, state=state):
        assert hold.is_held.wait(10)
        a_tick()
        edited.write_text("longer than before")
        shutil.copytree(state, as_killed)
        hold.let_go()

    told = told_by_a_start(root, as_killed)
    assert told.pop(str(edited)) == {What.WRITTEN}
    assert told.keys() <= {str(root / "first")}
    assert told_by_a_start(root, as_killed).keys() <= {str(root / "first")}


def test_a_write_that_had_not_settled_when_all_was_looked_at_is_told_by_the_next_start(
    root: Path, state: Path, hold: HeldAtReady
) -> None:
    """What is saved says that nothing is known of the file, and so does not hide its change."""
    edited = root / "Show 1" / "e.mkv"
    first = Watched(
        [folder(root)], ignored=hold, state=state, unsettled=lambda: [str(edited.parent)]
    )
    with first as seen:
        assert hold.is_held.wait(10)
        a_tick()
        edited.write_text("longer than before")
        hold.let_go()
        seen.wait_for(edited, What.CLOSED)
        wait_until(lambda: is_inspected(seen))

    assert told_by_a_start(root, state)[str(edited)] == {What.WRITTEN}


def test_once_all_was_looked_at_times_say_nothing_any_more(root: Path, state: Path) -> None:
    with Watched([folder(root)], state=state) as seen:
        seen.settle(root)
        wait_until(lambda: is_inspected(seen))
    (root / "Show 1" / "e.mkv").chmod(0o600)

    assert told_by_a_start(root, state) == {}
