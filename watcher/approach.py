"""The way to a top: the directories above it are watched, so that nobody has to ask where it is.

A directory does not tell of what happens above it: a parent that is renamed takes it away without
a word, and one that is absent appears in a parent. So every directory on the way is watched for
its own end, and the last one that exists for the next name, as are the places of links.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from watcher import kernel
from watcher.scene import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_TRIES = 20
"""How often a way may change under our eyes before it is left to the next look."""

_MOST_LINKS = 40
"""The kernel follows no more links than this in one path (path_resolution(7))."""


class Approach:
    """Watches the ways to some paths, with an inotify instance of its own.

    Raises OSError where the kernel gives no instance. Owned by one thread.
    """

    def __init__(self, calls: kernel.Calls) -> None:
        self._notifier = kernel.Notifier(calls)
        self._names: dict[int, set[bytes]] = {}
        self._held: dict[bytes, int] = {}
        self._flood = kernel.Flood()

    @property
    def fd(self) -> int:
        """The descriptor to wait at."""
        return self._notifier.fd

    def close(self) -> None:
        """Give the instance back."""
        self._notifier.close()

    def arm(self, paths: Sequence[bytes]) -> None:
        """Watch the ways to these absolute paths, as they are now, and no others."""
        for _ in range(_MOST_TRIES):
            wanted = _wanted(paths)
            if self._add(wanted) and _wanted(paths) == wanted:
                return  # nothing changed while the watches were being added

    def _add(self, wanted: dict[bytes, set[bytes]]) -> bool:
        held: dict[bytes, int] = {}
        is_whole = True
        self._names.clear()
        # A directory by two paths has one watch, and the last mask counts: the widest comes last.
        for directory, names in sorted(wanted.items(), key=lambda pair: bool(pair[1])):
            wd = self._notifier.add(directory, kernel.NAMES if names else kernel.SELF)
            if wd >= 0:
                held[directory] = wd
                self._names.setdefault(wd, set()).update(names)
            elif -wd in MISSING:
                is_whole = False
        for wd in set(self._held.values()) - set(held.values()):
            self._notifier.remove(wd)
        self._held = held
        return is_whole

    def heard(self, now: float) -> bool:
        """Read what was said; whether any of it may matter."""
        matters = False
        while data := self._notifier.read():
            for wd, mask, _, name in self._flood.parse(data, now):
                if wd not in self._names:
                    matters |= bool(mask & kernel.OVERFLOW)
                elif not name or name in self._names[wd]:
                    matters = True
        return matters


def _wanted(paths: Sequence[bytes]) -> dict[bytes, set[bytes]]:
    """The directories on the ways to some paths, each with the names that matter in it."""
    wanted: dict[bytes, set[bytes]] = {}
    places: dict[bytes, tuple[bytes | None, bool]] = {}
    for path in paths:
        for directory, name in way_to(path, places):
            names = wanted.setdefault(directory, set())
            if name is not None:
                names.add(name)
    return wanted


def way_to(
    path: bytes, places: dict[bytes, tuple[bytes | None, bool]] | None = None
) -> list[tuple[bytes, bytes | None]]:
    """List the real directories on the way to a path, and for which name each is to be watched.

    None for a directory that is only watched for its own end; the last one is the path's own. The
    list ends where the way ends, with the name that is missing there. `places` is what was found
    out on other ways a moment ago, and takes in what is found out on this one.
    """
    places = {} if places is None else places
    way: list[tuple[bytes, bytes | None]] = []
    here, links = b"", 0
    names = [name for name in path.split(b"/") if name]
    while names:
        name = names.pop(0)
        if name == b"..":
            here = here.rpartition(b"/")[0]
            continue
        if name == b".":
            continue
        full = here + b"/" + name
        target, is_directory = places.get(full) or places.setdefault(full, _look(full))
        if is_directory:
            way.append((here or b"/", None))
            here = full
            continue
        way.append((here or b"/", name))
        links += 1
        if target is None or links > _MOST_LINKS:
            return way
        if target.startswith(b"/"):
            here = b""
        names = [part for part in target.split(b"/") if part] + names
    way.append((here or b"/", None))
    return way


def _look(path: bytes) -> tuple[bytes | None, bool]:
    """Where a link leads, None for what is no link; whether it is a directory, and no link."""
    try:
        return os.readlink(path), False  # noqa: PTH115 - a path of bytes
    except OSError:
        return None, os.path.isdir(path)  # noqa: PTH112 - a path of bytes
