"""A section in a test's own hands: parts, a counter, and a server that lists them in its way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from matcher.answers import Page
from matcher.faults import Missing, StatusNonsense
from matcher.model import Part, Section

if TYPE_CHECKING:
    from matcher.routes import Ask


def part(file: str, key: int, size: int = 1) -> Part:
    """Make a part of a movie."""
    return Part(file, size, section=1, key=key, type="movie", title=file, part_id=key)


@dataclass
class FakeClock:
    """Seconds, as a test sets them."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Listed:
    """Answers asks for pages of one section. `asked` are the texts, None for the whole list."""

    parts: list[Part] = field(default_factory=list)
    section: Section = field(
        default_factory=lambda: Section(1, "M", "movie", ("/m",), content_changed_at=1)
    )
    filter: str = "contains"
    asked: list[str | None] = field(default_factory=list)
    headers_asked: int = 0
    gone: bool = False

    def page(self, ask: Ask, section: int) -> Page:
        """Answer one page, as the filter's way is."""
        if self.gone:
            raise Missing("404")
        text = parse_qs(urlsplit(ask.path).query).get("file", [None])[0]
        self.asked.append(text)
        if text is not None and self.filter == "refused":
            error = StatusNonsense("400")
            error.status = 400
            raise error
        found = [one for one in self.parts if self._finds(text, one.file)]
        start = int(ask.headers["X-Plex-Container-Start"])
        shown = found[start : start + int(ask.headers["X-Plex-Container-Size"])]
        return Page(tuple(shown), len(shown), len(found))

    def _finds(self, text: str | None, file: str) -> bool:
        if text is None or self.filter == "ignored":
            return True
        if self.filter == "nothing":
            return False
        return text in (file.rpartition("/")[2] if self.filter == "names only" else file)

    def headers(self) -> tuple[Section, ...]:
        """List the one section, or none."""
        self.headers_asked += 1
        return () if self.gone else (self.section,)

    def change(self, *parts: Part) -> None:
        """Add parts, and let the counter say so."""
        self.parts.extend(parts)
        moved = self.section.content_changed_at + 1
        self.section = replace(self.section, content_changed_at=moved)
