"""`plexnudge demo`: the main job, visible in under a minute, with no Plex and no configuration."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from watcher.app import Daemon
from watcher.config import load_config
from watcher.demo_story import ACTS, Stage, furnish
from watcher.exits import Exit
from watcher.logs import Log
from watcher.systemd import Notifier

if TYPE_CHECKING:
    import argparse

NAME = "demo"
SUMMARY = "see the whole daemon at work against a simulated Plex; needs no Plex, leaves nothing"
DESCRIPTION = """\
Makes a small NAS in a temporary folder and a simulated Plex Media Server on loopback that knows
the same files by other paths, starts the real daemon between them, and lets files arrive as they
do in life. Takes under 40 seconds. Exit 0 only if Plex ends up in step with the disk.
"""

KNOWN_WITHIN_S = 5.0
"""The first act waits this long for Plex's first answer, so that the lines come in order."""
CONFIG = """\
plex: {{url: "{url}", token: demo-token, timeout: 5s}}
folders:
  - {{path: "{nas}/Movies", plex_path: /data/Movies}}
  - {{path: "{nas}/TV", plex_path: /data/TV}}
settle: {{quiet: 1s, max_wait: 10s, deletions: 1500ms}}
cache: {{directory: "{state}"}}
server: null
"""


def add_words(words: argparse.ArgumentParser) -> None:
    """Add this command's own options."""
    words.add_argument(
        "--keep",
        action="store_true",
        help="leave the temporary folder in place at the end and say where it is",
    )


def do(arguments: argparse.Namespace) -> Exit:
    """Set the stage, play the acts, compare Plex with the disk, clean up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(Exit.FAILED))  # so that it is cleaned up
    place = Path(tempfile.mkdtemp(prefix="plexnudge-demo-"))
    console = Console(highlight=False, soft_wrap=True)
    try:
        return Exit.DONE if _play(place, console) else Exit.FAILED
    finally:
        if arguments.keep:
            console.print(f"the demo's files stay in {place}", markup=False)
        else:
            shutil.rmtree(place, ignore_errors=True)


def _play(place: Path, console: Console) -> bool:
    log = Log()
    log.start("INFO", sys.stdout, os.environ)
    with furnish(place) as (plex, show):
        config = place / "config.yaml"
        config.write_text(CONFIG.format(url=plex.url, nas=place / "nas", state=place / "state"))
        config.chmod(0o600)
        daemon = Daemon(load_config(config, {}), log, Notifier({}))
        stage = Stage(place / "nas", plex, show, daemon.worker.recent)
        show.tell = lambda text: log.report("INFO", text)
        console.print("\n[bold]A NAS, a Plex that sees it by other paths, and plexnudge[/bold]")
        try:
            daemon.start()
            daemon.plex.known.wait(KNOWN_WITHIN_S)
            for act in ACTS:
                console.print(f"\n[bold]{act.title}[/bold]")
                act.play(stage)
        finally:
            daemon.stop()
        differences = plex.in_step_with_disk()
        console.print(_table(stage, daemon))
    log.stop()
    for difference in differences:
        console.print(f"Plex and the disk differ: {difference}", markup=False)
    if stage.missed:
        console.print(f"not seen in time: {', '.join(stage.missed)}", markup=False)
    good = not differences and not stage.missed
    console.print("Plex is in step with the disk." if good else "[bold red]The demo failed.[/]")
    return good


def _table(stage: Stage, daemon: Daemon) -> Table:
    """Sum the run up from what really happened: the server's record and the daemon's counters."""
    table = Table(title="\nWhat it took", show_header=False, title_justify="left")
    caches = daemon.state.statistics()
    hits = sum(cache.hits for cache in caches.values())
    reads = hits + sum(cache.misses for cache in caches.values())
    rows = {
        "changes": str(sum(outcome.changes for outcome in stage.outcomes.last())),
        "requests that change Plex": ", ".join(stage.requests()) or "none",
        "requests in all": str(len(stage.plex.record.log)),
        "from file complete to visible in Plex": stage.spans(),
        "cache hits": f"{hits} of {reads} reads",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table
