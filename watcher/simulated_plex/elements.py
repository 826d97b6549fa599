"""What the server says of a section, an item, an activity: elements with recorded attributes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from watcher.simulated_plex import names, sidecars
from watcher.simulated_plex.answers import Element, Value

if TYPE_CHECKING:
    from watcher.simulated_plex.catalogue import Item, Media, Part, Section
    from watcher.simulated_plex.inside import Activity

_TAGS = {"movie": "Video", "episode": "Video", "track": "Track"}
_SUMMARY = (
    "A summary of the length that summaries have. It says who meets whom, what they want, what "
    "stands in their way and what it costs them, and it stops before the end is told, because "
    "people who read summaries rarely want to know the end, though some do and say so."
)
_PEOPLE = ("Ada Example", "Ben Example", "Cleo Example")
_MS_PER_MB = 1_600


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is said of an item: `detail` as /library/metadata, `files` looks at disk."""

    detail: bool = False
    files: bool = False


SHALLOW = Depth()


@dataclass(frozen=True, slots=True)
class Trim:
    """Which attributes and children of an item were asked for; empty sets ask for nothing."""

    only_fields: frozenset[str] = frozenset()
    no_fields: frozenset[str] = frozenset()
    only_elements: frozenset[str] = frozenset()
    no_elements: frozenset[str] = frozenset()
    depth: Literal["item", "deep"] = "item"

    def key(self) -> str:
        """Name this trim, for elements that are kept ready."""
        sets = (self.only_fields, self.no_fields, self.only_elements, self.no_elements)
        return "|".join((self.depth, *(",".join(sorted(one)) for one in sets)))

    def apply(self, element: Element) -> Element:
        """Leave out what was not asked for."""
        attributes = {
            name: value
            for name, value in element.attributes.items()
            if (not self.only_fields or name in self.only_fields) and name not in self.no_fields
        }
        children = [
            self.apply(child) if self.depth == "deep" else child
            for child in element.children
            if (not self.only_elements or child.tag in self.only_elements)
            and child.tag not in self.no_elements
        ]
        return Element(element.tag, attributes, children, element.name, element.one)


def section_element(section: Section) -> Element:
    """Say what /library/sections says of one library."""
    return Element(
        "Directory",
        {
            "allowSync": True,
            "art": f"/:/resources/{section.type}-fanart.jpg",
            "composite": f"/library/sections/{section.key}/composite/{section.updated_at}",
            "filters": True,
            "refreshing": section.refreshing,
            "thumb": f"/:/resources/{section.type}.png",
            "key": str(section.key),
            "type": section.type,
            "title": section.title,
            "agent": section.agent,
            "scanner": section.scanner,
            "language": section.language,
            "uuid": section.uuid,
            "updatedAt": section.updated_at,
            "createdAt": section.created_at,
            "scannedAt": section.scanned_at,
            "content": True,
            "directory": True,
            "contentChangedAt": section.content_changed_at,
            "hidden": 0,
        },
        [Element("Location", {"id": place.id, "path": place.plex}) for place in section.places],
    )


def item_element(item: Item, section: Section, depth: Depth = SHALLOW) -> Element:
    """Say what lists say of one item; `depth` adds what only /library/metadata says."""
    leaf = item.type in _TAGS
    attributes: dict[str, Value] = {
        "ratingKey": str(item.key),
        "key": f"/library/metadata/{item.key}{'' if leaf else '/children'}",
        **_ancestors(item),
        "guid": f"plex://{item.type}/{item.key:024x}",
        "type": item.type,
        "title": item.title,
        "summary": _SUMMARY,
        **_numbers(item),
        "thumb": f"/library/metadata/{item.key}/thumb/{item.updated_at}",
        "art": f"/library/metadata/{item.key}/art/{item.updated_at}",
        "addedAt": item.added_at,
        "updatedAt": item.updated_at,
    }
    if item.deleted_at:
        attributes["deletedAt"] = item.deleted_at
    if depth.detail:
        attributes |= {
            "librarySectionTitle": section.title,
            "librarySectionID": section.key,
            "librarySectionKey": f"/library/sections/{section.key}",
        }
    children = [_media(media, item, section, depth) for media in item.media]
    if item.type in ("movie", "episode"):
        children += [
            Element("Director", {"tag": _PEOPLE[0]}),
            Element("Writer", {"tag": _PEOPLE[1]}),
        ]
        children += [Element("Role", {"tag": person}) for person in _PEOPLE]
    if depth.detail and item.type in ("show", "artist"):
        children += [Element("Location", {"path": path}) for path in _folders(item)]
    return Element(_TAGS.get(item.type, "Directory"), attributes, children, "Metadata")


def activity_element(activity: Activity) -> Element:
    """Say what /activities says of one activity."""
    attributes: dict[str, Value] = {
        "uuid": activity.uuid,
        "type": activity.type,
        "cancellable": activity.cancellable,
        "userID": 1,
        "title": activity.title,
        "subtitle": activity.subtitle,
        "progress": -1,
    }
    context = [Element("Context", dict(activity.context), one=True)] if activity.context else []
    return Element("Activity", attributes, context)


def session_element(item: Item, section: Section) -> Element:
    """Say what /status/sessions says of an item that is being played."""
    element = item_element(item, section, Depth(detail=True))
    element.attributes["sessionKey"] = str(item.key)
    player = Element(
        "Player", {"title": "Living room", "state": "playing", "local": True}, one=True
    )
    user = Element("User", {"id": "1", "title": "somebody"}, one=True)
    element.children += [user, player]
    return element


def _ancestors(item: Item) -> dict[str, Value]:
    said: dict[str, Value] = {}
    above = item.parent
    for prefix in ("parent", "grandparent"):
        if above is None:
            break
        said[f"{prefix}RatingKey"] = str(above.key)
        said[f"{prefix}Key"] = f"/library/metadata/{above.key}"
        said[f"{prefix}Title"] = above.title
        if prefix == "parent" and above.index is not None:
            said["parentIndex"] = above.index
        above = above.parent
    return said


def _numbers(item: Item) -> dict[str, Value]:
    said: dict[str, Value] = {}
    if item.index is not None:
        said["index"] = item.index
    if item.year is not None:
        said["year"] = item.year
    if item.date is not None:
        said["originallyAvailableAt"] = item.date
    if item.media:
        said["duration"] = _duration(item.media[0])
    if item.children:
        said["leafCount"] = sum(1 for _ in item.leaves())
        said["childCount"] = len(item.children)
    return said


def _media(media: Media, item: Item, section: Section, depth: Depth) -> Element:
    first = media.parts[0]
    attributes: dict[str, Value] = {
        "id": media.id,
        "duration": _duration(media),
        "bitrate": 3250,
        "audioChannels": 2,
        "audioCodec": "aac",
        "container": names.extension(first.file),
    }
    if section.type != "artist":
        attributes |= {
            "width": 1920,
            "height": 1080,
            "aspectRatio": 1.78,
            "videoCodec": "h264",
            "videoResolution": "1080",
            "videoFrameRate": "24p",
            "videoProfile": "high",
        }
    if media.deleted_at:
        attributes["deletedAt"] = media.deleted_at
    parts = [_part(part, item, depth) for part in media.parts]
    return Element("Media", attributes, parts)


def _part(part: Part, item: Item, depth: Depth) -> Element:
    ending = names.extension(part.file)
    stamp = part.mtime_ns // 1_000_000_000
    attributes: dict[str, Value] = {
        "id": part.id,
        "key": f"/library/parts/{part.id}/{stamp}/file.{ending}",
        "duration": part.analyzed_size * _MS_PER_MB // 1_000_000 + 1000,
        "file": part.file,
        "size": part.size,
        "container": ending,
    }
    if part.deleted_at:
        attributes["deletedAt"] = part.deleted_at
    if depth.files:
        there = bool(part.host) and Path(part.host).is_file()
        attributes |= {"accessible": there, "exists": there}
    return Element("Part", attributes, _streams(part, item) if depth.detail else [])


def _streams(part: Part, item: Item) -> list[Element]:
    """Streams as the last analysis saw them, and every subtitle file that a refresh found."""
    streams = [] if item.type == "track" else [Element("Stream", _stream(part, 1, "h264"))]
    streams.append(Element("Stream", _stream(part, 2, "aac")))
    for number, path in enumerate(sorted(filter(sidecars.is_subtitle, item.sidecars)), start=3):
        stream = _stream(part, 3, names.extension(path)) | {"id": part.id * 100 + number}
        stream |= {"key": f"/library/streams/{part.id * 100 + number}", "displayTitle": path}
        streams.append(Element("Stream", stream))
    return streams


def _stream(part: Part, kind: int, codec: str) -> dict[str, Value]:
    return {"id": part.id * 100 + kind, "streamType": kind, "codec": codec, "index": kind - 1}


def _duration(media: Media) -> int:
    return sum(part.analyzed_size * _MS_PER_MB // 1_000_000 + 1000 for part in media.parts)


def _folders(item: Item) -> list[str]:
    """Every folder that is the show's or artist's own: two levels above a file, at least one."""
    found: dict[str, None] = {}
    for leaf in item.leaves():
        for part in leaf.parts():
            separator = "\\" if "\\" in part.file and not part.file.startswith("/") else "/"
            folder = part.file.rpartition(separator)[0]
            name = folder.rpartition(separator)[2]
            deep = leaf.parent is not None and names.names_season(name)
            found[folder.rpartition(separator)[0] if deep else folder] = None
    return list(found)
