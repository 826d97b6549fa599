"""The routes that read libraries: sections, lists, items; a careless GET still makes work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.simulated_plex import elements, lists, meta
from watcher.simulated_plex.answers import (
    Answer,
    Element,
    Value,
    html,
    write,
)
from watcher.simulated_plex.attendant import Attendant, Task
from watcher.simulated_plex.elements import SHALLOW, Depth, Trim
from watcher.simulated_plex.record import Wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watcher.simulated_plex.asking import Question
    from watcher.simulated_plex.catalogue import Item, Section
    from watcher.simulated_plex.inside import Inside
    from watcher.simulated_plex.lists import Page
    from watcher.simulated_plex.replies import Replies

_LIBRARY = "com.plexapp.plugins.library"
_KEPT_CHARACTERS = 256 * 1024 * 1024


class Reading:
    """Answers what is asked without changing anything."""

    def __init__(self, inside: Inside, replies: Replies, attendant: Attendant) -> None:
        """Read from `inside`; a careless GET of an item gives the attendant work."""
        self._inside = inside
        self._replies = replies
        self._attendant = attendant
        self._kept = 0

    def library(self, asked: Question) -> Answer:
        """Answer /library, which plexapi asks before it asks for sections."""
        names = ("sections", "recentlyAdded", "onDeck")
        known = [Element("Directory", {"key": name, "title": name}) for name in names]
        return self._replies.answer(
            asked,
            {
                "size": len(known),
                "allowSync": False,
                "art": "/:/resources/library-art.png",
                "content": "",
                "identifier": _LIBRARY,
                "mediaTagPrefix": "/system/bundle/media/flags/",
                "mediaTagVersion": 1775731696,
                "title1": "Plex Library",
                "title2": "",
            },
            [("Directory", self._replies.written(asked, known))],
        )

    def sections(self, asked: Question) -> Answer:
        """Answer /library/sections."""
        with self._inside.changed:
            known = [
                elements.section_element(section)
                for section in self._inside.catalogue.sections.values()
            ]
        return self._replies.answer(
            asked,
            {"size": len(known), "allowSync": False, "title1": "Plex Library"},
            [("Directory", self._replies.written(asked, known))],
        )

    def section(self, asked: Question, key: str) -> Answer:
        """Answer /library/sections/{key}: what can be asked of it."""
        section = self._section(key)
        if section is None:
            return html(404)
        known = [Element("Directory", {"key": "all", "title": f"All {section.title}"})]
        return self._replies.answer(
            asked,
            {
                "size": 1,
                "allowSync": False,
                "librarySectionID": section.key,
                "title1": section.title,
            },
            [("Directory", self._replies.written(asked, known))],
        )

    def all(self, asked: Question, key: str) -> Answer:
        """Answer /library/sections/{key}/all, filtered and paged."""
        section = self._section(key)
        if section is None:
            return html(404)
        if "type" not in asked.query and asked.query.get("includeMeta") != "1":
            self._replies.wrong(Wrong.NO_TYPE, asked.path)
        with self._inside.changed:
            found = lists.matching(section, asked, self._inside.behaviour)
            if isinstance(found, Answer):
                return found
            return self._list(asked, section, found)

    def leaves(self, asked: Question, key: str) -> Answer:
        """Answer /library/sections/{key}/allLeaves."""
        section = self._section(key)
        if section is None:
            return html(404)
        with self._inside.changed:
            return self._list(asked, section, section.items(lists.leaves(section)))

    def nothing(self, asked: Question, key: str) -> Answer:
        """Answer a list that is always empty here: collections, playlists, filters."""
        return html(404) if self._section(key) is None else self._replies.answer(asked, {"size": 0})

    def metadata(self, asked: Question, keys: str) -> Answer:
        """Answer /library/metadata/{keys}; unknown ones are left out, 404 if all are."""
        with self._inside.changed:
            known = self._items(keys)
            if not known:
                return html(404)
            if asked.query.get("skipRefresh") != "1":
                self._careless(asked, known)
            section = self._inside.catalogue.sections[known[0].section]
            depth = Depth(detail=True, files=asked.query.get("checkFiles") == "1")
            ready = [self._ready(item, asked, depth) for item in known]
            head = self._head(section) | {"size": len(ready)}
            return self._replies.answer(asked, head, [("Metadata", ready)])

    def children(self, asked: Question, key: str) -> Answer:
        """Answer /library/metadata/{key}/children."""
        return self._below(asked, key, lambda item: item.children.values())

    def all_leaves(self, asked: Question, key: str) -> Answer:
        """Answer /library/metadata/{key}/allLeaves."""
        return self._below(asked, key, lambda item: item.leaves())

    def _below(self, asked: Question, key: str, of: Callable[[Item], Iterable[Item]]) -> Answer:
        with self._inside.changed:
            known = self._items(key)
            if not known:
                return html(404)
            section = self._inside.catalogue.sections[known[0].section]
            return self._list(asked, section, list(of(known[0])), parent=known[0])

    def _list(
        self, asked: Question, section: Section, items: list[Item], parent: Item | None = None
    ) -> Answer:
        page = lists.page(items, asked, self._inside.behaviour)
        attributes: dict[str, Value] = {"size": len(page.items)}
        headers: dict[str, str] = {}
        if page.total is not None:
            attributes |= {"totalSize": page.total, "offset": page.start}
            headers = {
                "X-Plex-Container-Start": str(page.start),
                "X-Plex-Container-Total-Size": str(page.total),
            }
        attributes |= self._head(section)
        if parent is not None:
            attributes |= {"key": str(parent.key), "parentTitle": parent.title, "nocache": True}
        groups = [("Metadata", self._page(page, asked))]
        if asked.query.get("includeMeta") == "1":
            known = meta.meta_element(section.key, section.type)
            groups.append(("Meta", self._replies.written(asked, [known])))
        return self._replies.answer(asked, attributes, groups, headers)

    def _page(self, page: Page, asked: Question) -> list[str]:
        trim = self._trim(asked)
        variant = f"{asked.form}|{trim.key() if trim else ''}"
        return [self._kept_or_written(item, asked, trim, variant) for item in page.items]

    def _kept_or_written(self, item: Item, asked: Question, trim: Trim | None, variant: str) -> str:
        ready = item.rendered.get(variant)
        if ready is None:
            element = elements.item_element(item, self._inside.catalogue.sections[item.section])
            ready = write(trim.apply(element) if trim else element, asked.form)
            self._keep(item, variant, ready)
        return ready

    def _keep(self, item: Item, variant: str, ready: str) -> None:
        self._kept += len(ready)
        if self._kept > _KEPT_CHARACTERS:
            self._kept = len(ready)
            for one in self._inside.catalogue.items.values():
                one.rendered.clear()
        item.rendered[variant] = ready

    def _ready(self, item: Item, asked: Question, depth: Depth = SHALLOW) -> str:
        section = self._inside.catalogue.sections[item.section]
        element = elements.item_element(item, section, depth)
        trim = self._trim(asked)
        return write(trim.apply(element) if trim else element, asked.form)

    def _trim(self, asked: Question) -> Trim | None:
        """Read what is to be left out; includeFields means "only" from API version 1 on."""
        mode = self._inside.behaviour.trimming
        version = asked.said("X-Plex-Pms-Api-Version") or "0"
        if mode == "ignored":
            return None
        modern = version.partition(".")[0].isdigit() and int(version.partition(".")[0]) >= 1
        trim = Trim(
            asked.words("includeFields") if modern else frozenset(),
            asked.words("excludeFields"),
            asked.words("includeElements") if modern else frozenset(),
            asked.words("excludeElements"),
            mode,
        )
        return None if trim == Trim(depth=mode) else trim

    def _careless(self, asked: Question, items: Iterable[Item]) -> None:
        self._replies.wrong(Wrong.ITEM_GET, asked.path)
        if self._inside.behaviour.item_get_refreshes:
            for item in items:
                self._attendant.ask(Task.LOCAL, item.key)

    def _items(self, keys: str) -> list[Item]:
        known = self._inside.catalogue.items
        return [
            known[int(key)]
            for key in keys.split(",")
            if key.isascii() and key.isdigit() and int(key) in known
        ]

    def _section(self, key: str) -> Section | None:
        with self._inside.changed:
            return self._inside.catalogue.sections.get(int(key)) if key.isdigit() else None

    def _head(self, section: Section) -> dict[str, Value]:
        return {
            "allowSync": True,
            "art": f"/:/resources/{section.type}-fanart.jpg",
            "identifier": _LIBRARY,
            "librarySectionID": section.key,
            "librarySectionTitle": section.title,
            "librarySectionUUID": section.uuid,
            "mediaTagPrefix": "/system/bundle/media/flags/",
            "mediaTagVersion": 1775731696,
            "thumb": f"/:/resources/{section.type}.png",
            "title1": section.title,
            "title2": f"All {section.title}",
            "viewGroup": section.type,
            "viewMode": 65592,
        }
