"""`plexnudge check`: the doctor; looks at everything the daemon depends on, each with its cure."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from matcher.errors import PlexError, PlexRefused
from matcher.printable import printable
from watcher import examination, mounts
from watcher.config import find_config, load_config
from watcher.examination import Grade, Note
from watcher.exits import Exit
from watcher.plex_side import Plex
from watcher.state import State

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from watcher.config_model import Config

NAME = "check"
SUMMARY = "look at configuration, Plex, folders and mapping, and name the cure of each problem"
DESCRIPTION = """\
Looks at everything that the daemon depends on: the configuration, the token, Plex and its
libraries, each folder and how its changes are learned of, the mapping between paths here and
paths in Plex with its evidence, folders and libraries that nothing covers.

That events arrive is proven with a file that is made in the state directory and taken away again;
with --write also with one in each watched folder. Without it no folder is written to.

Exit 0 if nothing is wrong (warnings allowed), 1 if something is, 69 or 77 if Plex cannot be asked.
"""
MARKS = {Grade.GOOD: "[green]ok[/]", Grade.WARNING: "[yellow]warn[/]", Grade.ERROR: "[red]BAD[/]"}


def add_words(words: argparse.ArgumentParser) -> None:
    """Add this command's own options."""
    words.add_argument("--json", action="store_true", help="as one JSON object")
    words.add_argument(
        "--write",
        action="store_true",
        help="prove that events arrive with a hidden file in each watched folder, too",
    )


def do(arguments: argparse.Namespace) -> Exit:
    """Look at everything; tell; the exit code says the worst."""
    path = find_config(getattr(arguments, "config", None), os.environ, Path.cwd())
    config = load_config(path, os.environ)
    said: list[str] = []
    state = State(config.cache, lambda _level, sentence: said.append(sentence))
    notes: list[Note] = []
    exit_code = Exit.DONE
    try:
        notes += examination.of_config(config)
        notes += [Note(Grade.WARNING, "state", sentence) for sentence in said]
        table = mounts.read()
        for folder in config.folders:
            notes += examination.of_folder(folder, table)
        notes += examination.of_limits(config.folders)
        if state.directory is not None:
            notes += examination.of_events(state.directory)
        for folder in config.folders if arguments.write else ():
            notes += examination.of_events(Path(folder.path), folder.watch)
        notes += _of_plex(config, state)
    except PlexError as error:
        exit_code = Exit.PLEX_REFUSED if isinstance(error, PlexRefused) else Exit.PLEX_AWAY
        notes.append(Note(Grade.ERROR, f"Plex at {config.plex.url}", str(error), _cure(error)))
    finally:
        state.close()
    if exit_code is Exit.DONE and any(note.grade is Grade.ERROR for note in notes):
        exit_code = Exit.FAILED
    _tell(notes, as_json=arguments.json, exit_code=exit_code)
    return exit_code


def _of_plex(config: Config, state: State) -> Iterator[Note]:
    plex = Plex(config, state, lambda _level, _sentence: None)
    try:
        server = plex.door.server()
        sections = plex.door.sections()
        yield from examination.of_server(server, sections)
        yield from examination.of_filter(plex.door, sections)
        plex.greet()
        yield from examination.of_mapping(plex.findings, plex.mappings, sections)
        yield from examination.of_coverage(config.folders, sections, plex.mappings)
    finally:
        plex.close()


def _cure(error: PlexError) -> str:
    if isinstance(error, PlexRefused):
        return "put a valid token of the server's owner where the configuration says"
    return "start Plex, and see that plex.url is its address as this host reaches it"


def _tell(notes: list[Note], *, as_json: bool, exit_code: Exit) -> None:
    if as_json:
        said = {"exit": int(exit_code), "notes": [note.as_json() for note in notes]}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    for note in notes:
        console.print(f"{MARKS[note.grade]:<4}", end=" ")
        console.print(printable(f"{note.about}: {note.what}"), markup=False)
        if note.cure:
            console.print(printable(f"     -> {note.cure}"), markup=False)
    bad = sum(note.grade is Grade.ERROR for note in notes)
    warned = sum(note.grade is Grade.WARNING for note in notes)
    console.print(f"{bad} problem(s), {warned} warning(s)")
