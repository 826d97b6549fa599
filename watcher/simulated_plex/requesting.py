"""The routes that ask for work: scan, refresh, analyze, empty trash; each answers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.simulated_plex.answers import Answer, html
from watcher.simulated_plex.attendant import Attendant, Task
from watcher.simulated_plex.record import Wrong

if TYPE_CHECKING:
    from watcher.simulated_plex.asking import Question
    from watcher.simulated_plex.catalogue import Item, Section
    from watcher.simulated_plex.inside import Inside
    from watcher.simulated_plex.scanner import Scanner

ACCEPTED = Answer(200)


class Requesting:
    """Takes orders for the scanner and the attendant."""

    def __init__(self, inside: Inside, scanner: Scanner, attendant: Attendant) -> None:
        """Hand work to these two."""
        self._inside = inside
        self._scanner = scanner
        self._attendant = attendant

    def scan(self, asked: Question, key: str) -> Answer:
        """Take /library/sections/{key}/refresh: with `path` of one directory, else of all."""
        sections = self._sections(key)
        if not sections:
            self._wrong(Wrong.UNKNOWN_SECTION, key)
            return html(404)
        if asked.query.get("force") == "1":
            self._wrong(Wrong.FORCED, asked.path)
        for section in sections:
            self._scanner.ask(section, asked.query.get("path"))
        return ACCEPTED

    def refresh(self, _asked: Question, keys: str) -> Answer:
        """Take PUT /library/metadata/{keys}/refresh."""
        return self._give(Task.REFRESH, keys)

    def analyze(self, _asked: Question, keys: str) -> Answer:
        """Take PUT /library/metadata/{keys}/analyze."""
        with self._inside.changed:
            for item in self._items(keys):
                if self._scanner.runs_on(item.section):
                    self._wrong(Wrong.ANALYZE_DURING_SCAN, str(item.key))
        return self._give(Task.ANALYZE, keys)

    def empty_trash(self, _asked: Question, key: str) -> Answer:
        """Take PUT /library/sections/{key}/emptyTrash."""
        sections = self._sections(key)
        if not sections:
            return html(404)
        with self._inside.changed:
            shelves = self._inside.shelves(sections[0])
            shelves.purge_trash()
        self._inside.tell(shelves.told)
        return ACCEPTED

    def forbidden(self, asked: Question) -> Answer:
        """Refuse what would delete something: files, items, or other people's scans."""
        self._wrong(Wrong.DELETE, asked.path)
        return html(403)

    def _give(self, task: Task, keys: str) -> Answer:
        items = self._items(keys)
        if not items:
            return html(404)
        for item in items:
            self._attendant.ask(task, item.key)
        return ACCEPTED

    def _sections(self, key: str) -> list[Section]:
        with self._inside.changed:
            known = self._inside.catalogue.sections
            if key == "all":
                return list(known.values())
            return [known[int(key)]] if key.isdigit() and int(key) in known else []

    def _items(self, keys: str) -> list[Item]:
        with self._inside.changed:
            known = self._inside.catalogue.items
            return [
                known[int(key)] for key in keys.split(",") if key.isdigit() and int(key) in known
            ]

    def _wrong(self, what: Wrong, detail: str) -> None:
        self._inside.record.violation(self._inside.clock(), what, detail)
