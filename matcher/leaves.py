"""Lists of a section's leaf parts: page by page, a sample, or those that Plex's filter finds.

Two things are not to be relied on and are therefore found out from the answers, by the way:

- that the server trims its answers as asked: where a page has items but no paths, or the request
  is not understood, less is trimmed from then on;
- that one page is as long as asked: the next one starts where the last one ended.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from matcher.errors import PlexError
from matcher.faults import NOT_UNDERSTOOD, status_of
from matcher.file_filter import LEAF_TYPES
from matcher.routes import TRIMMINGS, leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matcher.answers import Page
    from matcher.model import Part, Section
    from matcher.routes import Ask

LOOKUP_ITEMS = 250
"""The first page of a lookup: more than a season, and not much even if nothing is trimmed."""
_MOST_PAGES = 100_000
"""No list is longer; one that seems so is never-ending."""
_SAMPLE_PLACES = 5


class Leaves:
    """Lists leaf parts; a section of a type without leaves (or an unknown one) has none.

    `fetch` asks for one page of the section with the given key, or raises PlexError. Called by
    one thread at a time.
    """

    def __init__(self, fetch: Callable[[Ask, int], Page]) -> None:
        self._fetch = fetch
        self._trim = 0
        self._trim_proven = False

    def all(self, section: Section) -> Iterator[Part]:
        """Yield every part, a page in memory at a time.

        While the list changes, a part may come twice; one that was there all the time is missed
        only if as many items were added as removed between two pages.
        """
        if section.type not in LEAF_TYPES:
            return iter(())
        return chain.from_iterable(page.parts for page in self._pages(section, None, None))

    def having(self, section: Section, asked: str) -> tuple[Part, ...]:
        """List what the server's `file=` filter answers, whatever that is."""
        pages = self._pages(section, asked, LOOKUP_ITEMS)
        return tuple(chain.from_iterable(page.parts for page in pages))

    def first(self, section: Section, asked: str | None = None) -> Page:
        """Fetch a list's first item alone: is there one, and what is it like?"""
        return self._page(section, asked, (0, 1))

    def sample(self, section: Section, count: int) -> tuple[Part, ...]:
        """List at most `count` parts from five places of the list, in one or five requests.

        `sort=random` would do with one, but not every server knows it, and an answer that is the
        same twice can be reasoned about.
        """
        if section.type not in LEAF_TYPES or count <= 0:
            return ()
        first = self._page(section, None, (0, count))
        total = first.items if first.total is None else first.total
        if total <= count:
            return (first.parts if first.items >= total else tuple(self.all(section)))[:count]
        share = -(-count // _SAMPLE_PLACES)
        parts = list(first.parts[:share])
        for place in range(1, _SAMPLE_PLACES):
            parts += self._page(section, None, (place * total // _SAMPLE_PLACES, share)).parts
        return tuple({(part.key, part.part_id): part for part in parts}.values())[:count]

    def _pages(self, section: Section, asked: str | None, first: int | None) -> Iterator[Page]:
        start, total, size = 0, None, first
        for _ in range(_MOST_PAGES):
            window = (start, size or TRIMMINGS[self._trim].page_items)
            page = self._page(section, asked, window)
            yield page
            # What left the list since the last page moved the rest forward: step back as far.
            gone = 0 if total is None or page.total is None else max(0, total - page.total)
            start, total, size = max(0, start + page.items - gone), page.total, None
            more = page.items == window[1] if total is None else start < total
            if not more or not (page.items or gone):
                return

    def _page(self, section: Section, asked: str | None, window: tuple[int, int]) -> Page:
        """Fetch one page, trimmed as far as this server still gives paths."""
        leaf = LEAF_TYPES[section.type]
        for level in range(self._trim, len(TRIMMINGS)):
            last = level == len(TRIMMINGS) - 1
            ask = leaves(section.key, leaf, asked, window, TRIMMINGS[level])
            try:
                page = self._fetch(ask, section.key)
            except PlexError as error:
                if last or self._trim_proven or status_of(error) not in NOT_UNDERSTOOD:
                    raise
                continue
            if page.parts:
                self._trim, self._trim_proven = level, True
            if page.parts or last or not (page.items or (page.total or 0) > window[0]):
                return page
        raise AssertionError("the last level returns or raises")
