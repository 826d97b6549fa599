"""What watching costs while nothing happens: CPU time and wake-ups of the process, and memory.

python bench/watch_idle.py [--quick] [--directories 10000] [--seconds 20]
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

import watch_floors as floors

from matcher.folders import Folder, Folders
from watcher.observe import WatchedFolder, Watching


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--directories", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    chosen = parser.parse_args()
    directories = 500 if chosen.quick else chosen.directories
    seconds = 1.0 if chosen.quick else chosen.seconds
    base = Path(tempfile.mkdtemp())
    try:
        floors.make_tree(base / "media", directories, 2)
        watching = Watching(
            [WatchedFolder(str(base / "media"), "inotify", 60.0)],
            sink=lambda _: None,
            ignored=(noise := Folders((Folder(str(base / "media")),))).is_noise,
            without_noise=noise.without_noise,
            report=print,
        )
        watching.start()
        time.sleep(2)
        before = resource.getrusage(resource.RUSAGE_SELF)
        time.sleep(seconds)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(
            f"{watching.states()[0].watches} watches, {seconds:g} s idle: {cpu * 1000:.2f} ms CPU, "
            f"{after.ru_nvcsw - before.ru_nvcsw} wake-ups, {floors.rss_kb() / 1024:.0f} MB resident"
        )
        watching.stop()
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
