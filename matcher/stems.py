"""Stems: which media file a sidecar's name says it belongs to.

A sidecar is called like its file plus a boundary and tags: a language, `forced`, `-poster`. What
follows the stem has to be such tags: `Alien 3.srt` is not a subtitle of `Alien.mkv`, nor
`Show - S01E01-E02.srt` one of `Show - S01E01.mkv`. The longest stem wins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matcher import names as text
from matcher.change import Kind
from matcher.kinds import extra_suffix
from matcher.languages import LOOSE_TAGS, TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.shelf import Known


_ART = re.compile(
    r"(?:[-._ ](?:poster|fanart|fan-art|thumb|banner|landscape|clearlogo|clear-logo|logo|clearart"
    r"|discart|disc|keyart|backdrop|background|art|cover|folder|default|square|squareart))?"
    r"(?:-?\d{1,2})?-?",
    re.IGNORECASE,
)
_TOKENS = re.compile(r"[^\s._\-\[\](){},+&]+")
_NOT_A_TAG = re.compile(r"e?\d+|s\d+e\d+|[ivx]+|(?:cd|part|pt|disc|vol)\d*", re.IGNORECASE)
_LAST_TOKEN = re.compile(r"[\s._\-\[(]+([^\s._\-\[\](){},+&]+)[\])]*$")
_REGIONS = frozenset({"419"})
"""Numbers that stand behind a language: `es-419` is the Spanish of Latin America."""
_MOST_TOKENS = 4
_PART_ENDS = frozenset("123456789abcdABCD")


def owners(
    stem: str, candidates: Iterable[Known], kind: Kind, fold: Callable[[str], str]
) -> tuple[Known, ...]:
    """Return the media files that a sidecar of this stem belongs to: those with the longest stem.

    Args:
        stem: The sidecar's name without its extension.
        candidates: Media files of the directory that the sidecar speaks of.
        kind: What the sidecar is: it decides which tags may follow.
        fold: How names are compared where they are not equal.
    """
    tags = _ENDINGS.get(kind, _nothing)
    wanted = fold(stem)
    best: list[Known] = []
    longest = -1
    for each in candidates:
        length = -1
        for own in _stems(each):
            if len(own) >= longest and _fits(own, wanted, tags, fold):
                length = max(length, len(own))
        if length > longest:
            best, longest = [each], length
        elif length == longest >= 0:
            best.append(each)
    return tuple(best)


def base_of(stem: str) -> str:
    """Return the shortest beginning that the media file's stem may have: its title.

    For asking: every file that the sidecar could belong to begins with it.
    """
    base = text.lead(stem) or stem
    while (last := _LAST_TOKEN.search(base)) and last.start() > 0:
        token = last.group(1).casefold()
        if token not in TAGS and token not in _REGIONS and not _ART.fullmatch("-" + token):
            break
        base = base[: last.start()]
    return base


def _stems(known: Known) -> tuple[str, ...]:
    stem = known.stem
    if stem[-1] not in _PART_ENDS:
        return (stem,)
    plain = text.without_part(stem)
    return (stem,) if plain == stem else (stem, plain)


def _fits(
    stem: str, wanted: str, tags: Callable[[str, str], bool], fold: Callable[[str], str]
) -> bool:
    folded = fold(stem)
    if not wanted.startswith(folded):
        return False
    rest = wanted[len(folded) :]
    return not rest or tags(rest, stem)


def _language_tags(rest: str, stem: str) -> bool:
    """Say whether what follows is languages and flags: `.en.forced`, `[English]`, ` - German`."""
    if rest[0].isalnum():
        return False
    tokens = [each.casefold() for each in _TOKENS.findall(rest)]
    if not tokens or len(tokens) > _MOST_TOKENS:
        return False
    known = TAGS if rest[0] in ".-_[(" or rest.startswith((" [", " (", " -")) else LOOSE_TAGS
    if tokens[0] not in known:
        return _is_dotted_tag(rest, tokens, stem)
    strange = [each for each in tokens[1:] if each not in TAGS and len(each) > 2]
    return len(strange) <= 1


def _is_dotted_tag(rest: str, tokens: list[str], stem: str) -> bool:
    """Accept what Plex does, any two tags behind dots, where the stem itself says what it is."""
    if not rest.startswith(".") or len(tokens) > 2 or re.search(r"[^\w.]", rest):
        return False
    if any(_NOT_A_TAG.fullmatch(each) for each in tokens):
        return False
    said = text.parse(stem)
    return said.year is not None or said.season is not None


def _art_words(rest: str, stem: str) -> bool:
    """Say whether what follows makes a picture's name: `-thumb`, `-fanart2`, `-1`."""
    if not _ART.fullmatch(rest):
        return False
    return not rest[0].isalnum() or text.parse(stem).year is not None


def _extra_ending(rest: str, _stem: str) -> bool:
    return extra_suffix("x" + rest) == rest


def _nothing(_rest: str, _stem: str) -> bool:
    return False


_ENDINGS: dict[Kind, Callable[[str, str], bool]] = {
    Kind.SUBTITLE: _language_tags,
    Kind.LYRICS: _language_tags,
    Kind.ARTWORK: _art_words,
    Kind.EXTRA: _extra_ending,
    Kind.NFO: _nothing,
    Kind.VIDEO: _nothing,
}
