"""What it costs to find the item of a path: requests, bytes, and time when it is known.

Usage: python bench/lookup_cost.py [--quick]

A simulated Plex with 20,000 movies and 100,000 episodes runs in a process of its own (--quick: a
twentieth of that). Each case begins with empty caches on disk and a new connection. Bytes are
those of the bodies as they came over the wire. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cache.disk import open_disk_store
from matcher.cached import RECENT_S, CachedLibrary
from matcher.change import Happened
from matcher.decide import Decision, Side, decide
from matcher.memory import MemoryLibrary
from matcher.owners import owners
from matcher.plex import PlexLibrary, PlexSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.model import Part

TTL_S = 3600.0


@dataclass
class Clock:
    """Seconds since the epoch that this file can move."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@contextmanager
def simulated_plex(movies: int, episodes: int) -> Iterator[PlexSettings]:
    """Run a made-up library in a process of its own."""
    command = [sys.executable, "-m", "watcher.simulated_plex"]
    sizes = ["--movies", str(movies), "--episodes", str(episodes)]
    with subprocess.Popen(
        [*command, *sizes], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            yield PlexSettings(told["url"], lambda: str(told["token"]), "bench")
        finally:
            process.stdin.close()


@contextmanager
def cached(library: PlexLibrary | MemoryLibrary, clock: Clock) -> Iterator[CachedLibrary]:
    """Put empty caches on disk before a library."""
    with tempfile.TemporaryDirectory() as directory:
        stores = [
            open_disk_store(
                Path(directory), name, clock=clock, size_limit_bytes=1 << 26, report=sys.exit
            )
            for name in ("sections", "matches")
        ]
        yield CachedLibrary(library, stores[0], stores[1], TTL_S, clock)
        for store in stores:
            store.close()


def decided(library: CachedLibrary, path: str, happened: Happened) -> Decision:
    """Decide for a path as the daemon does: sections, owner, match, what to ask for."""
    side = Side(happened, is_dir=False, size=1 << 31, exists=lambda _: True)
    (owner,) = owners(path, library.sections())
    return decide(owner, library, side)


def some_parts(door: PlexLibrary) -> dict[str, Part]:
    """Choose a movie and an episode out of the middle of their sections."""
    found = {}
    for section in door.sections():
        parts = door.sample_parts(section, 5)
        found[section.type] = parts[len(parts) // 2]
    return found


def cases(known: dict[str, Part]) -> dict[str, tuple[str, Happened]]:
    """Name what is looked up, cold."""
    movie, episode = known["movie"].file, known["show"].file
    return {
        "known movie": (movie, Happened.CREATED),
        "replaced movie": (movie, Happened.CHANGED),
        "known episode": (episode, Happened.CREATED),
        "replaced episode": (episode, Happened.CHANGED),
        "subtitle of a movie": (movie.removesuffix(".mkv") + ".en.srt", Happened.CREATED),
        "subtitle of an episode": (episode.removesuffix(".mkv") + ".en.srt", Happened.CREATED),
        "poster of a movie": (movie.rpartition("/")[0] + "/poster.jpg", Happened.CREATED),
        "new movie": ("/data/Movies/Not There (2031)/Not There (2031).mkv", Happened.CREATED),
        "new episode": (episode.rpartition("/")[0] + "/X - S01E99.mkv", Happened.CREATED),
    }


def cold(settings: PlexSettings, known: dict[str, Part]) -> None:
    """Print requests and bytes of each case: from nothing, and for what comes after it."""
    print("| path | confidence | requests | bytes | again after 10 s | after the TTL |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for name, (path, happened) in cases(known).items():
        door, clock = PlexLibrary(settings), Clock()
        with cached(door, clock) as library:
            confidence = decided(library, path, happened).finding.confidence
            traffic = door.traffic()
            clock.now += 10
            decided(library, path, happened)
            again = door.traffic().requests - traffic.requests
            clock.now += TTL_S
            before = door.traffic()
            library.sections()
            expired = door.traffic().requests - before.requests
        door.close()
        row = (name, confidence, traffic.requests, traffic.bytes_received, again, expired)
        print("| " + " | ".join(map(str, row)) + " |")


def warm(settings: PlexSettings, known: dict[str, Part], rounds: int) -> None:
    """Print the time of what is known, with the caches on disk and no Plex in between."""
    door = PlexLibrary(settings)
    sections = {section.type: section for section in door.sections()}
    episode = known["show"]
    season = door.parts_containing(sections["show"], episode.file.rpartition("/")[0] + "/")
    door.close()
    memory, clock = MemoryLibrary(sections.values(), season), Clock()
    with cached(memory, clock) as library:
        subtitle = episode.file.removesuffix(".mkv") + ".en.srt"
        times: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, wait_s, path, happened in (
                ("known episode, in a burst", 0.0, episode.file, Happened.CREATED),
                ("its subtitle, in a burst", 0.0, subtitle, Happened.CREATED),
                ("known episode, from disk, verified", RECENT_S, episode.file, Happened.CHANGED),
            ):
                clock.now += wait_s
                start = time.perf_counter()
                decided(library, path, happened)
                times.setdefault(name, []).append(time.perf_counter() - start)
    print("\n| decided with warm caches | median µs | p95 µs |")
    print("| --- | ---: | ---: |")
    for name, seconds in times.items():
        p95 = statistics.quantiles(seconds, n=20)[-1]
        print(f"| {name} | {statistics.median(seconds) * 1e6:.0f} | {p95 * 1e6:.0f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of everything")
    share = 20 if parser.parse_args().quick else 1
    movies, episodes = 20_000 // share, 100_000 // share
    with simulated_plex(movies, episodes) as settings:
        door = PlexLibrary(settings)
        known = some_parts(door)
        door.close()
        print(f"{movies} movies, {episodes} episodes; cold, with empty caches:\n")
        cold(settings, known)
        warm(settings, known, 2000 // share)


if __name__ == "__main__":
    main()
