"""A trash is emptied only if every disk of the library is there and little is in it."""

from __future__ import annotations

import pytest

from matcher.memory import MemoryLibrary
from matcher.model import Part, Section
from watcher.trash import WAIT_S, Trash

FILMS = Section(1, "Films", "movie", ("/data/A", "/data/B"))


def made(
    deleted: int, guarded: dict[str, str], limit: int = 5
) -> tuple[Trash, MemoryLibrary, list[str]]:
    parts = [
        Part(f"/data/A/{n}.mkv", 1, 1, n + 1, "movie", "x", deleted=n < deleted) for n in range(9)
    ]
    library = MemoryLibrary([FILMS], parts)
    told: list[str] = []
    trash = Trash(library, library, guarded.get, lambda _, text: told.append(text), limit)
    trash.note(1, 0.0)
    return trash, library, told


def left(library: MemoryLibrary) -> int:
    return sum(part.deleted for part in library.all_parts(FILMS))


def test_it_is_emptied_after_a_rest() -> None:
    trash, library, told = made(3, {})

    trash.empty_due(WAIT_S - 1, busy=lambda _: False)
    assert left(library) == 3
    trash.empty_due(WAIT_S, busy=lambda _: False)

    assert left(library) == 0
    assert told == ["emptied the trash of Films: 3 files"]
    assert trash.next_at() is None


def test_it_waits_while_a_scan_runs() -> None:
    trash, library, _ = made(3, {})

    trash.empty_due(WAIT_S, busy=lambda _: True)

    assert left(library) == 3
    assert trash.next_at() == 2 * WAIT_S


@pytest.mark.parametrize(
    ("deleted", "guarded", "said"),
    [
        (3, {"/data/B": "its disk is away"}, "its disk is away"),
        (8, {}, "8 files are in it, more than actions.trash_limit"),
    ],
)
def test_it_is_left_alone_with_a_reason(deleted: int, guarded: dict[str, str], said: str) -> None:
    trash, library, told = made(deleted, guarded)

    trash.empty_due(WAIT_S, busy=lambda _: False)

    assert left(library) == deleted
    assert told == [f"the trash of Films is left alone: {said}"]
