"""Folders under watch, for tests: what was told, said and asked, and mounts that clean up."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
from waiting import wait_until

from watcher.events import Event, What
from watcher.observe import FolderState, Pace, WatchedFolder, Watching

MIRROR = Path(__file__).parent / "fuse_mirror.py"

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

QUICK = Pace(
    calm_s=0.1,
    retry_s=0.2,
    absent_s=60.0,
    safe_s=0.1,
    safe_unasked_s=0.2,
    save_s=0.1,
    full_look_s=0.5,
)
"""The pace of the tests: nothing is skipped, it only waits less."""


def ordinary_noise(path: str, is_dir: bool) -> bool:
    """Some of what the product takes for noise."""
    name = path.rsplit("/", 1)[-1]
    if is_dir:
        return name in {"@eaDir", "#recycle"} or name.startswith("_UNPACK_")
    return name.endswith((".part", ".tmp")) or name.startswith(".~")


def without_ordinary_noise(names: list[bytes]) -> list[bytes]:
    """Leave out what is ordinary noise of the names of directories."""
    return [name for name in names if not ordinary_noise(os.fsdecode(name), is_dir=True)]


@dataclass
class Watched:
    """Watches folders while it is open, and keeps what it heard."""

    folders: Sequence[WatchedFolder]
    ignored: Callable[[str, bool], bool] = ordinary_noise
    state: Path | None = None
    pace: Pace = QUICK
    unsettled: Callable[[], Sequence[str]] | None = None
    before_each: Callable[[Event], None] = lambda _: None
    events: list[Event] = field(default_factory=list)
    reports: list[tuple[str, str]] = field(default_factory=list)
    roots: list[tuple[str, bool]] = field(default_factory=list)
    gaps: list[tuple[str, bool, int]] = field(default_factory=list)

    def _on_gap(self, path: str, is_open: bool) -> None:
        self.gaps.append((path, is_open, len(self.events)))

    def __enter__(self) -> Self:
        # On the first day, what was made within a tick of the kernel's clock before the start, or
        # after the walk, counts as made while starting.
        a_tick()
        self.watching = Watching(
            self.folders,
            sink=self._sink,
            ignored=self.ignored,
            report=lambda level, text: self.reports.append((level, text)),
            state_directory=self.state,
            on_root=lambda path, here: self.roots.append((path, here)),
            on_gap=self._on_gap,
            unsettled=self.unsettled,
            pace=self.pace,
            without_noise=without_ordinary_noise
            if self.ignored is ordinary_noise
            else lambda _: None,
        )
        self.watching.start()
        a_tick()
        return self

    def __exit__(self, *_: object) -> None:
        self.watching.stop()
        assert not [level for level, text in self.reports if "hangs" in text]

    def _sink(self, event: Event) -> None:
        self.before_each(event)
        self.events.append(event)

    def told(self, path: Path | str | bytes) -> list[What]:
        """What was told of a path, as source or destination, in order."""
        text = os.fsdecode(path)
        return [one.what for one in list(self.events) if text in {one.path, one.dest}]

    def of_files(self) -> list[Event]:
        """What was told of files."""
        return [one for one in list(self.events) if not one.is_dir]

    def wait_for(self, path: Path | str | bytes, *whats: What, deadline_s: float = 10.0) -> None:
        """Wait until one of these was told of a path; anything, if none is named."""

        def was_told() -> bool:
            told = self.told(path)
            return bool(told) if not whats else any(what in told for what in whats)

        try:
            wait_until(was_told, deadline_s)
        except AssertionError:
            last = [f"{one.what} {one.path} {one.dest or ''}" for one in self.events[-30:]]
            pytest.fail(f"never told: {path!s} {whats}; told last: {last}; {self.reports}")

    def wait_for_write(self, path: Path) -> None:
        """Write a file until that is told as closed, which only a watch on its directory can tell.

        The first write may have been found by reading the directory, once its watch stood.
        """
        write(path)
        self.wait_for(path)
        for number in range(10):
            try:
                return self.wait_for(path, What.CLOSED, deadline_s=1.0)
            except pytest.fail.Exception:
                path.write_text(f"written again, {number}")
        return self.wait_for(path, What.CLOSED)

    def state_of(self, path: Path) -> FolderState:
        """The state of a folder."""
        return next(one for one in self.watching.states() if one.path == str(path))

    def settle(self, folder: Path) -> None:
        """Wait until everything that has happened so far below a folder has been heard.

        A file made now is heard after all that came before it: the kernel keeps the order.
        """
        _count.append(0)
        marker = folder / f"marker-{len(_count)}"
        marker.touch()
        self.wait_for(marker, What.CLOSED, What.CREATED, What.WRITTEN)
        marker.unlink()
        self.wait_for(marker, What.DELETED)


_count: list[int] = []


def is_inspected(seen: Watched) -> bool:
    """Whether every file in the first folder was looked at, and nothing waits to be."""
    watch = seen.watching._emitters[0].ground_watch
    return not watch.looker and not watch._inspector


def a_tick() -> None:
    """Let the clock that the kernel stamps files with move on."""
    threading.Event().wait(0.03)


def folder(path: Path, watch: str = "auto", every_s: float = 0.3) -> WatchedFolder:
    """A folder to watch."""
    return WatchedFolder(str(path), watch, every_s)


def watched(*paths: Path, state: Path | None = None) -> Watched:
    """Folders under watch, as usual."""
    return Watched([folder(path) for path in paths], state=state)


def write(path: Path, text: str = "x") -> Path:
    """Make a file, and the directories above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


class Mounts:
    """Mounts tmpfs where a test wants one, and unmounts everything at the end."""

    def __init__(self) -> None:
        self._points: list[str] = []

    def mount(self, point: Path, size: str = "8m") -> None:
        """Mount an empty tmpfs."""
        point.mkdir(parents=True, exist_ok=True)
        self.run("mount", "-t", "tmpfs", "-o", f"size={size}", "plexnudge-test", str(point))

    def bind(self, source: Path, point: Path) -> None:
        """Show a directory at another place as well."""
        point.mkdir(parents=True, exist_ok=True)
        self.run("mount", "--bind", str(source), str(point))

    def run(self, *command: str) -> None:
        """Run a mount command."""
        subprocess.run(command, check=True, capture_output=True)
        self._points.append(command[-1])

    def unmount(self, point: Path) -> None:
        """Unmount what is on top at a place."""
        subprocess.run(["umount", str(point)], check=True, capture_output=True)
        self._points.remove(str(point))

    def take_away(self, point: Path) -> None:
        """Unmount what is on top at a place although it may be in use."""
        subprocess.run(["umount", "-l", str(point)], check=True, capture_output=True)
        self._points.remove(str(point))

    def close(self) -> None:
        """Unmount what is left."""
        for point in reversed(self._points):
            subprocess.run(["umount", "-l", point], check=False, capture_output=True)


@contextmanager
def mounts_or_skip(tmp_path: Path) -> Iterator[Mounts]:
    """Mounts, or a skipped test where this user may not mount."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    mounts = Mounts()
    try:
        try:
            mounts.mount(tmp_path / "may-we")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine does not let root mount: {error.stderr!r}")
        yield mounts
    finally:
        mounts.close()


@contextmanager
def mirrored(source: Path, point: Path) -> Iterator[subprocess.Popen[str]]:
    """Show a directory at another place; a skipped test where that is not possible."""
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("mounting a FUSE file system needs root and /dev/fuse")
    point.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, str(MIRROR), str(source), str(point)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                pytest.skip("this machine does not let root mount FUSE")
            yield process
        finally:
            subprocess.run(["umount", "-l", str(point)], check=False, capture_output=True)
            process.kill()


class Gate:
    """A sink that can be held up: events wait until the gate opens."""

    def __init__(self) -> None:
        self._open = threading.Event()

    def __call__(self, _event: Event) -> None:
        assert self._open.wait(100)  # a burst of 100,000 files takes 28 s on a busy machine

    def open(self) -> None:
        """Let everything through from now on."""
        self._open.set()
