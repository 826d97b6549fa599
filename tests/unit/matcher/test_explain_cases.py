r"""What a careful person would expect of each change: every line of `decisions.txt` is a test.

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

import pytest
from town import context, host, library

from matcher.change import Change, Happened, Verb
from matcher.explain import explain

if TYPE_CHECKING:
    from matcher.change import Action
    from matcher.explain import Explanation

TABLE = Path(__file__).with_name("decisions.txt")
LIBRARY = library()


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


@pytest.mark.parametrize("line", lines(), ids=ascii)
def test_a_change_asks_for_exactly_what_it_needs(line: str) -> None:
    case = case_of(line)

    explanation = explain(case.change, context(LIBRARY))

    assert (case.kind, case.match, case.requests) == (
        explanation.kind.value,
        match_of(explanation),
        requests_of(explanation),
    )


def test_no_line_asks_a_section_more_than_twice_for_a_side() -> None:
    """A cold path costs two questions in each section; a move has two sides."""
    for line in lines():
        made = library()
        case = case_of(line)

        explain(case.change, context(made))

        sides = 2 if case.change.dest else 1
        for section in {section for section, _ in made.questions}:
            asked = [text for key, text in made.questions if key == section]
            assert len(asked) <= 2 * sides, (line, asked)
