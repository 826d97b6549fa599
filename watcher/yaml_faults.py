"""What a YAML parser's complaint means in plain words, without a character of the file itself."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Fault:
    """A kind of complaint: how it is recognised, what to say, and whether its start is to blame."""

    form: re.Pattern[str]
    says: str
    at_start: bool = False


def _fault(form: str, says: str, *, at_start: bool = False) -> _Fault:
    return _Fault(re.compile(form), says, at_start)


_BACKSLASH = (
    "inside double quotes a backslash begins an escape: use single quotes, for example 'D:\\Media'"
)
_FAULTS = (
    _fault(
        r"character '\\t' that cannot start", "a tab stands where YAML wants a space: use spaces"
    ),
    _fault(
        "that cannot start any token",
        "a text cannot begin with this character: put the text in quotes",
    ),
    _fault("scanning an alias", 'a text that begins with * must stand in quotes: "*.mkv"'),
    _fault("scanning an anchor", "a text that begins with & must stand in quotes"),
    _fault("escape (character|sequence of)", _BACKSLASH),
    _fault(
        "mapping values are not allowed",
        "a colon is not expected here: give all keys of a group the same indentation, "
        "and put a text that holds a colon and a space in quotes",
    ),
    _fault(
        "could not find expected ':'",
        "a key needs a colon and a space after it (`key: value`)",
        at_start=True,
    ),
    _fault("sequence entries are not allowed", "a list has to begin on a line of its own"),
    _fault(
        "parsing a flow sequence",
        "the list that begins here with [ lacks its ] or a comma",
        at_start=True,
    ),
    _fault(
        "parsing a flow mapping",
        "the group that begins here with { lacks its } or a comma",
        at_start=True,
    ),
    _fault("scanning a quoted scalar", "the quote that begins here is never closed", at_start=True),
    _fault(r"\btag\b", "a text that begins with ! must stand in quotes"),
    _fault("block scalar", "a text that begins with | or > must stand in quotes"),
    _fault("expected the node content", "a value cannot begin like this: put it in quotes"),
    _fault(
        "expected <block end>",
        "this does not fit what stands above: give all keys of a group and all items of a list "
        "the same indentation, and let nothing follow a closing quote or bracket",
    ),
    _fault("directive|YAML document", "leave lines that begin with % out"),
    _fault(
        "expected '<document start>'",
        "this line stands further left than the first key, or follows the end of the document: "
        "check the indentation",
    ),
)
_UNKNOWN = _fault("", "this is not YAML: check indentation, colons and quotes")


def explain_fault(
    complaint: str, line: int | None, start_line: int | None
) -> tuple[str, int | None]:
    """Translate a parser's complaint; return what to say and the line to blame.

    `line` is where the parser gave up, `start_line` where that began which it was reading.
    """
    fault = next((known for known in _FAULTS if known.form.search(complaint)), _UNKNOWN)
    return fault.says, (start_line if fault.at_start and start_line else line)
