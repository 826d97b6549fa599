"""One daemon for each state directory: two would work off one journal, and ask for all twice."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Final

_FILE: Final = "lock"


class AlreadyRunningError(Exception):
    """Another daemon uses the directory. The text says which directory, and who."""


class OnlyOne:
    """A hold on a state directory, which ends with the process at the latest."""

    def __init__(self) -> None:
        self._handle: int | None = None

    def take(self, directory: str) -> None:
        """Hold a directory, in place of the one before. Raises AlreadyRunningError.

        Where there can be no hold (it cannot be written to, or its file system knows none), the
        daemon goes on without: it keeps its state in memory then, or nobody can tell.
        """
        self.let_go()
        try:
            Path(directory).mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            handle = os.open(Path(directory) / _FILE, flags, 0o600)
        except OSError:
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.read(handle, 32).decode(errors="replace").strip()
            os.close(handle)
            by = f"another plexnudge (process {who})" if who.isdigit() else "another plexnudge"
            raise AlreadyRunningError(
                f"{by} runs with the state directory {directory}: stop it first, or give this one "
                "a cache.directory of its own"
            ) from None
        except OSError:
            os.close(handle)
            return
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, b"%d\n" % os.getpid(), 0)
        self._handle = handle

    def let_go(self) -> None:
        """Let another one have the directory."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
