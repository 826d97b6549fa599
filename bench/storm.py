"""How long until a storm of files is in Plex, and what does it cost the daemon?

A process writes files into some directories as fast as it can, four events each, which is more
than the kernel's queue holds; the whole daemon runs as a process of its own, and so does the
simulated Plex. Counted are the seconds from the last file until Plex has all of them, without the
quiet time, the daemon's CPU time and the memory that it grew by. The floor, in the same run: the
same server scans the same library whole, with no daemon.

    python bench/storm.py [--quick] [--runs 3]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.plex import PlexLibrary, PlexSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTORIES = 30
QUIET_S = 1.0
DEADLINE_S = 600.0
CONFIG = """
plex: {{url: "{url}", token: "{token}"}}
folders: [{{path: "{top}", plex_path: /data/TV}}]
settle: {{quiet: {quiet}s}}
cache: {{directory: "{place}/state"}}
reconcile: {{at_start: false, every: 0s}}
server: null
"""


@contextmanager
def simulated_plex(top: Path) -> Iterator[tuple[PlexLibrary, dict[str, str]]]:
    """Run a server with one library; a way to ask it, and its address and token."""
    with subprocess.Popen(
        [sys.executable, "-m", "watcher.simulated_plex", "--section", f"show:/data/TV={top}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        where = json.loads(server.stdout.readline())
        settings = PlexSettings(where["url"], lambda: str(where["token"]), "bench", timeout_s=600)
        yield PlexLibrary(settings), where
        server.stdin.close()


def seasons(top: Path) -> list[Path]:
    """Make the directories, with one file each."""
    made = [top / f"Show {n}" / "Season 01" for n in range(DIRECTORIES)]
    for n, one in enumerate(made):
        one.mkdir(parents=True)
        (one / f"Show {n} - S01E9999.mkv").write_bytes(b"x")
    return made


def write_all(directories: list[Path], files: int) -> None:
    """Write files into all directories in turn, in two strokes each, closed at the end."""
    for n in range(files):
        show = n % len(directories)
        name = f"Show {show} - S01E{n // len(directories):04}.mkv"
        handle = os.open(directories[show] / name, os.O_CREAT | os.O_WRONLY, 0o644)
        os.write(handle, b"x" * 500)
        os.write(handle, b"x" * (500 + n))
        os.close(handle)


def until_all_there(door: PlexLibrary, files: int) -> float:
    """Wait until Plex has so many files; the monotonic time of that."""
    never = threading.Event()
    ends = time.monotonic() + DEADLINE_S
    while time.monotonic() < ends:
        (section,) = door.sections()
        if not section.refreshing and sum(1 for _ in door.all_parts(section)) >= files:
            return time.monotonic()
        never.wait(0.5)
    sys.exit(f"not all of {files:,} files were in Plex within {DEADLINE_S:.0f} s")


def scan_whole(files: int) -> float:
    """Have a server scan everything with one request; seconds."""
    with tempfile.TemporaryDirectory() as place:
        top = Path(place, "TV")
        write_all(seasons(top), files)
        with simulated_plex(top) as (door, _):
            (section,) = door.sections()
            began = time.monotonic()
            door.scan(section.key, "/data/TV")
            return until_all_there(door, files + DIRECTORIES) - began


def storm(files: int) -> tuple[float, float, float]:
    """Let the daemon see all of it; seconds until it is in Plex, CPU seconds, MB that it grew."""
    with tempfile.TemporaryDirectory() as place:
        top = Path(place, "TV")
        directories = seasons(top)
        with simulated_plex(top) as (door, where):
            (section,) = door.sections()
            door.scan(section.key, "/data/TV")
            until_all_there(door, DIRECTORIES)
            config = Path(place, "config.yaml")
            config.write_text(CONFIG.format(**where, top=top, place=place, quiet=QUIET_S))
            config.chmod(0o600)
            with daemon(config) as process:
                before = memory_mb(process.pid, "VmRSS")
                write_all(directories, files)
                last = time.monotonic()
                took = until_all_there(door, files + DIRECTORIES) - last - QUIET_S
                grown = memory_mb(process.pid, "VmHWM") - before
                return took, cpu_s(process.pid), grown


@contextmanager
def daemon(config: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the daemon until it is ready, and stop it afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "watcher", "run", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip().endswith("libraries") or " with 1 librar" in line:
                break
        rest = threading.Thread(target=process.stderr.read, daemon=True)
        rest.start()
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        rest.join()


def memory_mb(pid: int, field: str) -> float:
    """Read one of the sizes of a process in /proc, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1000
    raise ValueError(field)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Parse the arguments, run and print one table."""
    words = argparse.ArgumentParser()
    words.add_argument("--quick", action="store_true", help="3,000 files, once")
    words.add_argument("--runs", type=int, default=3)
    words.add_argument("--files", type=int, default=50_000)
    asked = words.parse_args()
    files, runs = (3_000, 1) if asked.quick else (asked.files, asked.runs)
    floors = [scan_whole(files) for _ in range(runs)]
    storms = [storm(files) for _ in range(runs)]
    took, cpu, grown = (statistics.median(each) for each in zip(*storms, strict=True))
    floor = statistics.median(floors)
    print("| files | one whole scan | after the storm | ÷ scan | daemon CPU | memory grown |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    print(
        f"| {files:,} | {floor:.1f} s | {took:.1f} s | {took / floor:.1f} | {cpu:.1f} s | "
        f"{grown:.0f} MB |"
    )
    print("\nEach run:", ", ".join(f"{one:.1f} s" for one, _, _ in storms))


if __name__ == "__main__":
    main()
