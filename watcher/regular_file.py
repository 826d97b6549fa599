"""Reading a small regular file: never more than a limit, never a device, never a wait."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_READING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

_WORDS = {
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "does not exist: a part of its path is no directory",
    errno.EACCES: "cannot be read: permission denied; give this user the right to read it",
    errno.EPERM: "cannot be read: permission denied; give this user the right to read it",
    errno.ELOOP: "cannot be read: its symbolic links go in a circle",
    errno.ENAMETOOLONG: "cannot exist: its name is too long",
}


class Unreadable(Exception):  # noqa: N818 - a word of the sentence it carries
    """The file cannot be read; the text goes on after its name: "does not exist"."""


@dataclass(frozen=True, slots=True)
class SmallFile:
    """What was read, and the permission bits of the file (`0o600`)."""

    content: bytes
    mode: int


def read_small(path: Path, limit_bytes: int) -> SmallFile:
    """Read a regular file of at most `limit_bytes`; symbolic links are followed.

    What it is, is asked before it is opened: opening a FIFO waits for a writer, and opening a
    device may do things.

    Raises:
        Unreadable: it is missing, no regular file, too large, or the system refuses.

    """
    try:
        _refuse_others(os.stat(path).st_mode)  # noqa: PTH116 - one call for path and descriptor
        descriptor = os.open(path, _READING)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            _refuse_others(mode)
            content = file.read(limit_bytes + 1)
    except OSError as error:
        words = _WORDS.get(error.errno or 0) or f"cannot be read: {os.strerror(error.errno or 0)}"
        raise Unreadable(words) from None
    except ValueError:
        raise Unreadable("cannot exist: its name holds a NUL") from None
    if len(content) > limit_bytes:
        raise Unreadable(f"is larger than {limit_bytes // 1024} KiB")
    return SmallFile(content, stat.S_IMODE(mode))


def _refuse_others(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise Unreadable("is a directory, not a file")
    if not stat.S_ISREG(mode):
        raise Unreadable("is not a regular file")
