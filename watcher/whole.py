"""A directory that is told as a whole: which of its sidecars changed while nobody counted.

Where too much changes in one directory at once, the settler gives up the names and tells that the
directory changed. A scan finds its media files; of a subtitle or a poster Plex hears only by a
refresh of its item. Which of them changed is seen by their times. One that was deleted leaves no
trace that could be seen.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.change import Change, Happened
from matcher.kinds import kind_of
from watcher.orders import SIDECARS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from watcher.settle import Settled

SLACK_S = 2.0
"""So much a file's time may be behind the clock: file systems count in ticks, some in seconds."""


def with_sidecars(
    settled: Settled, since_s: float, answers: Callable[[Change], bool] = lambda _change: True
) -> Settled:
    """Name the sidecars that changed since a wall-clock time in directories told as a whole.

    `answers` says whether the file system answers that a change is on.
    """
    wholes = [
        change
        for change in settled.changes
        if change.is_dir and change.happened is Happened.CHANGED and answers(change)
    ]
    found = [each for whole in wholes for each in _changed_in(whole.path, since_s - SLACK_S)]
    return replace(settled, changes=(*settled.changes, *found)) if found else settled


def _changed_in(directory: str, since_s: float) -> Iterator[Change]:
    try:
        with os.scandir(directory) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except (OSError, ValueError):
        return
    for entry in entries:
        if kind_of(entry.path, is_dir=False) not in SIDECARS:
            continue
        try:
            found = entry.stat()
        except OSError:
            continue
        if max(found.st_mtime, found.st_ctime) >= since_s:
            yield Change(Happened.CREATED, entry.path, size=found.st_size)
