"""Which items a list answers: by type, filters, order, and page."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher.simulated_plex.answers import Answer, html
from watcher.simulated_plex.catalogue import LEAVES, TYPE_NUMBERS, Item, Section

if TYPE_CHECKING:
    from watcher.simulated_plex.asking import Question
    from watcher.simulated_plex.settings import Behaviour

_BY_NUMBER = {number: name for name, number in TYPE_NUMBERS.items()}
LEVELS = {
    "movie": ("movie",),
    "show": ("show", "season", "episode"),
    "artist": ("artist", "album", "track"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A window on a list: `total` is None where the client did not ask for a page."""

    items: list[Item]
    start: int
    total: int | None


Test = Callable[[Item], bool]


def matching(section: Section, asked: Question, behaviour: Behaviour) -> list[Item] | Answer:
    """Answer the items that a query names, in order; or the refusal that PMS gives."""
    kind = _kind(section, asked)
    if kind is None:
        return []
    if "file" in asked.query and "type" not in asked.query and section.type == "show":
        return html(500)
    if "file" in asked.query and behaviour.file_filter == "missing_400":
        return html(400)
    tests = _tests(asked, behaviour)
    items = [item for item in section.items(kind) if all(test(item) for test in tests)]
    return _ordered(items, asked.query.get("sort", ""))


def page(items: list[Item], asked: Question, behaviour: Behaviour) -> Page:
    """Cut a list to the page that was asked for, by header or query, or that is forced."""
    start = asked.number("X-Plex-Container-Start")
    size = asked.number("X-Plex-Container-Size")
    limit = behaviour.page_limit
    if "limit" in asked.query and asked.query["limit"].isdigit():
        items = items[: int(asked.query["limit"])]
    if limit is not None and (size is None or size > limit):
        size = limit
    if start is None and size is None:
        return Page(items, 0, None)
    begin = start or 0
    end = len(items) if size is None else begin + size
    return Page(items[begin:end], begin, len(items))


def leaves(section: Section) -> str:
    """Name the type of item that holds media in a section."""
    return LEAVES[section.type]


def _kind(section: Section, asked: Question) -> str | None:
    """Name the type of item that is listed; None for a type that this section does not have."""
    levels = LEVELS[section.type]
    text = asked.query.get("type")
    if text is None:
        return levels[0]
    kind = _BY_NUMBER.get(int(text)) if text.isdigit() else text
    return kind if kind in levels else None


def _tests(asked: Question, behaviour: Behaviour) -> list[Test]:
    tests: list[Test] = []
    query = asked.query
    if "file" in query and behaviour.file_filter == "contains":
        tests.append(_file_test(query["file"], behaviour))
    for name, value in query.items():
        level, _, field = name.rpartition(".")
        if field == "title":
            tests.append(_title_test(level, value.casefold()))
    if query.get("trash") == "1":
        tests.append(lambda item: item.deleted_at is not None)
    for name, field in (("addedAt>>", "added_at"), ("updatedAt>>", "updated_at")):
        if query.get(name, "").isdigit():
            tests.append(_later(field, int(query[name])))
    return tests


def _title_test(level: str, wanted: str) -> Test:
    """Test the title of an item, or of what is above it; `==` in the query means all of it."""

    def test(item: Item) -> bool:
        one: Item | None = item
        while one is not None and level and one.type != level:
            one = one.parent
        title = one.title.casefold() if one else ""
        return title == wanted[1:] if wanted.startswith("=") else wanted in title

    return test


def _later(field: str, than: int) -> Test:
    return lambda item: int(getattr(item, field)) > than


def _file_test(value: str, behaviour: Behaviour) -> Test:
    """Test whether a part's full path contains a text; `,` means OR where this server says so."""
    wanted = value.split(",") if behaviour.comma_is_or else [value]
    fold = _fold if behaviour.filter_folds_case else str
    if behaviour.filter_knows_wildcards:
        alike = re.compile("|".join(_like(fold(one)) for one in wanted), re.DOTALL)
        return lambda item: any(alike.search(fold(part.file)) for part in item.parts())
    folded = [fold(one) for one in wanted]
    if len(folded) == 1:
        only = folded[0]
        return lambda item: any(only in fold(part.file) for part in item.parts())
    return lambda item: any(
        one in path for part in item.parts() for path in (fold(part.file),) for one in folded
    )


_CAPITALS = str.maketrans({chr(code): chr(code + 32) for code in range(65, 91)})


def _fold(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_CAPITALS)


def _like(text: str) -> str:
    return re.escape(text).replace("%", ".*").replace("_", ".")


def _ordered(items: list[Item], sort: str) -> list[Item]:
    name, _, direction = sort.partition(",")[0].partition(":")
    field = name.rpartition(".")[2]
    if field == "random":
        return random.sample(items, len(items))
    names = {"addedAt": "added_at", "updatedAt": "updated_at", "year": "year"}
    if field not in names:
        return items
    return sorted(
        items,
        key=lambda item: (getattr(item, names[field]) or 0, item.key),
        reverse=direction == "desc",
    )
