"""Plex-side places: POSIX and Windows paths by components, and where they lie on this host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOWS = re.compile(r"[A-Za-z]:|\\\\")


def separator_of(plex: str) -> str:
    """Answer the separator of the system that a Plex-side path comes from."""
    return "\\" if _WINDOWS.match(plex) else "/"


def components(plex: str) -> tuple[str, ...]:
    """Split a Plex-side path into its components, root and trailing separators left out."""
    if separator_of(plex) == "\\":
        plex = plex.replace("/", "\\")
        return tuple(part for part in plex.split("\\") if part)
    return tuple(part for part in plex.split("/") if part)


@dataclass(frozen=True, slots=True)
class Place:
    """A location of a section: `plex` as written there, `host` an absolute directory here."""

    id: int
    plex: str
    host: str

    @property
    def windows(self) -> bool:
        """Tell whether the server runs on Windows, where case does not count."""
        return separator_of(self.plex) == "\\"

    def below(self, plex: str, *, fold: bool = False) -> tuple[str, ...] | None:
        """Answer a Plex-side path's components below this location, or None if it is outside."""
        mine, theirs = components(self.plex), components(plex)
        if {".", ".."} & set(theirs):
            return None
        head = theirs[: len(mine)]
        if separator_of(self.plex) != separator_of(plex):
            return None
        if fold or self.windows:
            mine = tuple(part.casefold() for part in mine)
            head = tuple(part.casefold() for part in head)
        return theirs[len(mine) :] if mine == head else None

    def plex_path(self, below: tuple[str, ...]) -> str:
        """Spell a place below this location as the server does."""
        separator = separator_of(self.plex)
        return separator.join((self.plex.rstrip(separator), *below)) if below else self.plex

    def spelled(self, below: tuple[str, ...]) -> tuple[str, ...]:
        """Spell a path as the disk does where it differs in case alone; unknown parts stay."""
        here, found = Path(self.host), []
        for name in below:
            if not (here / name).exists():
                name = next(filter(_same(name), _names_in(here)), name)  # noqa: PLW2901 - respelled
            found.append(name)
            here /= name
        return tuple(found)

    def host_path(self, below: tuple[str, ...]) -> str:
        """Answer where a place below this location lies on this host."""
        return str(Path(self.host, *below))


def _same(name: str) -> Callable[[str], bool]:
    return lambda other: other.casefold() == name.casefold()


def _names_in(directory: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in directory.iterdir())
    except OSError:
        return []
