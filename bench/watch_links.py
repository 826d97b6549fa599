"""What a farm of links costs: start, threads, inotify instances, memory, and how soon news is told.

python bench/watch_links.py [--links N] [--where DIRECTORY]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import watch_floors as floors

from matcher.folders import Folder, Folders
from watcher import limits
from watcher.observe import WatchedFolder, Watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.events import Event

MOST_S = 60.0


def farm(top: Path, count: int) -> Path:
    """Make a folder of links, each to a show of two directories and eight files elsewhere."""
    media = top / "media"
    media.mkdir()
    for number in range(count):
        season = top / "disk" / f"Show {number}" / "Season 01"
        season.mkdir(parents=True)
        for episode in range(8):
            (season / f"e{episode}.mkv").touch()
        (media / f"Show {number}").symlink_to(season.parent)
    return media


def start(media: Path, state: Path, name: str) -> tuple[Watching, list[Event]]:
    """Start watching, and print what it took."""
    events: list[Event] = []
    watching = Watching(
        [WatchedFolder(str(media), "auto", 60.0)],
        sink=events.append,
        ignored=(noise := Folders((Folder(str(media)),))).is_noise,
        without_noise=noise.without_noise,
        report=lambda level, text: print(level, text, file=sys.stderr),
        state_directory=state,
    )
    before, cpu, began = floors.rss_kb(), time.process_time(), time.perf_counter()
    watching.start()
    took, worked = time.perf_counter() - began, time.process_time() - cpu
    held = limits.held()
    print(
        f"{name}: ready after {took:.2f} s ({worked:.2f} s CPU), {len(watching.links())} links, "
        f"{watching.states()[0].directories} directories, {held.watches} watches, "
        f"{held.instances} instances, {threading.active_count()} threads, "
        f"{(floors.rss_kb() - before) / 1024:.1f} MB"
    )
    return watching, events


def until(what: str, is_so: Callable[[], object]) -> None:
    """Wait for something, and print how long that took."""
    cpu, began, pause = time.process_time(), time.perf_counter(), threading.Event()
    while not is_so() and time.perf_counter() - began < MOST_S:
        pause.wait(0.005)
    took, worked = time.perf_counter() - began, time.process_time() - cpu
    print(f"{what} after {took * 1000:.0f} ms ({worked * 1000:.0f} ms CPU)")


def idle(seconds: float) -> None:
    """Print what doing nothing costs."""
    threading.Event().wait(2)
    cpu = time.process_time()
    threading.Event().wait(seconds)
    print(f"idle for {seconds:g} s: {(time.process_time() - cpu) * 1000:.1f} ms CPU")


def changes(top: Path, media: Path, watching: Watching, events: list[Event], count: int) -> None:
    """Do to links what happens to links."""

    def told(path: Path) -> Callable[[], bool]:
        return lambda: any(one.path == str(path) for one in list(events))

    file = media / "Show 7" / "Season 01" / "new.mkv"
    file.touch()
    until("a file below a link is told", told(file))
    new = top / "disk" / "Another" / "Season 01" / "e.mkv"
    new.parent.mkdir(parents=True)
    new.touch()
    (media / "Another").symlink_to(new.parents[1])
    until("what a new link shows is told", told(media / "Another" / "Season 01" / "e.mkv"))
    for number in range(count // 2):
        (media / f"Show {number}").rename(media / f"Renamed {number}")
    renamed = str(media / f"Renamed {count // 2 - 1}")
    until("half of them renamed: known", lambda: renamed in {one.host for one in watching.links()})
    (top / "disk").rename(top / "away")
    until("their disk is away: known", lambda: len(watching.absent()) > count)
    (top / "away").rename(top / "disk")
    until("it is back: watched", lambda: not watching.absent())


def main() -> None:
    """Measure."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--links", type=int, default=2000)
    arguments.add_argument("--where")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=given.where) as place:
        top, state = Path(place), Path(place) / "state"
        state.mkdir(mode=0o700)
        links = 50 if given.quick else given.links
        media = farm(top, links)
        watching, events = start(media, state, "first start")
        idle(3)
        changes(top, media, watching, events, links)
        watching.stop()
        watching, _ = start(media, state, "second start")
        watching.stop()


if __name__ == "__main__":
    main()
