"""How routes reply: containers in the form that was asked for, and notes of wrong calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.simulated_plex.answers import CONTENT_TYPES, Answer, Value, container, encoded, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from watcher.simulated_plex.answers import Element
    from watcher.simulated_plex.asking import Question
    from watcher.simulated_plex.inside import Inside
    from watcher.simulated_plex.record import Wrong

Groups = list[tuple[str, list[str]]]


class Replies:
    """Writes answers for all routes."""

    def __init__(self, inside: Inside) -> None:
        """Write as this server's behaviour says."""
        self._inside = inside

    def written(self, asked: Question, known: Iterable[Element]) -> list[str]:
        """Write elements."""
        return [write(element, asked.form) for element in known]

    def wrong(self, what: Wrong, detail: str) -> None:
        """Note a call that no good client makes."""
        self._inside.record.violation(self._inside.clock(), what, detail)

    def answer(
        self,
        asked: Question,
        attributes: dict[str, Value],
        groups: Groups | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Put ready elements into a container."""
        text = container(asked.form, attributes, groups or [])
        body = encoded(text, raw=self._inside.behaviour.raw_names)
        return Answer(200, body, CONTENT_TYPES[asked.form], headers or {})
