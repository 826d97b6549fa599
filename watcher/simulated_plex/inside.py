"""What the rooms of the server share: catalogue, record, clock, running activities, stop signal."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watcher.simulated_plex.catalogue import Catalogue, Section
from watcher.simulated_plex.record import Record
from watcher.simulated_plex.shelves import Shelves, SimEvent

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from watcher.simulated_plex.places import Place
    from watcher.simulated_plex.settings import Behaviour


@dataclass(slots=True)
class Activity:
    """Something the server does now; `context` is empty in the first moment of a scan."""

    type: str
    title: str
    subtitle: str = ""
    context: dict[str, int | str] = field(default_factory=dict)
    cancellable: bool = True
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(slots=True, eq=False)
class Inside:
    """Shared state; `catalogue.changed` is the one lock for all of it.

    `clock` measures delays (monotonic seconds), `wall` dates rows (seconds since the epoch).
    `behaviour` may be replaced while the server runs.
    """

    behaviour: Behaviour
    clock: Callable[[], float]
    wall: Callable[[], float]
    on_event: Callable[[SimEvent], None] | None = None
    catalogue: Catalogue = field(default_factory=Catalogue)
    record: Record = field(default_factory=Record)
    activities: dict[str, Activity] = field(default_factory=dict)
    playing: list[int] = field(default_factory=list)
    stopping: bool = False

    @property
    def changed(self) -> threading.Condition:
        """The lock of everything, notified by every change."""
        return self.catalogue.changed

    def rest(self, seconds: float, cut: Callable[[], bool] = lambda: False) -> bool:
        """Wait; False if the server stops, or `cut` says so, meanwhile."""
        with self.changed:
            due = self.clock() + seconds
            while not (self.stopping or cut()) and (left := due - self.clock()) > 0:
                self.changed.wait(left)
            return not (self.stopping or cut())

    def begin(self, activity: Activity) -> Activity:
        """List an activity."""
        with self.changed:
            self.activities[activity.uuid] = activity
        return activity

    def end(self, activity: Activity) -> None:
        """Take an activity off the list."""
        with self.changed:
            self.activities.pop(activity.uuid, None)
            self.changed.notify_all()

    def shelves(self, section: Section) -> Shelves:
        """Open a section for changes; the caller holds the lock."""
        return Shelves(self.catalogue, section, self.wall, [])

    def tell(self, events: Iterable[SimEvent]) -> None:
        """Hand events to whoever listens; never called with the lock held."""
        if self.on_event is not None:
            for event in events:
                self.on_event(event)

    def place_of(self, section: Section, plex: str) -> tuple[Place, tuple[str, ...]] | None:
        """Answer the longest location that holds a Plex-side path, and the path below it."""
        fold = self.behaviour.paths_fold_case
        held = [
            (place, below)
            for place in section.places
            if (below := place.below(plex, fold=fold)) is not None
        ]
        if not held:
            return None
        place, below = min(held, key=lambda one: len(one[1]))
        return place, place.spelled(below) if fold or place.windows else below
