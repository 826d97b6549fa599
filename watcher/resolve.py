"""Where a path leads: every link on the way resolved, also while somebody changes the links."""

from __future__ import annotations

import os
from typing import Final

_TRIES: Final = 3


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
