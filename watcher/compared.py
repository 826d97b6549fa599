"""Jobs for which a comparison stands: they are unfinished until disk and Plex were compared."""

from __future__ import annotations

import threading
from itertools import chain

from matcher.paths import is_within


class Compared:
    """Serial numbers of jobs by the directory that is to be compared. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, list[tuple[int, float]]] = {}

    def ask(self, directory: str, serial: int, now: float) -> None:
        """Note that a job waits for a comparison; `now` is monotonic seconds."""
        with self._lock:
            self._asked.setdefault(directory, []).append((serial, now))

    def waits(self, serial: int) -> bool:
        """Whether a job waits for a comparison."""
        with self._lock:
            return any(each == serial for each, _ in chain.from_iterable(self._asked.values()))

    def over(self, folder: str | None, began_at: float) -> list[int]:
        """Take the jobs for which a comparison of a folder (None: of all) was the one.

        One that began before it was asked for may have missed what it was asked for.
        """
        over: list[int] = []
        with self._lock:
            for directory, asked in list(self._asked.items()):
                if folder is not None and not is_within(directory, folder):
                    continue
                over += [serial for serial, at in asked if at <= began_at]
                self._asked[directory] = [each for each in asked if each[1] > began_at]
                if not self._asked[directory]:
                    del self._asked[directory]
        return over
