"""The Library and the Requests as Plex's routes: what each method asks and how it is read.

Nothing of HTTP is here: a `Wire` sends and raises PlexError, whatever it is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from matcher import answers, routes
from matcher.errors import PlexError, PlexUnavailable
from matcher.faults import Missing, status_of
from matcher.finder import Finder
from matcher.leaves import Leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    from matcher.answers import Page
    from matcher.model import Activity, Part, Section, Server
    from matcher.routes import Ask

T = TypeVar("T")

_NO_HINT = frozenset({400, 403, 404, 405, 500, 501})
"""Statuses by which a server may say that it does not tell what it is doing."""


class Wire(Protocol):
    """Sends requests, one after the other; raises PlexError, Missing for a 404."""

    def read(self, ask: Ask, read: Callable[[Element], T]) -> T:
        """Ask, and return what `read` makes of the answer."""
        ...

    def page(self, ask: Ask, section: int) -> Page:
        """Ask for one page of a list of leaves."""
        ...

    def request(self, ask: Ask) -> None:
        """Ask for work; the answer says nothing."""
        ...


class Questions:
    """Asks a Plex server over a wire.

    One thread at a time calls. What is asked is exactly what a method says: no request is made
    for another one's sake, but for one probe of the file filter (see `finder`).
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._leaves = Leaves(wire.page)
        self._finder = Finder(self._leaves, self.sections)

    def server(self) -> Server:
        """Ask who answers: `GET /`."""
        return self._wire.read(routes.SERVER, answers.server)

    def sections(self) -> tuple[Section, ...]:
        """List every section, as it is now: `GET /library/sections`.

        None at all is no answer: a server that starts, or whose database is being restored, would
        else be taken for one whose libraries were all removed, and every job would end.
        """
        found = self._wire.read(routes.SECTIONS, answers.sections)
        if not found:
            raise PlexUnavailable("Plex lists no libraries at all: is it still starting?")
        return found

    def parts_containing(self, section: Section, text: str) -> tuple[Part, ...]:
        """List the leaf parts whose path contains `text`, and maybe more: one small request.

        Spellings (NFC, NFD) count as equal. Nothing where Plex does not know the section.
        """
        return self._finder.containing(section, text)

    def doubt(self, section: int) -> bool:
        """Drop what stands in for a section's file filter; see `Finder.doubt`. Asks nothing."""
        return self._finder.doubt(section)

    def all_parts(self, section: Section) -> Iterator[Part]:
        """Every leaf part, in trimmed pages; twice where the list moved meanwhile."""
        return self._leaves.all(section)

    def sample_parts(self, section: Section, count: int) -> tuple[Part, ...]:
        """At most `count` leaf parts from five places of the list: one or five requests."""
        return self._leaves.sample(section, count)

    def item_parts(self, section: Section, key: int) -> tuple[Part, ...] | None:
        """List the parts of one leaf item, or None; Plex is told not to refresh it for that."""
        try:
            return self._wire.read(
                routes.item(key), lambda tree: answers.item_parts(tree, section.key)
            )
        except Missing:
            return None

    def trace(self, key: int) -> str | None:
        """Say what metadata work and analyses have left in an item, or None; nothing is done."""
        try:
            return self._wire.read(routes.trace(key), answers.trace)
        except Missing:
            return None

    def activities(self) -> tuple[Activity, ...]:
        """List what Plex is doing now: `GET /activities`.

        A hint, on which nothing may depend: a server that answers otherwise in good order, but
        this with an error (no such route, not for this user), is one of which nobody knows.
        """
        try:
            return self._wire.read(routes.ACTIVITIES, answers.activities)
        except PlexError as error:
            if status_of(error) in _NO_HINT:
                return ()
            raise

    def playing(self) -> tuple[int, ...]:
        """List the ratingKeys of what is being played: `GET /status/sessions`."""
        return self._wire.read(routes.PLAYING, answers.playing)

    def warm(self, section: Section) -> int:
        """Load a whole section ahead of many lookups; how many parts it has.

        Lookups are then answered from memory until the section's content changes.
        """
        return self._finder.warm(section)

    def filter_works(self, section: Section) -> bool:
        """Say whether the server can look a path up; without that, whole sections are loaded."""
        return self._finder.filter_works(section)

    def scan(self, section: int, directory: str) -> bool:
        """Ask for a partial scan; `directory` is a Plex-side path in Plex's own spelling.

        plexapi's `section.update(path)` is not used: it needs the section as an object (two more
        requests), and raises UnicodeEncodeError for a name that is not UTF-8. One way for all
        names is the one that works for all names.

        Raises:
            ValueError: `directory` is empty, and the scan would be one of the whole section.
        """
        if not directory:
            raise ValueError("a scan without a directory is a scan of the whole section")
        return self._accepted(routes.scan(section, directory))

    def refresh(self, key: int) -> bool:
        """Ask for a refresh of one item's metadata, local files included."""
        return self._accepted(routes.of_item("refresh", key))

    def analyze(self, key: int) -> bool:
        """Ask for the analysis of one item's media."""
        return self._accepted(routes.of_item("analyze", key))

    def empty_trash(self, section: int) -> bool:
        """Ask for the removal of a section's deleted items, for good."""
        return self._accepted(routes.empty_trash(section))

    def _accepted(self, ask: Ask) -> bool:
        try:
            self._wire.request(ask)
        except Missing:
            return False
        return True
