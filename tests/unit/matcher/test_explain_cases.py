"""Every line of `decisions.txt` is a test."""

from __future__ import annotations

import pytest
from decisions import case_of, lines, match_of, requests_of
from town import context, library

from matcher.explain import explain

LIBRARY = library()


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
