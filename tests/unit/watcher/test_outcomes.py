"""The outcomes that are kept: the last ones, or all, and what came since."""

from __future__ import annotations

import pytest

from watcher.outcomes import Outcome, Recent, Result


def outcome(number: int) -> Outcome:
    return Outcome(Result.VISIBLE, f"/nas/{number}", 1, (), "because")


@pytest.mark.parametrize(
    ("most", "since", "expected"),
    [(3, 0, [2, 3, 4]), (3, 4, [4]), (3, 5, []), (None, 0, [0, 1, 2, 3, 4]), (None, 2, [2, 3, 4])],
)
def test_what_came_since_is_told_as_far_as_it_is_kept(
    most: int | None, since: int, expected: list[int]
) -> None:
    recent = Recent(most)
    for number in range(5):
        recent.add(outcome(number))

    assert [each.directory for each in recent.since(since)] == [f"/nas/{n}" for n in expected]
