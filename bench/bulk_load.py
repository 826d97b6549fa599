"""What it costs to load every episode: our streamed pages against plexapi's objects.

Usage: python bench/bulk_load.py [--quick]

A simulated Plex with 100,000 episodes (--quick: 10,000) runs in a process of its own; each way of
loading runs in another one, one after the other. Before each, the same pages are fetched once and
thrown away, so that the made-up library is made up in nobody's time. Time is the loader's wall
clock, which still includes what the server does for it, and its own CPU time. Memory is the
loader's peak, and how much that is above what it had when its imports were done. Prints a
Markdown table.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import requests

from matcher.part_index import PartIndex
from matcher.plex import PlexLibrary, PlexSettings
from matcher.routes import TRIMMINGS

if TYPE_CHECKING:
    from collections.abc import Callable

_KIB = 1024


def streamed(url: str, token: str) -> int:
    """Every part once, none kept: what a comparison with the disk needs."""
    door = PlexLibrary(PlexSettings(url, lambda: token, "bench"))
    section = next(one for one in door.sections() if one.type == "show")
    count = sum(1 for _ in door.all_parts(section))
    door.close()
    return count


def indexed(url: str, token: str) -> int:
    """Every part in the index that stands in for a missing filter."""
    door = PlexLibrary(PlexSettings(url, lambda: token, "bench"))
    section = next(one for one in door.sections() if one.type == "show")
    count = len(PartIndex(door.all_parts(section), (1, 0)))
    door.close()
    return count


def objects(url: str, token: str) -> int:
    """Load plexapi's own way, as its documentation shows it."""
    from plexapi.server import PlexServer  # noqa: PLC0415 - the others must not pay for it

    connect: Any = PlexServer
    section = next(one for one in connect(url, token).library.sections() if one.type == "show")
    return len(section.search(libtype="episode"))


def touch(url: str, token: str, query: str, headers: dict[str, str], size: int) -> None:
    """Fetch a list page by page, and read nothing of it but its length."""
    with requests.Session() as session:
        session.trust_env = False
        start, total = 0, 1
        while start < total:
            window = {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}
            answer = session.get(
                f"{url}/library/sections/2/all?type=4{query}",
                headers={"X-Plex-Token": token, **headers, **window},
                timeout=60,
            )
            found = re.search(rb'totalSize="(\d+)"', answer.content)
            assert found is not None
            start, total = start + size, int(found[1])


TRIMMED = TRIMMINGS[0].query, dict(TRIMMINGS[0].headers), TRIMMINGS[0].page_items
PAGES: dict[str, tuple[str, dict[str, str], int]] = {
    "streamed": TRIMMED,
    "indexed": TRIMMED,
    "plexapi objects": ("&includeGuids=1", {}, 100),
}
"""What each way asks for: query, headers, length of a page."""
WAYS: dict[str, Callable[[str, str], int]] = {
    "streamed": streamed,
    "indexed": indexed,
    "plexapi objects": objects,
}


def measure(way: str, url: str, token: str) -> None:
    """Load in this process, and print what it took."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    count = WAYS[way](url, token)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "parts": count,
        "seconds": seconds,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak": after.ru_maxrss * _KIB,
        "grown": (after.ru_maxrss - before.ru_maxrss) * _KIB,
    }
    print(json.dumps(told))


def report(episodes: int) -> None:
    """Run the server and each way, and print the table."""
    command = [sys.executable, "-m", "watcher.simulated_plex", "--episodes", str(episodes)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        results = {}
        for way in WAYS:
            touch(told["url"], told["token"], *PAGES[way])
            results[way] = _run(way, told["url"], told["token"])
        server.stdin.close()
    base = results["plexapi objects"]
    print(f"{episodes} episodes\n")
    print("| way | parts | seconds | CPU s | peak MB | grown MB | time | memory grown |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for way, one in results.items():
        row = (
            f"{one['parts']:.0f}",
            f"{one['seconds']:.2f}",
            f"{one['cpu']:.2f}",
            f"{one['peak'] / 1e6:.0f}",
            f"{one['grown'] / 1e6:.0f}",
            f"1/{base['seconds'] / one['seconds']:.1f}",
            f"1/{base['grown'] / max(one['grown'], 1e5):.1f}",
        )
        print(f"| {way} | {' | '.join(row)} |")


def _run(way: str, url: str, token: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--way", way, url, token],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main() -> None:
    """Measure and print; with --way, be one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="10,000 episodes")
    parser.add_argument("--way", nargs=3, metavar=("WAY", "URL", "TOKEN"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        measure(*asked.way)
    else:
        report(10_000 if asked.quick else 100_000)


if __name__ == "__main__":
    main()
