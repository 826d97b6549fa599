"""What is remembered of the libraries themselves: each section's header, with its age.

Never a list of items: headers are half a kilobyte each, and all of them come in one request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.rows import section_from, section_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cache.store import Store
    from matcher.model import Section

_LIST = "sections"
_HEADER = "section:"
_MACHINE = "machine"
_ORIGIN = "origin"


@dataclass(frozen=True, slots=True)
class News:
    """What differs from what was remembered, by section key.

    `changed`: its content did, or its title or locations. `gone`: it is no more, or another
    section has its key now, as after a new installation.
    """

    changed: frozenset[int]
    gone: frozenset[int]


class LibraryCache:
    """Section headers in a store: one key for the list, which has the TTL, and one for each."""

    def __init__(self, store: Store, ttl_s: float) -> None:
        self._store = store
        self._ttl_s = ttl_s

    def fresh(self) -> tuple[Section, ...] | None:
        """Return the sections if they are younger than the TTL; counted as a hit or a miss."""
        return self._headers() if self._store.get(_LIST) is not None else None

    def last(self) -> tuple[Section, ...] | None:
        """Return the sections as they were last seen, however long ago."""
        return self._headers()

    def keep(self, sections: Sequence[Section]) -> News:
        """Remember the sections as they are now, and say what is new of them."""
        before = {section.key: section for section in self._headers() or ()}
        now = {section.key: section for section in sections}
        replaced = {key for key in before.keys() & now.keys() if _another(before[key], now[key])}
        gone = (before.keys() - now.keys()) | replaced
        changed = {
            key for key in before.keys() & now.keys() if _content(before[key]) != _content(now[key])
        }
        with self._store.batch():
            for key, section in now.items():
                if before.get(key) != section:
                    self._store.set(f"{_HEADER}{key}", section_row(section))
            for key in before.keys() - now.keys():
                self._store.delete(f"{_HEADER}{key}")
            self._store.set(_LIST, list(now), ttl_s=self._ttl_s)
        return News(frozenset(changed), frozenset(gone))

    def forget(self) -> None:
        """Forget every section."""
        self._store.clear(_LIST)
        self._store.clear(_HEADER)

    def is_another(self, *, machine: str = "", origin: str = "") -> bool:
        """Say whether the server is another one than remembered, and remember this one.

        `machine` is the server's own name of itself, `origin` the url that it is asked at.
        """
        another = False
        for key, value in ((_MACHINE, machine), (_ORIGIN, origin)):
            known = self._store.peek(key)
            if value and (known is None or known.value != value):
                another = another or known is not None
                self._store.set(key, value)
        return another

    def _headers(self) -> tuple[Section, ...] | None:
        listed = self._store.peek(_LIST)
        if listed is None or not isinstance(listed.value, list):
            return None
        found = []
        for key in listed.value:
            entry = self._store.peek(f"{_HEADER}{key}")
            section = None if entry is None else section_from(entry.value)
            if section is None:
                return None
            found.append(section)
        return tuple(found)


def _another(before: Section, now: Section) -> bool:
    """Say whether the same key means another section: its uuid tells, or else everything else."""
    if before.uuid and now.uuid:
        return before.uuid != now.uuid
    return before.type != now.type or not (
        before.title == now.title or set(before.locations) & set(now.locations)
    )


def _content(section: Section) -> tuple[object, ...]:
    """Return what decides whether answers about a section can have changed.

    The counter. Without one (old servers), every scan may have changed something.
    """
    stamp = section.content_changed_at or ("scanned", section.scanned_at)
    return stamp, section.title, section.locations
