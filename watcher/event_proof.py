"""Proof that events arrive: a file is made where one may, and it is timed how long its news takes.

It writes into the directory it is given, and nowhere else, and takes away what it made. So a media
folder is only given if its owner asked for that; a state directory is always good for it.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.observe import WatchedFolder, Watching

if TYPE_CHECKING:
    from watcher.events import Event


def prove(directory: Path, *, watch: str = "auto", deadline_s: float = 5.0) -> float | None:
    """Time a file from its making to its event, in seconds; None if none came before the deadline.

    `watch` is auto, inotify or polling; with polling a look is taken ten times a second. Raises
    OSError where nothing can be made in the directory.
    """
    heard = threading.Event()
    with tempfile.TemporaryDirectory(prefix=".plexnudge-proof-", dir=directory) as place:
        made = Path(place) / "proof"

        def sink(event: Event) -> None:
            if event.path == str(made):
                heard.set()

        watching = Watching(
            [WatchedFolder(place, watch, 0.1)],
            sink=sink,
            ignored=lambda _path, _is_dir: False,
            report=lambda _level, _text: None,
        )
        watching.start()
        try:
            began = time.monotonic()
            made.touch()
            return time.monotonic() - began if heard.wait(deadline_s) else None
        finally:
            watching.stop()
