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
        return lambda event: sink(self._as_it_is(event))

    def _as_it_is(self, event: Event) -> Event:
        if event.is_dir:
            return event  # that one left says nothing of the files of the next one of its name
        if event.what is What.DELETED:
            with self._lock:
                self._looks.get(paths.parent(event.path), {}).pop(event.path, None)
        elif event.what is What.CREATED:
            with self._lock:
                known = self._looks.get(paths.parent(event.path), {}).get(event.path)
            if known is not None and not known.is_still(fact_of(event.path)):
                return Event(What.REPLACED, event.path)
        return event
