"""The requests that this project makes of Plex, each as text: method, path, query, headers.

`template` is the same for every section and item, so that timings can be counted by route and
errors can name a request without its values. Every value is percent-encoded as UTF-8 bytes with
`%20` for a space; bytes of a file name that are not UTF-8 travel as the bytes they are (plexapi's
own `section.update(path)` raises UnicodeEncodeError for such a name, and writes `+` for a space).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from matcher.answers import ITEM_FIELDS, PART_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that stand for no byte: no file system gave them to us."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: `path` is relative to the server's url, with its query, fully encoded."""

    method: Literal["GET", "PUT"]
    template: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


SERVER = Ask("GET", "/", "/")
SECTIONS = Ask("GET", "/library/sections", "/library/sections")
"""Never `/library`: plexapi's `server.library` asks that first, and a shared user may not."""
ACTIVITIES = Ask("GET", "/activities", "/activities")
PLAYING = Ask("GET", "/status/sessions", "/status/sessions")


@dataclass(frozen=True, slots=True)
class Trimming:
    """How much of an answer to leave out, the most first; less where nothing useful was left."""

    query: str
    headers: Mapping[str, str]
    page_items: int


_ONLY = (
    f"includeFields={','.join((*ITEM_FIELDS, *PART_FIELDS))}"
    "&includeElements=Video,Track,Photo,Media,Part"
)
_WITHOUT = (
    "excludeElements=Role,Director,Writer,Producer,Genre,Country,Guid,Rating,Image,"
    "UltraBlurColors,Collection,Label,Mood,Style,Similar,Stream,Chapter,Marker,Field,Review"
    "&excludeFields=summary,tagline,thumb,art,parentThumb,grandparentThumb,grandparentArt,"
    "parentGuid,grandparentGuid,guid,slug,parentSlug,grandparentSlug,ratingImage,"
    "audienceRatingImage,theme,parentTheme,grandparentTheme"
)
_WITHOUT_WORDS = (
    "excludeElements=Role,Director,Writer,Producer,Genre,Country,Guid,Rating,UltraBlurColors,"
    "Collection,Label,Mood,Style,Similar,Review&excludeFields=summary,tagline"
)
TRIMMINGS = (
    Trimming(f"&{_ONLY}&{_WITHOUT}", {"X-Plex-Pms-Api-Version": "1.2.0"}, 5000),
    Trimming(f"&{_WITHOUT}", {}, 2000),
    Trimming("", {}, 1000),
)
"""`includeFields` means "only these" from API version 1.0 on (PMS 1.41.9), and "these as well"
before, where the header is not known either: then `excludeFields` does its part. Never
`excludeElements=Media`: the paths are in there. A page is 1 to 2 MB in each of the three."""


def leaves(
    section: int, leaf: int, text: str | None, window: tuple[int, int], trim: Trimming
) -> Ask:
    """List leaf items of a section, from `window[0]` on, at most `window[1]`."""
    wanted = "" if text is None else f"&file={quoted(text)}"
    return Ask(
        "GET",
        "/library/sections/{id}/all" + ("" if text is None else "?file="),
        f"/library/sections/{section}/all?type={leaf}{wanted}{trim.query}",
        {
            **trim.headers,
            "X-Plex-Container-Start": str(window[0]),
            "X-Plex-Container-Size": str(window[1]),
        },
    )


def item(key: int) -> Ask:
    """Read one item, and nothing but read: without skipRefresh=1 Plex refreshes it first."""
    return Ask(
        "GET",
        "/library/metadata/{key}",
        f"/library/metadata/{key}?skipRefresh=1&checkFiles=0&{_WITHOUT}",
    )


def trace(key: int) -> Ask:
    """Read what work on an item can be seen by: times, pictures, media, parts, streams."""
    return Ask(
        "GET",
        "/library/metadata/{key}?trace",
        f"/library/metadata/{key}?skipRefresh=1&checkFiles=0&{_WITHOUT_WORDS}",
    )


def scan(section: int, directory: str) -> Ask:
    """Scan one Plex-side directory.

    GET, as every client sends it and as recordings show it, though Plex's document says POST.
    """
    path = f"/library/sections/{section}/refresh?path={quoted(directory)}"
    return Ask("GET", "/library/sections/{id}/refresh", path)


def of_item(verb: Literal["refresh", "analyze"], key: int) -> Ask:
    """Refresh an item's metadata, or analyze its media."""
    return Ask("PUT", f"/library/metadata/{{key}}/{verb}", f"/library/metadata/{key}/{verb}")


def empty_trash(section: int) -> Ask:
    """Remove a section's deleted items for good."""
    path = f"/library/sections/{section}/emptyTrash"
    return Ask("PUT", "/library/sections/{id}/emptyTrash", path)


def quoted(text: str) -> str:
    """Percent-encode a value; lone surrogates from `os.fsdecode` become their bytes again."""
    return quote(_NO_BYTE.sub("\ufffd", text), safe="", errors="surrogateescape")
