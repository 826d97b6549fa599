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
    """What left its place. `node` is the directory that left, None for a file or for noise.

    `parent` and `name` are the place, `path` how it was spelled. `until_s` is the monotonic time
    at which it counts as gone.
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
        self._unmatched = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def depart(self, cookie: int, departure: Departure) -> None:
        """Note the first half of a move."""
        self._waiting[cookie] = departure

    def arrive(self, cookie: int) -> Departure | None:
        """Match the second half of a move with its first."""
        return self._waiting.pop(cookie, None)

    def put_off(self, departure: Departure, until_s: float) -> None:
        """Go on keeping a departure whose own place is on the move; it will arrive nowhere."""
        self._unmatched -= 1
        self._waiting[self._unmatched] = replace(departure, node=None, until_s=until_s)

    def next_s(self) -> float | None:
        """When the oldest departure counts as gone."""
        return next((one.until_s for one in self._waiting.values()), None)

    def over(self, now: float) -> list[Departure]:
        """Take out the departures that nobody waits for any more."""
        late = [cookie for cookie, one in self._waiting.items() if one.until_s <= now]
        return [self._waiting.pop(cookie) for cookie in late]

    def in_the_way(self, parent: Node, name: bytes) -> list[Departure]:
        """Take out what left a place in which something else happens now."""
        here = [
            cookie
            for cookie, one in self._waiting.items()
            if one.parent is parent and one.name == name
        ]
        return [self._waiting.pop(cookie) for cookie in here]
