"""The way to a top: the directories above it are watched, so that nobody has to ask where it is.

A directory does not tell of what happens above it: a parent that is renamed takes it away without
a word, and one that is absent appears in a parent. So every directory on the way is watched for
its own end, and the last one that exists for the next name, as are the places of links.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from watcher import kernel

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    def arm(self, paths: Iterable[bytes]) -> None:
        """Watch the ways to these absolute paths, as they are now, and no others."""
        wanted: dict[bytes, set[bytes]] = {}
        for path in paths:
            for directory, name in way_to(path):
                names = wanted.setdefault(directory, set())
                if name is not None:
                    names.add(name)
        held: dict[bytes, int] = {}
        self._names.clear()
        for directory, names in wanted.items():
            wd, _ = self._notifier.add(directory, kernel.NAMES if names else kernel.SELF)
            if wd >= 0:
                held[directory] = wd
                self._names.setdefault(wd, set()).update(names)
        for wd in set(self._held.values()) - set(held.values()):
            self._notifier.remove(wd)
        self._held = held

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


def way_to(path: bytes) -> list[tuple[bytes, bytes | None]]:
    """List the real directories above a path, and for which name each is to be watched.

    None for a directory that is only watched for its own end. The list ends where the way ends,
    with the name that is missing there.
    """
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
        try:
            target = os.readlink(full)  # noqa: PTH115 - a path of bytes
        except FileNotFoundError:
            way.append((here or b"/", name))
            return way
        except OSError:  # no link
            way.append((here or b"/", None))
            here = full
            continue
        way.append((here or b"/", name))
        links += 1
        if links > _MOST_LINKS:
            return way
        if target.startswith(b"/"):
            here = b""
        names = [part for part in target.split(b"/") if part] + names
    return way
