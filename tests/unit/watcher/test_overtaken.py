"""Who was replaced and went before Plex had looked into it, and who turned up with its looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.change import Change, Happened
from watcher.done import fact_of
from watcher.jobs import Job, keyed
from watcher.overtaken import Overtaken
from watcher.works import Work

if TYPE_CHECKING:
    from pathlib import Path

    from watcher.done import Fact


def job(*changes: Change, facts: tuple[Fact, ...] = ()) -> Job:
    return Job(1, "/media", keyed(changes), 0.0, 0.0, 0.0, facts=facts)


def work(facts: tuple[Fact, ...], *changes: Change) -> Work:
    made = Work(job(*changes), "", 0.0)
    made.facts = facts
    return made


def replaced(path: Path) -> Change:
    return Change(Happened.CHANGED, str(path))


def gone(path: Path) -> Change:
    return Change(Happened.DELETED, str(path))


def came(path: Path) -> Change:
    return Change(Happened.CREATED, str(path))


def moved(old: Path, new: Path) -> tuple[Fact, Fact]:
    """Write a file, move it, and return how it looked before and after."""
    old.write_bytes(b"film")
    before = fact_of(str(old))
    old.rename(new)
    return before, fact_of(str(new))


def test_what_turns_up_after_the_replaced_file_went_is_looked_into(tmp_path: Path) -> None:
    old, new = tmp_path / "Heat.mkv", tmp_path / "Heat (1995).mkv"
    overtaken = Overtaken()
    before, after = moved(old, new)
    overtaken.ended(work((before,), replaced(old)))
    assert overtaken.due() == []
    overtaken.ended(work((after,), came(new)))
    assert overtaken.due() == [str(new)]
    assert overtaken.due() == []


def test_what_turned_up_before_is_looked_into_once_the_replaced_file_is_known_to_be_gone(
    tmp_path: Path,
) -> None:
    old, new = tmp_path / "Heat.mkv", tmp_path / "Heat (1995).mkv"
    overtaken = Overtaken()
    before, after = moved(old, new)
    overtaken.ended(work((after,), came(new)))
    overtaken.joins(job(replaced(old), facts=(before,)), job(gone(old)))
    assert overtaken.due() == [str(new)]


def test_what_is_found_gone_when_it_is_planned_is_looked_for(tmp_path: Path) -> None:
    old, new = tmp_path / "Heat.mkv", tmp_path / "Heat (1995).mkv"
    overtaken = Overtaken()
    before, after = moved(old, new)
    overtaken.planned(job(replaced(old), facts=(before,)), [gone(old)])
    overtaken.ended(work((after,), came(new)))
    assert overtaken.due() == [str(new)]


def test_a_file_that_was_not_replaced_or_is_still_there_is_nobodys_concern(tmp_path: Path) -> None:
    old, new, stays = (tmp_path / f"{name}.mkv" for name in ("Heat", "Heat (1995)", "Alien"))
    overtaken = Overtaken()
    before, after = moved(old, new)
    stays.write_bytes(b"other film")
    overtaken.ended(work((before,), came(old)))
    overtaken.ended(work((fact_of(str(stays)),), replaced(stays)))
    overtaken.joins(job(came(old), facts=(before,)), job(gone(old)))
    overtaken.joins(None, job(gone(old)))
    overtaken.ended(work((after,), came(new)))
    assert overtaken.due() == []


def test_sidecars_are_read_when_the_item_is_refreshed_wherever_they_are(tmp_path: Path) -> None:
    old, new = tmp_path / "Heat.en.srt", tmp_path / "Heat (1995).en.srt"
    overtaken = Overtaken()
    before, after = moved(old, new)
    overtaken.ended(work((before,), replaced(old)))
    overtaken.ended(work((after,), came(new)))
    assert overtaken.due() == []
