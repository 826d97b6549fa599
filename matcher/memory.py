"""MemoryLibrary: a library that lives in memory, for tests and for trying things without Plex.

It keeps the promises of `Library` and `Requests`: a text is found without case and in either
Unicode form, as a server's filter may do, so whoever compares carelessly is found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.change import Action, Verb
from matcher.file_filter import folded
from matcher.model import Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matcher.model import Activity, Part, Section


class MemoryLibrary:
    """Sections and parts in memory. For one thread at a time.

    `questions` are the texts that were asked for, with their sections; `requests` what was asked
    of it, in order.
    """

    def __init__(self, sections: Iterable[Section], parts: Iterable[Part] = ()) -> None:
        """Fill the library."""
        self.questions: list[tuple[int, str]] = []
        self.requests: list[Action] = []
        self.running: tuple[Activity, ...] = ()
        self.works_in_silence = False
        self._worked: list[int] = []
        self._sections = {each.key: each for each in sections}
        self._parts: dict[int, list[Part]] = {}
        self._folded: dict[int, list[str]] = {}
        self._answers: dict[tuple[int, str], tuple[Part, ...]] = {}
        for part in parts:
            self.add(part)

    def add(self, part: Part) -> None:
        """Add a part to its section."""
        self._parts.setdefault(part.section, []).append(part)
        self._folded.setdefault(part.section, []).append(folded(part.file))
        self._answers.clear()

    def remove(self, section: int, file: str) -> None:
        """Remove the parts of a file from a section."""
        kept = [each for each in self._parts.get(section, []) if each.file != file]
        self._parts[section] = kept
        self._folded[section] = [folded(each.file) for each in kept]
        self._answers.clear()

    def server(self) -> Server:
        """Say that this is no Plex."""
        return Server("memory", "memory", "0")

    def sections(self) -> tuple[Section, ...]:
        """List every section, by key."""
        return tuple(self._sections[key] for key in sorted(self._sections))

    def parts_containing(self, section: Section, text: str) -> tuple[Part, ...]:
        """List the parts whose file path contains `text`, without case, in either Unicode form."""
        self.questions.append((section.key, text))
        asked = (section.key, text)
        if asked not in self._answers:
            wanted = folded(text)
            pairs = zip(
                self._parts.get(section.key, ()), self._folded.get(section.key, ()), strict=True
            )
            self._answers[asked] = tuple(part for part, file in pairs if wanted in file)
        return self._answers[asked]

    def all_parts(self, section: Section) -> Iterator[Part]:
        """Every part of a section."""
        return iter(tuple(self._parts.get(section.key, ())))

    def sample_parts(self, section: Section, count: int) -> tuple[Part, ...]:
        """At most `count` parts, spread over the section."""
        parts = self._parts.get(section.key, [])
        step = max(1, -(-len(parts) // count)) if count > 0 else 1
        return tuple(parts[::step][: max(count, 0)])

    def item_parts(self, section: Section, key: int) -> tuple[Part, ...] | None:
        """List the parts of one item, or None if there is no such item."""
        found = tuple(each for each in self._parts.get(section.key, ()) if each.key == key)
        return found or None

    def trace(self, key: int) -> str | None:
        """Count the requests about an item, or None; `works_in_silence` shows nothing of them."""
        if self._has(key) is None:
            return None
        return str(0 if self.works_in_silence else self._worked.count(key))

    def activities(self) -> tuple[Activity, ...]:
        """List what was put into `running`."""
        return self.running

    def scan(self, section: int, directory: str) -> bool:
        """Write down a scan; False for a section that is not there."""
        self.requests.append(Action(Verb.SCAN, section, path=directory))
        return section in self._sections

    def refresh(self, key: int) -> bool:
        """Write down a refresh; False for an item that is not there."""
        return self._about(Verb.REFRESH, key)

    def analyze(self, key: int) -> bool:
        """Write down an analysis; False for an item that is not there."""
        return self._about(Verb.ANALYZE, key)

    def empty_trash(self, section: int) -> bool:
        """Remove the deleted parts of a section; False for a section that is not there."""
        parts = [each for each in self._parts.get(section, []) if not each.deleted]
        self._parts[section] = parts
        self._folded[section] = [folded(each.file) for each in parts]
        self._answers.clear()
        return section in self._sections

    def _about(self, verb: Verb, key: int) -> bool:
        section = self._has(key)
        if section is None:
            return False
        self.requests.append(Action(verb, section, key=key))
        self._worked.append(key)
        return True

    def _has(self, key: int) -> int | None:
        """Return the section that holds an item, None if there is no such item."""
        for section, parts in self._parts.items():
            if any(key in {each.key, each.parent, each.grandparent} for each in parts):
                return section
        return None
