"""The places of a configuration: dotted paths such as `folders[2].plex_path`."""

from __future__ import annotations

import re

from matcher.printable import printable

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_LAST = re.compile(r'(?:(?:^|\.)(?:"[^"]*"|[A-Za-z0-9_-]+)|\[[0-9]+\])$')
_INDEX = re.compile(r"\[[0-9]+\]")


def below(where: str, step: str | int) -> str:
    """Name the place of a key, or of a list's item counted from 0, below another place.

    A key that is no plain word is quoted, and cut at the first colon, equals sign or blank: what
    follows there may be a token whose colon lacks its space.
    """
    if isinstance(step, int):
        return f"{where}[{step}]"
    if not _PLAIN.fullmatch(step):
        head = re.split(r"[:=\s]", step, maxsplit=1)[0][:40]
        ellipsis = "" if head == step else "…"
        step = f'"{printable(head).replace(chr(34), chr(39))}{ellipsis}"'
    return f"{where}.{step}" if where else step


def parent(where: str) -> str:
    """Name the place above; the top's parent is the top itself, the empty path."""
    return _LAST.sub("", where)


def pattern(where: str) -> str:
    """Name the kind of place: `folders[2].anchor` is a `folders[].anchor`."""
    return _INDEX.sub("[]", where)
