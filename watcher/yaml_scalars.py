"""What a plain word of a YAML file means: YAML 1.2's core rules, less what programs disagree on.

The readers of YAML 1.1 turn `yes` into true, `010` into 8 and `12:30:45` into 45045; those of
YAML 1.2 do not. A person who writes such a word cannot know what they get, so it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Scalar = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A plain word that readers of YAML disagree on.

    `why` is a sentence on what happens to it and what to write. `wordy` says that it is one of a
    few fixed words, which can be shown wherever it stands.
    """

    why: str
    wordy: bool = False


_CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?")

_AMBIGUOUS = (
    (
        re.compile(r"yes|no|on|off|y|n", re.IGNORECASE),
        Ambiguous(
            "is true or false to some programs and text to others: "
            "write true or false, or put it in quotes",
            wordy=True,
        ),
    ),
    (
        re.compile(r"[-+]?\.(?:inf|nan)", re.IGNORECASE),
        Ambiguous("is no number that can be used here: put it in quotes if it is text", wordy=True),
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?"),
        Ambiguous("is a number in base 60 to some programs: put it in quotes"),
    ),
    (
        re.compile(r"[-+]?0[oxbOXB][0-9a-fA-F_]+"),
        Ambiguous("is a number to some programs and text to others: put it in quotes"),
    ),
    (
        re.compile(r"[-+]?\.?[0-9][0-9.]*_[0-9_.]*(?:[eE][-+]?[0-9]+)?"),
        Ambiguous(
            "is a number to some programs and text to others: leave the _ away, or put it in quotes"
        ),
    ),
    (
        re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"),
        Ambiguous(
            "is a number in base 8 to some programs: "
            "leave the leading zero away, or put it in quotes"
        ),
    ),
)
_TOO_LARGE = Ambiguous("is a number too large to keep exactly: put it in quotes if it is text")
_NUMBERLIKE = re.compile(r"[-+]?[0-9]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def resolve(text: str) -> Scalar | Ambiguous:
    """Read a plain (unquoted) scalar."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    for form, verdict in _AMBIGUOUS:
        if form.fullmatch(text):
            return verdict
    if _INT.fullmatch(text):
        return int(text)
    if len(text) <= 40 and _FLOAT.fullmatch(text) and not text.lstrip("+-").isdigit():
        return float(text)
    return _TOO_LARGE if _NUMBERLIKE.fullmatch(text) else text


def is_text_unquoted(text: str) -> bool:
    """Whether the text, written plain, is read as the very same text."""
    return resolve(text) == text
