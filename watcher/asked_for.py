"""Which files Plex was asked for lately: what comes by the same name is another file in its place.

The watching remembers which names were there, but learns new ones only every few minutes. A file
that was made, scanned in, and replaced by a rename within that time looks like one that came.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from matcher import paths
from watcher.events import Event, What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watcher.done import Fact

MOST_DIRECTORIES = 5_000
"""So many directories are remembered, the latest ones."""


class AskedFor:
    """Names by directory. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, set[str]] = {}

    def saw(self, facts: Iterable[Fact]) -> None:
        """Hear of files that Plex is about to be asked for, as they are on the disk."""
        with self._lock:
            for path in (fact.path for fact in facts if fact.size is not None):
                directory = paths.parent(path)
                names = self._names.pop(directory, set())
                names.add(path)
                self._names[directory] = names
            while len(self._names) > MOST_DIRECTORIES:
                del self._names[next(iter(self._names))]

    def hear(self, sink: Callable[[Event], None]) -> Callable[[Event], None]:
        """Return a sink that passes events on, those of replaced files as what they are."""
        return lambda event: sink(self._as_it_is(event))

    def _as_it_is(self, event: Event) -> Event:
        if event.what is What.DELETED or (event.what is What.MOVED and event.is_dir):
            self._forget(event.path, is_dir=event.is_dir)
        elif event.what is What.CREATED and not event.is_dir:
            with self._lock:
                if event.path in self._names.get(paths.parent(event.path), ()):
                    return Event(What.REPLACED, event.path)
        return event

    def _forget(self, path: str, *, is_dir: bool) -> None:
        with self._lock:
            if not is_dir:
                self._names.get(paths.parent(path), set()).discard(path)
                return
            for directory in [each for each in self._names if paths.is_within(each, path)]:
                del self._names[directory]
