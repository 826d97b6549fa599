"""Telling: what was seen goes on in batches, without the noise."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from watcher.events import Event, What

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH: Final = 512

_ENCODING: Final = sys.getfilesystemencoding()
"""What `os.fsdecode` uses; it takes three times as long, and this is asked of every directory."""


class Teller:
    """Collects the events of one tree and passes them on. Owned by the thread that owns the tree.

    `put` takes a batch and may block while its reader is slow. `ignored` says which absolute host
    paths are noise; `report` gets a level and a sentence. `missed` hears of each path, and whether
    it is a directory, that is missing but not told as deleted. `without_noise` leaves out of the
    names of directories in a directory those that are noise, or gives None: then each is asked
    about.
    """

    def __init__(
        self,
        put: Callable[[list[Event]], None],
        ignored: Callable[[str, bool], bool],
        report: Callable[[str, str], None],
        missed: Callable[[str, bool], None] = lambda _path, _is_dir: None,
        without_noise: Callable[[list[bytes]], list[bytes] | None] = lambda _names: None,
    ) -> None:
        self._put = put
        self._ignored = ignored
        self._batch: list[Event] = []
        self._missed = missed
        self._without_noise = without_noise
        self.report = report

    def ignores(self, path: bytes, *, is_dir: bool) -> bool:
        """Whether a path is noise."""
        return self._ignored(path.decode(_ENCODING, "surrogateescape"), is_dir)

    def wanted(self, path: bytes, names: list[bytes]) -> list[bytes]:
        """Leave out the noise of the names of directories in a directory."""
        wanted = self._without_noise(names)
        if wanted is None:
            base = path + b"/"
            wanted = [name for name in names if not self.ignores(base + name, is_dir=True)]
        return wanted

    def tell(self, what: What, path: bytes, *, is_dir: bool = False) -> None:
        """Tell of one path, unless it is noise."""
        text = os.fsdecode(path)
        if not self._ignored(text, is_dir):
            self._batch.append(Event(what, text, is_dir))
            if len(self._batch) >= _BATCH:
                self.flush()

    def tell_move(
        self, source: bytes, dest: bytes, *, is_dir: bool, appeared: What = What.CREATED
    ) -> None:
        """Tell of a move: from noise it is an appearance, into noise it is a loss.

        A directory that appears like this is not told here but by whoever lists it.
        """
        old, new = os.fsdecode(source), os.fsdecode(dest)
        from_noise, to_noise = self._ignored(old, is_dir), self._ignored(new, is_dir)
        if from_noise:
            if not is_dir:
                self.tell(appeared, dest, is_dir=False)
        elif to_noise:
            self.tell(What.DELETED, source, is_dir=is_dir)
        else:
            self._batch.append(Event(What.MOVED, old, is_dir, new))

    def miss(self, path: bytes, *, is_dir: bool = False) -> None:
        """Say that a path is missing where nobody can tell whether it was deleted."""
        for name in map(os.fsdecode, self.names(path)):
            if not self._ignored(name, is_dir):
                self._missed(name, is_dir)

    def names(self, path: bytes) -> tuple[bytes, ...]:
        """Name the paths by which a path of the tree is told. Any thread may call."""
        return (path,)

    def flush(self) -> None:
        """Pass on what was collected; blocks while the reader is behind."""
        if self._batch:
            batch, self._batch = self._batch, []
            self._put(batch)
