"""Plex-side places: POSIX and Windows paths by components, and where they lie on this host."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

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

    def below(self, plex: str, *, fold: bool = False) -> tuple[str, ...] | None:
        """Answer a Plex-side path's components below this location, or None if it is outside."""
        mine, theirs = components(self.plex), components(plex)
        head = theirs[: len(mine)]
        if separator_of(self.plex) != separator_of(plex):
            return None
        if fold or separator_of(self.plex) == "\\":
            mine = tuple(part.casefold() for part in mine)
            head = tuple(part.casefold() for part in head)
        return theirs[len(mine) :] if mine == head else None

    def plex_path(self, below: tuple[str, ...]) -> str:
        """Spell a place below this location as the server does."""
        separator = separator_of(self.plex)
        return separator.join((self.plex.rstrip(separator), *below)) if below else self.plex

    def host_path(self, below: tuple[str, ...]) -> str:
        """Answer where a place below this location lies on this host."""
        return os.path.join(self.host, *below)  # noqa: PTH118 - str: names that are not UTF-8
