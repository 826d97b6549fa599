"""More than the kernel's queue can hold: nothing is lost, memory stays bounded, it is said once."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until
from watched import Gate, Watched, folder, write

from watcher import limits
from watcher.events import What

if TYPE_CHECKING:
    from pathlib import Path

QUEUE = limits.read().queue or 16_384


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    for n in range(20):
        write(root / f"Show {n}" / "e.mkv")
    return root


def overflows(seen: Watched) -> list[str]:
    return [text for _, text in seen.reports if "ran over" in text]


def burst(directory: Path, count: int) -> list[Path]:
    """Make events at full speed: each file gives two."""
    files = [directory / f"{n}.mkv" for n in range(count)]
    for file in files:
        file.touch()
    return files


def test_files_directories_and_moves_lost_in_an_overflow_are_found(root: Path) -> None:
    gate = Gate()
    with Watched([folder(root)], before_each=gate) as seen:
        burst(root / "Show 0", 3 * QUEUE // 2)  # fills our own queue, and then the kernel's
        new = write(root / "New" / "S01" / "deep" / "e.mkv")
        edited = root / "Show 1" / "e.mkv"
        edited.write_text("longer than before")
        (root / "Show 2" / "e.mkv").unlink()
        (root / "Show 3").rename(root / "Show 3 (1999)")
        (root / "Show 4").rename(root.parent / "moved out")
        (root / "Show 5").rename(root / "exchange")
        (root / "Show 6").rename(root / "Show 5")
        (root / "exchange").rename(root / "Show 6")
        gate.open()
        seen.wait_for(new, What.CREATED, deadline_s=40)
        seen.wait_for(edited, What.WRITTEN, deadline_s=20)
        seen.wait_for(root / "Show 2" / "e.mkv", What.DELETED)
        seen.wait_for(root / "Show 3 (1999)" / "e.mkv", What.CREATED)
        seen.wait_for(root / "Show 3", What.DELETED)
        seen.wait_for(root / "Show 4", What.DELETED)
        wait_until(lambda: len(seen.gaps) == 2, 20, "the gap to be closed")
        known = {event.path for event in seen.events[: seen.gaps[-1][2]]}
        assert {str(new), str(edited), str(root / "Show 4")} <= known
        after = (
            "New/S01/deep/later.mkv",
            "Show 3 (1999)/later.mkv",
            "Show 5/later.mkv",
            "Show 6/later.mkv",
            "Show 19/later.mkv",
        )
        for name in after:
            seen.wait_for_write(root / name)

    assert len(overflows(seen)) == 1
    assert [gap[:2] for gap in seen.gaps] == [(str(root), True), (str(root), False)]


@pytest.mark.timeout(180)
def test_two_hundred_thousand_events_and_a_slow_consumer_lose_nothing(root: Path) -> None:
    gate = Gate()
    with Watched([folder(root)], before_each=gate) as seen:
        tracemalloc.start()
        try:
            files = burst(root / "Show 0", 100_000)
            last = write(root / "Last" / "e.mkv")
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        gate.open()
        seen.wait_for(last, deadline_s=100)
        seen.settle(root)
        told = {one.path for one in seen.events}

    assert {str(file) for file in files} <= told
    # A hundred thousand paths of the test itself take some 30 MB; what is queued is bounded.
    assert held < 60_000_000
    assert len(overflows(seen)) == 1


def test_a_second_overflow_is_said_again_once_the_first_is_over(root: Path) -> None:
    with Watched([folder(root)]) as seen:
        for n in range(2):
            gate = Gate()
            seen.before_each = gate
            burst(root / f"Show {n}", 3 * QUEUE // 2)
            gate.open()
            seen.wait_for(write(root / "after" / f"{n}.mkv"), deadline_s=40)
            seen.settle(root)
            before = len(seen.reports)
            while seen.watching._emitters[0].ground_watch.scene.is_comparing:
                seen.settle(root)
            assert len(seen.reports) == before

    assert len(overflows(seen)) == 2


def whole_story(seen: Watched, path: Path) -> str:
    """Whether a path was last told as there or as gone."""
    last = seen.told(path)[-1]
    return "gone" if last is What.DELETED else "there"


def make(thing: Path, what: str, root: Path) -> None:
    """Make a file, a directory with a file in it, or a link to a directory."""
    if what == "file":
        write(thing)
    elif what == "directory":
        write(thing / "S01" / "e.mkv")
    else:
        thing.symlink_to(root / "Show 2")


@pytest.mark.parametrize("what", ["file", "directory", "link"])
def test_what_was_told_as_gone_and_was_put_back_in_an_overflow_is_told_as_there(
    root: Path, what: str
) -> None:
    """While its loss is not safe yet, what is remembered of the directory still holds it."""
    thing = root / "Show 1" / "thing"
    make(thing, what, root)
    gate = Gate()
    with Watched([folder(root)], unsettled=lambda: [str(thing.parent)]) as seen:
        thing.rename(root.parent / "away")
        seen.wait_for(thing, What.DELETED)
        seen.settle(root)
        seen.before_each = gate
        burst(root / "Show 0", 3 * QUEUE // 2)
        (root.parent / "away").rename(thing)
        gate.open()
        wait_until(lambda: len(seen.gaps) == 2, 40, "the gap to be closed")
        assert whole_story(seen, thing) == "there"
        assert len(overflows(seen)) == 1


@pytest.mark.parametrize("what", ["file", "directory", "link"])
def test_what_was_told_as_there_and_was_lost_in_an_overflow_is_told_as_gone(
    root: Path, what: str
) -> None:
    """While it is not safe yet, what is remembered of the directory does not hold it."""
    thing = root / "Show 1" / "thing"
    gate = Gate()
    with Watched([folder(root)], unsettled=lambda: [str(thing.parent)]) as seen:
        make(thing, what, root)
        seen.wait_for(thing)
        seen.settle(root)
        seen.before_each = gate
        burst(root / "Show 0", 3 * QUEUE // 2)
        thing.rename(root.parent / "away")
        gate.open()
        wait_until(lambda: len(seen.gaps) == 2, 40, "the gap to be closed")
        assert whole_story(seen, thing) == "gone"
        assert [one.is_dir for one in seen.events if one.path == str(thing)][-1] == (what != "file")
