"""How long it takes to watch a tree, and what it costs in memory, against floors of the same run.

Each contestant runs in a process of its own, in turn, several rounds; the median counts. Cold
means that the kernel's caches were dropped before, which needs root.

    python bench/watch_start.py [--quick] [--cold] [--directories N ...] [--where DIRECTORY]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import watch_floors as floors

from matcher.folders import Folder, Folders
from watcher.garbage import expect_a_lot
from watcher.observe import Pace, WatchedFolder, Watching

if TYPE_CHECKING:
    from watcher.events import Event


def wait_until_compared(watching: Watching) -> None:
    """Sleep until no directory waits to be compared, without disturbing who compares them.

    Looking each millisecond whether it is done took the interpreter from the watching thread so
    often that the comparison cost 5 % more.
    """
    inspector = watching._emitters[0].ground_watch._inspector  # noqa: SLF001 - to know its end
    done, step = threading.Event(), inspector.step

    def stepping(until_s: float) -> None:
        step(until_s)
        if not inspector:
            done.set()

    inspector.step = stepping  # type: ignore[method-assign]
    while inspector:
        done.wait(0.05)  # it may have come to its end before it was asked to tell


def ours(top: str, state: str) -> dict[str, float]:
    """Start watching: until READY, and until everything is compared with what was known."""
    expect_a_lot()
    events: list[Event] = []
    watching = Watching(
        [WatchedFolder(top, "inotify", 60.0)],
        sink=events.append,
        ignored=(noise := Folders((Folder(top),))).is_noise,
        without_noise=noise.without_noise,
        report=lambda level, text: print(level, text, file=sys.stderr),
        state_directory=Path(state),
        pace=Pace(),
    )
    before, cpu, began = floors.rss_kb(), time.process_time(), time.perf_counter()
    watching.start()
    ready = time.perf_counter() - began
    ready_cpu, kb = time.process_time() - cpu, floors.rss_kb() - before
    wait_until_compared(watching)
    compared = time.perf_counter() - began
    compared_cpu, kb_compared = time.process_time() - cpu, floors.rss_kb() - before
    watches = watching.states()[0].watches
    watching.stop()
    return {
        "wall": ready,
        "cpu": ready_cpu,
        "kb": kb,
        "compared": compared,
        "compared_cpu": compared_cpu,
        "kb_compared": kb_compared,
        "watches": watches,
        "events": len(events),
    }


def bare(top: str) -> dict[str, float]:
    """Start watchdog's own recursive observer."""
    from watchdog.events import FileSystemEventHandler  # noqa: PLC0415 - only here
    from watchdog.observers import Observer  # noqa: PLC0415 - only here

    observer = Observer()
    before, cpu, began = floors.rss_kb(), time.process_time(), time.perf_counter()
    observer.schedule(FileSystemEventHandler(), top, recursive=True)
    observer.start()
    result = {
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "kb": floors.rss_kb() - before,
    }
    observer.stop()
    observer.join()
    return result


def contestant(name: str, top: str, state: str) -> dict[str, float]:
    """Run one of them in this process."""
    if name.startswith("python"):
        return floors.timed(name.partition(" ")[2], top)
    if name == "watchdog":
        return bare(top)
    if name == "plexnudge again":
        return ours(top, state)
    with tempfile.TemporaryDirectory() as empty:  # it writes its memory before it is ready
        return ours(top, empty)


def in_c(program: str, mode: str, top: str) -> dict[str, float]:
    """Run the floor in C."""
    began = time.perf_counter()
    subprocess.run([program, top, mode], check=True, capture_output=True)
    return {"wall": time.perf_counter() - began, "cpu": 0.0, "kb": 0.0}


def measure(directories: int, rounds: int, where: str, *, cold: bool) -> None:
    """Measure one size."""
    base = Path(tempfile.mkdtemp(dir=where))
    state = Path(tempfile.mkdtemp())
    try:
        floors.make_tree(base / "media", directories, 2)
        top = str(base / "media")
        program = floors.c_walker()
        ours_first = [sys.executable, __file__, "--one", "plexnudge again", top, str(state)]
        subprocess.run(ours_first, check=True, capture_output=True)
        names = ["python w", "python ws", "watchdog", "plexnudge first", "plexnudge again"]
        if program:
            names = ["c w", "c ws", *names]
        results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                if cold:
                    floors.drop_caches()
                if name.startswith("c "):
                    results[name].append(in_c(str(program), name[2:], top))
                    continue
                done = subprocess.run(
                    [sys.executable, __file__, "--one", name, top, str(state)],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
                results[name].append(answer)
        show(directories, results, cold=cold)
    finally:
        shutil.rmtree(base)
        shutil.rmtree(state)


def show(directories: int, results: dict[str, list[dict[str, float]]], *, cold: bool) -> None:
    """Print a table of medians; a ratio is the median of those of each round.

    A shared machine is slower in one minute than in the next, but less so within one round.
    """

    def median(name: str, key: str) -> float:
        return statistics.median(one.get(key, 0.0) for one in results[name])

    def ratio(name: str, key: str, floor: str) -> float:
        rounds = zip(results[name], results[floor], strict=True)
        return statistics.median(one[key] / other["wall"] for one, other in rounds)

    print(f"\n{directories} directories, {'cold' if cold else 'warm'} cache")
    print(f"{'':18} {'wall s':>8} {'cpu s':>8} {'x floor':>8} {'bytes/dir':>10}")
    for name in results:
        wall, kb = median(name, "wall"), median(name, "kb")
        print(
            f"{name:18} {wall:8.3f} {median(name, 'cpu'):8.3f} "
            f"{ratio(name, 'wall', 'python w'):8.2f} "
            f"{kb * 1024 / directories:10.0f}"
        )
    again = median("plexnudge again", "compared")
    to_walk = ratio("plexnudge again", "compared", "python ws")
    per_dir = median("plexnudge again", "kb_compared") * 1024 / directories
    print(
        f"compared with what was known: {again:.3f} s, {to_walk:.2f} x a Python walk with "
        f"watches that looks at each file; {per_dir:.0f} bytes a directory with its memory; "
        f"{median('plexnudge again', 'events'):.0f} events"
    )


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directories", type=int, nargs="+", default=[10_000, 50_000, 150_000])
    parser.add_argument("--where", default=tempfile.gettempdir())
    parser.add_argument("--one", nargs=3, metavar=("NAME", "TOP", "STATE"))
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(contestant(*chosen.one)))
        return
    if chosen.quick:
        measure(1_000, 1, chosen.where, cold=False)
        return
    print(f"{os.uname().release}, Python {sys.version.split()[0]}, {os.cpu_count()} processors")
    for directories in chosen.directories:
        measure(directories, chosen.rounds, chosen.where, cold=chosen.cold)


if __name__ == "__main__":
    main()
