"""The difference between a location's files on disk and the parts that Plex has of it: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher import paths
from matcher.change import Change, Happened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.model import Part


@dataclass(frozen=True, slots=True)
class DiskFile:
    """One media file on disk: its host path, Plex's path for it, size in bytes, mtime in ns."""

    host: str
    plex: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What is out of step, as changes; `refused` are files that Plex did not take before."""

    missing: tuple[Change, ...]
    replaced: tuple[Change, ...]
    gone: tuple[Change, ...]
    refused: int
    known: int

    def changes(self) -> tuple[Change, ...]:
        """All of it."""
        return (*self.missing, *self.replaced, *self.gone)


def compare(
    on_disk: Iterable[DiskFile],
    parts: Iterable[Part],
    host_of: dict[str, str],
    refused: dict[str, tuple[int, int]],
) -> Difference:
    """Compare disk and Plex.

    Args:
        on_disk: The media files of one section's locations, as the host has them.
        parts: What Plex has of the same places.
        host_of: Plex paths of parts to host paths, for those that map to one here.
        refused: What Plex did not take before: Plex path to (size, mtime).
    """
    have: dict[tuple[str, ...], int | None] = {}
    spelled: dict[tuple[str, ...], str] = {}
    for part in parts:
        if not part.deleted:
            name = paths.fold(part.file)
            have[name] = part.size
            spelled[name] = part.file
    missing, replaced, passed = [], [], 0
    for file in on_disk:
        name = paths.fold(file.plex)
        if name not in have:
            if refused.get(file.plex) == (file.size, file.mtime_ns):
                passed += 1
            else:
                missing.append(Change(Happened.CREATED, file.host, size=file.size))
            continue
        size = have.pop(name)
        if size is not None and size != file.size:
            replaced.append(Change(Happened.CHANGED, file.host, size=file.size))
    gone = [
        Change(Happened.DELETED, host)
        for name in have
        if (host := host_of.get(spelled[name])) is not None
    ]
    return Difference(tuple(missing), tuple(replaced), tuple(gone), passed, len(spelled))
