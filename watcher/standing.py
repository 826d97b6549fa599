"""What stands at a path, and whether it is the library that stood there before.

A directory is known by its number on its file system. Another one of the same file system was put
there by somebody who renamed things: the disk is there, and what is gone is gone. One of another
file system may be the same library (a pool or a remote that was mounted anew, a snapshot), or the
wrong disk. Nothing but what is in it tells: some files that were known before are looked for.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from matcher import paths
from matcher.change import Kind
from matcher.kinds import kind_of
from matcher.noise import is_noise
from watcher.gone import WINDOW_S
from watcher.resolve import where_it_leads
from watcher.scene import lasting_identity

if TYPE_CHECKING:
    from collections.abc import Callable

FEW: Final = 50
"""So few deletions are believed whatever share of the folder they are: small libraries exist."""
ENOUGH: Final = 100
"""So many known files are kept in mind."""
_OF_ONE: Final = 10
"""So many of one directory, as long as there are others."""
_MOST_LOOKED_INTO: Final = 2_000
"""So many directories are looked into for them."""
_REFRESH_S: Final = 60.0
_UNHEEDED = frozenset({Kind.NOISE, Kind.OTHER})


@dataclass(frozen=True, slots=True)
class Sight:
    """A look at a folder's root: its identity, and whether there is anything in it.

    `file_system` is a number that is the same after the next mount, None where there is none.
    """

    device: int
    inode: int
    empty: bool
    anchored: bool
    file_system: int | None = None

    def is_same(self, other: Sight) -> bool:
        """Whether it is the same directory."""
        return self.inode == other.inode and self.is_on_the_disk_of(other)

    def is_on_the_disk_of(self, other: Sight) -> bool:
        """Whether both are on the same file system, also if that was mounted anew."""
        if None not in {self.file_system, other.file_system}:
            return self.file_system == other.file_system
        return self.device == other.device


def look(path: str, anchor: str | None) -> Sight | None:
    """Look at a folder; None if it is absent or cannot be read."""
    try:
        found = os.stat(path)  # noqa: PTH116 - paths are text throughout
        with os.scandir(path) as entries:
            empty = next(entries, None) is None
    except OSError:
        return None
    anchored = anchor is None or os.path.lexists(os.path.join(path, anchor))  # noqa: PTH118
    lasting = lasting_identity(os.fsencode(path), (found.st_dev, found.st_ino))
    file_system = None if lasting is None else lasting[0]
    return Sight(found.st_dev, found.st_ino, empty, anchored, file_system)


def counts(path: str, *, is_dir: bool) -> bool:
    """Whether a path counts for a guard: a directory, or a file that Plex may take notice of.

    What an unpacker or a download leaves for a while must not look like a lost disk.
    """
    return is_dir or kind_of(paths.name(path), is_dir=False) not in _UNHEEDED


def some_files(top: str, answers: Callable[[str], bool]) -> tuple[str, ...]:
    """Pick some files that count, all over a directory; all of them where there are no more.

    Nothing of what is mounted below it or linked to: those are disks of their own.
    """
    taken: list[str] = []
    more: list[str] = []
    waiting, looked_into = [top], 0
    while waiting and len(taken) < ENOUGH and looked_into < _MOST_LOOKED_INTO:
        # Whichever: a disk swapped for another one may have the first ones in common.
        at = random.randrange(len(waiting))  # noqa: S311 - it keeps no secret
        waiting[at], waiting[-1] = waiting[-1], waiting[at]
        directory = waiting.pop()
        looked_into += 1
        if directory != top and not (answers(directory) and _is_part_of(directory, top)):
            continue
        files, below = _inside(directory)
        waiting += below
        taken += files[:_OF_ONE]
        more += files[_OF_ONE : max(0, ENOUGH - len(more))]
    return tuple((taken + more)[:ENOUGH])


def _is_part_of(directory: str, top: str) -> bool:
    try:
        return os.stat(directory).st_dev == os.stat(top).st_dev  # noqa: PTH116 - as above
    except OSError:
        return False


def _inside(directory: str) -> tuple[list[str], list[str]]:
    """List the files that count, in any order, and the directories."""
    files, below = [], []
    try:
        with os.scandir(directory) as entries:
            for each in entries:
                if not each.is_dir(follow_symlinks=False):
                    files += [each.path] if counts(each.name, is_dir=False) else []
                elif not is_noise(each.name, is_dir=True):
                    below.append(each.path)
    except OSError:
        pass
    random.shuffle(files)
    return files, below


class Standing:
    """What was seen to stand at a path last, and some files that were in it.

    `answers` says whether the file system of a host path answers; what does not is not looked at.
    """

    __slots__ = (
        "_answers",
        "_leads_to",
        "_older",
        "_older_at",
        "_path",
        "_refreshed_s",
        "_seen",
        "files",
    )

    def __init__(self, path: str, answers: Callable[[str], bool]) -> None:
        self._path = path
        self._answers = answers
        self._seen: Sight | None = None
        self._leads_to = b""
        self._refreshed_s = float("-inf")
        self.files: tuple[str, ...] = ()
        self._older: tuple[str, ...] = ()
        self._older_at = float("-inf")

    def note(self, sight: Sight) -> None:
        """Take what stands there for the library from now on; which files it has, is seen later."""
        self._leads_to = where_it_leads(os.fsencode(self._path))
        self._seen = sight
        self.files = self._older = ()
        self._refreshed_s = self._older_at = float("-inf")

    def keep_up(self, sight: Sight, now: float) -> None:
        """Note what stands there while all is well: it is what others are compared with later."""
        if self._seen is None or not self._seen.is_same(sight):
            self.note(sight)
        if now - self._refreshed_s < _REFRESH_S:
            return
        files = self.left()
        if len(files) * 4 < ENOUGH * 3:
            files = some_files(self._path, self._answers)
        after = look(self._path, None)
        if after is not None and after.is_same(sight):  # or they may be those of another disk
            if self.files and files != self.files and now - self._older_at >= WINDOW_S:
                self._older, self._older_at = self.files, now
            self.files = files
            self._refreshed_s = now

    def left(self) -> tuple[str, ...]:
        """Those of the files that are still there, as far as anybody can tell."""
        return self._left(self.files)

    def _left(self, files: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(path for path in files if not self._answers(path) or os.path.lexists(path))

    def lacks_much(self, now: float) -> bool:
        """Whether a good part of the files is gone, as it is when half of all are.

        Of those that were known before the latest change, since that may be the loss; so it is
        where none is known.
        """
        is_late = now - self._older_at < WINDOW_S
        files = self._older if is_late else self.files
        return 3 * len(self._left(files)) <= 2 * len(files)

    def is_lost(self, sight: Sight) -> bool:
        """Whether a disk stands there now that is another one, and has another library.

        A link that somebody made lead elsewhere is no disk that went, and of a small library
        nobody can tell.
        """
        if self._seen is None or self._seen.is_on_the_disk_of(sight) or len(self.files) <= FEW:
            return False
        if where_it_leads(os.fsencode(self._path)) != self._leads_to:
            return False
        return len(self.left()) * 2 < len(self.files)
