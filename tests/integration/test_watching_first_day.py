"""The first day: nothing is remembered, so what is written before all was looked at shows by time.

A file that is written to in place leaves its name as it was. Once its fingerprint is known that
shows; until then the kernel's word is all there is, and that may be lost.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from exchanging import exchange
from waiting import wait_until
from watched import QUICK, Watched, a_tick, folder, is_inspected, write

from watcher import limits
from watcher.events import What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
            assert self._may_go_on.wait(120)
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
    for at in range(QUEUE + 100):
        os.close(os.open(files[at % len(files)], os.O_WRONLY))


@pytest.mark.timeout(180)
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


class DoneDuringTheWalk:
    """Does something when a directory comes to light, before that one is watched.

    It serves as what says which paths are noise, since that is asked of each.
    """

    def __init__(self, light: Path, deed: Callable[[], object]) -> None:
        self._light, self._deed = str(light), deed
        self.is_done = False

    def __call__(self, path: str, is_dir: bool) -> bool:
        if path == self._light and not self.is_done:
            self.is_done = True
            self._deed()
        return False


def replace_by_an_empty_one(path: Path) -> None:
    shutil.rmtree(path)
    path.with_name("Empty").mkdir()


@pytest.mark.parametrize("how", ["renamed", "moved in", "exchanged", "lost", "lost file"])
def test_a_directory_whose_names_change_before_its_watch_stands_is_told(
    root: Path, state: Path, tmp_path: Path, how: str
) -> None:
    show, elsewhere = root / "Show 1", tmp_path / "elsewhere"
    for name in ("x", "y"):
        write(show / name / "e.mkv")
        write(elsewhere / "z" / "e.mkv")
    a_tick()
    deeds: dict[str, Callable[[], object]] = {
        "renamed": lambda: (show / "x").rename(show / "z"),
        "moved in": lambda: (elsewhere / "z").rename(show / "z"),
        "exchanged": lambda: exchange(show / "x", show / "y"),
        "lost": lambda: replace_by_an_empty_one(show / "x"),
        "lost file": lambda: (show / "e.mkv").rename(write(show / "z" / "f.mkv")),
    }
    during = DoneDuringTheWalk(show, deeds[how])
    with Watched([folder(root)], ignored=during, state=state) as seen:
        assert during.is_done
        seen.wait_for(show, What.WRITTEN)
        wait_until(lambda: is_inspected(seen))
        assert not [one.path for one in seen.events if "Show 2" in one.path]


@pytest.mark.parametrize("is_first", [True, False])
def test_directories_that_are_exchanged_before_their_turn_came_are_watched(
    root: Path, state: Path, is_first: bool
) -> None:
    show = root / "Show 1"
    for name in ("x", "y"):
        write(show / name / "sub" / f"{name}.mkv")
    if not is_first:
        with Watched([folder(root)], state=state) as seen:
            wait_until(lambda: is_inspected(seen))
        write(show / "new" / "e.mkv")  # so that somebody is asked whether that is noise
    light = show / ("x" if is_first else "new")
    during = DoneDuringTheWalk(light, lambda: exchange(show / "x", show / "y"))
    at_once = dataclasses.replace(QUICK, slice_s=0.0)
    with Watched([folder(root)], ignored=during, state=state, pace=at_once) as seen:
        assert during.is_done
        for name in ("x", "y"):
            seen.wait_for_write(show / name / "sub" / "later.mkv")
            assert [one for one in seen.events if one.path.startswith(str(show / name) + "/sub")]
