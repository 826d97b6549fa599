r"""What a careful person would expect of each change: the lines of `decisions.txt`.

    event path [-> dest] [@size] | kind | confidence keys | requests

Paths are below `/v`; a directory ends in `/`; `\uXXXX` is that code point. Requests: `S4 dir`
scans in section 4, `R41` refreshes and `A41` analyzes item 41; they are compared in order. See
`town.py` for who lives where.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from town import host

from matcher.change import Change, Happened, Verb

if TYPE_CHECKING:
    from matcher.change import Action
    from matcher.explain import Explanation

TABLE = Path(__file__).with_name("decisions.txt")


@dataclass(frozen=True)
class Case:
    """One line of a table."""

    change: Change
    kind: str
    match: str
    requests: tuple[str, ...]


def case_of(line: str) -> Case:
    what, kind, match, requests = (each.strip() for each in line.split(" | "))
    event, rest = what.split(" ", 1)
    size = None
    if sized := re.fullmatch(r"(.*) @(\d+)", rest):
        rest, size = sized[1], int(sized[2])
    path, _, dest = rest.partition(" -> ")
    change = Change(
        Happened(event),
        host("/v/" + path),
        host("/v/" + dest) if dest else None,
        is_dir=path.endswith("/"),
        size=size,
    )
    asked = () if requests == "-" else tuple(requests.split(" ; "))
    return Case(change, kind, match, asked)


def lines() -> list[str]:
    """Read the table: comments and empty lines left out."""
    text = TABLE.read_text(encoding="utf-8")
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def requests_of(explanation: Explanation) -> tuple[str, ...]:
    return tuple(map(_short, explanation.actions))


def _short(action: Action) -> str:
    if action.verb is Verb.SCAN:
        return f"S{action.section} {action.path}"
    return f"{action.verb.value[0].upper()}{action.key}"


def match_of(explanation: Explanation) -> str:
    keys = sorted(each.key for each in explanation.match.items)
    return " ".join([explanation.match.confidence.value, *map(str, keys)])
