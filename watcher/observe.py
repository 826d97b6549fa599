"""The door to watchdog: an observer of our own emitters turns what happens in folders into events."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import queue
import select
import struct
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import inotify_c
from watchdog.observers.api import BaseObserver, EventEmitter, EventQueue, ObservedWatch

from watcher.events import Event, What

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_C = inotify_c.InotifyConstants
_MASK: Final = (
    _C.IN_CREATE
    | _C.IN_MODIFY
    | _C.IN_CLOSE_WRITE
    | _C.IN_MOVED_FROM
    | _C.IN_MOVED_TO
    | _C.IN_DELETE
    | _C.IN_ONLYDIR
    | _C.IN_EXCL_UNLINK
)
_ROOT_MASK: Final = _MASK | _C.IN_DELETE_SELF | _C.IN_MOVE_SELF
_HEAD: Final = struct.Struct("iIII")
_GRACE_S: Final = 0.05
_RECHECK_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder to watch: its path as configured, `auto`, `inotify` or `polling`, and how often."""

    path: str
    watch: str
    poll_interval_s: float


@dataclass(frozen=True, slots=True)
class FolderState:
    """How a folder is watched now. `method` is inotify, polling or absent."""

    path: str
    method: str
    reason: str
    directories: int
    watches: int
    polled: int
    problem: str | None


class _Batch(FileSystemEvent):
    """Events of one read, as one item of watchdog's queue; compared by identity."""

    __slots__ = ("events",)
    __hash__ = object.__hash__

    def __init__(self, events: list[Event]) -> None:
        super().__init__("")
        self.events = events

    def __eq__(self, other: object) -> bool:
        return self is other


class _Handler(FileSystemEventHandler):
    def __init__(self, sink: Callable[[Event], None]) -> None:
        self._sink = sink

    def dispatch(self, event: FileSystemEvent) -> None:
        assert isinstance(event, _Batch)  # noqa: S101 - our emitters queue nothing else
        for one in event.events:
            self._sink(one)


class _Node:
    __slots__ = ("children", "name", "parent", "wd")

    def __init__(self, name: bytes, parent: _Node | None) -> None:
        self.name = name
        self.parent = parent
        self.children: dict[bytes, _Node] = {}
        self.wd = -1

    def path(self) -> bytes:
        parts: list[bytes] = []
        node: _Node | None = self
        while node is not None:
            parts.append(node.name)
            node = node.parent
        return b"/".join(reversed(parts))


class _TreeEmitter(EventEmitter):
    """Watches one folder's tree with one inotify instance and one thread."""

    def __init__(
        self, event_queue: EventQueue, watch: ObservedWatch, *, folder: WatchedFolder, house: _House
    ) -> None:
        super().__init__(event_queue, watch)
        self.name = f"watch {folder.path}"
        self.folder = folder
        self.ready = threading.Event()
        self._house = house
        self._root = _Node(os.fsencode(folder.path.rstrip("/")), None)
        self._wds: dict[int, _Node] = {}
        self._todo: deque[tuple[_Node, bool]] = deque()
        self._moving: dict[int, tuple[bytes, _Node | None, bool]] = {}
        self._out: list[Event] = []
        self._identity: tuple[int, int] | None = None
        self._fd = inotify_c.inotify_init()
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "no inotify instance", folder.path)
        self._wake_r, self._wake_w = os.pipe()
        self.problem: str | None = None
        self._lost: str | None = None

    # the thread

    def on_thread_stop(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake_w, b"x")

    def run(self) -> None:
        mountinfo = os.open("/proc/self/mountinfo", os.O_RDONLY)
        poller = select.poll()
        poller.register(self._fd, select.POLLIN)
        poller.register(self._wake_r, select.POLLIN)
        poller.register(mountinfo, select.POLLPRI)
        try:
            self._recheck(first=True)
            while self.should_keep_running():
                if self._todo:
                    timeout = 0.0
                elif self._moving:
                    timeout = _GRACE_S
                elif self._identity is None or self._lost:
                    timeout = _RECHECK_S
                else:
                    timeout = -1.0
                happened = {fd for fd, _ in poller.poll(timeout * 1000)}
                if self._fd in happened:
                    self._read()
                else:
                    self._give_up_moves()
                if mountinfo in happened or (not happened and not self._todo):
                    self._recheck()
                self._walk_on()
                self._flush()
        finally:
            os.close(mountinfo)
            os.close(self._fd)
            self.ready.set()

    def _flush(self) -> None:
        while self._out:
            item = (_Batch(self._out[:2000]), self.watch)
            del self._out[:2000]
            while self.should_keep_running():
                try:
                    self._event_queue.put(item, timeout=0.5)
                    break
                except queue.Full:
                    continue

    # roots

    def _recheck(self, *, first: bool = False) -> None:
        try:
            st = os.stat(self.folder.path)
            identity = (st.st_dev, st.st_ino)
        except OSError as error:
            self._gone(first=first, why=error.strerror or str(error))
            return
        if identity == self._identity and self._lost is None:
            return
        came_back = not first
        self._drop(self._root)
        self._identity = identity
        self._lost = None
        self._root.children = {}
        if came_back:
            self._house.report("INFO", f"{self.folder.path} is there again: watching it")
            self._house.on_root(self.folder.path, True)
        self._hold(self._root, _ROOT_MASK)
        self._todo.append((self._root, came_back))

    def _gone(self, *, first: bool, why: str) -> None:
        if self._identity is not None or first:
            self._house.report("WARNING", f"{self.folder.path} is not there: {why}")
            if not first:
                self._house.on_root(self.folder.path, False)
        self._drop(self._root)
        self._root.children = {}
        self._identity = None
        self._lost = None
        self.ready.set()

    # walking

    def _hold(self, node: _Node, mask: int) -> bool:
        wd = inotify_c.inotify_add_watch(self._fd, node.path() or b"/", mask)
        if wd < 0:
            code = ctypes.get_errno()
            if code not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP} and self.problem is None:
                self.problem = f"{os.fsdecode(node.path())}: {os.strerror(code)}"
                self._house.report("ERROR", f"cannot watch {self.problem}")
            return False
        node.wd = wd
        self._wds[wd] = node
        return True

    def _drop(self, node: _Node) -> None:
        stack = [node]
        while stack:
            one = stack.pop()
            stack.extend(one.children.values())
            if one.wd >= 0 and self._wds.get(one.wd) is one:
                del self._wds[one.wd]
                inotify_c.inotify_rm_watch(self._fd, one.wd)  # type: ignore[arg-type]  # 7.x brands it
            one.wd = -1

    def _walk_on(self) -> None:
        for _ in range(64):
            if not self._todo:
                self.ready.set()
                return
            node, tell = self._todo.popleft()
            if node.wd >= 0:
                self._list(node, tell=tell)

    def _list(self, node: _Node, *, tell: bool) -> None:
        base = node.path()
        try:
            with os.scandir(base or b"/") as entries:
                found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError:
            return
        for name, is_dir in found:
            if is_dir:
                self._directory_found(node, name, tell=tell)
            elif tell:
                self._tell(What.CREATED, base + b"/" + name, is_dir=False)

    def _directory_found(self, parent: _Node, name: bytes, *, tell: bool) -> None:
        if name in parent.children:
            return
        path = parent.path() + b"/" + name
        if self._house.ignored(os.fsdecode(path), True):
            return
        node = _Node(name, parent)
        if not self._hold(node, _MASK | _C.IN_DONT_FOLLOW):
            return
        parent.children[name] = node
        if tell:
            self._tell(What.CREATED, path, is_dir=True)
        self._todo.append((node, tell))

    # events

    def _read(self) -> None:
        data = os.read(self._fd, 1 << 17)
        at = 0
        while at < len(data):
            wd, mask, cookie, length = _HEAD.unpack_from(data, at)
            at += _HEAD.size + length
            self._one(wd, mask, cookie, data[at - length : at].rstrip(b"\0"))

    def _one(self, wd: int, mask: int, cookie: int, name: bytes) -> None:
        if mask & _C.IN_Q_OVERFLOW:
            self._house.report("WARNING", f"{self.folder.path}: the kernel's event queue ran over")
            self._todo.extend((node, True) for node in list(self._wds.values()))
            return
        node = self._wds.get(wd)
        if node is None:
            return
        if mask & (_C.IN_DELETE_SELF | _C.IN_MOVE_SELF | _C.IN_UNMOUNT | _C.IN_IGNORED):
            if mask & _C.IN_IGNORED:
                self._wds.pop(wd, None)
                node.wd = -1
            if node is self._root:
                self._lost = "gone"
                self._recheck()
            return
        path = node.path() + b"/" + name
        if mask & _C.IN_ISDIR:
            self._on_directory(node, name, path, mask, cookie)
        else:
            self._on_file(path, mask, cookie)

    def _on_file(self, path: bytes, mask: int, cookie: int) -> None:
        if mask & _C.IN_MOVED_FROM:
            self._moving[cookie] = (path, None, False)
        elif mask & _C.IN_MOVED_TO:
            came = self._moving.pop(cookie, None)
            self._moved(came[0] if came else None, path, is_dir=False)
        elif mask & _C.IN_CREATE:
            self._tell(What.CREATED, path, is_dir=False)
        elif mask & _C.IN_CLOSE_WRITE:
            self._tell(What.CLOSED, path, is_dir=False)
        elif mask & _C.IN_DELETE:
            self._tell(What.DELETED, path, is_dir=False)
        elif mask & _C.IN_MODIFY:
            self._tell(What.WRITTEN, path, is_dir=False)

    def _on_directory(
        self, parent: _Node, name: bytes, path: bytes, mask: int, cookie: int
    ) -> None:
        if mask & _C.IN_CREATE:
            self._directory_found(parent, name, tell=True)
        elif mask & _C.IN_DELETE:
            node = parent.children.pop(name, None)
            if node is not None:
                self._drop(node)
            self._tell(What.DELETED, path, is_dir=True)
        elif mask & _C.IN_MOVED_FROM:
            self._moving[cookie] = (path, parent.children.pop(name, None), True)
        elif mask & _C.IN_MOVED_TO:
            came = self._moving.pop(cookie, None)
            if came is not None and came[1] is not None:
                self._drop(came[1])
            stale = parent.children.pop(name, None)
            if stale is not None:
                self._drop(stale)
            self._moved(came[0] if came else None, path, is_dir=True)
            self._directory_found(parent, name, tell=True)

    def _moved(self, source: bytes | None, dest: bytes, *, is_dir: bool) -> None:
        hidden = self._house.ignored
        from_noise = source is None or hidden(os.fsdecode(source), is_dir)
        to_noise = hidden(os.fsdecode(dest), is_dir)
        if source is not None and not from_noise and not to_noise:
            self._out.append(Event(What.MOVED, os.fsdecode(source), is_dir, os.fsdecode(dest)))
        elif source is not None and not from_noise:
            self._out.append(Event(What.DELETED, os.fsdecode(source), is_dir))
        elif not to_noise and not is_dir:
            self._out.append(Event(What.CREATED, os.fsdecode(dest), is_dir))

    def _give_up_moves(self) -> None:
        for path, node, is_dir in self._moving.values():
            if node is not None:
                self._drop(node)
            self._tell(What.DELETED, path, is_dir=is_dir)
        self._moving.clear()

    def _tell(self, what: What, path: bytes, *, is_dir: bool) -> None:
        text = os.fsdecode(path)
        if not self._house.ignored(text, is_dir):
            self._out.append(Event(what, text, is_dir))

    def state(self) -> FolderState:
        there = self._identity is not None
        return FolderState(
            path=self.folder.path,
            method="inotify" if there else "absent",
            reason="inotify" if there else "the folder is not there",
            directories=len(self._wds),
            watches=len(self._wds),
            polled=0,
            problem=self.problem,
        )


@dataclass(frozen=True, slots=True)
class _House:
    ignored: Callable[[str, bool], bool]
    report: Callable[[str, str], None]
    on_root: Callable[[str, bool], None]


class _Observer(BaseObserver):
    """watchdog's observer with a bounded queue, so that a slow reader cannot eat the memory."""

    def __init__(self, make: Callable[..., EventEmitter]) -> None:
        self._bounded = EventQueue(maxsize=64)
        super().__init__(make)  # type: ignore[arg-type]  # a factory serves where a class is expected

    @property
    def event_queue(self) -> EventQueue:
        return self._bounded


class Watching:
    """Watches folders and hands events to a sink.

    `sink` is called in the observer's thread and must be quick. `report` gets a level (INFO,
    WARNING, ERROR) and a sentence; it and `on_root` are called in any of the watching threads.
    """

    def __init__(
        self,
        folders: Sequence[WatchedFolder],
        *,
        sink: Callable[[Event], None],
        ignored: Callable[[str, bool], bool],
        report: Callable[[str, str], None],
        state_directory: Path | None = None,
        progress: Callable[[str], None] = lambda _: None,
        on_root: Callable[[str, bool], None] = lambda _path, _here: None,
    ) -> None:
        self._folders = {f"/dev/null/{n}": folder for n, folder in enumerate(folders)}
        self._house = _House(ignored, report, on_root)
        self._progress = progress
        self._state_directory = state_directory
        self._handler = _Handler(sink)
        self._observer = _Observer(self._emitter)
        self._emitters: list[_TreeEmitter] = []

    def _emitter(self, events: EventQueue, watch: ObservedWatch, **_: Any) -> EventEmitter:
        emitter = _TreeEmitter(events, watch, folder=self._folders[watch.path], house=self._house)
        self._emitters.append(emitter)
        return emitter

    def start(self) -> None:
        """Start watching; returns when every folder is watched or its failure is reported."""
        for address in self._folders:
            self._observer.schedule(self._handler, address, recursive=True)
        self._observer.start()
        for emitter in self._emitters:
            self._progress(f"watching {emitter.folder.path}")
            emitter.ready.wait()

    def stop(self) -> None:
        """Stop watching and join every thread."""
        self._observer.stop()
        self._observer.join()

    def states(self) -> tuple[FolderState, ...]:
        """How each folder is watched now, in the order of the configuration."""
        return tuple(emitter.state() for emitter in self._emitters)

    def healthy(self) -> bool:
        """Whether every thread of the watching lives."""
        return self._observer.is_alive() and all(one.is_alive() for one in self._emitters)
