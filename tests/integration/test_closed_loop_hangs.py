"""A network disk that hangs: what changed on the others is in Plex all the same."""

from __future__ import annotations

import math
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest
from closed_loop import QUICK, Loop, closed_loop
from waiting import wait_until
from watched import mirrored

from watcher.status import is_well

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

OLD = "TV/Dark/Season 01/Dark - s01e01.mkv"
ON_THE_DISK = "TV/Dark/Season 01/Dark - s01e02.mkv"
ELSEWHERE = "Movies/Heat (1995)/Heat (1995).mkv"
FILES = {OLD: 4000, "Movies/Alien (1979)/Alien (1979).mkv": 4100}


@dataclass
class Disk:
    """A FUSE file system whose server can be held up, as a network can."""

    server: subprocess.Popen[str]

    def hang(self) -> None:
        self.server.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.server.send_signal(signal.SIGCONT)


@contextmanager
def loop_with_disk(tmp_path: Path, at: str = "nas/TV") -> Iterator[tuple[Loop, Disk]]:
    (tmp_path / "far").mkdir()
    (tmp_path / at).parent.mkdir(parents=True, exist_ok=True)
    with mirrored(tmp_path / "far", tmp_path / at) as server:
        disk = Disk(server)
        try:
            with closed_loop(tmp_path, QUICK, FILES) as loop:
                yield loop, disk
                disk.go_on()  # before the daemon is stopped, which may have to look at it
        finally:
            disk.go_on()


def test_what_waits_for_a_disk_that_hangs_holds_up_nothing_else(tmp_path: Path) -> None:
    with loop_with_disk(tmp_path) as (loop, disk):
        loop.put(ON_THE_DISK)
        disk.hang()
        loop.put(ELSEWHERE)
        wait_until(lambda: loop.has(ELSEWHERE), 30, loop.log)

        (line,) = loop.told.lines("WARNING", "hangs")
        assert str(loop.path("TV")) in line
        assert not is_well(loop.daemon)
        disk.go_on()
        loop.rest()
        assert loop.has(ON_THE_DISK)
        assert len(loop.told.lines("INFO", "answers again")) == 1
        loop.judge(most_scans=3)


def test_a_job_on_a_disk_that_hangs_waits_and_the_others_are_done(tmp_path: Path) -> None:
    with loop_with_disk(tmp_path) as (loop, disk):
        with loop.plex.refusing():
            loop.put(ON_THE_DISK)
            # From then on no job is planned until Plex is back.
            wait_until(lambda: loop.told.lines("Plex is away"), 20, loop.log)
            disk.hang()
            loop.put(ELSEWHERE)
            wait_until(lambda: loop.told.lines("settled", "Heat"), 20, loop.log)
        wait_until(lambda: loop.has(ELSEWHERE), 30, loop.log)

        disk.go_on()
        loop.rest()
        assert loop.has(ON_THE_DISK)
        loop.judge(most_scans=3)


def test_a_disk_that_hangs_at_the_start_holds_up_nothing_else(tmp_path: Path) -> None:
    with loop_with_disk(tmp_path) as (loop, disk):

        def meanwhile() -> None:
            loop.put(ON_THE_DISK)
            disk.hang()

        loop.restart(meanwhile)
        loop.put(ELSEWHERE)
        wait_until(lambda: loop.has(ELSEWHERE), 60, loop.log)

        assert len(loop.told.lines("ERROR", "does not answer")) == 1
        disk.go_on()
        loop.rest(60)
        assert loop.has(ON_THE_DISK)
        loop.judge(most_scans=4)


def test_the_daemon_ends_while_a_disk_hangs_and_nothing_is_lost(tmp_path: Path) -> None:
    with loop_with_disk(tmp_path) as (loop, disk):
        loop.put(ON_THE_DISK)
        disk.hang()
        loop.restart(disk.go_on)
        loop.rest()

        assert loop.has(ON_THE_DISK)
        loop.judge(most_scans=3)


BELOW = "nas/TV/Far Show"
IN_IT = "TV/Far Show/Season 01/Far Show - s01e01.mkv"
BESIDE_IT = "TV/Dark/Season 01/Dark - s01e02.mkv"


def is_at_rest(loop: Loop) -> bool:
    """Whether all was looked at, and no round of polling is under way or about to begin."""
    watches = [emitter.ground_watch for emitter in loop.daemon.watching._emitters]
    soon_s = time.monotonic() + 0.3
    return all(
        watch.scene.is_inspected
        and not watch.looker
        and min(watch._polls._due.copy().values(), default=math.inf) > soon_s
        for watch in watches
    )


def poll_every_second(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    text = config.read_text()
    config.write_text(text.replace("/data/TV}", "/data/TV, poll_interval: 1s}"))


def test_a_disk_below_a_folder_that_hangs_holds_up_nothing_else_in_the_folder(
    tmp_path: Path,
) -> None:
    with loop_with_disk(tmp_path, BELOW) as (loop, disk):
        loop.put(IN_IT)
        loop.rest()
        loop.restart(lambda: poll_every_second(tmp_path))
        # Who was answered a moment ago may look, and would hang; between two rounds nobody does.
        wait_until(partial(is_at_rest, loop), 10, loop.log)
        disk.hang()
        # It is a round through the disk that finds out.
        wait_until(lambda: loop.told.lines("WARNING", "hangs"), 30, loop.log)
        loop.put(BESIDE_IT)
        wait_until(lambda: loop.has(BESIDE_IT), 20, loop.log)
        disk.go_on()
        loop.put(IN_IT.replace("e01", "e02"))
        loop.rest(60)
        loop.judge(most_scans=4)


def test_a_disk_below_a_folder_that_hangs_at_the_start_holds_up_nothing_else_in_the_folder(
    tmp_path: Path,
) -> None:
    with loop_with_disk(tmp_path, BELOW) as (loop, disk):
        loop.put(IN_IT)
        loop.rest()

        def meanwhile() -> None:
            loop.put(IN_IT.replace("e01", "e02"))
            disk.hang()

        loop.restart(meanwhile)
        loop.put(BESIDE_IT)
        wait_until(lambda: loop.has(BESIDE_IT), 20, loop.log)
        disk.go_on()
        loop.rest(60)
        loop.judge(most_scans=4)


@pytest.mark.parametrize("while_down", [False, True])
def test_a_disk_behind_a_link_that_hangs_holds_up_neither_the_folder_nor_other_links(
    tmp_path: Path, *, while_down: bool
) -> None:
    with loop_with_disk(tmp_path, "mnt") as (loop, disk):
        for name in ("near", "far"):
            (tmp_path / name / f"{name} Show/Season 01").mkdir(parents=True)
        loop.path("TV/near Show").symlink_to(tmp_path / "near" / "near Show")
        loop.path("TV/far Show").symlink_to(tmp_path / "mnt" / "far Show")
        near, far = (f"TV/{n} Show/Season 01/{n} Show - s01e01.mkv" for n in ("near", "far"))
        loop.put(near)
        loop.put(far)
        loop.rest(60)
        assert loop.has(near)
        assert loop.has(far)

        def meanwhile() -> None:
            loop.put(far.replace("e01", "e02"))
            disk.hang()

        if while_down:
            loop.restart(meanwhile)
        else:
            meanwhile()
            wait_until(lambda: loop.told.lines("WARNING", "hangs"), 30, loop.log)
        loop.path("TV/new Show").symlink_to(tmp_path / "mnt" / "new Show")
        for file in (BESIDE_IT, near.replace("e01", "e02")):
            loop.put(file)
            wait_until(partial(loop.has, file), 20, loop.log)
        disk.go_on()
        loop.rest(60)
        assert loop.has(far.replace("e01", "e02"))
        loop.judge(most_scans=8)
