"""The attendant: one thread that refreshes and analyzes items, beside the scanner."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.simulated_plex import disk, sidecars
from watcher.simulated_plex.inside import Activity, Inside
from watcher.simulated_plex.shelves import Happening, SimEvent, full_title

if TYPE_CHECKING:
    from watcher.simulated_plex.catalogue import Item


class Task(StrEnum):
    """What is done to an item; LOCAL is the refresh that a plain GET of an item starts."""

    REFRESH = "refresh"
    ANALYZE = "analyze"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class _Kind:
    type: str
    title: str


_KINDS = {
    Task.REFRESH: _Kind("library.refresh.items", "Refreshing"),
    Task.LOCAL: _Kind("library.refresh.items", "Refreshing"),
    Task.ANALYZE: _Kind("media.analyze", "Analyzing"),
}


class Attendant:
    """Takes tasks from any thread and works on them in its own, in order."""

    def __init__(self, inside: Inside) -> None:
        """Begin with nothing to do; `start` starts the thread."""
        self._inside = inside
        self._waiting: deque[tuple[Task, int]] = deque()
        self._busy = False
        self._thread = threading.Thread(target=self._work, name="simulated-plex-attendant")

    def start(self) -> None:
        """Start the thread; it ends when `inside.stopping` is set."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def idle(self) -> bool:
        """Tell whether nothing waits or is worked on; the caller holds the lock."""
        return not self._waiting and not self._busy

    def ask(self, task: Task, key: int) -> None:
        """Take a task; answers at once."""
        with self._inside.changed:
            self._waiting.append((task, key))
            self._inside.changed.notify_all()

    def forget(self) -> None:
        """Lose what waits, as a server that dies does; what is worked on is finished."""
        with self._inside.changed:
            self._waiting.clear()

    def _work(self) -> None:
        while (one := self._next()) is not None:
            try:
                self._serve(*one)
            finally:
                with self._inside.changed:
                    self._busy = False
                    self._inside.changed.notify_all()

    def _next(self) -> tuple[Task, int] | None:
        changed = self._inside.changed
        with changed:
            changed.wait_for(lambda: self._waiting or self._inside.stopping)
            if self._inside.stopping:
                return None
            self._busy = True
            return self._waiting.popleft()

    def _serve(self, task: Task, key: int) -> None:
        inside = self._inside
        with inside.changed:
            item = inside.catalogue.items.get(key)
            title = full_title(item) if item else ""
        if item is None:
            return
        kind, behaviour = _KINDS[task], inside.behaviour
        activity = inside.begin(
            Activity(
                kind.type,
                kind.title,
                title,
                {"key": f"/library/metadata/{key}"},
                cancellable=False,
            )
        )
        try:
            delay = behaviour.analyze_s if task is Task.ANALYZE else behaviour.refresh_s
            if inside.rest(delay):
                self._finish(task, item)
        finally:
            inside.end(activity)

    def _finish(self, task: Task, item: Item) -> None:
        inside = self._inside
        with inside.changed:
            if item.key not in inside.catalogue.items:
                return
            section = inside.catalogue.sections[item.section]
            if task is Task.ANALYZE:
                changed = self._analyze(item)
            else:
                changed = self._refresh(item, counted=task is Task.REFRESH)
            inside.shelves(section).touch(item, dated=True, content=changed)
            event = SimEvent(
                Happening.UPDATED, section.key, inside.wall(), "", item.key, full_title(item)
            )
        inside.tell([event])

    def _refresh(self, item: Item, *, counted: bool) -> bool:
        """Read local files again, for everything below as well; whether any is another."""
        section = self._inside.catalogue.sections[item.section]
        before, item.sidecars = item.sidecars, sidecars.read(section, item)
        item.refreshes += counted
        below = [self._refresh(child, counted=counted) for child in item.children.values()]
        return any(below) or before != item.sidecars

    def _analyze(self, item: Item) -> bool:
        """Look into every file; whether one was of another size than when it was last analyzed."""
        changed = False
        for leaf in item.leaves():
            leaf.analyses += 1
            for part in leaf.parts():
                try:
                    status = Path(part.host).stat() if part.host else None
                except OSError:
                    continue
                if status is not None:
                    part.size, part.mtime_ns = status.st_size, status.st_mtime_ns
                    part.digest = disk.digest(part.host, part.size)
                changed |= part.analyzed_size != part.size
                part.analyzed_size = part.size
        return changed
