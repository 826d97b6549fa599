"""The guard of a folder: whether deletions in it may be believed.

A disk that is not mounted looks exactly like a disk whose files were all deleted, and Plex wipes
a library that it scans in that state. So deletions count only while the folder gives reason to
believe them; additions always do. The guard trips, holds deletions, and releases itself when
what was gone is back. It never decides by itself that a mass deletion was meant.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watcher.config_model import FolderConfig

WINDOW_S = 600.0
"""Deletions within so long count together."""
FEW = 50
"""So few deletions are believed whatever share of the folder they are: small libraries exist."""
SAMPLE = 100
"""So many deleted paths are kept, to see whether they come back."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A look at a folder's root: its identity, and whether there is anything in it."""

    device: int
    inode: int
    empty: bool
    anchored: bool


def look(path: str, anchor: str | None) -> Sight | None:
    """Look at a folder; None if it is absent or cannot be read."""
    try:
        found = os.stat(path)  # noqa: PTH116 - paths are text throughout
        with os.scandir(path) as entries:
            empty = next(entries, None) is None
    except OSError:
        return None
    anchored = anchor is None or os.path.lexists(os.path.join(path, anchor))  # noqa: PTH118
    return Sight(found.st_dev, found.st_ino, empty, anchored)


def count_entries(top: str, enough: int) -> int:
    """Count the files and directories below a directory, up to `enough`."""
    count = 0
    for _, below, names in os.walk(top):
        count += len(below) + len(names)
        if count >= enough:
            break
    return count


@dataclass(slots=True)
class Guard:
    """The state of one folder. Times are monotonic seconds."""

    path: str
    anchor: str | None = None
    root: tuple[int, int] | None = None
    gone: dict[str, float] = field(default_factory=dict)
    """When each path was said to be gone last; it may be said by more than one."""
    missed: tuple[str, ...] = ()
    """A sample of the paths of a mass deletion that is not believed."""
    reason: str | None = None

    def deleted(self, path: str, now: float) -> None:
        """Note that a path is said to be gone."""
        self.gone.pop(path, None)
        self.gone[path] = now
        while now - self.gone[oldest := next(iter(self.gone))] > WINDOW_S:
            del self.gone[oldest]

    def check(self) -> str | None:
        """Say why deletions in this folder must not be believed now; None if they may."""
        self.reason = self._of_root(look(self.path, self.anchor)) or self._of_mass()
        return self.reason

    def _of_root(self, sight: Sight | None) -> str | None:
        if sight is None:
            return f"{self.path} is absent or cannot be read: is its disk mounted?"
        if not sight.anchored:
            return f"{self.path} lacks its anchor {self.anchor}: is its disk mounted?"
        if sight.empty:
            return (
                f"{self.path} is empty: is its disk mounted? If all of it was really deleted, "
                "leave one file in it"
            )
        self.root = self.root or (sight.device, sight.inode)
        if (sight.device, sight.inode) != self.root and len(self.gone) > 1:
            # The root was replaced while much went: the files of the other disk are not deleted.
            return self._another_root(sight)
        self.root = (sight.device, sight.inode)
        return None

    def _another_root(self, sight: Sight) -> str | None:
        back = sum(os.path.lexists(path) for path in self.gone)
        if back * 2 >= len(self.gone):
            self.root = (sight.device, sight.inode)
            self.gone.clear()
            return None
        return f"{self.path} is on another disk than before, and its files are not there"

    def _of_mass(self) -> str | None:
        """Hold a deletion of more than half of the folder until it is taken back or confirmed."""
        if self.missed:
            back = sum(os.path.lexists(path) for path in self.missed)
            if back * 2 >= len(self.missed):
                self.missed = ()
                self.gone.clear()
                return None
        elif len(self.gone) > FEW and count_entries(self.path, len(self.gone)) < len(self.gone):
            self.missed = tuple(list(self.gone)[-SAMPLE:])
        if not self.missed:
            return None
        return (
            f"more than half of {self.path} is gone at once: is a disk of it missing? If it was "
            "meant, run: plexnudge reconcile --believe-deletions"
        )


class Guards:
    """The guards of all watched folders; any thread may call.

    `released` is called with a folder whose deletions are believed again, in the thread that asked.
    """

    def __init__(
        self,
        folders: Iterable[FolderConfig],
        tell: Callable[[str, str], None],
        released: Callable[[str], None] = lambda _folder: None,
    ) -> None:
        self._guards = sorted(
            (Guard(paths.normalise(each.path), each.anchor) for each in folders),
            key=lambda guard: -len(guard.path),
        )
        self._tell = tell
        self._released = released
        self._lock = threading.Lock()

    def deleted(self, path: str, now: float) -> None:
        """Note that a host path is said to be gone; called by watching threads."""
        guard = self._of(path)
        if guard is not None:
            with self._lock:
                guard.deleted(path, now)

    def check(self, path: str) -> str | None:
        """Say why a deletion of this host path must not be believed now; None if it may."""
        guard = self._of(path)
        if guard is None:
            return None
        with self._lock:
            before = guard.reason
            reason = guard.check()
        if (before is None) is not (reason is None):
            self._news(guard, reason)
        return reason

    def reasons(self) -> dict[str, str]:
        """Return the folders whose deletions are held, and why."""
        with self._lock:
            return {each.path: each.reason for each in self._guards if each.reason is not None}

    def _news(self, guard: Guard, reason: str | None) -> None:
        if reason is None:
            self._tell("INFO", f"deletions in {guard.path} are believed again")
            self._released(guard.path)
        else:
            self._tell("WARNING", f"deletions are held, additions go on: {reason}")

    def _of(self, path: str) -> Guard | None:
        return next((each for each in self._guards if paths.is_within(path, each.path)), None)
