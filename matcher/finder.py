"""Finds parts by a text in their path: with Plex's filter, or with an index where that is dearer.

An answer that holds what was asked for proves the filter. Any other first answer is followed by
one probe: something that cannot be there is asked for, or something that must be. Names and
folders are judged apart, since a server may match names only, and so are the types of sections.

Without the filter, a section is loaded once into an index, and again when its content changed.
With it, an index is loaded ahead for a burst of lookups, and serves until the content changes.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.errors import PlexError
from matcher.faults import NOT_UNDERSTOOD, Missing, status_of
from matcher.file_filter import (
    LEAF_TYPES,
    SENTINEL,
    Verdict,
    asks_for_folder,
    texts_to_ask,
    verdict,
)
from matcher.part_index import PartIndex, stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.leaves import Leaves
    from matcher.model import Part, Section

LOOKUPS_PER_HOUR = 500
"""More lookups than that in one section, and one trimmed load of all of it is cheaper."""
HEADER_FRESH_S = 2.0
"""How long a section's counter is believed: a burst asks once, and nothing new is missed."""
_HOUR_S = 3600.0
_UNUSED_S = 600.0
"""An index that nobody asked for this long gives its memory back."""
_REST = 5.0
"""A section that changes all the time is loaded again after this many times the load's time."""

_Kind = tuple[str, bool]
"""What a verdict on the filter is about: a section's type, and whether folders were asked for."""


@dataclass(slots=True)
class _Loaded:
    index: PartIndex
    loaded_at: float
    took_s: float
    used_at: float


class Finder:
    """Finds parts by text.

    `headers` asks for all sections as they are now. `clock` is monotonic, in seconds. Called by
    one thread at a time; raises PlexError.
    """

    def __init__(
        self,
        leaves: Leaves,
        headers: Callable[[], tuple[Section, ...]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._leaves = leaves
        self._headers = headers
        self._clock = clock
        self._works: dict[_Kind, bool] = {}
        self._broken_since: dict[_Kind, float] = {}
        self._refuses_nonsense: set[_Kind] = set()
        self._loaded: dict[int, _Loaded] = {}
        self._lookups: dict[int, deque[float]] = {}
        self._seen: dict[int, Section] = {}
        self._seen_at = float("-inf")

    def containing(self, section: Section, text: str) -> tuple[Part, ...]:
        """List the parts whose path contains `text`, and maybe more.

        Nothing where Plex has no such section (any more).
        """
        if section.type not in LEAF_TYPES:
            return ()
        try:
            index = self._index_as_of_now(section)
            return self._asked(section, text) if index is None else index.containing(text)
        except Missing:
            if self._is_listed(section):
                raise  # an answer of something in between: nobody may take it for an empty section
            return ()

    def warm(self, section: Section) -> int:
        """Load all of a section, ahead of many lookups; how many parts that were."""
        if section.type not in LEAF_TYPES:
            return 0
        return len(self._load(section))

    def filter_works(self, section: Section) -> bool:
        """Find out, if that is not known yet, whether the server knows the filter."""
        kind = (section.type, False)
        if section.type in LEAF_TYPES and kind not in self._works:
            self._probe(section, kind, Verdict.DOUBTFUL)
        return self._works.get(kind, True)

    def _asked(self, section: Section, text: str) -> tuple[Part, ...]:
        asked_texts = texts_to_ask(text, section.locations)
        found: dict[tuple[int, str, int | None], Part] = {}
        for asked in asked_texts:
            parts = self._filtered(section, asked)
            if parts is None:
                return self._indexed(section).containing(text)
            found.update({(part.key, part.file, part.part_id): part for part in parts})
            if any(text in part.file for part in parts):
                break
        return tuple(found.values()) if asked_texts else self._indexed(section).containing(text)

    # --- the filter

    def _filtered(self, section: Section, asked: str) -> tuple[Part, ...] | None:
        """Ask with the filter; None where it cannot be used."""
        kind = (section.type, asks_for_folder(asked))
        if not self._may_filter(kind):
            return None
        self._count(section)
        try:
            parts = self._leaves.having(section, asked)
        except PlexError as error:
            status = status_of(error) or 0
            proven = self._works.get(kind, False)
            if status not in NOT_UNDERSTOOD or (proven and status >= 500):
                raise
            self._indexed(section)  # raises too where it is not the filter that is at fault
            if not proven:
                self._judge(kind, works=False)
            return None
        seen = verdict(asked, parts)
        if seen is Verdict.FILTERED:
            self._judge(kind, works=True)
        elif kind not in (self._works if seen is Verdict.EMPTY else self._refuses_nonsense):
            self._probe(section, kind, seen)
        return parts if self._may_filter(kind) else None

    def _may_filter(self, kind: _Kind) -> bool:
        if self._works.get(kind, True):
            return True
        if self._clock() - self._broken_since[kind] < _HOUR_S:
            return False
        del self._works[kind]  # a server may have been updated meanwhile
        return True

    def _judge(self, kind: _Kind, *, works: bool) -> None:
        self._works[kind] = works
        if not works:
            self._broken_since[kind] = self._clock()

    def _probe(self, section: Section, kind: _Kind, seen: Verdict) -> None:
        """Ask for what cannot be there, then for what must be; an empty section shows nothing."""
        if seen is not Verdict.EMPTY:
            if self._leaves.first(section, SENTINEL).items:
                self._judge(kind, works=False)
                return
            self._refuses_nonsense.add(kind)
        for part in self._leaves.first(section).parts[:1]:
            known = part.file if kind[1] else part.file.replace("\\", "/").rpartition("/")[2]
            for asked in texts_to_ask(known, section.locations)[:1]:
                self._judge(kind, works=self._leaves.first(section, asked).items > 0)

    def _count(self, section: Section) -> None:
        """Count a lookup; the one too many within an hour loads the section.

        Not while it is being scanned: what is loaded then is out of date a moment later.
        """
        now = self._clock()
        times = self._lookups.setdefault(section.key, deque(maxlen=LOOKUPS_PER_HOUR))
        if len(times) == LOOKUPS_PER_HOUR and now - times[0] < _HOUR_S:
            times.clear()
            if not self._header(section).refreshing:
                self.warm(section)
        times.append(now)

    def doubt(self, section: int) -> bool:
        """Drop what stands in for a section's files, unless it was loaded a moment ago.

        For whoever misses something in it: the section's counter may not have moved, or not be
        asked for so soon. False where answers are Plex's own, or as young as can be.
        """
        loaded = self._loaded.get(section)
        if loaded is None or self._clock() - loaded.loaded_at < HEADER_FRESH_S:
            return False
        del self._loaded[section]
        return True

    # --- the index

    def _index_as_of_now(self, section: Section) -> PartIndex | None:
        """Return the index if it still tells the truth; forget it if it does not."""
        loaded = self._loaded.get(section.key)
        if loaded is None:
            return None
        now, stamp = self._clock(), stamp_of(self._header(section))
        if loaded.index.stamp == stamp != (0, 0) and now - loaded.used_at < _UNUSED_S:
            loaded.used_at = now
            return loaded.index
        if self._may_filter((section.type, False)):
            del self._loaded[section.key]
        return None

    def _indexed(self, section: Section) -> PartIndex:
        """Return an index where nothing else will do, loaded anew if the content changed."""
        loaded = self._loaded.get(section.key)
        if loaded is not None:
            rest_s = max(HEADER_FRESH_S, _REST * loaded.took_s)
            if self._clock() - loaded.loaded_at < rest_s:
                return loaded.index
        return self._index_as_of_now(section) or self._load(section)

    def _load(self, section: Section) -> PartIndex:
        stamp = stamp_of(self._header(section))
        started = self._clock()
        index = PartIndex(self._leaves.all(section), stamp)
        now = self._clock()
        self._loaded[section.key] = _Loaded(index, now, now - started, now)
        return index

    def _is_listed(self, section: Section) -> bool:
        """Whether Plex has the section. Raises Missing too, where the list itself is answered so.

        Then it is not Plex that answers.
        """
        return section.key in self._as_of_now()

    def _header(self, section: Section) -> Section:
        """Return the section's header as of now, at most two seconds old."""
        seen = self._as_of_now()
        if section.key not in seen:
            raise Missing(f"section {section.key} is not in Plex any more")
        return seen[section.key]

    def _as_of_now(self) -> dict[int, Section]:
        if self._clock() - self._seen_at >= HEADER_FRESH_S:
            self._seen = {header.key: header for header in self._headers()}
            self._seen_at = self._clock()
        return self._seen
