"""`plexnudge explain`: what would be done for a change and why; asks Plex only for reading."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.change import Change, Happened
from matcher.errors import PlexError, PlexNonsense, PlexRefused
from matcher.printable import printable
from watcher.commands.change_lines import NotAChangeError, Roots, host_path, read_line
from watcher.config import find_config, load_config
from watcher.exits import Exit
from watcher.logs import early_report
from watcher.plex_side import Plex
from watcher.state import State

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from matcher.explain import Explanation

NAME = "explain"
SUMMARY = "say what would be done for a change of a path, and why, without doing it"
DESCRIPTION = """\
Decides about a change exactly as the daemon would and says what it would ask of Plex and why.
The path need not exist. Plex is asked for reading only.

With --stdin --json it reads one JSON object a line,
  {"id"?, "type": "created|changed|deleted|moved", "path", "dest"?, "is_dir"?, "size"?}
and answers one line each, in order; {"id"?, "line", "error"} where that says no change.
"""


def add_words(words: argparse.ArgumentParser) -> None:
    """Add this command's own options."""
    words.add_argument("path", nargs="*", metavar="PATH", help="an absolute or relative path here")
    words.add_argument(
        "--event",
        choices=[str(each) for each in Happened],
        default=str(Happened.CREATED),
        help="what happened to it (default: created)",
    )
    words.add_argument("--dest", metavar="P", help="for moved: where it is now")
    words.add_argument("--dir", action="store_true", help="the path is a directory")
    words.add_argument("--json", action="store_true", help="one JSON object a line")
    words.add_argument("--stdin", action="store_true", help="read changes as JSON lines")


def do(arguments: argparse.Namespace) -> Exit:
    """Explain each change that was named."""
    wrong = _misused(arguments)
    if wrong is not None:
        sys.stderr.write(f"plexnudge explain: {wrong}\n")
        return Exit.USAGE
    path = find_config(getattr(arguments, "config", None), os.environ, Path.cwd())
    config = load_config(path, os.environ)
    state = State(config.cache, early_report)
    plex = Plex(config, state, lambda _level, _sentence: None)
    asking = Asking(plex, Roots(folder.path for folder in config.folders))
    try:
        plex.greet()
        if arguments.stdin:
            return _answer_lines(asking, sys.stdin.buffer)
        return _answer(asking, list(_named(arguments)), as_json=arguments.json)
    except PlexError as error:
        early_report("ERROR", f"Plex at {config.plex.url}: {error}")
        return Exit.PLEX_REFUSED if isinstance(error, PlexRefused) else Exit.PLEX_AWAY
    finally:
        plex.close()
        state.close()


def _misused(arguments: argparse.Namespace) -> str | None:
    if arguments.stdin:
        return None if arguments.json and not arguments.path else "--stdin goes with --json alone"
    if not arguments.path:
        return "name at least one PATH, or use --stdin --json"
    moved = arguments.event == Happened.MOVED
    if moved and (arguments.dest is None or len(arguments.path) != 1):
        return "--event moved takes one PATH, the old place, and --dest, the new one"
    if not moved and arguments.dest is not None:
        return "--dest goes with --event moved"
    return None


@dataclass(frozen=True, slots=True)
class Asking:
    """Plex, and how to spell what people name."""

    plex: Plex
    roots: Roots

    def explain(self, change: Change) -> Explanation:
        """Decide about a change as the daemon would. Raises PlexError."""
        dest = None if change.dest is None else self.roots.watched(change.dest)
        path = self.roots.watched(change.path)
        return self.plex.explain(replace(change, path=path, dest=dest))


def _named(arguments: argparse.Namespace) -> Iterator[Change]:
    dest = None if arguments.dest is None else _absolute(arguments.dest)
    for each in arguments.path:
        path = _absolute(each)
        size = None
        is_dir = arguments.dir or (arguments.dest or each).endswith("/")
        with contextlib.suppress(OSError, ValueError):
            found = os.stat(dest or path)  # noqa: PTH116 - paths are text throughout
            is_dir = is_dir or (found.st_mode & 0o170000) == 0o040000
            size = None if is_dir else found.st_size
        yield Change(Happened(arguments.event), path, dest, is_dir=is_dir, size=size)


def _absolute(path: str) -> str:
    return host_path(path if path.startswith("/") else f"{Path.cwd()}/{path}")


def _answer(asking: Asking, changes: Iterable[Change], *, as_json: bool) -> Exit:
    for change in changes:
        explanation = asking.explain(change)
        if as_json:
            _write(explanation.as_json())
        else:
            sys.stdout.write(f"{for_people(explanation)}\n")
    return Exit.DONE


def for_people(explanation: Explanation) -> str:
    """Show one explanation on a few lines."""
    said: dict[str, Any] = explanation.as_json()
    items = ", ".join(
        f"{i['level']} {i['title']!r} (item {i['key']} of library {i['section']})"
        for i in said["match"]["items"]
    )
    actions = [
        f"{a['action']} {a.get('path') or 'item ' + str(a.get('key'))} (library {a['section']})"
        for a in said["actions"]
    ]
    rows = {
        "event": f"{said['event']}, {said['kind']}",
        "in Plex": ", ".join(said["plex_paths"]) or "nowhere that Plex knows",
        "match": f"{said['match']['confidence']}{': ' + items if items else ''}",
        "would ask": "; ".join(actions) or "nothing",
        "because": said["reason"],
    }
    dest = explanation.change.dest
    lines = [printable(str(said["path"])) + (f" -> {printable(dest)}" if dest else "")]
    lines += [f"  {name + ':':<10} {printable(str(text))}" for name, text in rows.items()]
    return "\n".join(lines)


def _answer_lines(asking: Asking, lines: Iterable[bytes]) -> Exit:
    """Answer each line; one that makes no sense, to us or to Plex, gets an answer that says so."""
    worst = Exit.DONE
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        head: dict[str, Any] = {}
        try:
            asked = read_line(line)
            head = asked.head
            _write({**head, **asking.explain(asked.change).as_json(), "path": asked.change.path})
        except (NotAChangeError, PlexNonsense) as error:
            head = error.head if isinstance(error, NotAChangeError) else head
            _write({**head, "line": number, "error": printable(str(error), 200)})
            worst = Exit.FAILED
    return worst


def _write(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
