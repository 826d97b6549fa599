"""Folders: the watched ones, what the user said of each, and which of them holds a path."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from matcher.globs import NO_GLOBS, Globs
from matcher.noise import is_noise_path, without_noise
from matcher.paths import components

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.shelf import Names

_REMEMBERED: Final = 4096
"""Directories of which so much comes at a time are fewer than these."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One watched folder.

    `path` is a normalised host path. `libraries` are the titles of the only sections it may
    concern, None for all. `ignore` are the patterns for it, the general ones included.
    """

    path: str
    libraries: frozenset[str] | None = None
    ignore: Globs = NO_GLOBS
    names: Names = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        """Take the path apart once."""
        object.__setattr__(self, "names", components(self.path))


@dataclass(frozen=True, slots=True)
class _Within:
    """Which folder holds a directory, by which names below it, and whether that is noise."""

    folder: Folder
    names: Names
    is_noise: bool


@dataclass(frozen=True, slots=True)
class Folders:
    """All watched folders; safe for any thread."""

    folders: tuple[Folder, ...]
    _paths: frozenset[str] = field(init=False, repr=False, compare=False)
    _within: Callable[[str], _Within | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make room for what is remembered of directories."""
        object.__setattr__(self, "_paths", frozenset(each.path for each in self.folders))
        object.__setattr__(self, "_within", lru_cache(_REMEMBERED)(self._look_up))

    def holding(self, path: str) -> tuple[Folder, Names] | None:
        """Return the innermost folder that holds a normalised host path, and the names below it."""
        names = components(path)
        best: Folder | None = None
        for each in self.folders:
            inner = best is None or len(each.names) > len(best.names)
            if inner and names[: len(each.names)] == each.names:
                best = each
        return None if best is None else (best, names[len(best.names) :])

    def is_noise(self, path: str, is_dir: bool = False) -> bool:
        """Say whether a normalised host path is noise; what no folder holds is.

        What there is to say of the directory that it lies in is remembered.
        """
        if path in self._paths:
            return False
        directory, _, name = path.rpartition("/")
        within = self._within(directory)
        if within is None or within.is_noise:
            return True
        if is_noise_path((name,), is_dir=is_dir):
            return True
        ignore = within.folder.ignore
        return bool(ignore.patterns) and ignore.match((*within.names, name), is_dir=is_dir)

    def _look_up(self, directory: str) -> _Within | None:
        held = self.holding(directory or "/")
        if held is None:
            return None
        folder, names = held
        return _Within(folder, names, is_noise_path(names, is_dir=True, ignore=folder.ignore))

    def without_noise(self, names: list[bytes]) -> list[bytes] | None:
        """Leave out the directories that are noise by their names; None where paths matter as well.

        It is about directories that are not folders themselves, within those that are no noise,
        and much cheaper than to ask of each.
        """
        return None if any(each.ignore.patterns for each in self.folders) else without_noise(names)
