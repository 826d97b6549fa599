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
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from matcher import paths
from matcher.tree import OsTree
from watcher import mounts
from watcher.completeness import UNREADABLE, look
from watcher.directories import around as above
from watcher.folders import real_path
from watcher.resolve import on_the_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.tree import Entry, Status
    from watcher.completeness import Seen
    from watcher.mounts import Mount
    from watcher.report import Report

T = TypeVar("T")

BELIEVED_S: Final = 0.05
"""So long an answer counts."""
KNOWN_S: Final = 10.0
"""So long it is believed which file systems are mounted where."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long an answer is waited for, and from when on a mount is said to hang, in seconds.

    In between is the time that disks behind it need to spin up.
    """

    answer_s: float = 2.0
    told_s: float = 15.0


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
        waits: Waits | None = None,
    ) -> None:
        self._folders = tuple(paths.normalise(folder) for folder in folders)
        self._report = report
        self._read_mounts = read_mounts
        self._touch = touch or _open
        self._clock = clock
        self._waits = waits or Waits()
        self._lock = threading.Lock()
        self._sentinels: dict[str, _Sentinel] = {}
        self._tops: tuple[str, ...] | None = None
        self._links: tuple[tuple[str, bytes], ...] = ()
        self._linked: dict[str, str] = {}
        self._silent: frozenset[bytes] = frozenset()
        self._known_at = float("-inf")
        self._finding = threading.Lock()

    def follow(self, links: Iterable[tuple[str, bytes]]) -> None:
        """Hear which links to directories are followed: host path and real path of the target."""
        with self._lock:
            self._links = tuple(links)
            self._known_at = float("-inf")

    def answers(self, path: str) -> bool:
        """Whether the file system of a host path answers now."""
        sentinel = self._sentinel(path)
        return sentinel is None or sentinel.answers()

    def leads_on(self, path: bytes) -> bool:
        """Whether all answer now that lie on the way to a host path, and behind it, for a link.

        Nothing is touched that may hang, before it answered.
        """
        self._find_out()
        points = on_the_way(path, self._silent) if self._silent else ()
        return all(self._sentinel_of(os.fsdecode(point)).answers() for point in points)

    def look(self, path: str) -> Seen | None:
        """Look at a host path; UNREADABLE where its file system does not answer."""
        unreadable: Seen | None = UNREADABLE
        return self.attempt(path, partial(look, path), unreadable)

    def attempt(self, path: str, task: Callable[[], T], otherwise: T) -> T:
        """Do something that touches a host path; `otherwise` if its file system does not answer.

        What hangs in it is not this thread. OSError of the task is an answer: then `otherwise`.
        """
        sentinel = self._sentinel(path)
        if sentinel is None:
            return task()
        done: list[T] = []
        return done[0] if sentinel.does(lambda: done.append(task())) and done else otherwise

    def _sentinel(self, path: str) -> _Sentinel | None:
        self._find_out()
        with self._lock:
            top = self._top_of(path)
        return self._on_the_way(path) if top is None else self._sentinel_of(top)

    def _on_the_way(self, path: str) -> _Sentinel | None:
        """Find the last mount on the way to a path, or the first that does not answer."""
        last = None
        for point in on_the_way(os.fsencode(path), self._silent) if self._silent else ():
            last = self._sentinel_of(os.fsdecode(point))
            if not last.answers():
                break
        return last

    def _sentinel_of(self, top: str) -> _Sentinel:
        with self._lock:
            if top not in self._sentinels:
                self._sentinels[top] = _Sentinel(
                    top, self._touch, self._report, self._clock, self._waits
                )
            return self._sentinels[top]

    def _find_out(self) -> None:
        """Find out what is mounted where, if that is not known any more.

        Who comes meanwhile goes by the last answer, once there is one.
        """
        if self._clock() - self._known_at < KNOWN_S:
            return
        if self._finding.acquire(blocking=self._tops is None):
            try:
                if self._clock() - self._known_at >= KNOWN_S:
                    self._tops, self._linked, self._silent = self._find_tops()
                    self._known_at = self._clock()
            finally:
                self._finding.release()

    def close(self) -> None:
        """End the threads that wait for something to do, as soon as they do."""
        with self._lock:
            for sentinel in self._sentinels.values():
                sentinel.end()

    def hanging(self) -> dict[str, str]:
        """Return the mounts that do not answer, as far as they were asked, with a sentence each."""
        with self._lock:
            sentinels = list(self._sentinels.values())
        told = {each.top: each.hangs() for each in sentinels}
        return {top: sentence for top, sentence in told.items() if sentence is not None}

    def _find_tops(self) -> tuple[tuple[str, ...], dict[str, str], frozenset[bytes]]:
        """List the tops of mounts that may hang, as the folders spell them, the deepest first.

        And those below links, see `_tops_of_links`, and where any of them is mounted.
        """
        table = self._read_mounts()
        tops: set[str] = set()
        for folder in self._folders:
            if any(paths.is_within(top, folder) for top in self.hanging()):
                tops.update(top for top in self._tops or () if paths.is_within(top, folder))
                continue
            real = real_path(folder)
            around = mounts.holding(real, table)
            if around is not None and _may_hang(around):
                tops.add(folder)
            for relative, mount in mounts.below(real, table).items():
                if _may_hang(mount):
                    tops.add(_below(folder, relative))
        ordered = tuple(sorted(tops, key=lambda top: (-len(top), top)))
        silent = frozenset(mount.point for mount in table if _may_hang(mount))
        return ordered, self._tops_of_links(table), silent

    def _tops_of_links(self, table: tuple[Mount, ...]) -> dict[str, str]:
        """Map the places below links that lie on mounts that may hang to where these are mounted.

        One mount is touched in one place, however many links lead to it.
        """
        silent = tuple(mount for mount in table if _may_hang(mount))
        found: dict[str, str] = {}
        for path, real in self._links if silent else ():
            around = mounts.holding(real, table)
            if around is not None and _may_hang(around):
                found[path] = os.fsdecode(around.point)
            for relative, mount in mounts.below(real, silent).items():
                found[_below(path, relative)] = os.fsdecode(mount.point)
        return found

    def _top_of(self, path: str) -> str | None:
        """Where a mount that may hang is touched before a host path is; None where there is none.

        What is below a link lies deeper than any other mount around it.
        """
        linked = self._linked
        for place in (path, *above(path)) if linked else ():
            if place in linked:
                return linked[place]
        return next((top for top in self._tops or () if paths.is_within(path, top)), None)


class AnsweringTree(OsTree):
    """The system's tree without what lies on a file system that does not answer."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def follows(self, path: str) -> bool:
        """Whether it is looked at what a link leads to."""
        return self._reach.leads_on(os.fsencode(path))

    def entries(self, path: str) -> tuple[Entry, ...] | None:
        """List a directory."""
        return self._reach.attempt(path, partial(super().entries, path), None)

    def status(self, path: str) -> Status | None:
        """Look at a path."""
        return self._reach.attempt(path, partial(super().status, path), None)

    def realpath(self, path: str) -> str:
        """Resolve links as far as they can be."""
        return self._reach.attempt(path, partial(super().realpath, path), path)


_Task: TypeAlias = "tuple[Callable[[], object], threading.Event]"


class _Sentinel:
    """One mount, and the thread that touches it."""

    def __init__(
        self,
        top: str,
        touch: Callable[[str], None],
        report: Report,
        clock: Callable[[], float],
        waits: Waits,
    ) -> None:
        self.top = top
        self._touch = touch
        self._report = report
        self._clock = clock
        self._waits = waits
        self._answered_at = float("-inf")
        self._late_since: float | None = None
        self._was_told = False
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        # A daemon, since nobody can end a thread that hangs in a dead file system.
        threading.Thread(target=self._run, name=f"reach {top}", daemon=True).start()

    def answers(self) -> bool:
        if self._late_since is None and self._clock() - self._answered_at < BELIEVED_S:
            return True
        return self.does(partial(self._touch, self.top))

    def hangs(self) -> str | None:
        """Say that it hangs, if it has for so long that people should know."""
        since = self._late_since
        if since is None or self._clock() - since < self._waits.told_s:
            return None
        return f"the file system of {self.top} hangs"

    def end(self) -> None:
        self._tasks.put(None)

    def does(self, task: Callable[[], object]) -> bool:
        """Have something done; False if it is not done by now."""
        if self._late_since is None:
            asked_at, done = self._clock(), threading.Event()
            self._tasks.put((task, done))
            if done.wait(self._waits.answer_s):
                return True
            self._late_since = asked_at
        hangs = self.hangs()
        if hangs is not None and not self._was_told:
            self._was_told = True
            self._report("WARNING", f"{hangs}: what changed in it waits until it answers")
        return False

    def _run(self) -> None:
        while (one := self._tasks.get()) is not None:
            task, done = one
            with suppress(OSError):  # an answer as well
                task()
            self._answered_at = self._clock()
            done.set()
            if self._late_since is not None and self._tasks.empty():
                self._late_since = None
                if self._was_told:
                    self._was_told = False
                    self._report("INFO", f"the file system of {self.top} answers again")


def _below(top: str, relative: bytes) -> str:
    return f"{top.rstrip('/')}/{os.fsdecode(relative)}"


def _may_hang(mount: Mount) -> bool:
    return mounts.silence_of(mount.fstype) is not None


def _open(top: str) -> None:
    """Open a directory: unlike its attributes, that is never answered from the kernel's memory."""
    os.close(os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK | os.O_CLOEXEC))
