"""What does a nightly comparison of 100k files cost: requests, bytes, seconds, memory?

A tree of empty directories and sparse files on disk, the same files in a simulated Plex that runs
as a process of its own, and `watcher.reconcile` between them. The floors, in the same run: the
walk alone (os.scandir and stat), and the bulk load alone.

    python bench/reconcile_cost.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from matcher.folders import Folder, Folders
from matcher.mapping import configured, mappings_of
from matcher.plex import PlexLibrary, PlexSettings
from watcher.reconcile import Ground, reconcile


def tree(top: Path, shows: int, episodes: int) -> int:
    """Make shows with one season of sparse files each; how many files."""
    for show in range(shows):
        season = top / f"Show {show:05}" / "Season 01"
        season.mkdir(parents=True)
        for number in range(1, episodes + 1):
            with (season / f"Show {show:05} - S01E{number:02}.mkv").open("wb") as file:
                file.truncate(1000 + number)
    return shows * episodes


def walk(top: Path) -> float:
    """Walk and stat every file; seconds."""
    started = time.perf_counter()
    waiting = [str(top)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    entry.stat()
    return time.perf_counter() - started


def main() -> None:
    """Run and print one table."""
    words = argparse.ArgumentParser()
    words.add_argument("--quick", action="store_true", help="2,000 files instead of 100,000")
    shows = 100 if words.parse_args().quick else 5_000
    with tempfile.TemporaryDirectory() as place:
        top = Path(place, "TV")
        count = tree(top, shows, 20)
        server = subprocess.Popen(
            [sys.executable, "-m", "watcher.simulated_plex", "--section", f"show:/data/TV={top}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout is not None
        where = json.loads(server.stdout.readline())
        door = PlexLibrary(
            PlexSettings(where["url"], lambda: str(where["token"]), "bench", timeout_s=600)
        )
        (section,) = door.sections()
        door.scan(section.key, "/data/TV")
        never = threading.Event()
        while door.sections()[0].refreshing or not door.sections()[0].content_changed_at:
            never.wait(0.2)
        report(door, top, count)
        server.communicate()


def loaded(door: PlexLibrary) -> float:
    """Read every part once; seconds. The first time the simulated server renders its answers."""
    started = time.perf_counter()
    assert sum(1 for _ in door.all_parts(door.sections()[0])) > 0
    return time.perf_counter() - started


def report(door: PlexLibrary, top: Path, count: int) -> None:
    """Measure a comparison of a library that is in step, and print it."""
    floor = walk(top)
    ground = Ground(
        door,
        door.sections(),
        mappings_of([configured(str(top), "/data/TV")]),
        Folders((Folder(str(top)),)),
        {},
        lambda _path: None,
    )
    load = min(loaded(door) for _ in range(2))
    before = door.traffic()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    (found,) = reconcile(ground, None, lambda _text: None)
    took = time.perf_counter() - started
    after = door.traffic()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    print(
        "| files | walk alone | load alone | comparison | ÷ both | requests | kB | memory grown |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    print(
        f"| {count:,} | {floor:.2f} s | {load:.2f} s | {took:.2f} s | "
        f"{took / (floor + load):.1f} | "
        f"{after.requests - before.requests} | "
        f"{(after.bytes_received - before.bytes_received) / 1000:.0f} | {grown / 1000:.0f} MB |"
    )
    print(f"\n{len(found.changes())} differences.")


if __name__ == "__main__":
    main()
