"""Which files Plex was asked for lately: another one that comes by the same name is in its place.

The watching remembers which names were there, but learns new ones only every few minutes. A file
that was made, scanned in, and replaced by a rename within that time looks like one that came; so
does one that comes with another directory of the same name.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from matcher import paths
from watcher.done import fact_of
from watcher.events import Event, What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watcher.done import Fact

MOST_DIRECTORIES = 5_000
"""So many directories are remembered, the latest ones."""


class AskedFor:
    """How files looked, by directory. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looks: dict[str, dict[str, Fact]] = {}

    def saw(self, facts: Iterable[Fact]) -> None:
        """Hear of files that Plex is about to be asked for, as they are on the disk."""
        with self._lock:
            for fact in facts:
                if fact.size is None:
                    continue
                directory = paths.parent(fact.path)
                looks = self._looks.pop(directory, {})
                looks[fact.path] = fact
                self._looks[directory] = looks
            while len(self._looks) > MOST_DIRECTORIES:
                del self._looks[next(iter(self._looks))]

    def hear(self, sink: Callable[[Event], None]) -> Callable[[Event], None]:
        """Return a sink that passes events on, those of replaced files as what they are."""

        def hear(event: Event) -> None:
            came = event.path if event.what is What.CREATED else event.dest
            replaced = came is not None and not event.is_dir and self._is_another(came)
            if not replaced or event.what is not What.CREATED:
                sink(event)
            if replaced and came is not None:
                sink(Event(What.REPLACED, came))
            if event.what is What.DELETED and not event.is_dir:
                self._forget(event.path)

        return hear

    def _is_another(self, path: str) -> bool:
        """Whether a file is not the one that Plex was asked for by this name."""
        with self._lock:
            known = self._looks.get(paths.parent(path), {}).get(path)
        return known is not None and not known.is_still(fact_of(path))

    def _forget(self, path: str) -> None:
        """That a directory left says nothing of the files of the next one of its name."""
        with self._lock:
            self._looks.get(paths.parent(path), {}).pop(path, None)
