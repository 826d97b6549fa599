"""What comes by the name of a file that Plex was asked for is another file in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from watcher import asked_for as limits
from watcher.asked_for import AskedFor
from watcher.done import Fact, fact_of
from watcher.events import Event, What

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "Heat" / "Heat.mkv"
    path.parent.mkdir()
    path.write_bytes(b"x")
    return path


def heard(asked_for: AskedFor, *events: Event) -> list[Event]:
    told: list[Event] = []
    sink = asked_for.hear(told.append)
    for event in events:
        sink(event)
    return told


def with_film(film: Path) -> AskedFor:
    asked_for = AskedFor()
    asked_for.saw([fact_of(str(film)), Fact(str(film.with_name("gone.mkv")), None, None)])
    return asked_for


def put_another(film: Path) -> None:
    """Of the same size and time."""
    another = film.with_name("new")
    another.write_bytes(b"y")
    film.touch()
    another.rename(film)


def created(film: Path) -> Event:
    return Event(What.CREATED, str(film))


def test_only_what_was_there_is_replaced(film: Path) -> None:
    asked_for = with_film(film)
    put_another(film)
    others = [created(film.with_name(name)) for name in ("gone.mkv", "new.mkv")]

    assert heard(asked_for, created(film), *others) == [Event(What.REPLACED, str(film)), *others]


def test_the_same_file_is_not_replaced_however_often_it_is_told(film: Path) -> None:
    assert heard(with_film(film), created(film)) == [created(film)]


def test_other_news_is_passed_on_as_it_is(film: Path) -> None:
    events = [
        Event(What.WRITTEN, str(film)),
        Event(What.CLOSED, str(film)),
        Event(What.CREATED, str(film), is_dir=True),
    ]
    asked_for = with_film(film)
    put_another(film)

    assert heard(asked_for, *events) == events


def test_a_file_that_was_told_as_gone_is_new_when_one_comes_again(film: Path) -> None:
    asked_for, gone = with_film(film), Event(What.DELETED, str(film))
    put_another(film)

    assert heard(asked_for, gone, created(film)) == [gone, created(film)]


@pytest.mark.parametrize("what", [What.DELETED, What.MOVED])
def test_what_comes_with_another_directory_of_the_name_is_another_file(
    film: Path, what: What
) -> None:
    dest = str(film.parent.with_name("elsewhere")) if what is What.MOVED else None
    left = Event(what, str(film.parent), is_dir=True, dest=dest)
    same, other = with_film(film), with_film(film)

    assert heard(same, left, created(film)) == [left, created(film)]
    put_another(film)
    assert heard(other, left, created(film)) == [left, Event(What.REPLACED, str(film))]


def test_what_takes_the_name_of_a_file_that_moved_is_in_its_place(film: Path) -> None:
    asked_for = with_film(film)
    moved = Event(What.MOVED, str(film), dest=str(film.with_name("Heat (1995).mkv")))
    put_another(film)

    assert heard(asked_for, moved, created(film)) == [moved, Event(What.REPLACED, str(film))]


def test_what_is_renamed_over_a_file_is_in_its_place(film: Path) -> None:
    moved = Event(What.MOVED, str(film.with_name("better.mkv")), dest=str(film))
    asked_for = with_film(film)

    assert heard(asked_for, moved) == [moved]
    put_another(film)
    assert heard(asked_for, moved) == [moved, Event(What.REPLACED, str(film))]


def test_memory_is_bounded_and_keeps_the_latest() -> None:
    asked_for = AskedFor()
    count = limits.MOST_DIRECTORIES + 10
    asked_for.saw([Fact(f"/m/{number}/a.mkv", 1, 1) for number in range(count)])

    told = heard(
        asked_for,
        Event(What.CREATED, "/m/0/a.mkv"),
        Event(What.CREATED, f"/m/{count - 1}/a.mkv"),
    )

    assert [event.what for event in told] == [What.CREATED, What.REPLACED]
