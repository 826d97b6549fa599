"""Whether the file system under a path answers: one that hangs must not take a thread with it.

A call into a dead network or FUSE mount returns when that is back, hours later or never, and no
signal ends it. So threads that serve all folders have such a mount looked at by a thread that has
nothing else to do, or ask first whether it answers. Who asked, and touches it itself, may still be
caught by a mount that hangs a moment later. Disks of this host are never asked.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from matcher import paths
from matcher.tree import OsTree
from watcher import mounts
from watcher.completeness import UNREADABLE, look
from watcher.folders import real_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.tree import Entry, Status
    from watcher.completeness import Seen
    from watcher.mounts import Mount
    from watcher.report import Report

BELIEVED_S: Final = 0.05
"""So long an answer counts."""
PATIENCE_S: Final = 2.0
"""So long an answer is waited for: a disk that has to spin up behind it is one that hangs."""
KNOWN_S: Final = 10.0
"""So long it is believed which file systems are mounted where."""


class Reach:
    """Knows the mounts in and around the watched folders that may hang. Any thread may call.

    `touch` raises OSError or returns; either is an answer. `report` hears once that one hangs, and
    once that it answers again. `clock` gives monotonic seconds.
    """

    def __init__(
        self,
        folders: Iterable[str],
        report: Report = lambda _level, _sentence: None,
        *,
        read_mounts: Callable[[], tuple[Mount, ...]] = mounts.read,
        touch: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._folders = tuple(paths.normalise(folder) for folder in folders)
        self._report = report
        self._read_mounts = read_mounts
        self._touch = touch or _open
        self._clock = clock
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._sentinels: dict[str, _Sentinel] = {}
        self._tops: tuple[str, ...] = ()
        self._known_at = float("-inf")

    def answers(self, path: str) -> bool:
        """Whether the file system of a host path answers now."""
        sentinel = self._sentinel(path)
        return sentinel is None or sentinel.answers()

    def look(self, path: str) -> Seen | None:
        """Look at a host path; UNREADABLE where its file system does not answer."""
        sentinel = self._sentinel(path)
        return look(path) if sentinel is None else sentinel.look(path)

    def _sentinel(self, path: str) -> _Sentinel | None:
        with self._lock:
            if self._clock() - self._known_at >= KNOWN_S:
                self._tops = self._find_tops()
                self._known_at = self._clock()
            top = next((top for top in self._tops if paths.is_within(path, top)), None)
            if top is None:
                return None
            if top not in self._sentinels:
                self._sentinels[top] = _Sentinel(
                    top, self._touch, self._report, self._clock, self._patience_s
                )
            return self._sentinels[top]

    def close(self) -> None:
        """End the threads that wait for something to do, as soon as they do."""
        with self._lock:
            for sentinel in self._sentinels.values():
                sentinel.end()

    def hanging(self) -> dict[str, str]:
        """Return the mounts that do not answer, as far as they were asked, with a sentence each."""
        with self._lock:
            sentinels = list(self._sentinels.values())
        return {each.top: each.hangs for each in sentinels if each.hangs is not None}

    def _find_tops(self) -> tuple[str, ...]:
        """List the tops of mounts that may hang, as the folders spell them, the deepest first."""
        table = self._read_mounts()
        tops: set[str] = set()
        for folder in self._folders:
            real = real_path(folder)
            around = mounts.holding(real, table)
            if around is not None and _may_hang(around):
                tops.add(folder)
            for relative, mount in mounts.below(real, table).items():
                if _may_hang(mount):
                    tops.add(paths.join(folder, os.fsdecode(relative)))
        return tuple(sorted(tops, key=lambda top: (-len(top), top)))


class AnsweringTree(OsTree):
    """The system's tree without what lies on a file system that does not answer."""

    def __init__(self, answers: Callable[[str], bool]) -> None:
        self._answers = answers

    def entries(self, path: str) -> tuple[Entry, ...] | None:
        """List a directory."""
        return super().entries(path) if self._answers(path) else None

    def status(self, path: str) -> Status | None:
        """Look at a path."""
        return super().status(path) if self._answers(path) else None

    def realpath(self, path: str) -> str:
        """Resolve links as far as they can be."""
        return super().realpath(path) if self._answers(path) else path


_Task: TypeAlias = "tuple[Callable[[], object], threading.Event]"


class _Sentinel:
    """One mount, and the thread that touches it. `hangs` says so while it does not answer."""

    def __init__(
        self,
        top: str,
        touch: Callable[[str], None],
        report: Report,
        clock: Callable[[], float],
        patience_s: float,
    ) -> None:
        self.top = top
        self.hangs: str | None = None
        self._touch = touch
        self._report = report
        self._clock = clock
        self._patience_s = patience_s
        self._answered_at = float("-inf")
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        # A daemon, since nobody can end a thread that hangs in a dead file system.
        threading.Thread(target=self._run, name=f"reach {top}", daemon=True).start()

    def answers(self) -> bool:
        if self.hangs is None and self._clock() - self._answered_at < BELIEVED_S:
            return True
        return self._do(partial(self._touch, self.top))

    def look(self, path: str) -> Seen | None:
        seen: list[Seen | None] = []
        return seen[0] if self._do(lambda: seen.append(look(path))) else UNREADABLE

    def end(self) -> None:
        self._tasks.put(None)

    def _do(self, task: Callable[[], object]) -> bool:
        """Have something done; False if it is not done by now."""
        if self.hangs is not None:
            return False
        done = threading.Event()
        self._tasks.put((task, done))
        if done.wait(self._patience_s):
            return True
        self.hangs = f"the file system of {self.top} hangs"
        self._report("WARNING", f"{self.hangs}: what changed in it waits until it answers")
        return False

    def _run(self) -> None:
        while (one := self._tasks.get()) is not None:
            task, done = one
            with suppress(OSError):  # an answer as well
                task()
            self._answered_at = self._clock()
            done.set()
            if self.hangs is not None and self._tasks.empty():
                self.hangs = None
                self._report("INFO", f"the file system of {self.top} answers again")


def _may_hang(mount: Mount) -> bool:
    return mounts.silence_of(mount.fstype) is not None


def _open(top: str) -> None:
    """Open a directory: unlike its attributes, that is never answered from the kernel's memory."""
    os.close(os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK | os.O_CLOEXEC))
