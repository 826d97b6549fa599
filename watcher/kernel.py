"""The kernel's side of watching: one inotify instance, what is asked of it, and what it says.

The system calls come in from the door to watchdog; the numbers are the kernel's interface
(`<linux/inotify.h>`). Nothing is asked for that is no news to Plex: opening, reading, closing
without a write, chmod, chown and times never leave the kernel.
"""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MODIFY: Final = 0x00000002
CLOSE_WRITE: Final = 0x00000008
MOVED_FROM: Final = 0x00000040
MOVED_TO: Final = 0x00000080
CREATE: Final = 0x00000100
DELETE: Final = 0x00000200
DELETE_SELF: Final = 0x00000400
MOVE_SELF: Final = 0x00000800
UNMOUNT: Final = 0x00002000
OVERFLOW: Final = 0x00004000
IGNORED: Final = 0x00008000
ONLYDIR: Final = 0x01000000
DONT_FOLLOW: Final = 0x02000000
EXCL_UNLINK: Final = 0x04000000
ISDIR: Final = 0x40000000

CHANGES: Final = (
    CREATE | MODIFY | CLOSE_WRITE | MOVED_FROM | MOVED_TO | DELETE | ONLYDIR | EXCL_UNLINK
)
"""What is asked of every directory. MODIFY is for writers that never close; see `Flood`."""

BELOW: Final = CHANGES | DONT_FOLLOW
"""For a directory below the top: a link in its place is not followed."""

TOP: Final = CHANGES | DELETE_SELF | MOVE_SELF
"""For the top of a tree, which has no watched parent to tell of its end."""

SELF: Final = DELETE_SELF | MOVE_SELF | ONLYDIR
"""For a directory on the way to a top: only its own end matters."""

NAMES: Final = SELF | CREATE | MOVED_TO | MOVED_FROM | DELETE
"""For the directory in which the next name on the way to a top should appear."""

_HEAD: Final = struct.Struct("=iIII")
_READ_BYTES: Final = 1 << 17

RawEvent = tuple[int, int, int, bytes]
"""Watch descriptor, mask, cookie, name."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The three system calls; each returns -1 and sets errno where it fails."""

    init: Callable[[], int]
    add_watch: Callable[[int, bytes, int], int]
    remove_watch: Callable[[int, int], int]


class Notifier:
    """One inotify instance. Owned by one thread. Raises OSError where the kernel gives none."""

    def __init__(self, calls: Calls) -> None:
        self._add_watch = calls.add_watch
        self._remove_watch = calls.remove_watch
        self.fd = calls.init()
        if self.fd < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        self.add_plainly: Callable[[bytes, int], int] = partial(calls.add_watch, self.fd)
        """Watch a path with a mask: the descriptor, or -1. `add` without a step of Python."""
        os.set_blocking(self.fd, False)
        os.set_inheritable(self.fd, False)

    def add(self, path: bytes, mask: int) -> int:
        """Watch a directory: its descriptor, or the error number below zero."""
        wd = self._add_watch(self.fd, path or b"/", mask)
        return wd if wd >= 0 else -ctypes.get_errno()

    def remove(self, wd: int) -> None:
        """Stop watching; a descriptor that the kernel has dropped already is no error."""
        self._remove_watch(self.fd, wd)

    def read(self) -> bytes:
        """Read what the kernel has to say; empty where that is nothing."""
        try:
            return os.read(self.fd, _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return b""

    def close(self) -> None:
        """Give the instance back, with all its watches."""
        os.close(self.fd)


class Flood:
    """Thins out writes: a file that is written to is told of at most once in `every_s`.

    A copy writes thousands of times, and what matters is that the file is not at rest. The first
    write is let through, and so is one each `every_s`; who needs to know when the last one was
    looks at the file's time. `every_s` must be well below any quiet time, or a write could fall
    between the last one that was told and the moment at which the file is taken to be at rest.
    """

    def __init__(self, every_s: float = 0.1) -> None:
        self._every_s = every_s
        self._told: set[tuple[int, bytes]] = set()
        self._since_s = 0.0

    def parse(self, data: bytes, now: float) -> list[RawEvent]:
        """Take a read apart into events, without the writes that are no news."""
        if now - self._since_s >= self._every_s:
            self._told.clear()
            self._since_s = now
        told = self._told
        unpack, head = _HEAD.unpack_from, _HEAD.size
        events: list[RawEvent] = []
        at, end = 0, len(data)
        while at < end:
            wd, mask, cookie, length = unpack(data, at)
            at += head
            name = data[at : at + length].rstrip(b"\0")
            at += length
            if mask == MODIFY:
                if (wd, name) in told:
                    continue
                told.add((wd, name))
            elif mask == CREATE:
                told.add((wd, name))
            elif mask == CLOSE_WRITE:
                told.discard((wd, name))
            events.append((wd, mask, cookie, name))
        return events
