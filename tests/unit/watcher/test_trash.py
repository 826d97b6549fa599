"""A trash is emptied only if every disk of the library is there and little is in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from matcher.memory import MemoryLibrary
from matcher.model import Activity, Part, Section
from watcher.desk import SCANNING
from watcher.trash import WAIT_S, Trash

if TYPE_CHECKING:
    from collections.abc import Iterator

FILMS = Section(1, "Films", "movie", ("/data/A", "/data/B"))
SERIES = Section(2, "Series", "show", ("/data/C",))


class Plex(MemoryLibrary):
    """A library of which sections are scanned; a scan may begin while it is read."""

    refreshing: frozenset[int] = frozenset()
    begins: tuple[Activity, ...] = ()

    def sections(self) -> tuple[Section, ...]:
        return tuple(
            replace(each, refreshing=each.key in self.refreshing) for each in super().sections()
        )

    def all_parts(self, section: Section) -> Iterator[Part]:
        yield from super().all_parts(section)
        self.running += self.begins


def made(deleted: int, guarded: dict[str, str], limit: int = 5) -> tuple[Trash, Plex, list[str]]:
    parts = [
        Part(f"/data/A/{n}.mkv", 1, 1, n + 1, "movie", "x", deleted=n < deleted) for n in range(9)
    ]
    library = Plex([FILMS, SERIES], parts)
    told: list[str] = []
    trash = Trash(library, library, guarded.get, lambda _, text: told.append(text), limit)
    trash.note(1, 0.0)
    return trash, library, told


def left(library: Plex) -> int:
    library.begins = ()
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


SCANS = Activity("uuid", SCANNING, "Scanning", section=2)


@pytest.mark.parametrize("shows", ["as refreshing", "as an activity"])
def test_it_waits_while_a_scan_of_another_library_runs(shows: str) -> None:
    """One of this library may wait behind it, and shows nowhere."""
    trash, library, told = made(3, {})
    if shows == "as refreshing":
        library.refreshing = frozenset({SERIES.key})
    else:
        library.running = (SCANS,)

    trash.empty_due(WAIT_S, busy=lambda _: False)
    assert (left(library), told) == (3, [])
    assert trash.next_at() == 2 * WAIT_S

    library.refreshing, library.running = frozenset(), ()
    trash.empty_due(2 * WAIT_S, busy=lambda _: False)
    assert left(library) == 0


def test_it_waits_if_a_scan_begins_while_it_is_counted() -> None:
    trash, library, _ = made(1, {})
    library.begins = (SCANS,)

    trash.empty_due(WAIT_S, busy=lambda _: False)

    assert left(library) == 1
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
