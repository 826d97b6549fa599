"""What comes by the name of a file that Plex was asked for is another file in its place."""

from __future__ import annotations

from watcher import asked_for as limits
from watcher.asked_for import AskedFor
from watcher.done import Fact
from watcher.events import Event, What

FILM = "/m/Heat/Heat.mkv"


def heard(asked_for: AskedFor, *events: Event) -> list[Event]:
    told: list[Event] = []
    sink = asked_for.hear(told.append)
    for event in events:
        sink(event)
    return told


def with_film() -> AskedFor:
    asked_for = AskedFor()
    asked_for.saw([Fact(FILM, 7, 1), Fact("/m/Heat/gone.mkv", None, None)])
    return asked_for


def test_only_what_was_there_is_replaced() -> None:
    created = [Event(What.CREATED, path) for path in (FILM, "/m/Heat/gone.mkv", "/m/Heat/new.mkv")]

    assert heard(with_film(), *created) == [Event(What.REPLACED, FILM), *created[1:]]


def test_other_news_is_passed_on_as_it_is() -> None:
    events = [
        Event(What.WRITTEN, FILM),
        Event(What.CLOSED, FILM),
        Event(What.CREATED, FILM, is_dir=True),
    ]

    assert heard(with_film(), *events) == events


def test_what_was_told_as_gone_is_new_when_it_comes_again() -> None:
    for gone in (
        Event(What.DELETED, FILM),
        Event(What.DELETED, "/m/Heat", is_dir=True),
        Event(What.MOVED, "/m", is_dir=True, dest="/n"),
    ):
        created = Event(What.CREATED, FILM)
        assert heard(with_film(), gone, created) == [gone, created]


def test_what_takes_the_name_of_a_file_that_moved_is_in_its_place() -> None:
    moved = Event(What.MOVED, FILM, dest="/m/Heat/Heat (1995).mkv")

    assert heard(with_film(), moved, Event(What.CREATED, FILM)) == [
        moved,
        Event(What.REPLACED, FILM),
    ]


def test_a_directory_of_a_similar_name_is_another_one() -> None:
    gone = Event(What.DELETED, "/m/Hea", is_dir=True)

    told = heard(with_film(), gone, Event(What.CREATED, FILM))

    assert told == [gone, Event(What.REPLACED, FILM)]


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
