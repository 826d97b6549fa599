"""The local tree as discovery sees it: a small protocol, the system's own tree, one in memory."""

from __future__ import annotations

import os
import stat as modes
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Node(StrEnum):
    """What a path leads to, symbolic links followed."""

    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a directory: what it leads to, and whether by way of a symbolic link."""

    name: str
    is_directory: bool
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What the file system says of a path, symbolic links followed.

    `inode` is 0 where the file system has no lasting number. `changed_ns` is the time of the
    last change of the inode, which no program can set: a copy has its own, a second view of the
    same file (a pool's branch, a loopback mount) has the same.
    """

    node: Node
    size: int
    device: int
    inode: int
    changed_ns: int = 0


class Tree(Protocol):
    """Reading names and sizes of a tree of host paths. Nothing here opens a file or writes."""

    def entries(self, path: str) -> tuple[Entry, ...] | None:
        """List a directory in no certain order; None if it cannot be read."""
        ...

    def status(self, path: str) -> Status | None:
        """Look at a path, symbolic links followed; None if it cannot be seen."""
        ...

    def realpath(self, path: str) -> str:
        """Return the path with every symbolic link on the way resolved."""
        ...


class OsTree:
    """The tree of the system that this process runs on."""

    def follows(self, _path: str) -> bool:
        """Whether it is looked at what a link leads to."""
        return True

    def entries(self, path: str) -> tuple[Entry, ...] | None:
        """List a directory with one `scandir`; only links cost a `stat` each."""
        try:
            with os.scandir(path) as found:
                return tuple(_entry(each, self.follows) for each in found)
        except OSError:
            return None

    def status(self, path: str) -> Status | None:
        """Call `stat`; a broken link, a missing name or a forbidden directory gives None."""
        try:
            found = os.stat(path)  # noqa: PTH116 - paths are text here, lone surrogates included
        except (OSError, ValueError):
            return None
        if modes.S_ISDIR(found.st_mode):
            node = Node.DIRECTORY
        else:
            node = Node.FILE if modes.S_ISREG(found.st_mode) else Node.OTHER
        return Status(node, found.st_size, found.st_dev, found.st_ino, found.st_ctime_ns)

    def realpath(self, path: str) -> str:
        """Resolve links as far as they can be."""
        return os.path.realpath(path)


def _entry(found: os.DirEntry[str], follows: Callable[[str], bool]) -> Entry:
    """Say what a name leads to; one broken name must not hide the others.

    `is_dir` raises for a link that leads to itself (ELOOP) or into what may not be passed.
    """
    try:
        is_link = found.is_symlink()
        if is_link and not follows(found.path):
            return Entry(found.name, is_directory=False, is_link=True)
        return Entry(found.name, found.is_dir(), is_link)
    except OSError:
        return Entry(found.name, is_directory=False, is_link=True)


def _exact(name: str) -> str:
    return name


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """A tree from a table, for tests and for trying things out.

    Args:
        files: Size by absolute path; directories come into being with what they hold.
        directories: Directories that hold nothing.
        links: Symbolic links to absolute paths. `binds`: bind mounts, which look like
            directories of their own but have the inode of what they show.
        devices: Number of the device by mount point; 1 elsewhere.
        unreadable: Directories that cannot be listed or passed.
        form: How the file system compares names, `paths.caseless` for one that folds case.
        changed_ns: Time of the last change of the inode by path; else each file has its own.
    """

    files: Mapping[str, int]
    directories: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    binds: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, int] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    form: Callable[[str], str] = _exact
    changed_ns: Mapping[str, int] = field(default_factory=dict)
    _children: dict[str, dict[str, str]] = field(init=False, default_factory=dict, repr=False)
    _inodes: dict[str, int] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Build the directories."""
        for path in (*self.files, *self.directories, *self.links, *self.binds, "/"):
            self._grow(path)
        for path in self.directories:
            self._children.setdefault(path, {})

    def entries(self, path: str) -> tuple[Entry, ...] | None:
        """List a directory."""
        here = self._resolve(path, follow_binds=True)
        if here is None or here in self.unreadable or here not in self._children:
            return None
        return tuple(self._entries(here))

    def status(self, path: str) -> Status | None:
        """Look at a path."""
        here = self._resolve(path, follow_binds=True)
        if here is None:
            return None
        device = max(
            ((len(mount), number) for mount, number in self.devices.items() if _in(here, mount)),
            default=(0, 1),
        )[1]
        inode = self._inodes[here]
        node = Node.FILE if here in self.files else Node.DIRECTORY
        changed_ns = self.changed_ns.get(here, inode)
        return Status(node, self.files.get(here, 4096), device, inode, changed_ns)

    def realpath(self, path: str) -> str:
        """Resolve links; a bind mount is no link."""
        return self._resolve(path, follow_binds=False) or path

    def _grow(self, path: str) -> None:
        self._inodes.setdefault(path, len(self._inodes) + 1)
        if path != "/":
            above = paths.parent(path)
            self._grow(above)
            name = paths.name(path)
            self._children.setdefault(above, {})[self.form(name)] = name

    def _entries(self, here: str) -> Iterator[Entry]:
        for name in self._children[here].values():
            path = paths.join(here, name)
            target = self._resolve(path, follow_binds=True)
            is_directory = target is not None and target not in self.files
            yield Entry(name, is_directory, path in self.links)

    def _resolve(self, path: str, *, follow_binds: bool, hops: int = 16) -> str | None:
        """Walk a path name by name; None if a name is missing or links go round."""
        here = "/"
        names = list(paths.components(path))
        while names:
            spelled = self._children.get(here, {}).get(self.form(names[0]))
            if spelled is None or (here in self.unreadable):
                return None
            here = paths.join(here, spelled)
            del names[0]
            target = self.links.get(here) or (self.binds.get(here) if follow_binds else None)
            if target is not None:
                hops -= 1
                if hops < 0:
                    return None
                names = [*paths.components(target), *names]
                here = "/"
        return here


def _in(path: str, mount: str) -> bool:
    return paths.is_within(path, mount)
