"""The watched folders: how they are configured, how they are watched, and which hold each other."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher.mounts import is_within
from watcher.resolve import where_it_leads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


RESOLVE_S = 2.0
"""So long it is waited for a file system to say what a folder's path leads to."""


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder as configured: an absolute host path; auto, inotify or polling; how often."""

    path: str
    watch: str
    poll_interval_s: float


@dataclass(frozen=True, slots=True)
class FolderState:
    """How a folder is watched at this moment.

    `method` is inotify, polling or absent, and `reason` says why it is that. `polled` counts the
    directories that are looked at on an interval, `watches` those of which the kernel tells.
    `problem` is what a person should know or do; None while all is well.
    """

    path: str
    method: str
    reason: str
    directories: int
    watches: int
    polled: int
    problem: str | None

    def sentence(self) -> str:
        """Say all of it in one line for the log."""
        if self.method == "absent":
            return f"{self.path}: not there ({self.problem or self.reason})"
        parts = [f"{self.path}: {self.directories} directories by {self.method}, {self.reason}"]
        if self.polled and self.method == "inotify":
            parts.append(f"{self.polled} of them are looked at instead of watched")
        if self.problem:
            parts.append(self.problem)
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Ground:
    """One real tree, watched as a whole, and the folders whose tops lie in it.

    `real` is the real path of the tree's top as it was at the start; a link may lead elsewhere
    since (see `watcher.attend`). `nested` maps real paths below it, relative to it,
    to the folders configured for them. `same` are further folders that are one of these
    directories by another name: (that folder, the folder whose spelling is used).
    """

    folder: WatchedFolder
    real: bytes
    nested: tuple[tuple[bytes, WatchedFolder], ...] = ()
    same: tuple[tuple[WatchedFolder, WatchedFolder], ...] = ()


def real_path(path: str, wait_s: float = RESOLVE_S) -> bytes:
    """Resolve every link of a path as far as it exists; as it is spelled where nothing answers.

    A file system that hangs must not keep the others from being watched.
    """
    found: list[bytes] = []
    asking = threading.Thread(
        target=lambda: found.append(where_it_leads(os.fsencode(path))),
        name=f"resolve {path}",
        daemon=True,
    )
    asking.start()
    asking.join(wait_s)
    return found[0] if found else os.fsencode(os.path.normpath(path))


def grounds(
    folders: Sequence[WatchedFolder],
    ignored: Callable[[str, bool], bool],
    resolve: Callable[[str], bytes] = real_path,
) -> tuple[Ground, ...]:
    """Sort folders into trees, so that no directory is watched twice.

    A folder inside another one belongs to the outer one's tree; its paths are spelled its own
    way. A folder that the outer one would never reach, because a directory in between is ignored,
    is a tree of its own. Of two names for one directory the one that is configured first is used.
    """
    trees: list[tuple[WatchedFolder, bytes, list[tuple[bytes, WatchedFolder]]]] = []
    same: list[tuple[WatchedFolder, WatchedFolder, bytes]] = []
    owners: dict[bytes, WatchedFolder] = {}
    resolved = [(resolve(folder.path), folder) for folder in folders]
    for real, folder in sorted(resolved, key=lambda pair: pair[0].count(b"/") * (pair[0] != b"/")):
        if real in owners:
            same.append((folder, owners[real], real))
            continue
        owners[real] = folder
        for _, top, nested in trees:
            if is_within(real, top) and not _hidden(real, top, ignored):
                nested.append((_relative(real, top), folder))
                break
        else:
            trees.append((folder, real, []))
    return tuple(
        Ground(
            folder,
            real,
            tuple(nested),
            tuple((twin, owner) for twin, owner, at in same if _has(at, real, nested)),
        )
        for folder, real, nested in trees
    )


def _relative(real: bytes, top: bytes) -> bytes:
    return real[len(top) :].lstrip(b"/")


def _has(at: bytes, real: bytes, nested: list[tuple[bytes, WatchedFolder]]) -> bool:
    return at == real or any(
        is_within(at, real) and _relative(at, real) == relative for relative, _ in nested
    )


def _hidden(real: bytes, top: bytes, ignored: Callable[[str, bool], bool]) -> bool:
    """Whether a directory between the top and a folder, or the folder itself, is ignored."""
    path = top
    for name in _relative(real, top).split(b"/"):
        path = path.rstrip(b"/") + b"/" + name
        if ignored(os.fsdecode(path), True):
            return True
    return False
