"""One request as the routes see it: decoded path, decoded query, headers by small names."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from watcher.simulated_plex.answers import Format

TOKEN = "x-plex-token"  # noqa: S105 - the name of a header, not a token


@dataclass(frozen=True, slots=True)
class Question:
    """A request. Bytes of a path that are not UTF-8 are lone surrogates, as in `os.fsdecode`."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]

    @property
    def form(self) -> Format:
        """Tell how the client wants its answer."""
        return Format.JSON if "application/json" in self.headers.get("accept", "") else Format.XML

    def said(self, name: str) -> str | None:
        """Answer an X-Plex- value from the headers, or else from the query."""
        header = self.headers.get(name.lower())
        if header is not None:
            return header
        return next((v for k, v in self.query.items() if k.lower() == name.lower()), None)

    def number(self, name: str) -> int | None:
        """Answer an X-Plex- value as a number; None if it is absent or no number."""
        text = self.said(name)
        return int(text) if text is not None and text.isascii() and text.isdecimal() else None

    def words(self, name: str) -> frozenset[str]:
        """Answer a comma-separated query argument as a set."""
        return frozenset(word for word in self.query.get(name, "").split(",") if word)


def question(method: str, target: str, headers: dict[str, str]) -> Question:
    """Read a request target; `+` in the query is a space, as recorded."""
    path, _, query = target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    decoded = unquote(path, errors="surrogateescape")
    return Question(method, decoded, dict(pairs), headers)
