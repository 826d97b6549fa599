"""What it costs to hear of files that arrive, and how soon they are told, against a bare observer.

A process of its own writes files (create, write, close) into existing directories at a pace; each
contestant listens in a process of its own, in turn. Counted are the CPU time of the listener for
1,000 files, the time from close to the handler, and the files that it was told of.

    python bench/watch_events.py [--quick] [--rates 200 2000 0] [--files 20000]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from matcher.folders import Folder, Folders
from watcher.events import Event, What
from watcher.observe import WatchedFolder, Watching

if TYPE_CHECKING:
    from collections.abc import Callable

DIRECTORIES = 100
NEEDED: list[type[FileSystemEvent]] = [
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]


class Heard:
    """When each file was told of as closed, on the clock that all processes share."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.events = 0

    def closed(self, path: str) -> None:
        """Note that a file was told of as closed."""
        self.at[path] = time.monotonic()


def listen_ours(top: str, heard: Heard) -> Callable[[], None]:
    """Listen with this product."""

    def sink(event: Event) -> None:
        heard.events += 1
        if event.what is What.CLOSED:
            heard.closed(event.path)

    watching = Watching(
        [WatchedFolder(top, "inotify", 60.0)],
        sink=sink,
        ignored=(noise := Folders((Folder(top),))).is_noise,
        without_noise=noise.without_noise,
        report=lambda level, text: print(level, text, file=sys.stderr),
    )
    watching.start()
    return watching.stop


def listen_bare(top: str, heard: Heard, wanted: Any) -> Callable[[], None]:
    """Listen with watchdog's own observer."""

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            heard.events += 1
            if isinstance(event, FileClosedEvent):
                heard.closed(str(event.src_path))

    observer = Observer()
    observer.schedule(Handler(), top, recursive=True, event_filter=wanted)
    observer.start()

    def stop() -> None:
        observer.stop()
        observer.join()

    return stop


def listen(name: str, top: str, files: int) -> None:
    """Be one contestant: say ready, wait for the writer's times, say what was heard."""
    heard = Heard()
    if name == "plexnudge":
        stop = listen_ours(top, heard)
    else:
        stop = listen_bare(top, heard, NEEDED if name == "watchdog filtered" else None)
    time.sleep(0.2)
    before = time.process_time()
    print("ready", flush=True)
    closed: dict[str, float] = json.loads(sys.stdin.readline())
    deadline = time.monotonic() + 30
    while len(heard.at) < files and time.monotonic() < deadline:
        time.sleep(0.01)
    cpu = time.process_time() - before
    stop()
    late = sorted(heard.at[path] - at for path, at in closed.items() if path in heard.at)
    print(
        json.dumps(
            {
                "cpu": cpu,
                "told": len(late),
                "events": heard.events,
                "p50": late[len(late) // 2] * 1000 if late else 0,
                "p99": late[int(len(late) * 0.99)] * 1000 if late else 0,
            }
        )
    )


def write_files(top: Path, files: int, rate: int, writes: int) -> dict[str, float]:
    """Write files at a pace, as fast as possible for 0; when each was closed."""
    closed: dict[str, float] = {}
    began = time.monotonic()
    for n in range(files):
        path = str(top / f"Show {n % DIRECTORIES}" / f"{n}.mkv")
        handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o644)
        for _ in range(writes):
            os.write(handle, b"x")
        os.close(handle)
        closed[path] = time.monotonic()
        if rate:
            time.sleep(max(0.0, began + (n + 1) / rate - time.monotonic()))
    return closed


def measure(name: str, files: int, rate: int, writes: int) -> dict[str, float]:
    """Run one contestant against one pace."""
    top = Path(tempfile.mkdtemp())
    try:
        for n in range(DIRECTORIES):
            (top / f"Show {n}").mkdir()
        with subprocess.Popen(
            [sys.executable, __file__, "--listen", name, str(top), "--files", str(files)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as listener:
            assert listener.stdin is not None
            assert listener.stdout is not None
            listener.stdout.readline()
            closed = write_files(top, files, rate, writes)
            listener.stdin.write(json.dumps(closed) + "\n")
            listener.stdin.flush()
            answer: dict[str, float] = json.loads(listener.stdout.readline())
            return answer
    finally:
        shutil.rmtree(top)


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rates", type=int, nargs="+", default=[200, 2000, 0])
    parser.add_argument("--listen", nargs=2, metavar=("NAME", "TOP"))
    chosen = parser.parse_args()
    if chosen.listen:
        listen(chosen.listen[0], chosen.listen[1], chosen.files)
        return
    cases = [(rate, 2) for rate in ([0] if chosen.quick else chosen.rates)]
    cases += [] if chosen.quick else [(200, 100)]
    print("files/s  writes  listener             cpu ms/1000  p50 ms  p99 ms  told  events")
    for rate, writes in cases:
        files = 500 if chosen.quick else min(chosen.files, (rate or chosen.files) * 10)
        for name in ("watchdog", "watchdog filtered", "plexnudge"):
            got = measure(name, files, rate, writes)
            print(
                f"{rate or 'most':>7}  {writes:6}  {name:18}  {got['cpu'] / files * 1e6:11.0f}"
                f"  {got['p50']:6.2f}  {got['p99']:6.2f}  {got['told'] / files:5.0%}"
                f"  {got['events']:6.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
