"""What the matcher asks of a media library: reading (Library) and requesting work (Requests)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.model import Activity, Part, Section, Server


class Library(Protocol):
    """Reading what Plex has. Nothing here changes anything in Plex.

    Every method blocks until Plex has answered, is called by one thread at a time, and raises
    PlexUnavailable, PlexRefused or PlexNonsense.
    """

    def server(self) -> Server:
        """Ask who answers."""
        ...

    def sections(self) -> tuple[Section, ...]:
        """List every section, as it is now."""
        ...

    def parts_containing(self, section: Section, text: str) -> tuple[Part, ...]:
        """List the section's leaf parts whose file path contains `text`.

        May answer more than that (the server's filter folds case and knows wildcards): the
        caller compares paths itself. Never answers less.
        """
        ...

    def all_parts(self, section: Section) -> Iterator[Part]:
        """Every leaf part of the section, page by page; memory stays bounded by a page."""
        ...

    def sample_parts(self, section: Section, count: int) -> tuple[Part, ...]:
        """At most `count` leaf parts, spread over the section."""
        ...

    def item_parts(self, section: Section, key: int) -> tuple[Part, ...] | None:
        """List the parts of one leaf item, or None if the item does not exist (any more)."""
        ...

    def trace(self, key: int) -> str | None:
        """Say in a text without meaning what metadata work and analyses have left in an item.

        Another text than before: something was done to the item since. The same one: perhaps not.
        What people do (playing, rating) leaves no trace. None if there is no such item (any more).
        """
        ...

    def activities(self) -> tuple[Activity, ...]:
        """List what Plex is doing now."""
        ...


class Requests(Protocol):
    """Asking Plex for work. Plex answers at once and works later: True is "accepted", not "done".

    False says that Plex does not know the section or item. Raises as Library does.
    """

    def scan(self, section: int, directory: str) -> bool:
        """Ask for a partial scan of one Plex-side directory."""
        ...

    def refresh(self, key: int) -> bool:
        """Ask for a refresh of one item's metadata, local files included."""
        ...

    def analyze(self, key: int) -> bool:
        """Ask for the analysis of one item's media."""
        ...

    def empty_trash(self, section: int) -> bool:
        """Ask for the removal of a section's deleted items."""
        ...
