"""The walk: a bounded search of the watched folders for directories that may be a Plex directory.

It reads names only, nearest first: a directory is worth a look if it holds a name that a sampled
file's path begins with. Three kinds of directory wait until the rest is done: those far down a
long list, those reached by a symbolic link, and those inside a directory that looks like a
library already (its films and shows), which are left out as long as nothing asks for them.
The same tree and the same samples give the same walk, whatever order the disk lists names in.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matcher.tree import Entry, Tree

_SKIPPED = frozenset(
    paths.caseless(each)
    for each in (
        "@eaDir", "@tmp", "@Recycle", "@Recently-Snapshot", "#recycle", "#snapshot",
        "lost+found", "$RECYCLE.BIN", "System Volume Information",
    )
)  # fmt: skip
"""Directories of NAS systems, besides all that begin with a dot: copies, thumbnails, waste."""
_LONG_LIST = 50
_LINK_COST = 40


@dataclass(frozen=True, slots=True)
class Limits:
    """How far discovery goes.

    `parts` sampled files per location; `depth` levels below the watched folders. `near`
    directories are listed in any case, up to `directories` if those leave a doubt, and `inside`
    more of them within likely libraries if something was not found at all. `bases` directories
    are looked at closely per location; `looks` files looked for and `listings` directories
    listed while doing so, in all.
    """

    parts: int = 25
    depth: int = 8
    near: int = 1500
    directories: int = 5000
    inside: int = 2500
    bases: int = 40
    looks: int = 40_000
    listings: int = 5000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for.

    `names` gives, for a first name below a Plex directory (without case), the numbers of the
    directories that begin so. `tails` are last names of locations, without case: such a
    directory is looked into early. `full` says for a number how many names mean a library.
    """

    names: Mapping[str, frozenset[int]]
    tails: frozenset[str]
    full: Mapping[int, int]


@dataclass(slots=True)
class Walk:
    """One walk. Not for several threads."""

    tree: Tree
    wanted: Wanted
    limits: Limits
    listed: int = 0
    was_cut: bool = False
    _open: list[tuple[int, int, str]] = field(default_factory=list)
    _inside: list[tuple[int, int, str]] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)
    _inodes: set[tuple[int, int]] = field(default_factory=set)
    _found: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)
    _named: list[str] = field(default_factory=list)

    def near(self, folders: Sequence[str]) -> None:
        """Walk what is nearest in the watched folders, but not inside of likely libraries."""
        for folder in sorted(set(folders)):
            self._put(self._open, 0, 0, folder)
        self._run(self._open, self.limits.near)

    def far(self) -> None:
        """Walk on where `near` stopped."""
        self._run(self._open, self.limits.directories)
        self.was_cut = bool(self._open)

    def inside(self) -> None:
        """Walk inside of likely libraries, which the others left out."""
        self._run(self._inside, self.listed + self.limits.inside)
        self.was_cut = self.was_cut or bool(self._inside)

    def bases(self, number: int) -> tuple[str, ...]:
        """Return the directories that may be Plex directory `number`, the likeliest first."""
        found = sorted(self._found.get(number, ()))[: self.limits.bases]
        return tuple(path for _, _, path in found)

    def named(self, name: str) -> tuple[str, ...]:
        """Return the directories met whose own name is `name`, case aside: for a guess."""
        wanted = paths.caseless(name)
        return tuple(each for each in self._named if paths.caseless(paths.name(each)) == wanted)

    def _put(self, heap: list[tuple[int, int, str]], cost: int, depth: int, path: str) -> None:
        if path not in self._known:
            self._known.add(path)
            heapq.heappush(heap, (cost, depth, path))
            if paths.caseless(paths.name(path)) in self.wanted.tails:
                self._named.append(path)

    def _run(self, heap: list[tuple[int, int, str]], until: int) -> None:
        while heap and self.listed < until:
            cost, depth, path = heapq.heappop(heap)
            entries = self.tree.entries(path)
            self.listed += 1
            if entries is None:
                continue
            is_library = self._note(path, depth, entries)
            if depth < self.limits.depth and self._is_new(path, cost):
                self._descend(heap, (cost, depth, path), entries, is_library=is_library)

    def _note(self, path: str, depth: int, entries: Sequence[Entry]) -> bool:
        """Note what the directory may be; say whether it looks like a library."""
        counts: dict[int, int] = {}
        for entry in entries:
            for number in self.wanted.names.get(paths.caseless(entry.name), ()):
                counts[number] = counts.get(number, 0) + 1
        for number, count in counts.items():
            self._found.setdefault(number, []).append((-count, depth, path))
        full = self.wanted.full
        return any(number in full and count >= full[number] for number, count in counts.items())

    def _is_new(self, path: str, cost: int) -> bool:
        """Say whether to go on below: not where a link leads to what was walked already."""
        status = self.tree.status(path)
        if status is None or not status.inode:
            return cost < _LINK_COST
        inode = (status.device, status.inode)
        is_new = inode not in self._inodes
        self._inodes.add(inode)
        return is_new or cost < _LINK_COST

    def _descend(
        self,
        heap: list[tuple[int, int, str]],
        node: tuple[int, int, str],
        entries: Sequence[Entry],
        *,
        is_library: bool,
    ) -> None:
        cost, depth, path = node
        below = sorted((e for e in entries if e.is_directory), key=lambda entry: entry.name)
        for index, entry in enumerate(below):
            name = paths.caseless(entry.name)
            if name in _SKIPPED or name.startswith("."):
                continue
            is_tail = name in self.wanted.tails
            step = 2 - is_tail + min(index // _LONG_LIST, 30) + _LINK_COST * entry.is_link
            where = self._inside if is_library and not is_tail else heap
            self._put(where, cost + step, depth + 1, paths.join(path, entry.name))
