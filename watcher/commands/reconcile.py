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

from matcher.change import Happened
from matcher.errors import PlexError, PlexRefused
from matcher.printable import printable
from watcher.config import find_config, load_config
from watcher.doubts import Doubts
from watcher.exits import Exit
from watcher.folders import WatchedFolder
from watcher.guard import Guards
from watcher.host_side import Here
from watcher.logs import early_report
from watcher.one_shot import OneShot
from watcher.outcomes import Result
from watcher.plex_side import folders_of
from watcher.reconcile import Ground, Place, overcome, reconcile, settled
from watcher.remembered import Remembered
from watcher.state import State

if TYPE_CHECKING:
    import argparse

    from watcher.config_model import Config
    from watcher.outcomes import Outcome
    from watcher.report import Report

NAME = "reconcile"
SUMMARY = "compare the disk with what Plex has, and ask for what is missing, gone or replaced"
DESCRIPTION = """\
Walks every watched folder and compares it with what Plex has: files that Plex is missing, files
that are gone from the disk, files that were replaced. Then asks Plex for exactly these, and waits
until they are visible. The daemon does the same at start and every reconcile.every.

Deletions of more than half of a folder are not believed, nor in a folder or disk that is not what
is known of it: a disk may be missing. What is known is what the daemon remembers, and what it says
over server.listen if it runs.
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
    quiet = _only_warnings(early_report if not arguments.json else _silently)
    state = State(config.cache, quiet)
    believe_all = arguments.believe_deletions
    doubts = _doubts(config, state, quiet, believe_all=believe_all)
    here = Here(doubts.why, absent=doubts.absent, doubted=doubts.doubted, lost_in=doubts.lost_in)
    with OneShot(config, state, quiet, here) as once:
        try:
            once.plex.greet()
            places = _compare(config, once, doubts, believe_all=believe_all)
            outcomes: tuple[Outcome, ...] = ()
            if not arguments.dry_run:
                if believe_all:
                    once.confirm_deletions()
                outcomes = _ask(once, places, doubts, show=not arguments.json)
        except PlexError as error:
            early_report("ERROR", f"Plex at {config.plex.url}: {error}")
            return Exit.PLEX_REFUSED if isinstance(error, PlexRefused) else Exit.PLEX_AWAY
    if arguments.json:
        sys.stdout.write(json.dumps(_as_json(places, outcomes, doubts)) + "\n")
    else:
        _tell(places, outcomes, doubts, dry_run=arguments.dry_run)
    bad = {Result.NOT_ACCEPTED, Result.HELD, Result.FAILED}
    return Exit.FAILED if any(each.result in bad for each in outcomes) else Exit.DONE


def _silently(_level: str, _sentence: str) -> None:
    pass


def _doubts(config: Config, state: State, report: Report, *, believe_all: bool) -> Doubts:
    """Find out what is known of the folders without watching them."""
    folders = [WatchedFolder(f.path, f.watch, f.poll_interval_s) for f in config.folders]
    return Doubts(
        Guards(config.folders, _silently),
        Remembered(folders, folders_of(config).is_noise, state.watched, report),
        config.server.listen if config.server else None,
        time.monotonic,
        believe_all=believe_all,
    )


def _only_warnings(report: Report) -> Report:
    def tell(level: str, sentence: str) -> None:
        if level in {"WARNING", "ERROR"}:
            report(level, sentence)

    return tell


def _compare(config: Config, once: OneShot, doubts: Doubts, *, believe_all: bool) -> list[Place]:
    plex = once.plex
    ground = Ground(
        plex.door,
        plex.door.sections(),
        plex.mappings,
        folders_of(config),
        plex.refused.as_they_were(),
        doubts.why_held,
        believe_all,
        doubted=doubts.doubted(),
        is_strange=doubts.is_strange,
        alike=plex.host.alike,
    ).asking_again()
    with _progress() as progress:
        task = progress.add_task("comparing", total=None)
        places = list(reconcile(ground, None, lambda text: progress.update(task, description=text)))
    doubts.compared(places)
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


def _ask(once: OneShot, places: list[Place], doubts: Doubts, *, show: bool) -> tuple[Outcome, ...]:
    # Two libraries may share a folder: each change is asked for once.
    changes = {
        change.path: change
        for place in places
        for change in place.changes()
        if change.happened is not Happened.DELETED or doubts.why(change.path) is None
    }
    jobs = list(settled(changes.values(), time.monotonic()))
    with _progress() as progress:
        task = progress.add_task(
            f"asking Plex for {len(jobs)} folders", total=len(jobs), visible=show
        )
        return once.work(jobs, lambda done: progress.update(task, completed=done))


def _as_json(places: list[Place], outcomes: tuple[Outcome, ...], doubts: Doubts) -> dict[str, Any]:
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
                "deletions_held": "; ".join(_not_believed(place, doubts)) or None,
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


def _not_believed(place: Place, doubts: Doubts) -> list[str]:
    """Say which deletions in a location are not believed, and why."""
    said = [] if place.held is None else [place.held]
    known = {doubt.path: doubts.sentence(doubt) for doubt in doubts.all()}
    for top, files in place.spared.items():
        why = known.get(top, f"{top}: it leads nowhere. Is its disk mounted?")
        said.append(f"{len(files)} files are missing, and not taken for deleted: {why}")
    return said


def _tell(
    places: list[Place], outcomes: tuple[Outcome, ...], doubts: Doubts, *, dry_run: bool
) -> None:
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
        for reason in _not_believed(place, doubts):
            write(f"  deletions are held: {printable(reason)}\n")
        if found.left_alone:
            write(f"  {len(found.left_alone)} files that Plex did not take before are left alone\n")
    if not places:
        write("no watched folder holds files of a library: see plexnudge check\n")
    for outcome in outcomes:
        write(printable(outcome.line()) + "\n")
    if dry_run:
        write("dry run: nothing was asked of Plex\n")
