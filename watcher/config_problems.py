"""What is wrong with a configuration: problems with their place, and how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SHOWN_CHARS = 60
"""A value is cut here: enough to recognise it, too little to fill a screen."""

SHOWN_PROBLEMS = 100
"""Nobody mends more than this at once; the first line still tells how many there are."""

_SECRET = re.compile(r"(token[\"']?\s*[:=]\s*).*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `where` is the dotted path of the key (`folders[2].plex_path`), empty for the file as a whole.
    `line` counts from 1, None where no line of the file is to blame. `what` is one printable
    line that says what is wrong and what to write instead; it never holds a token.
    """

    where: str
    line: int | None
    what: str

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}  "
        where = f"{self.where}: " if self.where else ""
        return f"{line}{where}{self.what}"


class ConfigError(Exception):
    """The configuration cannot be used.

    `problems` are all that were found, at least one; `path` is the file that they are in, None
    where no file was found.
    """

    def __init__(self, problems: Iterable[Problem], path: Path | None = None) -> None:
        self.problems = tuple(problems)
        self.path = path
        super().__init__(self.problems, path)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def shown(text: str) -> str:
    """Quote a value of the file for a message: escaped, cut, and without what follows `token:`."""
    cut = _SECRET.sub(r"\1***", text[: SHOWN_CHARS + 1])
    ellipsis = "…" if len(cut) > SHOWN_CHARS else ""
    return f'"{printable(cut[:SHOWN_CHARS])}{ellipsis}"'


def found(value: object, where: str) -> str:
    """Say in plain words what stands at a place.

    A token is never shown. Nor is any text below `plex`, because a token that lost its key, or
    the space after its colon, ends up there.
    """
    secret = "token" in where.casefold()
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number" if secret else f"the number {value}"
        case str():
            hidden = secret or where == "plex" or where.startswith("plex.") or not where
            return "a text" if hidden else f"the text {shown(value)}"
        case list():
            return "a list"
        case _:
            return "a group of keys"


def render_problems(error: ConfigError) -> str:
    """Write problems for a person: how many and in which file, then one a line, in file order."""
    ordered = sorted(error.problems, key=lambda problem: problem.line or 0)
    count = f"{len(ordered)} problem{'' if len(ordered) == 1 else 's'}"
    place = "" if error.path is None else f" in {printable(str(error.path))}"
    lines = [f"plexnudge: the configuration cannot be used: {count}{place}"]
    lines += [f"  {problem}" for problem in ordered[:SHOWN_PROBLEMS]]
    if len(ordered) > SHOWN_PROBLEMS:
        lines.append(f"  … and {len(ordered) - SHOWN_PROBLEMS} more")
    return "\n".join(lines) + "\n"
