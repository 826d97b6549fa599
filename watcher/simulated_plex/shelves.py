"""How files come onto and off the catalogue's shelves: items made, kept, moved, trashed, purged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from watcher.simulated_plex import names
from watcher.simulated_plex.catalogue import Catalogue, Holding, Item, Media, Part, Section
from watcher.simulated_plex.places import Place, separator_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.simulated_plex.disk import Found


class Happening(StrEnum):
    """What can be told to whoever listens to the server."""

    SCAN_STARTED = "scan started"
    SCAN_ENDED = "scan ended"
    ADDED = "item added"
    UPDATED = "item updated"
    TRASHED = "item trashed"
    REMOVED = "item removed"


@dataclass(frozen=True, slots=True)
class SimEvent:
    """One thing that happened in the server: `key` is the item's, `path` is Plex-side."""

    what: Happening
    section: int
    at: float
    path: str = ""
    key: int | None = None
    title: str = ""


def full_title(item: Item) -> str:
    """Name an item for people: "Show S01E02", "Artist / Album / Track", "Movie (2020)"."""
    if item.type == "episode" and item.parent and item.parent.parent:
        return f"{item.parent.parent.title} S{item.parent.index or 0:02}E{item.index or 0:02}"
    above = f"{full_title(item.parent)} / " if item.parent else ""
    return f"{above}{item.title}" + (f" ({item.year})" if item.type == "movie" else "")


@dataclass(slots=True)
class Shelves:
    """Changes one section; the caller holds the catalogue's lock. `told` collects what happened.

    `wall` answers seconds since the epoch, as Plex writes them into its rows.
    """

    catalogue: Catalogue
    section: Section
    wall: Callable[[], float]
    told: list[SimEvent]

    def add(self, place: Place, found: Found, digest: str) -> None:
        """Put a new file onto its item or items, making these where they are missing."""
        for item in self._items_for(found.below):
            stack = self._stack(place, found.below)
            media = next((one for one in item.media if one.stack == stack), None)
            if media is None:
                media = Media(self.catalogue.next_id("media"), stack)
                item.media.append(media)
            part = Part(
                self.catalogue.next_id("part"),
                place.plex_path(found.below),
                found.host,
                found.size,
                found.mtime_ns,
                digest,
                found.size,
            )
            media.parts.append(part)
            self._shelve(Holding(item, media, part))
            self._tell(Happening.ADDED, item, part.file)

    def move(self, held: Holding, place: Place, found: Found) -> bool:
        """Let a part follow its file; False if the new name speaks of another item."""
        item = self._moved_item(held.item, found.below)
        if item is None:
            return False
        self._unshelve(held)
        held.part.file, held.part.host = place.plex_path(found.below), found.host
        held.part.mtime_ns, held.part.deleted_at = found.mtime_ns, None
        held.media.stack = self._stack(place, found.below)
        if item is not held.item:
            held.item.media.remove(held.media)
            item.media.append(held.media)
            self._drop_if_empty(held.item)
        self._shelve(Holding(item, held.media, held.part))
        self._tell(Happening.UPDATED, item, held.part.file)
        return True

    def resize(self, held: Holding, size: int, mtime_ns: int, digest: str) -> None:
        """Take up a file's new size; its streams stay those of the last analysis."""
        held.part.size, held.part.mtime_ns, held.part.digest = size, mtime_ns, digest
        self._tell(Happening.UPDATED, held.item, held.part.file)

    def revive(self, held: Holding) -> None:
        """Take a part out of the trash again."""
        held.part.deleted_at = None
        self._tell(Happening.ADDED, held.item, held.part.file)

    def trash(self, held: Holding) -> None:
        """Mark a part as gone; its item stays listed."""
        held.part.deleted_at = int(self.wall())
        self._tell(Happening.TRASHED, held.item, held.part.file)

    def purge(self, held: Holding) -> None:
        """Remove a part for good, and everything above that is empty then."""
        self._unshelve(held)
        held.media.parts.remove(held.part)
        if not held.media.parts:
            held.item.media.remove(held.media)
        self._tell(Happening.REMOVED, held.item, held.part.file)
        self._drop_if_empty(held.item)

    def purge_trash(self) -> None:
        """Remove everything that is in the section's trash."""
        for held in [held for held in self.section.holdings() if held.part.deleted_at]:
            self.purge(held)

    def _items_for(self, below: tuple[str, ...]) -> list[Item]:
        if self.section.type == "movie":
            movie = names.movie_of(below)
            return [self._movie(movie)] if movie else []
        if self.section.type == "artist":
            return [self._track(names.track_of(below))]
        episode = names.episode_of(below)
        return self._episodes(episode) if episode else []

    def _movie(self, name: names.MovieName) -> Item:
        return self._have(None, "movie", name.identity, name.title, year=name.year)

    def _season(self, name: names.EpisodeName) -> Item:
        identity = f"{name.show.casefold()}|{name.year}"
        show = self._have(None, "show", identity, name.show, year=name.year)
        title = f"Season {name.season}" if name.season else "Specials"
        return self._have(show, "season", str(name.season), title, index=name.season)

    def _episodes(self, name: names.EpisodeName) -> list[Item]:
        season = self._season(name)
        made = [
            self._have(season, "episode", str(number), f"Episode {number}", index=number)
            for number in name.episodes
        ]
        for item in made:
            item.date = name.date
        return made

    def _album(self, name: names.TrackName) -> Item:
        artist = self._have(None, "artist", name.artist.casefold(), name.artist)
        return self._have(artist, "album", name.album.casefold(), name.album)

    def _track(self, name: names.TrackName) -> Item:
        album = self._album(name)
        return self._have(album, "track", name.identity, name.title, index=name.index)

    def _have(
        self,
        parent: Item | None,
        kind: str,
        identity: str,
        title: str,
        *,
        year: int | None = None,
        index: int | None = None,
    ) -> Item:
        known = self._known(parent, identity)
        if known is not None:
            return known
        now = int(self.wall())
        item = Item(
            self.catalogue.next_id("item"),
            kind,
            self.section.key,
            title,
            identity,
            now,
            now,
            parent=parent,
            year=year,
            index=index,
        )
        self.catalogue.items[item.key] = item
        self._siblings(parent)[identity] = item
        return item

    def _known(self, parent: Item | None, identity: str) -> Item | None:
        return self._siblings(parent).get(identity)

    def _moved_item(self, item: Item, below: tuple[str, ...]) -> Item | None:
        """Answer the item that a moved part belongs to: its own one wherever that is possible."""
        if self.section.type == "movie":
            movie = names.movie_of(below)
            if movie is None:
                return None
            return self._renamed(item, None, movie.identity, movie.title, movie.year)
        if self.section.type == "artist":
            track = names.track_of(below)
            return self._renamed(item, self._album(track), track.identity, track.title)
        episode = names.episode_of(below)
        if episode is None or episode.episodes != (item.index,):
            return None
        return self._renamed(item, self._season(episode), item.identity, item.title)

    def _renamed(
        self, item: Item, parent: Item | None, identity: str, title: str, year: int | None = None
    ) -> Item | None:
        """Let an item go by another name or under another parent; None where it has to stay.

        It stays if it has other files as well, and goes into an item that has that name already.
        """
        known = self._known(parent, identity)
        if known is not None or len(list(item.parts())) > 1:
            return known
        self._siblings(item.parent).pop(item.identity)
        left, item.parent = item.parent, parent
        item.identity, item.title, item.year = identity, title, year
        self._siblings(parent)[identity] = item
        if left is not None:
            self._drop_if_empty(left)
        return item

    def _siblings(self, parent: Item | None) -> dict[str, Item]:
        return self.section.tops if parent is None else parent.children

    def _stack(self, place: Place, below: tuple[str, ...]) -> str:
        movie = names.movie_of(below) if self.section.type == "movie" else None
        return f"{place.id}:{movie.stack}" if movie else place.plex_path(below)

    def _directory(self, part: Part) -> str:
        return part.file.rpartition(separator_of(part.file))[0]

    def _shelve(self, held: Holding) -> None:
        files = self.section.directories.setdefault(self._directory(held.part), {})
        files.setdefault(held.part.file, []).append(held)

    def _unshelve(self, held: Holding) -> None:
        directory = self._directory(held.part)
        files = self.section.directories[directory]
        files[held.part.file] = [one for one in files[held.part.file] if one.part is not held.part]
        if not files[held.part.file]:
            del files[held.part.file]
        if not files:
            del self.section.directories[directory]

    def _drop_if_empty(self, item: Item) -> None:
        if item.media or item.children:
            return
        self.catalogue.items.pop(item.key, None)
        self._siblings(item.parent).pop(item.identity, None)
        if item.parent is not None:
            self._drop_if_empty(item.parent)

    def _tell(self, what: Happening, item: Item, path: str) -> None:
        self.touch(item)
        self.told.append(
            SimEvent(what, self.section.key, self.wall(), path, item.key, full_title(item))
        )

    def touch(self, item: Item, *, dated: bool = False, content: bool = True) -> None:
        """Drop the ready elements of an item and of what is above and below it.

        `dated` moves its updatedAt, which metadata work does and a change of files does not
        (Plex-Auto-Languages#77); `content` counts in the section's contentChangedAt.
        """
        waiting = [item]
        while waiting:
            one = waiting.pop()
            one.rendered.clear()
            waiting.extend(one.children.values())
        above = item.parent
        while above is not None:
            above.rendered.clear()
            above = above.parent
        if dated:
            item.updated_at = int(self.wall())
        self.section.content_changed_at += content
        self.catalogue.changed.notify_all()
