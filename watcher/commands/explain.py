"""`plexnudge explain`: what would be done for a change and why; asks Plex only for reading."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher import paths
from matcher.change import Change, Happened
from matcher.errors import PlexError, PlexRefused
from matcher.printable import printable
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
and answers one line each, in order.
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
    try:
        plex.greet()
        if arguments.stdin:
            return _answer_lines(plex, sys.stdin.buffer)
        return _answer(plex, list(_named(arguments)), as_json=arguments.json)
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


def _named(arguments: argparse.Namespace) -> Iterator[Change]:
    dest = None if arguments.dest is None else _absolute(arguments.dest)
    for each in arguments.path:
        path = _absolute(each)
        size = None
        is_dir = arguments.dir
        with contextlib.suppress(OSError, ValueError):
            found = os.stat(dest or path)  # noqa: PTH116 - paths are text throughout
            is_dir = is_dir or (found.st_mode & 0o170000) == 0o040000
            size = None if is_dir else found.st_size
        yield Change(Happened(arguments.event), path, dest, is_dir=is_dir, size=size)


def _absolute(path: str) -> str:
    return paths.normalise(path if path.startswith("/") else f"{Path.cwd()}/{path}")


def _answer(plex: Plex, changes: Iterable[Change], *, as_json: bool) -> Exit:
    for change in changes:
        explanation = plex.explain(change)
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
    lines = [printable(str(said["path"]))]
    lines += [f"  {name + ':':<10} {printable(str(text))}" for name, text in rows.items()]
    return "\n".join(lines)


def _answer_lines(plex: Plex, lines: Iterable[bytes]) -> Exit:
    """Answer each line; a line that makes no sense gets an answer that says so."""
    worst = Exit.DONE
    for line in lines:
        if not line.strip():
            continue
        asked: Any = None
        try:
            asked = json.loads(line)
            answer = plex.explain(_change_of(asked)).as_json(asked.get("id"))
        except (ValueError, TypeError, KeyError) as error:
            answer = {"error": f"not a change: {printable(str(error), 200)}"}
            worst = Exit.FAILED
            if isinstance(asked, dict) and "id" in asked:
                answer = {"id": asked["id"], **answer}
        _write(answer)
    return worst


def _change_of(asked: Any) -> Change:
    """Read one line's change. Raises ValueError, TypeError or KeyError where it makes no sense."""
    if not isinstance(asked, dict):
        raise TypeError("expected an object")
    dest = asked.get("dest")
    size = asked.get("size")
    happened = Happened(str(asked.get("type", asked.get("event"))))
    if (dest is not None) is not (happened is Happened.MOVED):
        raise ValueError("dest goes with type moved, and with it alone")
    return Change(
        happened,
        paths.normalise(asked["path"]),
        None if dest is None else paths.normalise(dest),
        is_dir=bool(asked.get("is_dir", False)),
        size=size if isinstance(size, int) else None,
    )


def _write(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
