"""The self-test of watching, and what the house sees of it: states, health, threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until
from watched import Watched, folder, watched, write

from watcher.event_proof import prove
from watcher.observe import Watching

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("watch", ["auto", "inotify", "polling"])
def test_events_are_proven_to_arrive_and_nothing_is_left_behind(tmp_path: Path, watch: str) -> None:
    took_s = prove(tmp_path, watch=watch)

    assert took_s is not None
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        prove(tmp_path / "nowhere")


def test_the_threads_have_names_and_end_with_stop(tmp_path: Path) -> None:
    with watched(tmp_path):
        names = {thread.name for thread in threading.enumerate()}
    left = {thread.name for thread in threading.enumerate()}

    assert {f"watch {tmp_path}", "watched events"} <= names
    assert not {f"watch {tmp_path}", "watched events"} & left


def test_it_is_healthy_until_a_thread_ends(tmp_path: Path) -> None:
    with watched(tmp_path) as seen:
        assert seen.watching.healthy()
    assert not seen.watching.healthy()


def test_a_sink_that_fails_is_noticed(tmp_path: Path) -> None:
    errors: list[object] = []
    before, threading.excepthook = threading.excepthook, errors.append

    def fail(_: object) -> None:
        raise ValueError("a bug")

    try:
        with Watched([folder(tmp_path)], before_each=fail) as seen:
            write(tmp_path / "Film.mkv")
            wait_until(lambda: not seen.watching.healthy())
    finally:
        threading.excepthook = before

    assert len(errors) == 1


def test_stop_without_start_does_nothing(tmp_path: Path) -> None:
    watching = Watching(
        [folder(tmp_path)],
        sink=lambda _: None,
        ignored=lambda _path, _is_dir: False,
        report=lambda _level, _text: None,
    )
    watching.stop()

    assert not watching.healthy()
    assert [state.method for state in watching.states()] == ["absent"]


def test_no_folders_at_all_are_no_error() -> None:
    with Watched([]) as seen:
        assert seen.watching.states() == ()


def test_states_say_in_one_line_how_a_folder_is_watched(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with watched(tmp_path, gone) as seen:
        here, absent = (state.sentence() for state in seen.watching.states())

    assert here.startswith(f"{tmp_path}: 1 directories by inotify, ")
    assert absent == f"{gone}: not there (it does not exist)"


def test_progress_is_told_while_a_large_tree_is_walked(tmp_path: Path) -> None:
    for n in range(30):
        write(tmp_path / f"Show {n}" / "e.mkv")
    told: list[str] = []
    waited: list[str] = []

    def slow_noise(path: str, is_dir: bool) -> bool:
        if is_dir and not waited and path.endswith("Show 7"):
            waited.append(path)
            wait_until(lambda: told)
        return False

    watching = Watching(
        [folder(tmp_path)],
        sink=lambda _: None,
        ignored=slow_noise,
        report=lambda _level, _text: None,
        progress=told.append,
    )
    watching.start()
    watching.stop()

    assert told[0].startswith(f"watching {tmp_path}: ")
