"""The door to watchdog: its observer, with emitters of our own, hands on what happens in folders.

watchdog's frame is kept: an observer with emitter threads that fill a queue, and a dispatching
thread that hands the queue's items to a handler. What its own emitters do is replaced, since they
lose changes in ways that cannot be repaired from outside (see docs/architecture.md). Only what is
the same in watchdog 6 and 7 is used.
"""

from __future__ import annotations

import ctypes
import os
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import inotify_c
from watchdog.observers.api import BaseObserver, EventEmitter, EventQueue, ObservedWatch

from watcher import limits
from watcher.folders import FolderState, WatchedFolder, grounds
from watcher.gaps import Gaps
from watcher.ground_watch import GroundWatch
from watcher.kernel import Calls
from watcher.known import anywhere
from watcher.link_watch import LinkWatch
from watcher.memory import LINKS, file_for
from watcher.scene import Pace
from watcher.surroundings import Surroundings
from watcher.watch_state import absent, dead, doubted, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from watcher.events import Event
    from watcher.folders import Ground
    from watcher.following import Link
    from watcher.link_news import FoundLinks

__all__ = ["CALLS", "FolderState", "Pace", "WatchedFolder", "Watching"]

CALLS: Final = Calls(
    inotify_c.inotify_init,
    # watchdog's own converts its arguments by their declared types, which takes 0.3 µs of the
    # 2 that the call takes: a fiftieth of the whole walk.
    ctypes.CDLL(None, use_errno=True).inotify_add_watch,
    inotify_c.inotify_rm_watch,  # type: ignore[arg-type]  # watchdog 7 brands the descriptor
)

_OF_LINKS: Final = f"{os.devnull}/links"
"""What watchdog is told to watch for the directories that links lead to; see `Watching.start`."""

_QUEUED_BATCHES: Final = 32
"""How many batches may wait for the sink: past that the kernel's queue has to hold the rest."""

_STUCK_AFTER_S: Final = 60.0
"""How long one step of watching a folder may take before `start` goes on without it."""

_STOP_WITHIN_S: Final = 2.0


class _Batch(FileSystemEvent):
    """Events of one tree as one item of watchdog's queue, equal to nothing but itself."""

    __hash__ = object.__hash__

    def __init__(self, emitter: _Emitter, events: list[Event]) -> None:
        super().__init__("")
        self.emitter = emitter
        self.events = events

    def __eq__(self, other: object) -> bool:
        return self is other


class _Handler(FileSystemEventHandler):
    """Hands each event of a batch to the sink, in the dispatching thread."""

    def __init__(self, sink: Callable[[Event], None]) -> None:
        self._sink = sink

    def dispatch(self, event: FileSystemEvent) -> None:
        if isinstance(event, _Batch):
            for one in event.events:
                self._sink(one)
            event.emitter.delivered += 1


class _Emitter(EventEmitter):
    """A thread that watches one ground, or what links lead to."""

    def __init__(self, event_queue: EventQueue, watch: ObservedWatch, name: str) -> None:
        super().__init__(event_queue, watch)
        self.name = f"watch {name}"
        self.ground_watch: GroundWatch
        self.delivered = 0
        self._sent = 0

    def put(self, events: list[Event]) -> None:
        """Queue a batch; waits while the queue is full, but not for ever once told to stop."""
        item = (_Batch(self, events), self.watch)
        self._sent += 1
        while True:
            try:
                self._event_queue.put(item, timeout=0.2)
            except queue.Full:
                if not self.should_keep_running():
                    return  # not handed on, so not safe: the next start finds it again
            else:
                return

    def is_delivered(self) -> bool:
        """Whether the sink has had everything."""
        return self.delivered == self._sent

    def on_thread_stop(self) -> None:
        self.ground_watch.ring()

    def run(self) -> None:
        self.ground_watch.run(self.should_keep_running)


class _Observer(BaseObserver):
    """watchdog's observer with a queue that is bounded, so that a slow sink costs no memory."""

    def __init__(self, make_emitter: Callable[..., EventEmitter]) -> None:
        self._bounded = EventQueue(maxsize=_QUEUED_BATCHES)
        super().__init__(make_emitter)  # type: ignore[arg-type]  # any factory serves
        self.name = "watched events"

    @property
    def event_queue(self) -> EventQueue:
        return self._bounded

    def on_thread_stop(self) -> None:
        """Join the emitters, but wait for none that hangs in a dead file system."""
        until_s = time.monotonic() + _STOP_WITHIN_S
        emitters = list(self.emitters)
        for emitter in emitters:
            emitter.stop()
        for emitter in emitters:
            if emitter.is_alive():
                emitter.join(max(0.0, until_s - time.monotonic()))
        if not any(emitter.is_alive() for emitter in emitters):
            super().on_thread_stop()


class Watching:
    """Watches folders and hands what happens in them to a sink.

    `sink` gets the events; it is called in one thread and must be quick. `ignored` says of an
    absolute host path, and whether it is a directory, that it is noise; ignored directories are not
    looked into. `without_noise` leaves out of the names of directories in a directory those that
    are noise, or gives None: then `ignored` is asked of each, which takes longer. `report` gets a
    level (INFO, WARNING, ERROR) and a sentence, `on_root` a folder's path and whether it is there,
    also that of a link whose target is there again, `on_gap` a folder's path and True when the
    kernel left something out of what happened there, and False when `sink` had what was found out
    about it; `on_followed` the links to directories whose targets are watched from now on,
    `on_missed` a path that is missing where it cannot be told whether it was deleted, and whether
    it is a directory; all of them are called in any of the watching threads. `progress` gets a
    sentence now and then, in the thread that calls `start`. In `state_directory` is kept what was
    known, so that the next start can tell what has changed. `unsettled` is asked for the absolute
    host paths of directories of whose events something is held in memory only; without it nothing
    younger than five minutes counts as handed on, and is told again by the next start. `answers`
    says whether the file system of a host path answers, `leads_on` whether all do on the way to a
    host path, and behind it, for a link; what does not is not waited for. `confirmed` gives a
    number that changes whenever a person says that what is missing was meant.
    """

    def __init__(  # noqa: PLR0913 - the callbacks are what the house plugs in, each with its name
        self,
        folders: Sequence[WatchedFolder],
        *,
        sink: Callable[[Event], None],
        ignored: Callable[[str, bool], bool],
        report: Callable[[str, str], None],
        state_directory: Path | None = None,
        progress: Callable[[str], None] = lambda _: None,
        on_root: Callable[[str, bool], None] = lambda _path, _is_there: None,
        on_gap: Callable[[str, bool], None] = lambda _path, _is_open: None,
        unsettled: Callable[[], Collection[str] | None] | None = None,
        on_followed: Callable[[tuple[Link, ...]], None] = lambda _: None,
        pace: Pace | None = None,
        answers: Callable[[str], bool] = lambda _path: True,
        leads_on: Callable[[bytes], bool] = anywhere,
        on_missed: Callable[[str, bool], None] = lambda _path, _is_dir: None,
        confirmed: Callable[[], int | None] = lambda: None,
        without_noise: Callable[[list[bytes]], list[bytes] | None] = lambda _names: None,
    ) -> None:
        self._answers = answers
        self._leads_on = leads_on
        self._folders = tuple(folders)
        self._ignored = ignored
        self._without_noise = without_noise
        self._report = report
        self._state_directory = state_directory
        self._progress = progress
        self._on_root = on_root
        self._gaps = Gaps(on_gap)
        self._unsettled = unsettled
        self._on_followed = on_followed
        self._on_missed = on_missed
        self._confirmed = confirmed
        self._pace = pace or Pace()
        self._handler = _Handler(sink)
        self._observer = _Observer(self._make_emitter)
        self._grounds: dict[str, Ground] = {}
        self._emitters: list[_Emitter] = []
        self._linked: LinkWatch | None = None

    def start(self) -> None:
        """Start watching; returns when every folder is watched, or known not to be there.

        A folder on a file system that does not answer is reported, and not waited for.
        """
        for number, ground in enumerate(grounds(self._folders, self._ignored)):
            # watchdog looks at the path that is scheduled. This one can never exist, so that a
            # dead file system cannot hold up this thread.
            address = f"{os.devnull}/{number}"
            self._grounds[address] = ground
            self._observer.schedule(self._handler, address, recursive=True)
        self._observer.schedule(self._handler, _OF_LINKS, recursive=True)
        self._observer.start()
        for emitter in self._emitters:
            if self._linked is not None and emitter.ground_watch is self._linked:
                self._linked.all_known()
            self._wait_for(emitter)
        states = self.states()
        warning = limits.nearly_used(sum(state.watches for state in states), limits.read())
        if warning and not any(state.problem for state in states):
            self._report("WARNING", warning)

    def _make_emitter(self, events: EventQueue, watch: ObservedWatch, **_: Any) -> EventEmitter:
        ground = self._grounds.get(watch.path)
        if ground is None:
            return self._watch_links(events, watch)
        emitter = _Emitter(events, watch, ground.folder.path)
        around = self._surroundings(emitter)
        file = self._file(os.fsencode(ground.folder.path))
        emitter.ground_watch = GroundWatch(ground, around, file)
        self._emitters.append(emitter)
        return emitter

    def _watch_links(self, events: EventQueue, watch: ObservedWatch) -> EventEmitter:
        emitter = _Emitter(events, watch, "links")
        around = self._surroundings(emitter)
        file = self._file(os.fsencode(LINKS))
        self._linked = LinkWatch(
            self._folders, around, file, doubted=self.doubted, on_followed=self._on_followed
        )
        emitter.ground_watch = self._linked
        self._emitters.append(emitter)
        return emitter

    def _file(self, top: bytes) -> Path | None:
        return None if self._state_directory is None else file_for(self._state_directory, top)

    def _surroundings(self, emitter: _Emitter) -> Surroundings:
        return Surroundings(
            calls=CALLS,
            put=emitter.put,
            delivered=emitter.is_delivered,
            ignored=self._ignored,
            without_noise=self._without_noise,
            report=self._report,
            missed=self._on_missed,
            on_root=self._on_root,
            on_gap=self._gaps.tell,
            on_links=lambda links: self._heard_of_links(emitter, links),
            unsettled=self._unsettled,
            pace=self._pace,
            clock=time.monotonic,
            wall=time.time,
            leads_on=self._leads_on,
            confirmed=self._confirmed,
        )

    def _heard_of_links(self, emitter: _Emitter, links: FoundLinks) -> None:
        if self._linked is not None:
            self._linked.know(emitter, links)

    def _wait_for(self, emitter: _Emitter) -> None:
        watch, path = emitter.ground_watch, emitter.ground_watch.ground.folder.path
        looked, moved_s = -1, time.monotonic()
        while not watch.ready.wait(0.5):
            if watch.looker.looked != looked:
                looked, moved_s = watch.looker.looked, time.monotonic()
                self._progress(f"watching {path}: {looked} directories")
            elif time.monotonic() - moved_s > _STUCK_AFTER_S or not self._answers(path):
                self._report(
                    "ERROR", f"{path}: its file system does not answer; it is watched when it does"
                )
                return

    def stop(self) -> None:
        """Stop watching, keep what is known, and join every thread, within two seconds or so."""
        until_s = time.monotonic() + _STOP_WITHIN_S
        # While the observer still runs, so that what was heard is handed on first.
        for emitter in self._emitters:
            emitter.stop()
        for emitter in self._emitters:
            if emitter.is_alive():
                emitter.join(max(0.0, until_s - time.monotonic()))
                if emitter.is_alive():
                    self._report(
                        "WARNING", f"{emitter.name}: hangs in its file system, left behind"
                    )
        if self._observer.is_alive():
            self._observer.stop()
            if threading.current_thread() is not self._observer:
                self._observer.join(_STOP_WITHIN_S)

    def states(self) -> tuple[FolderState, ...]:
        """How each folder is watched now, in the order in which they are configured.

        May be called from any thread.
        """
        watches = [emitter.ground_watch for emitter in self._emitters]
        return tuple(state_of(folder, watches, self._linked) for folder in self._folders)

    def links(self) -> tuple[Link, ...]:
        """The links to directories that are followed, with their targets; from any thread."""
        return () if self._linked is None else self._linked.links()

    def doubted(self) -> tuple[str, ...]:
        """Name the host directories below which nothing that is missing was deleted for certain.

        May be called from any thread.
        """
        return doubted(emitter.ground_watch for emitter in self._emitters)

    def absent(self) -> tuple[str, ...]:
        """Name the host directories that are not there, or empty where they were not.

        A folder, or a file system that is mounted below one. May be called from any thread.
        """
        return absent(emitter.ground_watch for emitter in self._emitters)

    def dead(self) -> tuple[str, ...]:
        """Name those of them that are links whose target was deleted or renamed, as it seems.

        May be called from any thread.
        """
        return dead(emitter.ground_watch for emitter in self._emitters)

    def healthy(self) -> bool:
        """Whether every thread of the watching lives; from any thread."""
        return self._observer.is_alive() and all(one.is_alive() for one in self._emitters)
