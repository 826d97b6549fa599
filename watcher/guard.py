"""The guard of a folder: whether deletions in it may be believed.

A disk that is not mounted looks exactly like a disk whose files were all deleted, and Plex wipes
a library that it scans in that state. So deletions count only while the folder gives reason to
believe them; additions always do. The guard trips, holds deletions, and releases itself when
what was gone is back. It never decides by itself that a mass deletion was meant.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher import paths
from watcher.directories import around
from watcher.events import What
from watcher.gone import Gone
from watcher.standing import FEW, Sight, Standing, counts, look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from watcher.config_model import FolderConfig
    from watcher.events import Event

SAMPLE = 100
"""So many deleted paths are kept, to see whether they come back."""
MOMENT_S = 1.0
"""So long the answer whether much is gone at once is believed, if nothing else went meanwhile."""


def count_entries(top: str, enough: int) -> int:
    """Count the files and directories below a directory that count, up to `enough`."""
    count = 0
    for _, below, names in os.walk(top):
        count += len(below) + sum(counts(name, is_dir=False) for name in names)
        if count >= enough:
            break
    return count


@dataclass(slots=True)
class Guard:
    """The state of one folder. Times are monotonic seconds.

    Only `deleted` and `gone` may be used while another thread is in `check`, which looks at the
    disk.
    `confirmed` says when a person has said last that a mass deletion was meant (any number that
    changes with it, None for never).
    """

    path: str
    anchor: str | None = None
    confirmed: Callable[[], int | None] = lambda: None
    answers: Callable[[str], bool] = lambda _path: True
    gone: Gone = field(default_factory=Gone)
    missed: tuple[str, ...] = ()
    """A sample of the paths of a mass deletion that is not believed."""
    reason: str | None = None
    _checked: tuple[int, float] = (-1, float("-inf"))
    _mass: str | None = None
    _was_confirmed: int | None = None
    _around: tuple[int, frozenset[str]] = (-1, frozenset())
    is_of_link: bool = False
    """Whether it guards what a link shows, which may be one film: it may well be emptied. What is
    empty since its disk is away is known to the watching, by what stands there."""
    looking: threading.Lock = field(default_factory=threading.Lock)
    """Held by who looks at the disk. One for each: a disk that hangs must hold up no other."""
    _standing: Standing = field(init=False)
    _heard: int | None = field(init=False)
    _unsampled: frozenset[str] = frozenset()
    """What was gone before the files were learnt that are there."""
    _is_lost: bool = False
    _is_other: bool = False
    _compared: tuple[Sight | None, float] = (None, float("-inf"))

    def __post_init__(self) -> None:
        """Nothing is known yet of what stands there."""
        self._standing = Standing(self.path, self.answers)
        self._heard = self.confirmed()

    def begin(self) -> None:
        """Note which directory stands there before anything happens to it."""
        sight = look(self.path, self.anchor)
        if sight is not None and self._of_sight(sight) is None:
            self._standing.note(sight)

    def learn(self, now: float) -> None:
        """Learn which files are there, once all of it is watched; not those of another disk."""
        sight = look(self.path, self.anchor)
        doubts = self.reason or self._of_sight(sight) or self._of_disk(sight, now)
        if sight is not None and doubts is None:
            self._keep_up(sight, now)

    def deleted(self, path: str, now: float) -> None:
        """Note that a path is said to be gone."""
        self.gone.went(path, now, is_held=self.reason is not None)

    def check(self, now: float) -> str | None:
        """Say why deletions in this folder must not be believed now; None if they may."""
        self.gone.forget_old(now, is_held=self.reason is not None)
        confirmed, self._heard = self._heard != self.confirmed(), self.confirmed()
        if confirmed and self.reason is None:
            # It was meant before anybody had asked whether there is too much of it.
            self.gone.forget()
        sight = look(self.path, self.anchor)
        self.reason = self._of_sight(sight) or self._of_disk(sight, now) or self._of_mass(now)
        if self.reason is None and sight is not None:
            self._keep_up(sight, now)
        return self.reason

    def _keep_up(self, sight: Sight, now: float) -> None:
        if not self._standing.files:
            self._unsampled = frozenset(self.gone.all())
        self._standing.keep_up(sight, now)

    def lost_in(self, directory: str) -> bool:
        """Whether something that is held as gone lies in a host directory, at any depth.

        What is there again by now does not: a scan makes none of it true.
        """
        if self.reason is None:
            return False
        if self._around[0] != self.gone.noted:
            above = {top for path in self._held() for top in around(path)}
            self._around = self.gone.noted, frozenset(above)
        top = directory.rstrip("/")
        return top in self._around[1] and any(
            path.startswith(top + "/") and not (self.answers(path) and os.path.lexists(path))
            for path in self._held()
        )

    def _held(self) -> tuple[str, ...]:
        return (*self.gone.all(), *self.missed, *(self._standing.files if self._is_lost else ()))

    def _of_sight(self, sight: Sight | None) -> str | None:
        if sight is None:
            return f"{self.path} is absent or cannot be read: is its disk mounted?"
        if not sight.anchored:
            return f"{self.path} lacks its anchor {self.anchor}: is its disk mounted?"
        if sight.empty and not self.is_of_link:
            return (
                f"{self.path} is empty: is its disk mounted? If all of it was really deleted, "
                "leave one file in it"
            )
        return None

    def _of_disk(self, sight: Sight | None, now: float) -> str | None:
        """Hold what another disk lacks until the first one is back, or a person confirms it.

        That it is there in so much detail is believed for a moment, since many may ask.
        """
        before, at = self._compared
        if sight != before or not 0 <= now - at < MOMENT_S:
            self._compared = sight, now
            self._is_other = sight is not None and self._standing.is_lost(sight)
        if sight is None or not self._is_other:
            self._is_lost = False
            return None
        if not self._is_lost:
            self._was_confirmed = self.confirmed()
            self._around = (-1, frozenset())
            self._is_lost = True
        if self._is_confirmed():
            self._standing.note(sight)
            self._is_lost = self._is_other = False
            self.missed = ()
            self.gone.forget()
            return None
        return (
            f"another disk than before is mounted at {self.path}, without most of the files that "
            "were there. If it was meant, run: plexnudge reconcile --believe-deletions"
        )

    def _of_mass(self, now: float) -> str | None:
        """Hold a deletion of more than half of the folder until it is taken back or confirmed.

        Looked into again when there is news, or after a moment: it may cost a walk.
        """
        noted, at = self._checked
        if noted == self.gone.noted and 0 <= now - at < MOMENT_S:
            return self._mass
        self._checked = self.gone.noted, now
        self._mass = self._look_into_mass(now)
        return self._mass

    def _look_into_mass(self, now: float) -> str | None:
        if self.missed:
            back = sum(os.path.lexists(path) for path in self.missed)
            if back * 2 >= len(self.missed) or self._is_confirmed():
                self.missed = ()
                self.gone.forget()
                return None
        else:
            self.missed = self._missing(now)
        if not self.missed:
            return None
        return (
            f"more than half of {self.path} is gone at once: is a disk of it missing? If it was "
            "meant, run: plexnudge reconcile --believe-deletions"
        )

    def _missing(self, now: float) -> tuple[str, ...]:
        """Return a sample of what is gone, if that is much of the folder; what is back is not."""
        gone = self.gone.all()
        if len(gone) <= FEW or count_entries(self.path, len(gone)) >= len(gone):
            return ()
        missing = tuple(path for path in gone if not os.path.lexists(path))
        if len(missing) <= FEW or count_entries(self.path, len(missing)) >= len(missing):
            return ()
        is_sampled = sum(path in self._unsampled for path in missing) <= FEW
        if is_sampled and not self._standing.lacks_much(now):
            return ()  # names that came and went, whatever was told of them
        self._was_confirmed = self.confirmed()
        return missing[-SAMPLE:]

    def _is_confirmed(self) -> bool:
        return self.confirmed() != self._was_confirmed


class Guards:
    """The guards of all watched folders; any thread may call.

    What a link to a directory shows has a guard of its own as long as the link is followed: it may
    be a disk of its own, and says nothing of what is left around the link. `released` is called
    with a folder whose deletions are believed again, in the thread that asked. `confirmed`: see
    `Guard`. `clock` gives monotonic seconds. `answers` says whether the file system of a host path
    answers now; who hangs in it would hold the others up.
    """

    def __init__(
        self,
        folders: Iterable[FolderConfig],
        tell: Callable[[str, str], None],
        released: Callable[[str], None] = lambda _folder: None,
        *,
        confirmed: Callable[[], int | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        answers: Callable[[str], bool] = lambda _path: True,
    ) -> None:
        self._answers = answers
        self._confirmed = confirmed
        self._guards = sorted(
            (
                Guard(paths.normalise(each.path), each.anchor, confirmed, answers)
                for each in folders
            ),
            key=lambda guard: -len(guard.path),
        )
        self._links: frozenset[str] = frozenset()
        self._of_links: dict[str, Guard] = {}
        self._changing = threading.Lock()
        self._tell = tell
        self._released = released
        self._clock = clock

    def begin(self) -> None:
        """Note what stands at each folder, before it is watched: what comes later is compared."""
        for guard in self._answering(self._guards):
            guard.begin()

    def learn(self) -> None:
        """Learn what is in the folders and behind the links, once all of it is watched."""
        for guard in self._answering((*self._guards, *self._of_links.copy().values())):
            guard.learn(self._clock())

    def _answering(self, guards: Iterable[Guard]) -> Iterator[Guard]:
        for guard in guards:
            if self._answers(guard.path):
                with guard.looking:
                    yield guard

    def follow(self, links: Iterable[str]) -> None:
        """Hear which links to directories are followed from now on, by their host paths.

        What is said to be gone below new ones counts for them: at a start the journal is read
        before it is known which links there are.
        """
        before, self._links = self._links, frozenset(links)
        with self._changing:
            for path in self._of_links.keys() - self._links:
                del self._of_links[path]
        if self._links - before:
            for guard in self._guards:
                for path, at in guard.gone.let_go(self._links - before):
                    self.deleted(path, at, is_dir=True)
        for guard in self._answering(map(self._of_link, self._links - before)):
            guard.begin()

    def deleted(self, path: str, now: float, is_dir: bool = False) -> None:
        """Note that a host path is said to be gone; never waits."""
        guard = self._of(path)
        if guard is not None and counts(path, is_dir=is_dir):
            guard.deleted(path, now)

    def hear(self, event: Event, now: float) -> None:
        """Hear what watching threads tell; never waits."""
        if event.what is What.DELETED:
            self.deleted(event.path, now, event.is_dir)
            return
        guard = self._of(event.path)
        if guard is None:
            return
        if event.what is What.CREATED and counts(event.path, is_dir=event.is_dir):
            guard.gone.came(event.path, now)
        elif event.dest is not None:
            to = self._of(event.dest) or guard
            guard.gone.moved(event.path, event.dest, to.gone, now)

    def check(self, path: str) -> str | None:
        """Say why a deletion of this host path must not be believed now; None if it may."""
        guard, folder = self._of(path), self._of_folder(path)
        if guard is None:
            return None
        reason = self._check(guard, path)
        return self._check(folder, path) if reason is None and folder is not guard else reason

    def _check(self, guard: Guard | None, path: str) -> str | None:
        if guard is None:
            return None
        if not self._answers(path):
            return f"the file system of {guard.path} does not answer"
        with guard.looking:
            before = guard.reason
            reason = guard.check(self._clock())
        if (before is None) is not (reason is None):
            self._news(guard, reason)
        return reason

    def lost_in(self, directory: str) -> bool:
        """Whether something that is held as gone lies in a host directory, at any depth."""
        guards = [self._of_folder(directory), *self._of_links.copy().values()]
        for guard in guards:
            if guard is not None and guard.reason is not None:
                with guard.looking:
                    if guard.lost_in(directory):
                        return True
        return False

    def reasons(self) -> dict[str, str]:
        """Return the folders whose deletions are held, and why, as they were last looked at."""
        guards = (*self._guards, *self._of_links.copy().values())
        known = ((each.path, each.reason) for each in guards)
        return {path: reason for path, reason in known if reason is not None}

    def _news(self, guard: Guard, reason: str | None) -> None:
        if reason is None:
            self._tell("INFO", f"deletions in {guard.path} are believed again")
            self._released(guard.path)
        else:
            self._tell("WARNING", f"deletions are held, additions go on: {reason}")

    def _of(self, path: str) -> Guard | None:
        """The guard of the folder that holds a path, or of the link by which it is shown."""
        links = self._links
        link = next((top for top in around(path) if top in links), None) if links else None
        return self._of_folder(path) if link is None else self._of_link(link)

    def _of_link(self, link: str) -> Guard:
        with self._changing:
            guard = self._of_links.get(link)
            if guard is None:
                guard = Guard(
                    link, confirmed=self._confirmed, answers=self._answers, is_of_link=True
                )
                if link in self._links:
                    self._of_links[link] = guard
            return guard

    def _of_folder(self, path: str) -> Guard | None:
        return next((each for each in self._guards if paths.is_within(path, each.path)), None)
