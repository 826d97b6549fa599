"""What Plex answers, read into the matcher's types; nothing here asks, and nothing else parses.

Two forms come in. Short answers (sections, activities, one item) are element trees, as plexapi
hands them over. Lists of parts are bytes, read by expat without building a tree: 100,000 episodes
as a tree are 1.4 GB, as a stream of start tags they are the parts that stay.

Reading is tolerant, because what is asked for ("only these fields") is a request and not a
guarantee: unknown elements and attributes are passed over, a missing attribute is its default, an
item without a usable number or a part without a path is left out.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

from matcher.model import Activity, Part, Section, Server

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ITEM_FIELDS = (
    "ratingKey",
    "type",
    "title",
    "year",
    "index",
    "parentRatingKey",
    "parentTitle",
    "parentIndex",
    "grandparentRatingKey",
    "grandparentTitle",
    "deletedAt",
    "librarySectionID",
)
PART_FIELDS = ("id", "file", "size")
"""Every attribute that is read here: a request may ask for no more than these."""

_MOST_DIGITS = 20
"""No number of Plex's is longer: sizes and times in milliseconds have half of that."""
_BYTE_MARK = 0x10FE00
"""Undecodable bytes 0x80-0xFF travel through expat as U+10FE80-U+10FEFF, at the end of a private
plane, and come back as the lone surrogates that `os.fsdecode` would have made of them."""
_MARKED = {0xDC00 + byte: _BYTE_MARK + byte for byte in range(0x80, 0x100)}
_UNMARKED = {mark: surrogate for surrogate, mark in _MARKED.items()}
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
    "|&#(?:[0-8]|1[124-9]|2[0-9]|3[01]|x(?:0*[0-8bcefBCEF]|0*1[0-9a-fA-F]));",
)


class BadAnswerError(ValueError):
    """An answer that is not the XML that was asked for; the text says what it looks like."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its parts, and what the list says of itself.

    `items` counts the elements that have a ratingKey, with parts or without. `total` is the
    length of the whole list, or None where the answer does not say it (it was not paged).
    """

    parts: tuple[Part, ...]
    items: int
    total: int | None


def server(tree: Element) -> Server:
    """Read the answer to `GET /`, or to `GET /identity`, which has no name."""
    machine = tree.get("machineIdentifier", "")
    if not machine:
        raise BadAnswerError(
            "an answer without a machineIdentifier: is this address a Plex server?"
        )
    return Server(machine, tree.get("friendlyName", ""), tree.get("version", ""))


def sections(tree: Element) -> tuple[Section, ...]:
    """Read the answer to `GET /library/sections`."""
    if tree.tag != "MediaContainer":
        raise BadAnswerError(f"an answer that begins with <{tree.tag}>, not with <MediaContainer>")
    found = (_section(element) for element in tree.iter("Directory"))
    return tuple(section for section in found if section is not None)


def _section(element: Element) -> Section | None:
    key = number(element.get("key"))
    if key is None:
        return None
    return Section(
        key=key,
        title=element.get("title", ""),
        type=element.get("type", ""),
        locations=tuple(
            path for place in element.iter("Location") if (path := place.get("path", ""))
        ),
        agent=element.get("agent", ""),
        scanner=element.get("scanner", ""),
        uuid=element.get("uuid", ""),
        content_changed_at=number(element.get("contentChangedAt")) or 0,
        scanned_at=number(element.get("scannedAt")) or 0,
        refreshing=element.get("refreshing", "0") in {"1", "true"},
    )


def activities(tree: Element) -> tuple[Activity, ...]:
    """Read the answer to `GET /activities`; the Context comes a moment after the start."""
    return tuple(_activity(element) for element in tree.iter("Activity"))


def _activity(element: Element) -> Activity:
    context = element.find("Context")
    told = {} if context is None else context.attrib
    return Activity(
        uuid=element.get("uuid", ""),
        type=element.get("type", ""),
        title=element.get("title", ""),
        section=number(told.get("librarySectionID")),
        key=number(told.get("key", "").rsplit("/", 1)[-1]),
    )


def playing(tree: Element) -> tuple[int, ...]:
    """Read the ratingKeys of what is being played out of the answer to `GET /status/sessions`."""
    keys = (number(element.get("ratingKey")) for element in tree)
    return tuple(key for key in keys if key is not None)


def item_parts(tree: Element, section: int) -> tuple[Part, ...] | None:
    """Read the answer to `GET /library/metadata/{key}`; None where it holds no such item.

    An item of another section is no item of this one.
    """
    items = [element for element in tree if element.get("ratingKey")]
    home = number(tree.get("librarySectionID"))
    if not items or any(
        (number(i.get("librarySectionID")) or home or section) != section for i in items
    ):
        return None
    reader = _PartReader(section)
    for item in items:
        for element in item.iter():
            reader.start(element.tag, element.attrib)
    return tuple(reader.parts)


_PEOPLES_OWN = frozenset(
    {"viewCount", "lastViewedAt", "viewOffset", "userRating", "lastRatedAt", "skipCount"}
)
"""What changes in an item because somebody plays or rates it."""


def trace(tree: Element) -> str | None:
    """Reduce the answer to `GET /library/metadata/{key}` to a text that changes with the item."""
    items = [element for element in tree if element.get("ratingKey")]
    if not items:
        return None
    seen = hashlib.sha256()
    for element in (each for item in items for each in item.iter()):
        said = sorted(pair for pair in element.attrib.items() if pair[0] not in _PEOPLES_OWN)
        seen.update(f"{element.tag} {said}".encode(errors="surrogatepass"))
    return seen.hexdigest()[:32]


def part_page(body: bytes, section: int) -> Page:
    """Read one page of a list of leaves.

    Raises:
        BadAnswerError: It is not XML, not a MediaContainer, or breaks off.
    """
    try:
        return _read(body, section)
    except expat.ExpatError:
        # Plex writes characters that XML forbids, where they stand in titles or file names.
        # Reading first and cleaning after a failure keeps the cost off the ordinary answer.
        pass
    try:
        page = _read(_cleaned(body), section)
    except expat.ExpatError as error:
        raise BadAnswerError(looks_like(body, error)) from None
    return Page(tuple(map(_restored, page.parts)), page.items, page.total)


def _read(body: bytes, section: int) -> Page:
    reader = _PartReader(section)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.Parse(body, True)
    if reader.root != "MediaContainer":
        other = f"an answer that begins with <{reader.root}>, not with <MediaContainer>"
        raise BadAnswerError(looks_like(body) if is_web_page(body) else other)
    return Page(tuple(reader.parts), reader.items, reader.total)


class _PartReader:
    """Collects parts from start tags in document order: item, Media, Part.

    End tags are not needed: a Part belongs to the last item and Media that began.
    """

    def __init__(self, section: int) -> None:
        self.section = section
        self.parts: list[Part] = []
        self.items = 0
        self.root = ""
        self.total: int | None = None
        self._item: dict[str, str] = {}
        self._media: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Part":
            part = _part(self.section, self._item, self._media, attributes)
            if part is not None:
                self.parts.append(part)
        elif name == "Media":
            self._media = attributes
        elif "ratingKey" in attributes:
            self.items += 1
            self._item = attributes
            self._media = {}
        elif not self.root:
            self.root = name
            self.total = number(attributes.get("totalSize"))


def _part(
    section: int, item: dict[str, str], media: dict[str, str], part: dict[str, str]
) -> Part | None:
    key = number(item.get("ratingKey"))
    file = part.get("file", "")
    if key is None or not file:
        return None
    told = item.get
    # In the order of the fields: names would cost a third more, a hundred thousand times.
    return Part(
        file,
        number(part.get("size")),
        section,
        key,
        told("type", ""),
        told("title", ""),
        number(part.get("id")),
        number(media.get("id")),
        number(told("year")),
        number(told("index")),
        number(told("parentRatingKey")),
        told("parentTitle", ""),
        number(told("parentIndex")),
        number(told("grandparentRatingKey")),
        told("grandparentTitle", ""),
        "deletedAt" in item or "deletedAt" in media or "deletedAt" in part,
    )


def number(text: str | None) -> int | None:
    """Read a whole number, or None where there is none: keys are "often numeric", says Plex."""
    if text and text.isdecimal() and len(text) < _MOST_DIGITS:
        return int(text)
    return None


def _cleaned(body: bytes) -> bytes:
    text = body.decode("utf-8", "surrogateescape")
    return _ILLEGAL.sub("", text.translate(_MARKED)).encode("utf-8", "replace")


def _restored(part: Part) -> Part:
    if not any(ord(char) >= _BYTE_MARK for char in part.file):
        return part
    values = {name: getattr(part, name) for name in Part.__slots__}
    return Part(**{**values, "file": part.file.translate(_UNMARKED)})


def is_web_page(body: bytes) -> bool:
    """Say whether an answer is a page for people."""
    begin = body[:512].lstrip().lower()
    return begin.startswith((b"<!doctype html", b"<html"))


def looks_like(body: bytes, error: Exception | None = None) -> str:
    """Say in a few words what an answer is that is not the XML that was asked for."""
    if not body.strip():
        return "an empty answer where data was asked for"
    if is_web_page(body):
        return "a web page instead of data: is something else at this address, or is it starting?"
    if body.lstrip().startswith(b"<"):
        return f"XML that breaks off or is damaged ({error})"
    return "something that is not XML"
