"""What one round of polling costs, against watchdog's PollingObserver and against plain walks.

All rounds find nothing changed, which is what nearly all rounds find. Ours reads a fifteenth of
the directories in full each round, as it does with an interval of a minute.

    python bench/watch_polling.py [--quick] [--files 100000] [--each 20]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import watch_floors as floors
from watchdog.observers.polling import PollingEmitter, PollingObserver

from matcher.folders import Folder, Folders
from watcher.observe import Pace, WatchedFolder, Watching

if TYPE_CHECKING:
    from watcher.events import Event

ROUNDS = 15


def ours(top: str) -> float:
    """CPU seconds of a round of ours."""
    interval_s = 0.5
    events: list[Event] = []
    watching = Watching(
        [WatchedFolder(top, "polling", interval_s)],
        sink=events.append,
        ignored=(noise := Folders((Folder(top),))).is_noise,
        without_noise=noise.without_noise,
        report=lambda level, text: print(level, text, file=sys.stderr),
        pace=Pace(full_look_s=15 * interval_s),
    )
    watching.start()
    watch = watching._emitters[0].ground_watch  # noqa: SLF001 - to count its rounds

    def rounds() -> int:
        return max((one.number for one in watch._polls._rounds.values()), default=-1)  # noqa: SLF001

    while rounds() < 2:  # the first one reads everything
        time.sleep(0.01)
    before, cpu = rounds(), time.process_time()
    while rounds() < before + ROUNDS:
        time.sleep(0.1)
    spent = (time.process_time() - cpu) / (rounds() - before)
    watching.stop()
    assert not events
    return spent


class Counted(PollingEmitter):
    """watchdog's emitter, which says when a round is over."""

    over = threading.Semaphore(0)

    def queue_events(self, timeout: float) -> None:
        """Do one round."""
        super().queue_events(timeout)
        self.over.release()


def theirs(top: str) -> float:
    """CPU seconds of a round of watchdog's."""
    observer = PollingObserver(timeout=0.1)
    observer._emitter_class = Counted  # noqa: SLF001 - the class is not a parameter
    from watchdog.events import FileSystemEventHandler  # noqa: PLC0415 - only here

    observer.schedule(FileSystemEventHandler(), top, recursive=True)
    observer.start()
    Counted.over.acquire()
    cpu = time.process_time()
    for _ in range(3):
        Counted.over.acquire()
    spent = (time.process_time() - cpu) / 3
    observer.stop()
    observer.join()
    return spent


def in_c(top: str) -> float:
    """CPU seconds of a walk in C that looks at each file."""
    program = floors.c_walker()
    if program is None:
        return float("nan")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(5):
        subprocess.run([program, top, "s"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 5


def in_python(top: str) -> float:
    """CPU seconds of a walk with scandir that looks at each file."""
    return min(floors.timed("s", top)["cpu"] for _ in range(3))


def make(top: Path, files: int, each: int) -> None:
    """Make directories of `each` files."""
    for n in range(files // each):
        place = top / f"Show {n // 10}" / f"Season {n % 10}"
        place.mkdir(parents=True)
        for file in range(each):
            os.close(os.open(place / f"{file}.mkv", os.O_CREAT, 0o644))


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--one", nargs=2, metavar=("NAME", "TOP"))
    chosen = parser.parse_args()
    contestants = {
        "plexnudge": ours,
        "PollingObserver": theirs,
        "C walk": in_c,
        "scandir": in_python,
    }
    if chosen.one:
        print(json.dumps(contestants[chosen.one[0]](chosen.one[1])))
        return
    top = Path(tempfile.mkdtemp())
    try:
        make(top / "media", 2_000 if chosen.quick else chosen.files, chosen.each)
        time.sleep(3)  # a directory whose time is fresh is read again: not what is measured
        spent = {}
        for name in contestants:
            command = [sys.executable, __file__, "--one", name, str(top / "media")]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            spent[name] = float(json.loads(done.stdout))
        for name, seconds in spent.items():
            print(f"{name:16} {seconds * 1000:8.1f} ms CPU a round")
        print(
            f"plexnudge / PollingObserver {spent['plexnudge'] / spent['PollingObserver']:.3f}, "
            f"/ C walk {spent['plexnudge'] / spent['C walk']:.2f}"
        )
    finally:
        shutil.rmtree(top)


if __name__ == "__main__":
    main()
