"""Globs: the user's patterns for what to leave alone, compiled once, matched on names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOKENS = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]/]+\]|.", re.DOTALL)
_MEANINGS = {"**/": "(?:.*/)?", "/**": "/.+", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class Globs:
    """Patterns for names and relative paths; without case, safe for any thread.

    A pattern without `/` speaks of a name at any depth (`*.sample.mkv`, `Extras`); whatever lies
    in a directory that matches, matches too. A pattern with `/` speaks of the path below the
    watched folder, and of all below it; `**` crosses directories, `*` does not. A last `/` means
    directories only.
    """

    __slots__ = ("_directories", "_files", "patterns")

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        """Compile the patterns; empty ones are left out."""
        self.patterns = tuple(each for each in patterns if each.strip("/"))
        self._files = _compiled(each for each in self.patterns if not each.endswith("/"))
        self._directories = _compiled(each.rstrip("/") for each in self.patterns)

    def match(self, names: Sequence[str], *, is_dir: bool) -> bool:
        """Say whether a path, as names below the watched folder, is to be left alone."""
        if self._directories is None or not names:
            return False
        for end in range(1, len(names) + 1):
            last = end == len(names) and not is_dir
            pattern = self._files if last else self._directories
            if pattern is not None and pattern.fullmatch("/".join(names[:end])):
                return True
        return False

    def __eq__(self, other: object) -> bool:
        """Compare by patterns."""
        return isinstance(other, Globs) and other.patterns == self.patterns

    def __hash__(self) -> int:
        """Hash by patterns."""
        return hash(self.patterns)

    def __repr__(self) -> str:
        """Show the patterns."""
        return f"Globs({list(self.patterns)!r})"


def _compiled(patterns: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = [_translated(each) for each in patterns]
    if not alternatives:
        return None
    return re.compile("|".join(alternatives), re.IGNORECASE | re.DOTALL)


def _translated(pattern: str) -> str:
    """Translate one glob to a regular expression for the whole relative path."""
    anchored = "/" in pattern
    body = "".join(map(_meaning, _TOKENS.findall(pattern.removeprefix("/"))))
    return body if anchored else f"(?:.*/)?{body}"


def _meaning(token: str) -> str:
    if token in _MEANINGS:
        return _MEANINGS[token]
    if len(token) > 1:
        inside = token[1:-1].replace("\\", r"\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return re.escape(token)


NO_GLOBS = Globs()
