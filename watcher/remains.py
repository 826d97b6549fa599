"""What was in directories that went: of another one that takes the name, what it lacks is missed.

The kernel tells nothing of what is in a directory that moves out of the tree, and what was told of
each file that is deleted may be forgotten again with its directory. Plex scans whatever stands
under the name, and what it knew of the old one stays: a subtitle that went, media data of a file
of the same name and size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher.known import UNKNOWN, split, unpack

if TYPE_CHECKING:
    from watcher.ledger import Ledger
    from watcher.tree import Node

MOST_NAMES = 50_000
"""So many names are remembered, the latest ones."""

UNSEEN = -1
"""In place of the fingerprint of a file that was there before all files had been looked at once:
whatever has its name now may be another one."""

KEPT_S = 600.0
"""So long they are: by then Plex has usually heard that the directory is gone."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was in one directory: its files with their fingerprints, and its directories.

    `links` are those of the files that led to a directory. `until_s` is when it is forgotten, on
    the clock of who keeps it.
    """

    files: dict[bytes, int]
    links: frozenset[bytes]
    dirs: frozenset[bytes]
    until_s: float


class Remains:
    """Directories that went, by the path that they had. Owned by the thread that owns the tree."""

    def __init__(self) -> None:
        self._left: dict[bytes, Left] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._left)

    def keep(
        self, path: bytes, node: Node, ledger: Ledger, now: float, *, is_inspected: bool
    ) -> None:
        """Remember what is known of a directory and of all below it, before it is forgotten.

        `is_inspected` where every file was looked at once: only those told since are not known.
        """
        stack = [(path, node)]
        while stack:
            place, each = stack.pop()
            files = _files(each, ledger, UNKNOWN if is_inspected else UNSEEN)
            children = each.children or {}
            stack.extend((place + b"/" + name, child) for name, child in children.items())
            if files or children:
                dirs = frozenset(children)
                self._put(place, Left(files, each.known_links(), dirs, now + KEPT_S))
        while self._count > MOST_NAMES:
            self._drop(next(iter(self._left)))

    def take(self, path: bytes, now: float) -> Left | None:
        """Take out what was in a directory that had a path; None where nothing is remembered."""
        while self._left:
            oldest = next(iter(self._left))
            if self._left[oldest].until_s > now:
                break
            self._drop(oldest)
        return self._drop(path)

    def _put(self, path: bytes, left: Left) -> None:
        self._drop(path)
        self._left[path] = left
        self._count += len(left.files) + len(left.dirs)

    def _drop(self, path: bytes) -> Left | None:
        left = self._left.pop(path, None)
        if left is not None:
            self._count -= len(left.files) + len(left.dirs)
        return left


def _files(node: Node, ledger: Ledger, unknown: int) -> dict[bytes, int]:
    """The files of one directory, `unknown` for a fingerprint that was never taken.

    What was told as there was written to since its fingerprint was taken, if there is one.
    """
    names = split(node.names)
    prints = unpack(node.prints, len(names))
    files = {name: one or unknown for name, one in zip(names, prints, strict=True)}
    entry = ledger.get(node)
    for name, is_there in ({} if entry is None else entry.told).items():
        files[name] = UNKNOWN if is_there else files.get(name, UNKNOWN)
    return files
