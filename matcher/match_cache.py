"""What is remembered of lookups: the parts that were found for a text, by section.

Three kinds, kept in different ways because they go out of date in different ways:

- a file's own path, or its path without the extension, with the one part that it leads to: on
  disk, without end. That the item still has that part is a question about one item, and is asked
  before the answer is used again;
- anything else that was found (a folder's parts, several files that begin alike): in memory, for
  the blink in which one burst asks the same thing again. A new neighbour makes such an answer
  wrong, and no question about the items in it would show that;
- nothing: in memory for seconds, and dropped as soon as a scan was asked for or has ended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.rows import part_from, part_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cache.store import JSON, Clock, Store
    from matcher.model import Part

_MOST_RECENT = 4096
"""Answers held in memory: more than any burst, and bounded."""
_EXTENSION = re.compile(r"\.\w{1,5}")


@dataclass(frozen=True, slots=True)
class Recent:
    """An answer, and when Plex gave or confirmed it (seconds since the epoch)."""

    parts: tuple[Part, ...]
    at: float


class MatchCache:
    """Lookups by section and text. One thread at a time.

    `recent_s` is how long an answer is believed as it is, `miss_s` how long "nothing" is.
    """

    def __init__(self, store: Store, clock: Clock, *, recent_s: float, miss_s: float) -> None:
        self._store = store
        self._clock = clock
        self._recent_s = recent_s
        self._miss_s = miss_s
        self._recent: dict[tuple[int, str], Recent] = {}
        self._held: frozenset[tuple[int, str]] = frozenset()

    def hold(self, keys: Iterable[tuple[int, str]]) -> None:
        """Let young answers to these (section, text) count as young until others are held.

        For decisions about many files at once, which rest on one answer however long they take.
        """
        self._held = frozenset(keys)

    def recent(self, section: int, text: str) -> tuple[Part, ...] | None:
        """Return an answer that is so young that nothing needs to be asked."""
        known = self._recent.get((section, text))
        if known is None:
            return None
        allowed_s = self._recent_s if known.parts else self._miss_s
        if (section, text) in self._held:
            return known.parts
        if 0 <= self._clock() - known.at < allowed_s:
            return known.parts
        del self._recent[section, text]
        return None

    def stored(self, section: int, text: str) -> Part | None:
        """Return the part that this path leads to, as last known: its item is to be asked."""
        return part_from(self._store.get(_key(section, text)))

    def confirm(self, section: int, text: str, parts: tuple[Part, ...]) -> None:
        """Remember that an answer is as it is stored."""
        if len(self._recent) >= _MOST_RECENT:
            self._recent = {key: self._recent[key] for key in self._held if key in self._recent}
        self._recent[section, text] = Recent(parts, self._clock())

    def keep(self, section: int, text: str, parts: tuple[Part, ...]) -> None:
        """Remember an answer that Plex just gave."""
        self.confirm(section, text, parts)
        having = [part for part in parts if text in part.file]
        key, known = _key(section, text), self._store.peek(_key(section, text))
        if len(having) == 1 and _leads_to(text, having[0].file):
            row = part_row(having[0])
            if known is None or known.value != row:
                self._store.set(key, row)
        elif known is not None:
            self._store.delete(key)

    def several(self, section: int, key: str) -> tuple[Part, ...]:
        """Return the parts kept under a key, as last known; none if one of them is unreadable."""
        rows = self._store.get(_key(section, key))
        parts = [part_from(row) for row in rows] if isinstance(rows, list) else []
        known = tuple(part for part in parts if part is not None)
        return known if len(known) == len(parts) else ()

    def keep_several(self, section: int, key: str, parts: tuple[Part, ...]) -> None:
        """Keep parts under a key, on disk, without end; written only if they are news."""
        self.confirm(section, key, parts)
        rows: list[JSON] = [part_row(part) for part in parts]
        known = self._store.peek(_key(section, key))
        if known is None or known.value != rows:
            self._store.set(_key(section, key), rows)

    def forget(self, section: int, text: str) -> None:
        """Forget an answer that proved wrong."""
        self._recent.pop((section, text), None)
        self._store.delete(_key(section, text))

    def forget_recent(self, section: int, *, but_held: bool = False) -> None:
        """Forget everything about a section that is not verified when it is used."""
        kept = self._held if but_held else frozenset[tuple[int, str]]()
        self._recent = {
            key: known for key, known in self._recent.items() if key[0] != section or key in kept
        }

    def forget_below(self, section: int, directory: str) -> None:
        """Forget what lies below a directory, since new neighbours may have come."""
        self.forget_recent(section)
        self._store.clear(_key(section, directory))

    def forget_section(self, section: int) -> None:
        """Forget everything about a section."""
        self.forget_recent(section)
        self._store.clear(_key(section, ""))

    def forget_all(self) -> None:
        """Forget everything."""
        self._recent.clear()
        self._store.clear()


def _key(section: int, text: str) -> str:
    """Name an entry. The text as it is: two names that differ in case are two files."""
    return f"{section}:{text}"


def _leads_to(text: str, file: str) -> bool:
    """Say whether a text is a file's path, or all of it but the extension."""
    return file.startswith(text) and (
        file == text or _EXTENSION.fullmatch(file[len(text) :]) is not None
    )
