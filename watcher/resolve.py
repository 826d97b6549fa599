"""Where a path leads: every link on the way resolved, also while somebody changes the links."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_TRIES: Final = 3

_MOST_LINKS: Final = 40
"""The kernel follows no more links than this in one path (path_resolution(7))."""


def where_it_leads(path: bytes) -> bytes:
    """Resolve every link of an absolute path as far as it exists.

    A link that is taken away between being seen and being read makes `os.path.realpath` raise
    (Python 3.11), also where it is not asked to be strict. Where that goes on, the path stands for
    itself: whoever changes the links will be heard of.
    """
    for _ in range(_TRIES):
        try:
            return os.path.realpath(path)
        except OSError:
            continue
    return os.path.normpath(path)


def on_the_way(path: bytes, points: Collection[bytes]) -> Iterator[bytes]:
    """Yield those of some mount points that lie on the way to a path, through links.

    None of them is looked at, nor is anything beyond it, before the next one is asked for.
    """
    here, links = b"/", 0
    left = path.split(b"/")[::-1]
    while left:
        name = left.pop()
        if name in {b"", b"."}:
            continue
        if name == b"..":
            here = here.rpartition(b"/")[0] or b"/"
            continue
        there = here.rstrip(b"/") + b"/" + name
        if there in points:
            yield there
        try:
            target = os.readlink(there)  # noqa: PTH115 - a path of bytes
        except OSError:
            here = there  # no link, or not there
            continue
        links += 1
        if links > _MOST_LINKS:
            return
        here = b"/" if target.startswith(b"/") else here
        left += target.split(b"/")[::-1]


class Ways:
    """Where links lead, for many of them at one moment: each directory is resolved once."""

    def __init__(self) -> None:
        self._real: dict[bytes, bytes] = {}

    def of_directory(self, path: bytes) -> bytes:
        """Resolve the path of a directory."""
        real = self._real.get(path)
        if real is None:
            real = self._real[path] = where_it_leads(path or b"/")
        return real

    def resolve(self, path: bytes) -> bytes:
        """Resolve the path of a link."""
        place, _, name = path.rpartition(b"/")
        real = self._join(self.of_directory(place), name)
        try:
            target = os.readlink(real)  # noqa: PTH115 - a path of bytes
        except OSError:
            return real
        full = os.path.join(self.of_directory(place), target).rstrip(b"/")  # noqa: PTH118
        place, _, name = full.rpartition(b"/")
        if name in {b"", b".", b".."}:
            return where_it_leads(path)
        real = self._join(self.of_directory(place), name)
        return where_it_leads(path) if os.path.islink(real) else real  # noqa: PTH114

    @staticmethod
    def _join(place: bytes, name: bytes) -> bytes:
        return place.rstrip(b"/") + b"/" + name
