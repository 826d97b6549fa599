"""What a scan sees on the disk: the media files of directories, by the rules of Plex's scanners."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.simulated_plex import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watcher.simulated_plex.places import Place

_SKIPPED = frozenset({"@eadir", "#recycle", "lost+found", "$recycle.bin"})
_SKIPPED_STARTS = (".", "_unpack_", "_failed_")
_SAMPLE = re.compile(r"(?<![a-z])sample(?![a-z])", re.IGNORECASE)
_SAMPLE_BYTES = 300 * 1024 * 1024
_DIGEST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Found:
    """One media file: `below` its components below the location, last the name."""

    below: tuple[str, ...]
    host: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory as it was when it was looked at."""

    below: tuple[str, ...]
    mtime_ns: int
    files: tuple[Found, ...] = ()
    subdirectories: tuple[str, ...] = ()
    readable: bool = True


@dataclass(slots=True)
class Rules:
    """Which names a section of a type takes, with the ignore files met so far."""

    type: str
    place: Place
    patterns: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def ignored(self, below: tuple[str, ...]) -> bool:
        """Tell whether an ignore file in the location's root or in its own folder names it."""
        for folder in {(), below[:-1]}:
            relative = "/".join(below[len(folder) :])
            for pattern in self._patterns(folder):
                if fnmatch.fnmatchcase(relative, pattern) or fnmatch.fnmatchcase(
                    below[-1], pattern
                ):
                    return True
        return False

    def _patterns(self, folder: tuple[str, ...]) -> tuple[str, ...]:
        if folder not in self.patterns:
            self.patterns[folder] = _read_patterns(
                Path(self.place.host_path(folder), ".plexignore")
            )
        return self.patterns[folder]

    def takes_directory(self, below: tuple[str, ...]) -> bool:
        """Tell whether a scan goes into this directory."""
        name = below[-1].lower()
        if name in _SKIPPED or name.startswith(_SKIPPED_STARTS):
            return False
        if len(below) > 1 and name in names.EXTRA_FOLDERS and self.type != "artist":
            return False
        return name not in names.DISCS and not self.ignored(below)

    def takes_file(self, below: tuple[str, ...], size: int) -> bool:
        """Tell whether a file of this name and size becomes media."""
        name, ending = below[-1], names.extension(below[-1])
        if not size or name.lower().startswith(_SKIPPED_STARTS) or self.ignored(below):
            return False
        if self.type == "artist":
            return ending in names.AUDIO
        bare = names.stem(name)
        if ending not in names.VIDEO or names.EXTRA_SUFFIX.search(bare):
            return False
        if _SAMPLE.search(bare) and size < _SAMPLE_BYTES:
            return False
        read = names.movie_of if self.type == "movie" else names.episode_of
        return read(below) is not None


def look(rules: Rules, below: tuple[str, ...]) -> Directory | None:
    """Look at one directory; None if it is not there."""
    path = Path(rules.place.host_path(below))
    try:
        mtime_ns = path.stat().st_mtime_ns
        entries = sorted(entry.name for entry in path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return Directory(below, 0, readable=False)
    files: list[Found] = []
    subdirectories: list[str] = []
    for name in entries:
        status = _status(path / name)
        if status is None:
            continue
        if stat.S_ISDIR(status.st_mode):
            subdirectories.append(name)
            files.extend(_disc(rules, (*below, name)))
        elif stat.S_ISREG(status.st_mode) and rules.takes_file((*below, name), status.st_size):
            files.append(_found(rules.place, (*below, name), status))
    taken = tuple(name for name in subdirectories if rules.takes_directory((*below, name)))
    return Directory(below, mtime_ns, tuple(files), taken)


def walk(rules: Rules, below: tuple[str, ...] = ()) -> Iterator[Directory]:
    """Look at a directory and everything below it, each real directory once."""
    seen: set[str] = set()
    waiting = [below]
    while waiting:
        here = waiting.pop()
        real = os.path.realpath(rules.place.host_path(here))
        if real in seen:
            continue
        seen.add(real)
        directory = look(rules, here)
        if directory is not None:
            yield directory
            waiting.extend((*here, name) for name in reversed(directory.subdirectories))


def digest(host: str, size: int) -> str:
    """Fingerprint a file by its size and both its ends; empty if it cannot be read."""
    try:
        with Path(host).open("rb") as file:
            head = file.read(_DIGEST_BYTES)
            file.seek(max(0, size - _DIGEST_BYTES))
            tail = file.read(_DIGEST_BYTES)
    except OSError:
        return ""
    return hashlib.blake2b(head + tail + str(size).encode(), digest_size=16).hexdigest()


def _disc(rules: Rules, below: tuple[str, ...]) -> Iterator[Found]:
    """The largest stream of a disc folder stands for the film in the folder above it."""
    endings = names.DISCS.get(below[-1].lower())
    if endings is None or len(below) < 2 or rules.type != "movie":
        return
    streams = [
        _found(rules.place, (*folder, entry.name), status)
        for folder in (below, (*below, "STREAM"))
        for entry in _listed(Path(rules.place.host_path(folder)))
        if names.extension(entry.name) in endings
        and (status := _status(entry)) is not None
        and status.st_size
    ]
    if streams:
        yield max(streams, key=lambda stream: stream.size)


def _found(place: Place, below: tuple[str, ...], status: os.stat_result) -> Found:
    return Found(below, place.host_path(below), status.st_size, status.st_mtime_ns)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _listed(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError:
        return []


def _read_patterns(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ()
    lines = [line.strip() for line in text.splitlines()]
    return tuple(line for line in lines if line and not line.startswith("#"))
