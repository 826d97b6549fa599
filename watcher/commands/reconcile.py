"""`plexnudge reconcile`: compare the disk with Plex once, and ask for what is out of step."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from matcher.errors import PlexError, PlexRefused
from matcher.printable import printable
from watcher.config import find_config, load_config
from watcher.exits import Exit
from watcher.guard import Guards
from watcher.logs import early_report
from watcher.mounts import missing
from watcher.one_shot import OneShot
from watcher.outcomes import Result
from watcher.plex_side import folders_of
from watcher.reconcile import Ground, Place, overcome, reconcile, settled

if TYPE_CHECKING:
    import argparse

    from watcher.config_model import Config
    from watcher.outcomes import Outcome

NAME = "reconcile"
SUMMARY = "compare the disk with what Plex has, and ask for what is missing, gone or replaced"
DESCRIPTION = """\
Walks every watched folder and compares it with what Plex has: files that Plex is missing, files
that are gone from the disk, files that were replaced. Then asks Plex for exactly these, and waits
until they are visible. The daemon does the same at start and every reconcile.every.

Deletions of more than half of a folder are not believed: a disk may be missing.
"""


def add_words(words: argparse.ArgumentParser) -> None:
    """Add this command's own options."""
    words.add_argument("--dry-run", action="store_true", help="only say what is out of step")
    words.add_argument("--json", action="store_true", help="as one JSON object")
    words.add_argument(
        "--believe-deletions",
        action="store_true",
        help="the mass deletion was meant: ask for it (absent and empty folders stay held)",
    )


def do(arguments: argparse.Namespace) -> Exit:
    """Compare, tell, and ask."""
    path = find_config(getattr(arguments, "config", None), os.environ, Path.cwd())
    config = load_config(path, os.environ)
    guards = Guards(config.folders, lambda _level, _sentence: None)
    quiet = early_report if not arguments.json else (lambda _level, _sentence: None)
    believe = guards.check
    with OneShot(config, _only_warnings(quiet), believe) as once:
        try:
            once.plex.greet()
            places = _compare(config, once, guards, believe_all=arguments.believe_deletions)
            outcomes: tuple[Outcome, ...] = ()
            if not arguments.dry_run:
                if arguments.believe_deletions:
                    once.confirm_deletions()
                outcomes = _ask(once, places, show=not arguments.json)
        except PlexError as error:
            early_report("ERROR", f"Plex at {config.plex.url}: {error}")
            return Exit.PLEX_REFUSED if isinstance(error, PlexRefused) else Exit.PLEX_AWAY
    if arguments.json:
        sys.stdout.write(json.dumps(_as_json(places, outcomes)) + "\n")
    else:
        _tell(places, outcomes, dry_run=arguments.dry_run)
    bad = {Result.NOT_ACCEPTED, Result.FAILED}
    return Exit.FAILED if any(each.result in bad for each in outcomes) else Exit.DONE


def _only_warnings(report: Any) -> Any:
    def tell(level: str, sentence: str) -> None:
        if level in {"WARNING", "ERROR"}:
            report(level, sentence)

    return tell


def _compare(config: Config, once: OneShot, guards: Guards, *, believe_all: bool) -> list[Place]:
    plex = once.plex
    ground = Ground(
        plex.door,
        plex.door.sections(),
        plex.mappings,
        folders_of(config),
        plex.refused.as_they_were(),
        guards.check,
        believe_all,
        doubted=missing(),
    ).asking_again()
    with _progress() as progress:
        task = progress.add_task("comparing", total=None)
        places = list(reconcile(ground, None, lambda text: progress.update(task, description=text)))
    for file in overcome(places):
        plex.refused.forget(file)
    return places


def _progress() -> Progress:
    """Return a progress line for people: on standard error, and only on a terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _ask(once: OneShot, places: list[Place], *, show: bool) -> tuple[Outcome, ...]:
    # Two libraries may share a folder: each change is asked for once.
    changes = {change.path: change for place in places for change in place.changes()}
    jobs = list(settled(changes.values(), time.monotonic()))
    with _progress() as progress:
        task = progress.add_task(
            f"asking Plex for {len(jobs)} folders", total=len(jobs), visible=show
        )
        return once.work(jobs, lambda done: progress.update(task, completed=done))


def _as_json(places: list[Place], outcomes: tuple[Outcome, ...]) -> dict[str, Any]:
    return {
        "places": [
            {
                "section": place.section.key,
                "title": place.section.title,
                "location": place.location,
                "folders": list(place.hosts),
                "files": place.difference.on_disk,
                "known": place.difference.known,
                "missing": [change.path for change in place.difference.missing],
                "replaced": [change.path for change in place.difference.replaced],
                "gone": [change.path for change in place.difference.gone],
                "refused_before": len(place.difference.left_alone),
                "deletions_held": place.held,
            }
            for place in places
        ],
        "outcomes": [
            {
                "result": str(each.result),
                "directory": each.directory,
                "requests": list(each.requests),
                "reason": each.reason,
            }
            for each in outcomes
        ],
    }


def _tell(places: list[Place], outcomes: tuple[Outcome, ...], *, dry_run: bool) -> None:
    write = sys.stdout.write
    for place in places:
        found = place.difference
        write(
            printable(
                f"{place.section.title}: {place.location}: {found.on_disk} files on disk, "
                f"{found.known} in Plex: {len(found.missing)} missing, {len(found.replaced)} "
                f"replaced, {len(found.gone)} gone"
            )
            + "\n"
        )
        for word, changes in {
            "missing in Plex": found.missing,
            "replaced": found.replaced,
            "gone from disk": found.gone,
        }.items():
            sys.stdout.writelines(f"  {word}: {printable(change.path)}\n" for change in changes)
        if place.held is not None:
            write(f"  deletions are held: {printable(place.held)}\n")
        if found.left_alone:
            write(f"  {len(found.left_alone)} files that Plex did not take before are left alone\n")
    if not places:
        write("no watched folder holds files of a library: see plexnudge check\n")
    for outcome in outcomes:
        write(printable(outcome.line()) + "\n")
    if dry_run:
        write("dry run: nothing was asked of Plex\n")
