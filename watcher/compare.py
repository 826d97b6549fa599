"""The difference between a location's files on disk and the parts that Plex has of it: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from matcher import paths
from matcher.change import Change, Happened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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
    """What is out of step, as changes.

    `passed` counts files that Plex did not take before and that are as they were then. `on_disk`
    and `known` count the files of either side.
    """

    missing: tuple[Change, ...]
    replaced: tuple[Change, ...]
    gone: tuple[Change, ...]
    passed: int
    on_disk: int
    known: int

    def changes(self) -> tuple[Change, ...]:
        """All of it."""
        return (*self.missing, *self.replaced, *self.gone)


class Known(NamedTuple):
    """One file that Plex has: its Plex path, and its size where Plex knows it.

    A part has a dozen more fields, and a library has 100,000 of them.
    """

    file: str
    size: int | None


def living(parts: Iterable[Part]) -> Iterator[Known]:
    """Pick the files out of parts, without those in the trash."""
    return (Known(part.file, part.size) for part in parts if not part.deleted)


def compare(
    on_disk: Iterable[DiskFile],
    plex: Iterable[Known],
    gone_from: Callable[[str], str | None],
    refused: Mapping[str, tuple[int, int]],
) -> Difference:
    """Compare disk and Plex.

    Args:
        on_disk: The media files of one location, as the host has them.
        plex: What Plex has of the same place.
        gone_from: For a part's Plex path that was not met on disk: the host path that it is
            gone from, or None if it is not (it is there after all, or not watched here).
        refused: What Plex did not take before: Plex path to (size, mtime in ns).
    """
    have = {_name(known.file): known for known in plex}
    unmet = set(have)
    seen = passed = 0
    missing, replaced = [], []
    for file in on_disk:
        seen += 1
        name = _name(file.plex)
        if name not in have:
            if refused.get(file.plex) == (file.size, file.mtime_ns):
                passed += 1
            else:
                missing.append(Change(Happened.CREATED, file.host, size=file.size))
            continue
        unmet.discard(name)
        size = have[name].size
        if size is None or size == file.size:
            continue
        if refused.get(file.plex) == (file.size, file.mtime_ns):
            passed += 1
        else:
            replaced.append(Change(Happened.CHANGED, file.host, size=file.size))
    gone = [
        Change(Happened.DELETED, host)
        for name, (file_gone, _) in have.items()
        if name in unmet and (host := gone_from(file_gone)) is not None
    ]
    return Difference(tuple(missing), tuple(replaced), tuple(gone), passed, seen, len(have))


def _name(plex: str) -> str:
    """Return a Plex path in the form in which paths are compared, as one text to save memory."""
    return "\0".join(paths.fold(plex))
