"""What is remembered of the libraries themselves: each section's header, with its age.

Never a list of items: headers are half a kilobyte each, and all of them come in one request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.rows import section_from, section_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cache.store import JSON, Clock, Store
    from matcher.model import Section

_LIST = "sections"
_HEADER = "section:"
_MACHINE = "machine"
_ORIGIN = "origin"
_READ_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class News:
    """What differs from what was remembered, by section key.

    `changed`: its content did, or its title or locations. `gone`: it is no more, or another
    section has its key now, as after a new installation.
    """

    changed: frozenset[int]
    gone: frozenset[int]


class LibraryCache:
    """Section headers in a store: one key for each, and one for the list, which has the TTL.

    The list begins with the time at which it was made, so that one look at it tells whether what
    was read before is still what the store holds (another process may share the store).
    """

    def __init__(self, store: Store, ttl_s: float, clock: Clock) -> None:
        self._store = store
        self._ttl_s = ttl_s
        self._clock = clock
        self._read: tuple[JSON, tuple[Section, ...]] = (None, ())
        self._read_at = float("-inf")

    def fresh(self) -> tuple[Section, ...] | None:
        """Return the sections if they are younger than the TTL.

        The store is asked, and counts a hit or a miss, at most once a second: a burst of paths
        would read the same row again and again.
        """
        if 0 <= self._clock() - self._read_at < _READ_AGAIN_S:
            return self._read[1]
        listed = self._store.get(_LIST)
        headers = None if listed is None else self._headers(listed)
        self._read_at = float("-inf") if headers is None else self._clock()
        return headers

    def last(self) -> tuple[Section, ...] | None:
        """Return the sections as they were last seen, however long ago."""
        listed = self._store.peek(_LIST)
        return None if listed is None else self._headers(listed.value)

    def keep(self, sections: Sequence[Section]) -> News:
        """Remember the sections as they are now, and say what is new of them."""
        self._read_at = float("-inf")
        before = {section.key: section for section in self.last() or ()}
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
            self._store.set(_LIST, [self._clock(), *now], ttl_s=self._ttl_s)
        return News(frozenset(changed), frozenset(gone))

    def forget(self) -> None:
        """Forget every section."""
        self._read_at = float("-inf")
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

    def _headers(self, listed: JSON) -> tuple[Section, ...] | None:
        """Read the headers of a list, unless it is the one that was read last."""
        if listed == self._read[0]:
            return self._read[1]
        if not isinstance(listed, list):
            return None
        found = []
        for key in listed[1:]:
            entry = self._store.peek(f"{_HEADER}{key}")
            section = None if entry is None else section_from(entry.value)
            if section is None:
                return None
            found.append(section)
        self._read = (listed, tuple(found))
        return self._read[1]


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
