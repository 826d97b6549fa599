"""What must hold of the settler whatever happens, in whatever order, at whatever speed.

A random tree lives through random operations while the clock is turned. Beside it stands what
Plex knows of that tree. All that Plex ever learns comes from what the settler tells, and in the
end it must know exactly what is on the disk: no change is lost.

One thing is left out, because no settler can know it: a scan that Plex does by itself at the wrong
moment. That a rename from an unwatched place met a name that was known is said by the event: the
kernel's is the same as for a new name, but whoever watches remembers the disk.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from settling import DELETIONS, MAX_WAIT, QUIET, SETTINGS, Stage

from matcher.change import Change, Happened
from watcher.directories import parent_of

if TYPE_CHECKING:
    from watcher.settle import Settled, SettleSettings

ROOT = "/m"
DIRECTORIES = ["/m/a", "/m/b", "/m/a/c", "/m/b/c"]
FILES = [f"{directory}/{name}" for directory in [ROOT, *DIRECTORIES] for name in ("x", "y")]
SLACK = 1e-6

picks = st.integers(0, 11)
waits = st.sampled_from([0.0, 0.5, 2.0, 5.0, 7.0, 40.0, 130.0])


def pick(number: int, choices: list[str]) -> str | None:
    """Choose one of what is possible now; None where nothing is."""
    return choices[number % len(choices)] if choices else None


def within(path: str, directory: str) -> bool:
    """Tell whether a path is a directory or below it."""
    return path == directory or path.startswith(directory + "/")


class SettlerMachine(RuleBasedStateMachine):
    """A tree, what Plex knows of it, and the settler between them."""

    limits: SettleSettings = SETTINGS

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(self.limits)
        self.plex: dict[str, int] = {}
        self.open: dict[str, float] = {}
        self.stale_since: dict[str, float] = {}
        self.event_at: dict[str, float] = {}
        self.version = 0
        self.plex_is_thorough = False

    @initialize(known=st.sets(st.sampled_from(FILES), max_size=6), thorough=st.booleans())
    def known_tree(self, known: set[str], thorough: bool) -> None:
        """Some files were there for long, and Plex knows them."""
        self.plex_is_thorough = thorough
        self.stage.known_dir(ROOT)
        for path in sorted(known):
            self._make_parents(path)
            self.stage.known(path, self._next_version())
            self.plex[path] = self.stage.disk[path].size

    # The tree as it is.

    def _make_parents(self, path: str) -> None:
        parent = parent_of(path)
        if parent not in self.stage.disk:
            self._make_parents(parent)
            self.stage.known_dir(parent)

    def _next_version(self) -> int:
        self.version += 1000
        return self.version

    def _is_dir(self, path: str) -> bool:
        return path in self.stage.disk and self.stage.disk[path].is_dir

    def _files(self) -> list[str]:
        return [path for path in FILES if path in self.stage.disk]

    def _directories(self) -> list[str]:
        return [path for path in DIRECTORIES if path in self.stage.disk]

    def _free(self, paths: list[str]) -> list[str]:
        return [p for p in paths if p not in self.stage.disk and self._is_dir(parent_of(p))]

    def _empty(self, directory: str) -> bool:
        return not any(within(path, directory) and path != directory for path in self.stage.disk)

    def _touch(self, *paths: str) -> None:
        for path in paths:
            self.stale_since[path] = self.stage.now
            self.event_at[parent_of(path)] = self.stage.now

    # What happens.

    @rule(at=picks)
    def link(self, at: int) -> None:
        """A file appears that will not close."""
        if path := pick(at, self._free(FILES)):
            self._link(path)

    def _link(self, path: str) -> None:
        self.stage.link(path, self._next_version())
        self._touch(path)

    @rule(at=picks)
    def replace(self, at: int) -> None:
        """Another file takes the place of one, from where nobody watches."""
        if path := pick(at, self._files()):
            self.open.pop(path, None)
            self.stage.replace(path, self._next_version())
            self._touch(path)

    @rule(at=picks)
    def start(self, at: int) -> None:
        """A file is opened."""
        if path := pick(at, self._free(FILES)):
            self.stage.start(path)
            self.open[path] = self.stage.now
            self._touch(path)

    @rule(at=picks)
    def write(self, at: int) -> None:
        """A file, new or old, is written to."""
        if path := pick(at, self._files()):
            self.stage.grow(path, 1)
            self.open[path] = self.stage.now
            self._touch(path)

    @rule(at=picks)
    def close(self, at: int) -> None:
        """A writer closes its file."""
        if path := pick(at, sorted(self.open)):
            del self.open[path]
            self.stage.close(path)
            self._touch(path)

    @rule(at=picks)
    def delete(self, at: int) -> None:
        """A file is deleted."""
        if path := pick(at, self._files()):
            self.open.pop(path, None)
            self.stage.delete(path)
            self._touch(path)

    @rule(at=picks, to=picks)
    def move(self, at: int, to: int) -> None:
        """A file gets another name, perhaps one that is in use."""
        path = pick(at, self._files())
        dest = pick(to, [each for each in [*self._free(FILES), *self._files()] if each != path])
        if path and dest:
            self.open.pop(dest, None)
            if path in self.open:
                self.open[dest] = self.open.pop(path)
            self.stage.move(path, dest)
            self._touch(path, dest)

    @rule(at=picks)
    def mkdir(self, at: int) -> None:
        """A directory is made."""
        if path := pick(at, self._free(DIRECTORIES)):
            self.stage.mkdir(path)
            self._touch(path)

    @rule(at=picks, out=st.booleans())
    def remove_directory(self, at: int, out: bool) -> None:
        """A directory is deleted with its content, or moved to where nobody watches."""
        if path := pick(at, self._directories()):
            self._forget_open(path)
            self._touch_below(path)
            self.stage.move_out(path) if out else self.stage.rmtree(path)
            self._touch(path)

    @rule(at=picks, to=picks)
    def move_directory(self, at: int, to: int) -> None:
        """A directory gets another name."""
        path = pick(at, self._directories()) or ""
        empty = [each for each in self._directories() if self._empty(each)]
        choices = [*self._free(DIRECTORIES), *empty]
        dest = pick(to, [each for each in choices if not within(each, path)])
        # Only names of the table, so that every file keeps having one.
        if path and dest and (dest.count("/") == 2 or self._has_no_directory(path)):
            self._touch_below(path)
            for each in [each for each in self.open if within(each, path)]:
                self.open[dest + each[len(path) :]] = self.open.pop(each)
            self.stage.move_dir(path, dest)
            self._touch_below(dest)
            self._touch(path, dest)

    def _has_no_directory(self, path: str) -> bool:
        return not any(within(each, path) and each != path for each in self._directories())

    @rule(at=picks, names=st.sets(st.sampled_from(["x", "y"])))
    def move_directory_in(self, at: int, names: set[str]) -> None:
        """A directory arrives from where nobody watches, and is listed."""
        if path := pick(at, self._free(DIRECTORIES)):
            self.stage.mkdir(path)
            self._touch(path)
            for name in sorted(names):
                self._link(f"{path}/{name}")

    def _forget_open(self, path: str) -> None:
        self.open = {each: at for each, at in self.open.items() if not within(each, path)}

    def _touch_below(self, path: str) -> None:
        for each in self.stage.disk:
            if within(each, path) and each != path:
                self._touch(each)

    # Time, and what is told.

    @rule(seconds=waits)
    def wait(self, seconds: float) -> None:
        """Time passes, and the settle thread does its work."""
        self._turn(self.stage.now + seconds)

    def _turn(self, then: float) -> None:
        stage = self.stage
        self._learn(stage.settler.due(stage.now))
        for _ in range(1000):
            following = stage.settler.next_at()
            if following is None or following > then:
                break
            if following > stage.now:
                assert stage.settler.due((stage.now + following) / 2) == []
                stage.now = following
            self._learn(stage.settler.due(stage.now))
        else:
            raise AssertionError("the settler wants to be called again and again")
        stage.now = then

    def _learn(self, told: list[Settled]) -> None:
        for settled in told:
            self._check(settled)
            for change in settled.changes:
                self._ask(change)
            if self.plex_is_thorough:
                self._see(settled.directory)

    def _check(self, settled: Settled) -> None:
        now = self.stage.now
        assert settled.changes
        assert list(settled.changes) == sorted(settled.changes, key=lambda c: (c.path, c.is_dir))
        quiet = now >= self.event_at.get(settled.directory, 0.0) + QUIET - SLACK
        assert quiet or now >= settled.first_at + min(MAX_WAIT, DELETIONS) - SLACK
        for change in settled.changes:
            place = change.dest or change.path
            if not change.is_dir:
                assert parent_of(place) == settled.directory
            if change.happened is not Happened.DELETED:
                assert place in self.stage.disk
                assert now >= self.open.get(place, -QUIET) + QUIET - SLACK or change.is_dir
            else:
                assert place not in self.stage.disk

    def _ask(self, change: Change) -> None:
        for place in (change.path, change.dest):
            if place is not None:
                self._see(place)

    def _see(self, place: str) -> None:
        """Plex looks at a path and everything below it."""
        for path in [path for path in self.plex if within(path, place)]:
            del self.plex[path]
        for path, seen in self.stage.disk.items():
            if within(path, place) and not seen.is_dir:
                self.plex[path] = seen.size
        for path in [path for path in self.stale_since if within(path, place)]:
            del self.stale_since[path]

    @invariant()
    def complete_files_wait_no_longer_than_the_cap(self) -> None:
        """Whatever else goes on in its directory, a complete file is told in time."""
        for path, since in self.stale_since.items():
            seen = self.stage.disk.get(path)
            there = seen is not None and not seen.is_dir
            if there and path not in self.open and self._is_stale(path):
                assert self.stage.now <= since + MAX_WAIT + 2 * QUIET + SLACK

    def _is_stale(self, path: str) -> bool:
        return self.plex.get(path) != self.stage.disk[path].size

    def teardown(self) -> None:
        """When all has come to rest, Plex knows exactly what is there."""
        self._turn(self.stage.now + 12 * MAX_WAIT)

        there = {p: seen.size for p, seen in self.stage.disk.items() if not seen.is_dir}
        assert self.plex == there
        assert self.stage.settler.pending() == 0
        assert self.stage.settler.next_at() is None


class CrowdedSettlerMachine(SettlerMachine):
    """The same with room for a handful of paths only: directories are told instead of files."""

    limits = dataclasses.replace(SETTINGS, directory_limit=2, total_limit=6)

    def _check(self, settled: Settled) -> None:
        """A directory that stands for its files says nothing about each of them."""


# A busy machine takes its time: what counts here is what is told, never how fast.
pytestmark = pytest.mark.timeout(600)

TestSettler = SettlerMachine.TestCase
TestSettler.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
TestCrowdedSettler = CrowdedSettlerMachine.TestCase
TestCrowdedSettler.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
