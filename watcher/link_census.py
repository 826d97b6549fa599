"""Counting the directories of watched folders and of what links in them lead to, for `check`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from watcher.folders import WatchedFolder
from watcher.following import Link, choose
from watcher.resolve import Ways

if TYPE_CHECKING:
    from collections.abc import Iterable

_OWNER = WatchedFolder("", "auto", 0.0)


class Census:
    """Walks folders, and what is to be followed from there, when it is made.

    `folders` are host paths; no more than `most` directories are counted below each top.
    `directories` counts all, `targets` the directories that links lead to.
    """

    def __init__(self, folders: Iterable[str], most: int) -> None:
        self._most = most
        self._ways = Ways()
        self._links: list[Link] = []
        self._places: dict[bytes, bytes] = {}
        self.directories = 0
        tops = [os.fsencode(folder) for folder in folders]
        for top in tops:
            self._walk(top, top)
        reals = {self._ways.of_directory(top) for top in tops}
        walked: set[bytes] = set()
        while fresh := {
            real: same[0].path
            for real, same in choose(self._links, self._places, reals).targets.items()
            if real not in walked
        }:
            for real, path in fresh.items():
                self._walk(real, path)
            walked |= fresh.keys()
        self.targets = len(walked)

    def _walk(self, top: bytes, shown: bytes) -> None:
        """Count below a directory that is shown by a path, and note the links to directories."""
        count = 0
        for here, below, _ in os.walk(top):
            count += 1
            for path in (os.path.join(here, name) for name in below):  # noqa: PTH118 - bytes
                if os.path.islink(path):  # noqa: PTH114 - a path of bytes
                    name = shown + path[len(top) :]
                    self._links.append(Link(name, _OWNER, self._ways.resolve(path)))
                    self._places[name] = self._ways.of_directory(here)
            if count >= self._most:
                break
        self.directories += count
