"""The difference between a location's files on disk and the parts that Plex has of it: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from matcher import paths
from matcher.change import Change, Happened
from watcher.refused import GONE

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

    `left_alone` are Plex paths of files that Plex did not take before, or did not let go, and
    that are as they were then; `overcome` those of files that are in step now. `on_disk` and
    `known` count the files of either side.
    """

    missing: tuple[Change, ...]
    replaced: tuple[Change, ...]
    gone: tuple[Change, ...]
    left_alone: tuple[str, ...]
    overcome: tuple[str, ...]
    on_disk: int
    known: int
    spelled_alike: bool = False

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
    *,
    spelled_alike: bool = False,
) -> Difference:
    """Compare disk and Plex.

    Args:
        on_disk: The media files of one location, as the host has them.
        plex: What Plex has of the same place.
        gone_from: For a part's Plex path that was not met on disk: the host path that it is
            gone from, or None if it is not (it is there after all, or not watched here).
        refused: What Plex did not take before in this place, or did not let go: Plex path to
            (size, mtime in ns), or to `watcher.refused.GONE`.
        spelled_alike: Plex is known to spell names in this place as the disk does.
    """
    tally = _Tally({_name(known.file): known for known in plex}, refused, spelled_alike)
    for file in on_disk:
        tally.meet(file)
    tally.miss(gone_from)
    return tally.difference()


class _Tally:
    def __init__(
        self,
        have: dict[str, Known],
        refused: Mapping[str, tuple[int, int]],
        spelled_alike: bool,
    ) -> None:
        self._have = have
        self._refused = refused
        self._unmet = set(have)
        self._seen = 0
        self._missing: list[Change] = []
        self._replaced: list[Change] = []
        self._gone: list[Change] = []
        self._left_alone: list[str] = []
        self._overcome: list[str] = []
        self._spelled_alike = spelled_alike
        self._otherwise: list[tuple[DiskFile, Known]] = []
        """Files that Plex has by another spelling."""

    def meet(self, file: DiskFile) -> None:
        """Compare a file on disk with what Plex has of it."""
        self._seen += 1
        name = _name(file.plex)
        has = self._have.get(name)
        self._unmet.discard(name)
        if has is not None and not file.plex.isascii():
            self._note_spelling(file, has)
        if has is not None and has.size in {None, file.size}:
            if file.plex in self._refused:
                self._overcome.append(file.plex)
        elif self._refused.get(file.plex) == (file.size, file.mtime_ns):
            self._left_alone.append(file.plex)
        elif has is None:
            self._missing.append(Change(Happened.CREATED, file.host, size=file.size))
        else:
            self._replaced.append(Change(Happened.CHANGED, file.host, size=file.size))

    def _note_spelling(self, file: DiskFile, has: Known) -> None:
        if has.file != file.plex:
            self._otherwise.append((file, has))
        elif not self._spelled_alike:
            self._spelled_alike = paths.may_be_spelled_otherwise(file.plex)

    def miss(self, gone_from: Callable[[str], str | None]) -> None:
        """See what became of the files that Plex has and that were not met.

        Nor is a file met that Plex has by a spelling that is not on the disk any more, where Plex
        spells names as the disk does.
        """
        for file, known in self._otherwise if self._spelled_alike else ():
            host = gone_from(known.file)
            if host is not None:
                self._missing.append(Change(Happened.CREATED, file.host, size=file.size))
                self._gone.append(Change(Happened.DELETED, host))
        for name, known in self._have.items():
            host = gone_from(known.file) if name in self._unmet else None
            if host is not None and self._refused.get(known.file) == GONE:
                self._left_alone.append(known.file)
            elif host is not None:
                self._gone.append(Change(Happened.DELETED, host))
        self._overcome += [
            file
            for file, looks in self._refused.items()
            if looks == GONE and _name(file) not in self._have
        ]

    def difference(self) -> Difference:
        return Difference(
            tuple(self._missing),
            tuple(self._replaced),
            tuple(self._gone),
            tuple(self._left_alone),
            tuple(self._overcome),
            self._seen,
            len(self._have),
            self._spelled_alike,
        )


def _name(plex: str) -> str:
    """Return a Plex path in the form in which paths are compared, as one text to save memory."""
    return "\0".join(paths.fold(plex))
