"""`plexnudge status`: what the running daemon says of itself."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from matcher.printable import printable
from watcher.config import find_config, load_config
from watcher.exits import Exit
from watcher.neighbour import ask, url_of

if TYPE_CHECKING:
    import argparse

    from watcher.config_types import Listen

NAME = "status"
SUMMARY = "show what the running daemon is doing: folders, queue, outcomes, timings, caches"
DESCRIPTION = """\
Asks the running daemon over server.listen (loopback by default) and shows its state: whether Plex
answers, how each folder is watched, what waits, the last outcomes, and what Plex did not accept.
Exit 1 if no daemon answers there.
"""
EVERY_S = 2.0
LAST = 10


def add_words(words: argparse.ArgumentParser) -> None:
    """Add this command's own options."""
    words.add_argument("--json", action="store_true", help="as one JSON object")
    words.add_argument("--watch", action="store_true", help="show it again every two seconds")


def do(arguments: argparse.Namespace) -> Exit:
    """Ask the daemon and show what it says."""
    path = find_config(getattr(arguments, "config", None), os.environ, Path.cwd())
    server = load_config(path, os.environ).server
    if server is None or server.listen is None:
        sys.stderr.write("plexnudge: server.listen is switched off, so nobody can be asked\n")
        return Exit.FAILED
    never = threading.Event()
    while True:
        state = _ask(server.listen)
        if state is None:
            return Exit.FAILED
        if arguments.json:
            sys.stdout.write(json.dumps(state) + "\n")
        else:
            _show(state, clear=arguments.watch)
        if not arguments.watch:
            return Exit.DONE
        never.wait(EVERY_S)


def _ask(listen: Listen) -> dict[str, Any] | None:
    try:
        return ask(listen)
    except (OSError, ValueError) as error:
        reason = printable(str(getattr(error, "reason", error)), 200)
        sys.stderr.write(f"plexnudge: no daemon answers at {url_of(listen)}: {reason}\n")
        return None


def _show(state: dict[str, Any], *, clear: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if clear:
        console.clear()
    console.print(f"plexnudge {state['version']} with {state['config']}", markup=False)
    console.print(f"Plex: {state['plex']}", markup=False)
    console.print(f"{state['settling']} paths settling, {state['jobs']} jobs waiting or in hand")
    console.print("folders:")
    for each in state["folders"]:
        held = state["deletions_held"].get(each["path"])
        problem = "; ".join(filter(None, (each["problem"], held)))
        line = f"  {each['path']}: {each['method']}, {each['directories']} directories"
        console.print(printable(f"{line}; {problem}" if problem else line), markup=False)
    if state.get("failing"):
        console.print("failing by itself, tried again:")
        for one in state["failing"]:
            line = f"  {one['what']} ({one['failures']} times): {one['why']}"
            console.print(printable(line), markup=False)
    for title, rows in (
        ("not accepted", state["not_accepted"]),
        ("last outcomes", state["last"][-LAST:]),
    ):
        if rows:
            console.print(f"{title}:")
            for row in rows:
                line = f"  {row['result']}: {row['directory']}: {row['reason']}"
                console.print(printable(line), markup=False)
