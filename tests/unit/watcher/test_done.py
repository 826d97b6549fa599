"""What was done lately is not told again after a kill, and what is not so any more is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cache.memory import MemoryStore
from matcher.change import Change, Happened
from watcher.done import KEPT_S, Done, Fact, facts_from, facts_of, rewritten_since
from watcher.events import Event, What

if TYPE_CHECKING:
    from pathlib import Path

    from cache.store import JSON


def again(store: MemoryStore, *retold: Event) -> list[Event]:
    """Return what gets through of what the watching tells anew, and what is told beside it."""
    done = Done(store)
    heard: list[Event] = []
    done.recall()
    sink = done.hear(heard.append)
    early, late = retold[: len(retold) // 2], retold[len(retold) // 2 :]
    for event in early:
        sink(event)
    heard.extend(done.settle_up())
    for event in late:
        sink(event)
    return heard


def test_what_is_as_it_was_when_it_was_done_is_not_told_again(tmp_path: Path) -> None:
    video, gone = tmp_path / os.fsdecode(b"caf\xe9.mkv"), str(tmp_path / "gone")
    video.write_bytes(b"1")
    store = MemoryStore()
    changes = [Change(Happened.CREATED, str(video)), Change(Happened.DELETED, gone, is_dir=True)]
    Done(store).keep(facts_of(changes))

    heard = again(store, Event(What.CREATED, str(video)), Event(What.DELETED, gone, is_dir=True))

    assert heard == []


def test_what_changed_since_is_told_whether_the_watching_knew_it_or_not(tmp_path: Path) -> None:
    """A subtitle that came and went within minutes is in no memory: only here is it missed."""
    names = ("replaced.mkv", "deleted.srt", "back.srt", "untold.mkv")
    replaced, deleted, back, untold = (tmp_path / name for name in names)
    for path in (replaced, deleted, untold):
        path.write_bytes(b"1")
    store = MemoryStore()
    Done(store).keep(facts_of(Change(Happened.CREATED, str(tmp_path / name)) for name in names))
    replaced.write_bytes(b"22")
    deleted.unlink()
    back.write_bytes(b"1")
    untold.write_bytes(b"22")

    heard = again(store, Event(What.CLOSED, str(replaced)), Event(What.CREATED, str(untold)))

    assert heard == [
        Event(What.CLOSED, str(replaced)),
        Event(What.DELETED, str(deleted)),
        Event(What.CREATED, str(back)),
        Event(What.WRITTEN, str(untold)),
        Event(What.CREATED, str(untold)),
    ]


def test_the_last_time_that_a_file_was_dealt_with_counts(tmp_path: Path) -> None:
    video = tmp_path / "a.mkv"
    store = MemoryStore()
    for content in (b"1", b"22"):
        video.write_bytes(content)
        Done(store).keep(facts_of([Change(Happened.CHANGED, str(video))]))

    assert again(store, Event(What.WRITTEN, str(video))) == []


def test_both_ends_of_a_move_and_all_of_a_folder_are_remembered(tmp_path: Path) -> None:
    new = tmp_path / "new" / "S01"
    new.mkdir(parents=True)
    (new / "a.mkv").write_bytes(b"1")
    old = str(tmp_path / "old")
    store = MemoryStore()
    change = Change(Happened.MOVED, old, str(tmp_path / "new"), is_dir=True)
    Done(store).keep(facts_of([change]))

    heard = again(
        store, Event(What.DELETED, old, is_dir=True), Event(What.CREATED, str(new / "a.mkv"))
    )

    assert heard == []


def test_what_is_told_a_second_time_is_news(tmp_path: Path) -> None:
    video = tmp_path / "a.mkv"
    video.write_bytes(b"1")
    store = MemoryStore()
    Done(store).keep(facts_of([Change(Happened.CREATED, str(video))]))
    back = Event(What.CREATED, str(video))

    assert again(store, Event(What.DELETED, str(video)), back) == [back]


def test_nothing_is_remembered_for_ever(tmp_path: Path) -> None:
    video = tmp_path / "a.mkv"
    video.write_bytes(b"1")
    now = [0.0]
    store = MemoryStore(lambda: now[0])
    done = Done(store)
    done.keep(facts_of([Change(Happened.CREATED, str(video))]))
    now[0] = KEPT_S

    assert again(store, Event(What.CREATED, str(video))) == [Event(What.CREATED, str(video))]


def test_an_entry_that_makes_no_sense_is_passed_over() -> None:
    store = MemoryStore()
    entries: list[tuple[str, JSON]] = [("1", "x"), ("2", [["/a", "x", 1]]), ("3", [[1]])]
    for key, value in entries:
        store.set(f"done:{key}", value)

    assert again(store) == []


def test_a_file_that_was_dealt_with_is_changed_and_not_new_where_the_watching_does_not_know_it(
    tmp_path: Path,
) -> None:
    """Its directory came after the watching had last saved what it knows."""
    known, unknown = tmp_path / "known.mkv", tmp_path / "unknown.mkv"
    known.write_bytes(b"1")
    store = MemoryStore()
    Done(store).keep(facts_of([Change(Happened.CREATED, str(known))]))
    known.write_bytes(b"2")
    os.utime(known, ns=(1, 1))
    unknown.write_bytes(b"1")
    done = Done(store)
    heard: list[Event] = []
    done.recall()
    sink = done.hear(heard.append)

    for path in (known, unknown):
        sink(Event(What.CREATED, str(path)))

    assert heard == [Event(What.WRITTEN, str(known)), Event(What.CREATED, str(unknown))]


def test_what_was_rewritten_is_told_from_what_is_as_it_was_or_gone(tmp_path: Path) -> None:
    same, other, gone = (tmp_path / name for name in ("same", "other", "gone"))
    for path in (same, other, gone):
        path.write_bytes(b"1")
    facts = facts_of(Change(Happened.CREATED, str(path)) for path in (same, other, gone))
    os.utime(other, ns=(1, 1))
    gone.unlink()

    assert rewritten_since(facts) == {str(other)}


def test_a_directory_that_is_back_is_news_as_a_whole(tmp_path: Path) -> None:
    back = tmp_path / "Show"
    store = MemoryStore()
    Done(store).keep(facts_of([Change(Happened.DELETED, str(back), is_dir=True)]))
    back.mkdir()

    assert again(store) == [Event(What.WRITTEN, str(back), is_dir=True)]


def test_what_moved_away_and_back_is_as_it_was(tmp_path: Path) -> None:
    """Whichever of the two jobs ends last."""
    show, aside = tmp_path / "Show", tmp_path / "Aside"
    (show / "S01").mkdir(parents=True)
    (show / "S01" / "e.mkv").write_bytes(b"1")

    def moved(source: Path, dest: Path) -> tuple[Fact, ...]:
        source.rename(dest)
        return facts_of([Change(Happened.MOVED, str(source), str(dest), is_dir=True)])

    away, back = moved(show, aside), moved(aside, show)
    for jobs in ([(away, 2.0), (back, 1.0)], [(back, 1.0), (away, 2.0)]):
        store = MemoryStore()
        for facts, ago_s in jobs:
            Done(store).keep(facts, ago_s)
        assert again(store) == []


def test_another_file_of_the_same_size_and_time_is_news(tmp_path: Path) -> None:
    video, other = tmp_path / "a.mkv", tmp_path / "b.mkv"
    video.write_bytes(b"1")
    other.write_bytes(b"2")
    store = MemoryStore()
    facts = facts_of([Change(Happened.CREATED, str(video))])
    Done(store).keep(facts)
    assert rewritten_since(facts) == frozenset()
    found = video.stat()
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.rename(video)

    assert rewritten_since(facts) == {str(video)}
    event = Event(What.WRITTEN, str(video))
    assert again(store, event)[-1] == event


def test_facts_of_an_earlier_version_say_nothing_of_the_file_itself(tmp_path: Path) -> None:
    video = tmp_path / "a.mkv"
    video.write_bytes(b"1")
    fact = facts_of([Change(Happened.CREATED, str(video))])[0]
    assert facts_from([[*fact[:3]]]) == (Fact(*fact[:3]),)
    assert facts_from([[*fact]]) == (fact,)
    assert Fact(*fact[:3]).is_still(fact)
    assert not Fact(*fact[:3]).is_still(fact._replace(size=2))
