"""Folders: the watched ones, what the user said of each, and which of them holds a path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher.globs import NO_GLOBS, Globs
from matcher.noise import is_noise_path, noiseless
from matcher.paths import components

if TYPE_CHECKING:
    from matcher.shelf import Names


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
class Folders:
    """All watched folders; safe for any thread."""

    folders: tuple[Folder, ...]

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
        """Say whether an absolute host path is noise; what no folder holds is."""
        held = self.holding(path)
        if held is None:
            return True
        folder, names = held
        return is_noise_path(names, is_dir=is_dir, ignore=folder.ignore)

    def noiseless(self, names: list[bytes]) -> list[bytes] | None:
        """Leave out the directories that are noise by their names; None where paths matter as well.

        It is about directories that are not folders themselves, within those that are no noise,
        and much cheaper than to ask of each.
        """
        return None if any(each.ignore.patterns for each in self.folders) else noiseless(names)
