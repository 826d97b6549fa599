"""Links to directories inside a watched folder: told as whole directories, by their name of now."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until
from watched import Watched, a_tick, folder, is_inspected, watched, write

from matcher.change import Change, Happened
from watcher.completeness import look
from watcher.settle import Settler, SettleSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.events import Event

WAYS = ["inotify", "polling"]


@dataclass
class Place:
    """A folder in which `Show` is a link to a directory, and what it may lead to instead."""

    root: Path
    one: Path
    two: Path

    @property
    def link(self) -> Path:
        return self.root / "Show"

    def link_to(self, target: Path, name: str = "Show") -> Path:
        link = self.root / name
        link.symlink_to(target)
        return link


@dataclass
class Jobs:
    """What is asked for after all that was told: directories to look into, and those gone."""

    whole: set[Path] = field(default_factory=set)
    gone: set[Path] = field(default_factory=set)
    files: set[Path] = field(default_factory=set)

    def take(self, change: Change) -> None:
        path, dest = Path(change.path), None if change.dest is None else Path(change.dest)
        if not change.is_dir:
            self.files.add(dest or path)
        elif change.happened is Happened.DELETED:
            self.gone.add(path)
        elif dest is not None:
            self.gone.add(path)
            self.whole.add(dest)
        else:
            self.whole.add(path)


@pytest.fixture(params=["inside", "outside"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    root = tmp_path / "media"
    around = root / "Real" if request.param == "inside" else tmp_path / "elsewhere"
    for name in ("one", "two"):
        write(around / name / "S01" / f"{name}.mkv")
    write(root / "Film" / "Film.mkv")
    place = Place(root, around / "one", around / "two")
    place.link_to(place.one)
    return place


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    return state


def jobs_of(events: list[Event]) -> Jobs:
    """Let all that was told come to rest."""
    settler = Settler(SettleSettings(quiet_s=1, max_wait_s=9, deletions_s=1), look)
    for event in events:
        settler.add(event, 0.0)
    jobs = Jobs()
    for now in range(1, 20):
        for settled in settler.due(float(now)):
            for change in settled.changes:
                jobs.take(change)
    return jobs


def rename(place: Place) -> None:
    place.link.rename(place.root / "Show 2")


def rename_over_and_over(place: Place) -> None:
    for n in range(3, 9):
        next(place.root.glob("Show*")).rename(place.root / f"Show {n}")
    (place.root / "Show 8").rename(place.root / "Show 2")


def move_out(place: Place) -> None:
    place.link.rename(place.root.parent / "out")


def delete(place: Place) -> None:
    place.link.unlink()


def retarget(place: Place) -> None:
    place.link.unlink()
    place.link_to(place.two)


def retarget_at_once(place: Place) -> None:
    place.link_to(place.two, "new").rename(place.link)


def retarget_from_outside(place: Place) -> None:
    new = place.root.parent / "new"
    new.symlink_to(place.two)
    new.rename(place.link)


def retarget_through_noise(place: Place) -> None:
    place.link_to(place.two, "_UNPACK_new").rename(place.link)


def replace_by_directory(place: Place) -> None:
    place.link.unlink()
    write(place.link / "S02" / "real.mkv")


def replace_by_file(place: Place) -> None:
    write(place.root / "Film" / "file").rename(place.link)


def replace_directory(place: Place) -> None:
    place.link.unlink()
    write(place.link / "S02" / "real.mkv")
    a_tick()
    shutil.rmtree(place.link)
    place.link_to(place.two)


def move_directory_and_link_to_it(place: Place) -> None:
    (place.root / "Film").rename(place.two / "Film")
    place.link_to(place.two / "Film", "Film")


WHOLE: dict[Callable[[Place], None], tuple[str, ...]] = {
    rename: ("Show 2",),
    rename_over_and_over: ("Show 2",),
    move_out: (),
    delete: (),
    retarget: ("Show",),
    retarget_at_once: ("Show",),
    retarget_from_outside: ("Show",),
    retarget_through_noise: ("Show",),
    replace_by_directory: ("Show",),
    replace_by_file: (),
    replace_directory: ("Show",),
    move_directory_and_link_to_it: ("Film",),
}
GONE = {rename, rename_over_and_over, move_out, delete, replace_by_file}
DEEDS = pytest.mark.parametrize("deed", WHOLE, ids=lambda deed: deed.__name__)


def is_asked_for(place: Place, deed: Callable[[Place], None], seen: Watched) -> bool:
    jobs = jobs_of(list(seen.events))
    whole = {place.root / name for name in WHOLE[deed]}
    return whole <= jobs.whole and (place.link in jobs.gone) == (deed in GONE)


def wait_for_jobs(place: Place, deed: Callable[[Place], None], seen: Watched) -> None:
    wait_until(
        lambda: is_asked_for(place, deed, seen),
        5,
        lambda: str([f"{e.what} {e.path} {e.dest or ''} {e.is_dir}" for e in seen.events]),
    )


@pytest.mark.parametrize("way", WAYS)
@DEEDS
def test_what_becomes_of_a_link_is_told(
    place: Place, deed: Callable[[Place], None], way: str
) -> None:
    with Watched([folder(place.root, way)]) as seen:
        deed(place)
        wait_for_jobs(place, deed, seen)


@DEEDS
def test_what_becomes_of_a_link_that_was_just_made_is_told(
    place: Place, deed: Callable[[Place], None]
) -> None:
    """Where what is known of the directory does not hold the link yet."""
    place.link.unlink()
    with watched(place.root) as seen:
        place.link_to(place.one)
        seen.settle(place.root)
        seen.events.clear()
        deed(place)
        seen.settle(place.root)
        wait_for_jobs(place, deed, seen)


@pytest.mark.parametrize("way", WAYS)
@DEEDS
def test_what_becomes_of_a_link_while_nobody_watches_is_told(
    place: Place, state: Path, deed: Callable[[Place], None], way: str
) -> None:
    with Watched([folder(place.root, way)], state=state) as seen:
        wait_until(lambda: is_inspected(seen))
    deed(place)
    with Watched([folder(place.root, way)], state=state) as seen:
        wait_for_jobs(place, deed, seen)


def test_a_link_whose_disk_is_away_is_not_gone(place: Place, state: Path) -> None:
    """What it leads to may be mounted again in a moment."""
    get_known(place, state)
    away = place.one.with_name("away")
    place.one.rename(away)
    get_known(place, state)
    with watched(place.root, state=state) as seen:
        seen.settle(place.root)
        wait_until(lambda: is_inspected(seen))
        away.rename(place.one)
        seen.settle(place.root)
    with watched(place.root, state=state) as again:
        again.settle(place.root)
        wait_until(lambda: is_inspected(again))

    assert not seen.told(place.link)
    assert not again.told(place.link)


def test_a_link_that_leads_to_a_directory_only_later_is_told_as_one(
    place: Place, state: Path
) -> None:
    place.link_to(place.one.with_name("three"), "Later")
    get_known(place, state)
    write(place.one.with_name("three") / "S01" / "e.mkv")
    with watched(place.root, state=state) as seen:
        wait_until(lambda: place.root / "Later" in jobs_of(list(seen.events)).whole)


def test_a_link_made_before_its_directory_was_watched_is_told_on_the_first_day(
    place: Place,
) -> None:
    new = place.root / "Film" / "Extra"

    def make(path: str, _is_dir: bool) -> bool:
        if path == str(new.parent) and not new.is_symlink():
            new.symlink_to(place.two)
        return False

    with Watched([folder(place.root)], ignored=make) as seen:
        seen.settle(place.root)
        wait_until(lambda: is_inspected(seen))

    told = jobs_of(list(seen.events))
    assert told.whole == {new}
    assert new not in told.files
    assert not seen.told(place.link), "the age of what it leads to is not its own"


def get_known(place: Place, state: Path) -> None:
    with watched(place.root, state=state) as seen:
        wait_until(lambda: is_inspected(seen))
