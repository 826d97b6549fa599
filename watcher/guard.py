"""The guard of a folder: whether deletions in it may be believed.

A disk that is not mounted looks exactly like a disk whose files were all deleted, and Plex wipes
a library that it scans in that state. So deletions count only while the folder gives reason to
believe them; additions always do. The guard trips, holds deletions, and releases itself.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_S = 600.0
"""Deletions within so long count together."""
SHARE = 0.5
"""More of a folder's known files gone within the window than this is not believed at once."""
FEW = 20
"""So few deletions are believed whatever share they are: small libraries exist."""
REST_S = 120.0
"""A mass deletion is believed in the end if the folder stayed as it is for so long after it:
a failing or half-mounted disk shows within that time, a person cleaning up does not change."""


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


@dataclass(slots=True)
class Guard:
    """The state of one folder. Times are monotonic seconds; called by the worker thread only.

    `known` answers how many files the folder is known to hold.
    """

    path: str
    anchor: str | None
    look: Callable[[str, str | None], Sight | None]
    known: Callable[[], int]
    root: tuple[int, int] | None = None
    reason: str | None = None
    was_full: bool = False
    gone: deque[tuple[float, int]] = field(default_factory=deque)

    def deleted(self, count: int, now: float) -> None:
        """Note that so many files are said to be gone."""
        self.gone.append((now, count))

    def check(self, now: float) -> str | None:
        """Say why deletions in this folder must not be believed now, or None if they may."""
        self.reason = self._why(now)
        return self.reason

    def _why(self, now: float) -> str | None:
        sight = self.look(self.path, self.anchor)
        if sight is None:
            return f"{self.path} is absent or cannot be read: is its disk mounted?"
        if not sight.anchored:
            return f"{self.path} lacks its anchor {self.anchor}: is its disk mounted?"
        if sight.empty:
            return f"{self.path} is empty" + (", and was not before" if self.was_full else "")
        identity = (sight.device, sight.inode)
        if self.root is None or identity == self.root or not self._suspicious(now):
            self.root, self.was_full = identity, True
        else:
            return f"{self.path} is on another disk than before, and many files are gone"
        if self._suspicious(now):
            lost = sum(count for _, count in self.gone)
            return f"{lost} files of {self.path} are gone at once: a disk of it may be missing"
        return None

    def _suspicious(self, now: float) -> bool:
        """Whether more is gone than people delete, and it went only a moment ago."""
        while self.gone and now - self.gone[0][0] > WINDOW_S:
            self.gone.popleft()
        lost = sum(count for _, count in self.gone)
        if lost <= FEW or lost <= SHARE * (self.known() + lost):
            return False
        return now - self.gone[-1][0] < REST_S
