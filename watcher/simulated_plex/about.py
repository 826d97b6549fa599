"""The routes that tell of the server itself: identity, activities, sessions, prefs, folders."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.simulated_plex import elements
from watcher.simulated_plex.answers import Answer, Element, Value, html

if TYPE_CHECKING:
    from watcher.simulated_plex.asking import Question
    from watcher.simulated_plex.inside import Inside
    from watcher.simulated_plex.places import Place
    from watcher.simulated_plex.replies import Replies

VERSION = "1.43.1.10611-1e34174b1"


class About:
    """Answers who this is and what it does now."""

    def __init__(self, inside: Inside, replies: Replies, machine: str, name: str) -> None:
        """Tell this machine identifier and friendly name."""
        self._inside = inside
        self._replies = replies
        self._machine = machine
        self._name = name

    def root(self, asked: Question) -> Answer:
        """Answer GET /."""
        attributes: dict[str, Value] = {
            "size": 2,
            "allowMediaDeletion": True,
            "allowSync": True,
            "apiVersion": "1.2.0",
            "backgroundProcessing": True,
            "eventStream": True,
            "friendlyName": self._name,
            "machineIdentifier": self._machine,
            "multiuser": True,
            "myPlex": True,
            "platform": "Linux",
            "platformVersion": "6.17.0-23-generic",
            "updatedAt": int(self._inside.wall()),
            "updater": True,
            "version": VERSION,
        }
        known = [Element("Directory", {"key": key, "title": key}) for key in ("library", "status")]
        return self._replies.answer(
            asked, attributes, [("Directory", self._replies.written(asked, known))]
        )

    def identity(self, asked: Question) -> Answer:
        """Answer /identity, which needs no token."""
        return self._replies.answer(
            asked,
            {
                "size": 0,
                "claimed": True,
                "machineIdentifier": self._machine,
                "version": VERSION,
            },
        )

    def activities(self, asked: Question) -> Answer:
        """Answer /activities."""
        with self._inside.changed:
            known = [elements.activity_element(one) for one in self._inside.activities.values()]
        return self._replies.answer(
            asked, {"size": len(known)}, [("Activity", self._replies.written(asked, known))]
        )

    def sessions(self, asked: Question) -> Answer:
        """Answer /status/sessions: what is being played."""
        with self._inside.changed:
            known = [
                elements.session_element(item, self._inside.catalogue.sections[item.section])
                for key in self._inside.playing
                if (item := self._inside.catalogue.items.get(key)) is not None
            ]
        return self._replies.answer(
            asked, {"size": len(known)}, [("Metadata", self._replies.written(asked, known))]
        )

    def prefs(self, asked: Question) -> Answer:
        """Answer /:/prefs with the few settings that matter to a client like this one."""
        values: dict[str, bool] = {
            "autoEmptyTrash": self._inside.behaviour.auto_empty_trash,
            "allowMediaDeletion": True,
            "FSEventLibraryUpdatesEnabled": False,
            "FSEventLibraryPartialScanEnabled": False,
        }
        known = [
            Element("Setting", {"id": name, "type": "bool", "default": value, "value": value})
            for name, value in values.items()
        ]
        return self._replies.answer(
            asked, {"size": len(known)}, [("Setting", self._replies.written(asked, known))]
        )

    def browse(self, asked: Question, encoded_path: str) -> Answer:
        """Answer /services/browse/{base64 of a Plex-side path}: its folders, as Plex sees them."""
        try:
            plex = base64.b64decode(encoded_path, validate=True).decode("utf-8", "surrogateescape")
        except (binascii.Error, ValueError):
            return html(400)
        with self._inside.changed:
            for section in self._inside.catalogue.sections.values():
                held = self._inside.place_of(section, plex)
                if held is not None:
                    known = self._browsed(*held)
                    return self._replies.answer(
                        asked, {"size": len(known)}, [("Path", self._replies.written(asked, known))]
                    )
        return html(404)

    def _browsed(self, place: Place, below: tuple[str, ...]) -> list[Element]:
        try:
            found = sorted(Path(place.host_path(below)).iterdir())
        except OSError:
            return []
        return [
            Element("Path", {"path": place.plex_path((*below, one.name)), "title": one.name})
            for one in found
            if one.is_dir()
        ]
