"""Moves in flight: the kernel tells of a move in two halves, and one of them may never come.

Both halves carry the same cookie. A directory that left and arrives nowhere has gone to a place
that this tree does not hold, which for the tree is the same as gone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watcher.tree import Node


@dataclass(frozen=True, slots=True)
class Departure:
    """What left its place. `node` is the directory that left, None for a file, a link or noise.

    `parent` and `name` are the place, `path` how it was spelled. `is_dir`: it was a directory, or
    a link to one. `until_s` is the monotonic time at which it counts as gone.
    """

    parent: Node
    name: bytes
    path: bytes
    node: Node | None
    is_dir: bool
    until_s: float


class Moves:
    """The departures of one tree that wait for an arrival. Owned by the tree's thread."""

    def __init__(self) -> None:
        self._waiting: dict[int, Departure] = {}
        self._at: dict[tuple[Node, bytes], set[int]] = {}
        """Which of them left a place."""
        self._unmatched = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def depart(self, cookie: int, departure: Departure) -> None:
        """Note the first half of a move."""
        self._take(cookie)
        self._waiting[cookie] = departure
        self._at.setdefault((departure.parent, departure.name), set()).add(cookie)

    def arrive(self, cookie: int) -> Departure | None:
        """Match the second half of a move with its first."""
        return self._take(cookie)

    def put_off(self, departure: Departure, until_s: float) -> None:
        """Go on keeping a departure whose own place is on the move; it will arrive nowhere."""
        self._unmatched -= 1
        self.depart(self._unmatched, replace(departure, node=None, until_s=until_s))

    def next_s(self) -> float | None:
        """When the oldest departure counts as gone."""
        return next((one.until_s for one in self._waiting.values()), None)

    def over(self, now: float) -> list[Departure]:
        """Take out the departures that nobody waits for any more."""
        late = [cookie for cookie, one in self._waiting.items() if one.until_s <= now]
        return [one for cookie in late if (one := self._take(cookie)) is not None]

    def in_the_way(self, parent: Node, name: bytes) -> list[Departure]:
        """Take out what left a place in which something else happens now."""
        here = sorted(self._at.get((parent, name), ()))
        return [one for cookie in here if (one := self._take(cookie)) is not None]

    def _take(self, cookie: int) -> Departure | None:
        departure = self._waiting.pop(cookie, None)
        if departure is not None:
            place = departure.parent, departure.name
            self._at[place].discard(cookie)
            if not self._at[place]:
                del self._at[place]
        return departure
