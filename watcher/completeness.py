"""What one look at a path tells: whether it is there, how large, and when it was last written."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """A path as it was found. Two equal ones, a quiet period apart, mean: nobody writes to it.

    `mtime_ns` counts as well as `size`: a preallocated file has its full size from the start.
    """

    size: int
    mtime_ns: int
    is_dir: bool

    def may_be(self, *, is_dir: bool) -> bool:
        """Tell whether this can be the directory (or the file) that was expected here."""
        return self.is_dir == is_dir or self.size < 0


UNREADABLE = Seen(size=-1, mtime_ns=0, is_dir=False)
"""It may well be there, but the system would not say: no permission, an I/O error, a dead mount."""


def look(path: str) -> Seen | None:
    """Look at a host path, following links; None only where there is certainly nothing.

    A link whose target is missing counts as a file of its own, since its name exists. A path that
    cannot be examined is UNREADABLE rather than None: what cannot be seen has not been deleted.
    Blocks for as long as the file system does.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - paths are text, surrogates included
    except (FileNotFoundError, NotADirectoryError):
        return _look_at_link(path)
    except (OSError, ValueError):
        return UNREADABLE
    return _seen(found)


def _look_at_link(path: str) -> Seen | None:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return UNREADABLE
    return _seen(found)


def _seen(found: os.stat_result) -> Seen:
    return Seen(found.st_size, found.st_mtime_ns, stat.S_ISDIR(found.st_mode))
