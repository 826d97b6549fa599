"""A simulated server as a process of its own: `python -m watcher.simulated_plex --movies 20000`.

Writes one JSON line with url and token, and serves until its standard input ends or SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import SimLocation, SimSection

_TYPES = ("movie", "show", "artist")


def main() -> None:
    """Serve the libraries that the arguments name."""
    asked = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sections = [_section(text) for text in asked.section] or [
        SimSection("Movies", "movie", (SimLocation("/data/Movies", Path("/nonexistent")),)),
        SimSection("TV Shows", "show", (SimLocation("/data/TV", Path("/nonexistent")),)),
    ]
    with SimulatedPlex(sections) as server:
        server.fill(movies=asked.movies, episodes=asked.episodes)
        sys.stdout.write(json.dumps({"url": server.url, "token": server.token}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m watcher.simulated_plex")
    parser.add_argument(
        "--section",
        action="append",
        default=[],
        metavar="TYPE:PLEX=HOST",
        help=f"a library, such as movie:/data/Movies=/tmp/movies; TYPE is one of {_TYPES}",
    )
    parser.add_argument("--movies", type=int, default=0, help="made-up movies without files")
    parser.add_argument("--episodes", type=int, default=0, help="made-up episodes without files")
    return parser


def _section(text: str) -> SimSection:
    kind, _, place = text.partition(":")
    plex, _, host = place.rpartition("=")
    if kind not in _TYPES or not plex or not host:
        sys.exit(f"--section {text}: expected TYPE:PLEX=HOST, TYPE one of {', '.join(_TYPES)}")
    return SimSection(kind.capitalize(), kind, (SimLocation(plex, Path(host)),))


if __name__ == "__main__":
    main()
