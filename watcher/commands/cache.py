"""`plexnudge cache stats|clear`: what the disk caches hold, and emptying them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from cache.store import StoreError
from watcher.config import find_config, load_config
from watcher.exits import Exit
from watcher.logs import early_report
from watcher.state import CACHES, State

if TYPE_CHECKING:
    import argparse

NAME = "cache"
SUMMARY = "show what the disk caches hold, or empty them"
DESCRIPTION = """\
`stats` shows how many entries each cache holds and how much disk they take. `clear` empties both:
nothing is lost by that, the next changes merely ask Plex again. The journal of unfinished jobs is
not a cache and is never touched. The daemon may be running.
"""
HOLDS = {
    "library": "sections of each Plex library, and the mapping that was found",
    "matches": "which item a path belongs to",
}


def add_words(words: argparse.ArgumentParser) -> None:
    """Add this command's own options."""
    words.add_argument("what", choices=("stats", "clear"), help="show, or empty")
    words.add_argument("--json", action="store_true", help="as one JSON object")


def do(arguments: argparse.Namespace) -> Exit:
    """Open the caches and show or empty them."""
    path = find_config(getattr(arguments, "config", None), os.environ, Path.cwd())
    state = State(load_config(path, os.environ).cache, early_report)
    try:
        if state.directory is None:
            return Exit.FAILED
        stores = {name: getattr(state, name) for name in CACHES}
        if arguments.what == "clear":
            _show_cleared({name: s.clear() for name, s in stores.items()}, as_json=arguments.json)
        else:
            _show(state, as_json=arguments.json)
    except StoreError as error:
        early_report("ERROR", str(error))
        return Exit.FAILED
    finally:
        state.close()
    return Exit.DONE


def _show(state: State, *, as_json: bool) -> None:
    sizes = {
        name: {"entries": one.entries, "size_bytes": one.size_bytes}
        for name, one in state.statistics().items()
    }
    if as_json:
        sys.stdout.write(json.dumps({"directory": str(state.directory), "caches": sizes}) + "\n")
        return
    table = Table(title=f"caches in {state.directory}", title_justify="left")
    for head in ("cache", "holds", "entries", "on disk"):
        table.add_column(head, justify="right" if head in {"entries", "on disk"} else "left")
    for name, size in sizes.items():
        table.add_row(
            name, HOLDS[name], str(size["entries"]), f"{size['size_bytes'] / 1000:.0f} kB"
        )
    Console().print(table)


def _show_cleared(counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"cleared": counts}) + "\n")
    else:
        done = ", ".join(f"{count} of {name}" for name, count in counts.items())
        sys.stdout.write(f"cleared: {done}\n")
