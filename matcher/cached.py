"""A library behind two caches: the libraries' headers for an hour, and which item has a path.

A cached answer saves Plex the search; it never saves the action that it is for.

Requests, at most:

- sections: one when the TTL is over, whether anything changed or not; none before;
- a path that was never seen: what the library beneath needs, one as a rule;
- the path of a known part: one small question about its item; none if it was asked for, or asked
  about, less than two seconds ago.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matcher.errors import PlexUnavailable
from matcher.haystack import Haystack
from matcher.library_cache import LibraryCache
from matcher.match_cache import MatchCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cache.store import Clock, Store
    from matcher.library import Library
    from matcher.model import Activity, Part, Section, Server

RECENT_S = 2.0
"""How long an answer is believed as it is: for the other files of one burst."""
MISS_S = 5.0
"""How long "Plex has no such file" is believed, unless a scan is heard of."""
SECTIONS_AGAIN_S = 2.0
"""How soon `sections_now` asks again: paths without an owner can come by the thousand."""
RECALL = "="
"""Begins the keys of what was matched, apart from what was asked; no path begins so."""
UNREACHABLE_S = 15.0
"""How long sections that are too old are served without asking a server that is down."""


class CachedLibrary:
    """A Library before another one. Called by one thread at a time; raises as that one does.

    Args:
        library: The one beneath, asked for what is not known. Who must know what Plex has at
            this moment (to see whether a scan did its work) asks that one, not this.
        store_sections: For headers. Emptied when the server turns out to be another one.
        store_matches: For paths of parts; likewise.
        ttl_s: How old headers may be.
        clock: The stores' clock: seconds since the epoch.
        origin: The url of the server. Another one than last time empties both stores.
    """

    def __init__(
        self,
        library: Library,
        store_sections: Store,
        store_matches: Store,
        ttl_s: float,
        clock: Clock = time.time,
        *,
        origin: str = "",
    ) -> None:
        self._library = library
        self._clock = clock
        self._sections = LibraryCache(store_sections, ttl_s, clock)
        self._matches = MatchCache(store_matches, clock, recent_s=RECENT_S, miss_s=MISS_S)
        self._asked_at = float("-inf")
        self._failed_at = float("-inf")
        self.stale = False
        self._around = Haystack(())
        if self._sections.is_another(origin=origin):
            self._forget_everything()

    # --- the Library

    def server(self) -> Server:
        """Ask who answers; a server that is not the one remembered empties the caches."""
        server = self._library.server()
        if self._sections.is_another(machine=server.machine):
            self._forget_everything()
        return server

    def sections(self) -> tuple[Section, ...]:
        """List the sections, at most `ttl_s` old if Plex can be reached.

        If it cannot, they are as they were when it last could, however old, and `stale` is True:
        a file can still be given to its library, and the request that follows tells that Plex is
        away. Raises PlexUnavailable only if nothing was ever known.
        """
        known = self._sections.fresh()
        if known is not None:
            return known
        known = self._sections.last()
        if known is not None and 0 <= self._clock() - self._failed_at < UNREACHABLE_S:
            return known
        try:
            return self._ask_sections()
        except PlexUnavailable:
            if known is None:
                raise
            self._failed_at = self._clock()
            self.stale = True
            return known

    def parts_containing(self, section: Section, text: str) -> tuple[Part, ...]:
        """List the leaf parts whose path contains `text`, and maybe more."""
        recent = self._matches.recent(section.key, text)
        if recent is not None:
            return recent
        around = self._from_directory(section, text)
        if around is not None:
            return around
        known = self._matches.stored(section.key, text)
        if known is not None:
            verified = self._verified(section, known)
            if verified == (known,):
                self._matches.confirm(section.key, text, verified)
                return verified
            if verified:
                self._matches.keep(section.key, text, verified)
                return verified
            self._matches.forget(section.key, text)
        return self._ask_parts(section, text)

    def all_parts(self, section: Section) -> Iterator[Part]:
        """Every leaf part, as Plex has it now."""
        return self._library.all_parts(section)

    def sample_parts(self, section: Section, count: int) -> tuple[Part, ...]:
        """At most `count` leaf parts, as Plex has them now."""
        return self._library.sample_parts(section, count)

    def item_parts(self, section: Section, key: int) -> tuple[Part, ...] | None:
        """List the parts of one leaf item as it is now, or None."""
        return self._library.item_parts(section, key)

    def trace(self, key: int) -> str | None:
        """Say what work has left in an item by now, or None."""
        return self._library.trace(key)

    def activities(self) -> tuple[Activity, ...]:
        """List what Plex is doing now."""
        return self._library.activities()

    # --- what only a cache needs

    def sections_now(self) -> tuple[Section, ...]:
        """List the sections as they are now, for a path that none of the known ones owns.

        So a library or location that was made a moment ago is seen without a restart. At most
        one request in two seconds; in between the known ones.
        """
        if 0 <= self._clock() - self._asked_at < SECTIONS_AGAIN_S:
            return self.sections()
        try:
            return self._ask_sections()
        except PlexUnavailable:
            self._failed_at = self._clock()
            return self.sections()

    @contextmanager
    def holding(self, questions: Iterable[tuple[Section, str]]) -> Iterator[None]:
        """Ask these once, and answer out of that for as long as the context lasts.

        What is asked about a single file in a directory that is held so asks nothing more. Raises
        what `parts_containing` raises. A scan that is asked for meanwhile ends it.
        """
        keys = [(section, text) for section, text in questions]
        for section, text in keys:
            self.parts_containing(section, text)
        self._matches.hold((section.key, text) for section, text in keys)
        try:
            yield
        finally:
            self._matches.hold(())

    def recall(self, section: Section, path: str) -> tuple[Part, ...]:
        """Return the parts that decided the match of a path before, as their items are now.

        One small question for each item, none within two seconds of the last. Forgotten where an
        item is gone or lost its part.
        """
        key = f"{RECALL}{path}"
        recent = self._matches.recent(section.key, key)
        if recent is not None:
            return recent
        known = self._matches.several(section.key, key)
        if not known:
            return ()
        now: dict[tuple[int, str], Part] = {}
        for item in dict.fromkeys(part.key for part in known):
            for part in self._library.item_parts(section, item) or ():
                now[part.key, part.file] = part
        if any((part.key, part.file) not in now for part in known):
            self._matches.forget(section.key, key)
            return ()
        fresh = tuple(now[part.key, part.file] for part in known)
        self._matches.confirm(section.key, key, fresh)
        return fresh

    def memorize(self, section: Section, path: str, parts: tuple[Part, ...]) -> None:
        """Keep the parts that decided the match of a path, without end."""
        self._matches.keep_several(section.key, f"{RECALL}{path}", parts)

    def forget_folder(self, section: int, directory: str) -> None:
        """Hear that a scan of a Plex-side directory was asked for, or has ended.

        What is remembered of the directory is dropped, and every answer of the section that is
        younger than seconds: "Plex has no such file" among them, wherever it was said.
        """
        self._matches.forget_below(section, directory)

    def forget_path(self, path: str) -> None:
        """Hear that the file with this Plex-side path was deleted or moved, in any section.

        That changes nothing yet in what Plex has, so answers that are held stay.
        """
        stem, dot, extension = path.rpartition(".")
        whole = dot and "/" not in extension
        for section in self._sections.last() or ():
            self._matches.forget_recent(section.key, but_held=True)
            self._matches.forget(section.key, path)
            self._matches.forget(section.key, f"{RECALL}{path}")
            if whole:
                self._matches.forget(section.key, stem)

    # --- inside

    def _ask_sections(self) -> tuple[Section, ...]:
        sections = self._library.sections()
        self._asked_at = self._clock()
        self._failed_at = float("-inf")
        self.stale = False
        news = self._sections.keep(sections)
        for key in news.changed:
            self._matches.forget_recent(key)
        for key in news.gone:
            self._matches.forget_section(key)
        return sections

    def _from_directory(self, section: Section, text: str) -> tuple[Part, ...] | None:
        """Answer a question about a path out of a young answer about its whole directory.

        What contains the path contains the directory's, so nothing is missed.
        """
        cut = max(text.rfind("/"), text.rfind("\\")) + 1
        if not 0 < cut < len(text):
            return None
        around = self._matches.recent(section.key, text[:cut])
        if around is None:
            return None
        if not self._around.of(around):
            self._around = Haystack(around)
        return self._around.containing(text)

    def _ask_parts(self, section: Section, text: str) -> tuple[Part, ...]:
        parts = self._library.parts_containing(section, text)
        self._matches.keep(section.key, text, parts)
        return parts

    def _verified(self, section: Section, known: Part) -> tuple[Part, ...]:
        """Ask the item whether it still has the part; as it has it now, or nothing."""
        now = self._library.item_parts(section, known.key) or ()
        return tuple(part for part in now if part.file == known.file)

    def _forget_everything(self) -> None:
        self._sections.forget()
        self._matches.forget_all()
        self._asked_at = float("-inf")
