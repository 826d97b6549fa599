r"""Which text to ask Plex's `file=` filter for, and what an answer proves about the filter.

`GET /library/sections/{id}/all?type={leaf}&file={text}` lists the leaves that have a part whose
path contains the text. The filter stands in no published list of fields; what is known of it:

- `type=` is needed: without it a show section answers 500 (recorded, PMS 1.43.1).
- `,` means OR, as in all of Plex's media queries, so a name with a comma finds too much.
- it looks like SQL's LIKE: ASCII letters match without case, other letters only as they are
  spelled, and `%` and `_` are wildcards. These find too much, which costs bytes and nothing else.
- the spelling decides: `é` in one code point does not find `é` in two, and a disk may spell a
  name otherwise than Plex does.

So a piece of the text is asked for that has one spelling, if such a piece says enough, and every
answer is a superset: whoever asks compares paths himself. Nothing may be asked that finds less.

Some servers may ignore the filter, refuse it, or apply it to file names only. Their answers tell:
`verdict` reads one answer, and where that is not clear a probe makes it so.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matcher.model import Part

LEAF_TYPES = {"movie": 1, "show": 4, "artist": 10, "photo": 13}
"""The `type=` of the items that have parts, by the type of the section. Source: plexapi's
`utils.SEARCHTYPES`, Plex's API document."""

SENTINEL = "plexnudge-probe-no-file-has-this-name-7f3a9c1e"
"""A text that no path contains: a server that finds something for it does not filter."""

_ENOUGH_LETTERS = 6
_ENOUGH_SHARE = 0.5
_TWO_SPELLINGS_WEIGH = 3
"""A letter with two spellings says more than one without: a Hangul syllable stands for three. So
"(2019) BluRay.mkv" is not asked for in the place of a Korean title that stands before it."""

_UNASKABLE = re.compile("[,\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")
"""A comma is OR; control characters and bytes that are not UTF-8 have no form in a query."""
_EXTENSION = re.compile(r"\.\w{2,4}$")
_WORD = re.compile(r"[^\W_]+")


def texts_to_ask(text: str, locations: Sequence[str] = ()) -> tuple[str, ...]:
    """Choose the texts to ask for, one after the other until one finds the text itself.

    One in nearly all cases. Two, the given spelling and the other one, where hardly anything of
    `text` has one spelling only. None where nothing of it can be asked for: then only an index can
    answer. `locations` are the section's: what stands below one is asked for without it, since it
    tells nothing apart.
    """
    below = _below(text, locations)
    neutral = _longest(_one_spelling(unicodedata.normalize("NFC", below)))
    weight = _weight(neutral)
    if weight >= _ENOUGH_LETTERS and weight >= _ENOUGH_SHARE * _weight(below):
        return (neutral,)
    forms = (below, *(unicodedata.normalize(form, below) for form in ("NFC", "NFD")))
    pieces = (_longest(_UNASKABLE.split(form)) for form in forms)
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _below(text: str, locations: Sequence[str]) -> str:
    holders = [place for place in locations if place and text.startswith(place)]
    rest = text[len(max(holders, key=len, default="")) :]
    return rest if _WORD.search(rest) else text


def _one_spelling(text: str) -> Iterator[str]:
    """Cut NFC text into the runs of characters that NFD leaves as they are."""
    for piece in _UNASKABLE.split(text):
        run = ""
        for char in piece:
            if unicodedata.normalize("NFD", char) == char and not unicodedata.combining(char):
                run += char
            else:
                yield run
                run = ""
        yield run


def _longest(pieces: Iterable[str]) -> str:
    return max((piece.strip() for piece in pieces), key=len, default="")


def _weight(text: str) -> int:
    """Count the letters that tell a title apart: no extension, no `1080p`, `2019`, `S01E02`."""
    words = _WORD.findall(_EXTENSION.sub("", text))
    letters = (char for word in words if not any(map(str.isdigit, word)) for char in word)
    return sum(
        1 if unicodedata.normalize("NFD", char) == char else _TWO_SPELLINGS_WEIGH
        for char in letters
    )


def folded(text: str) -> str:
    """Fold what a filter may fold, so that two texts can be compared as widely as it might.

    NFD, since a piece of a text can end between a letter and its accent.
    """
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


class Verdict(Enum):
    """What one answer shows about the filter."""

    FILTERED = auto()
    """It found something, and every item found has the text."""
    EMPTY = auto()
    """It found nothing: the text is nowhere, or the filter never finds anything."""
    DOUBTFUL = auto()
    """It found an item without the text: a wildcard, a spelling, or no filter at all."""


def verdict(asked: str, parts: Sequence[Part]) -> Verdict:
    """Read an answer to the text `asked`.

    Item by item and not part by part: an item with two files is listed with both, whichever of
    them has the text.
    """
    if not parts:
        return Verdict.EMPTY
    wanted = folded(asked)
    having = {part.key for part in parts if wanted in folded(part.file)}
    return Verdict.FILTERED if all(part.key in having for part in parts) else Verdict.DOUBTFUL


def asks_for_folder(asked: str) -> bool:
    """Say whether only a path with folders can have this text: names hold no separators."""
    return "/" in asked or "\\" in asked
