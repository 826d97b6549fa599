"""Reasons: the one sentence that says why a change leads to what it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.actions import Role
from matcher.change import Happened, Kind
from matcher.model import Confidence
from matcher.printable import printable

if TYPE_CHECKING:
    from matcher.finding import Finding

NOISE = "Temporary, hidden or system file: nothing that Plex would ever show."
UNWATCHED = "It lies below no watched folder."
UNMAPPED = "No Plex path is known for it."
UNOWNED = "No library has a location that holds it."
OUTSIDE = "It is the folder of a whole location, which no single change has scanned."

_A_FEW = 3
_NAMES = {
    Kind.SUBTITLE: "A subtitle",
    Kind.LYRICS: "Lyrics",
    Kind.ARTWORK: "Artwork",
    Kind.THEME: "Theme music",
    Kind.EXTRA: "An extra",
    Kind.NFO: "An .nfo file",
    Kind.VIDEO: "A video",
    Kind.AUDIO: "A track",
    Kind.DIR: "A folder",
}
_FIXED: dict[tuple[Role, Happened | None], str] = {
    (Role.MEDIA, Happened.DELETED): "{what} is gone: a scan of where it was shows Plex.",
    (Role.IGNORE_FILE, None): "What is ignored changed: a scan of the folder applies it.",
    (Role.MATCH_FILE, None): "What the folder is matched to changed: a scan, then the show.",
    (Role.FOLDER, Happened.CREATED): "A folder came: one scan of it finds all that is in it.",
    (Role.FOLDER, Happened.CHANGED): "A folder's own change says nothing that its files do not.",
    (Role.FOLDER, Happened.DELETED): "A folder is gone: a scan from what is left shows Plex.",
    (Role.SIDECAR_FOLDER, Happened.CHANGED): "A folder's own change says nothing.",
    (Role.UNREAD, None): "The library's agent reads no .nfo files.",
    (Role.NOTHING, None): "Plex does not use files like this here.",
}


def reason_of(
    role: Role, kind: Kind, happened: Happened, finding: Finding, *, replaced: bool
) -> str:
    """Say in one sentence why a path leads to what it leads to.

    Args:
        role: What the path is to the section.
        kind: What it is.
        happened: What became of it.
        finding: What it was matched to.
        replaced: Whether Plex has the file with another size.
    """
    if kind is Kind.NOISE:
        return NOISE
    what = _NAMES.get(kind, "A file")
    fixed = _FIXED.get((role, happened)) or _FIXED.get((role, None))
    if fixed is not None:
        return fixed.format(what=what)
    if role is Role.MEDIA:
        return _of_media(what, happened, finding, replaced=replaced)
    if finding.held:
        return f"{what} of {_titles(finding)}: read when the item is refreshed."
    return f"{what} whose owner Plex does not know, or not for certain: nothing is refreshed."


def _of_media(what: str, happened: Happened, finding: Finding, *, replaced: bool) -> str:
    if finding.confidence is not Confidence.EXACT:
        return f"{what} that Plex does not have: a scan of its folder finds it."
    if replaced or happened is Happened.CHANGED:
        return f"{what} was replaced: a scan, then an analysis of {_titles(finding)}."
    return f"{what} that Plex has came again: a scan of its folder."


def _titles(finding: Finding) -> str:
    titles = [f"“{printable(each.item.title, 60)}”" for each in finding.held[:_A_FEW]]
    more = f" and {len(finding.held) - _A_FEW} more" if len(finding.held) > _A_FEW else ""
    return ", ".join(titles) + more
