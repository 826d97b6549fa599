"""What a list says of itself when asked with includeMeta=1: types, sorts, fields, operators."""

from __future__ import annotations

from watcher.simulated_plex.answers import Element
from watcher.simulated_plex.catalogue import TYPE_NUMBERS
from watcher.simulated_plex.lists import LEVELS

_SORTS = (
    ("titleSort", "asc", "Title"),
    ("addedAt", "desc", "Date Added"),
    ("year", "desc", "Year"),
    ("random", "desc", "Randomly"),
)
_FIELDS = (
    ("title", "string", "Title"),
    ("year", "integer", "Year"),
    ("addedAt", "date", "Date Added"),
    ("unmatched", "boolean", "Unmatched"),
    ("trash", "boolean", "Trash"),
)
_OPERATORS = {
    "string": (("=", "contains"), ("==", "is")),
    "integer": (("=", "is"), (">>=", "is greater than"), ("<<=", "is less than")),
    "date": ((">>=", "is after"), ("<<=", "is before")),
    "boolean": (("=", "is true"), ("!=", "is false")),
}


def meta_element(section: int, kind: str) -> Element:
    """Describe what a section's lists can be filtered and sorted by."""
    types = [_type(section, level, active=at == 0) for at, level in enumerate(LEVELS[kind])]
    fields = [
        Element("FieldType", {"type": name}, [_operator(*one) for one in known])
        for name, known in _OPERATORS.items()
    ]
    return Element("Meta", {}, [*types, *fields], one=True)


def _type(section: int, level: str, *, active: bool) -> Element:
    number = TYPE_NUMBERS[level]
    scope = "" if level == "movie" else f"{level}."
    sorts = [
        Element(
            "Sort",
            {"key": key, "defaultDirection": direction, "descKey": f"{key}:desc", "title": title},
        )
        for key, direction, title in _SORTS
    ]
    fields = [
        Element("Field", {"key": f"{scope}{key}", "title": title, "type": kind})
        for key, kind, title in _FIELDS
    ]
    return Element(
        "Type",
        {
            "key": f"/library/sections/{section}/all?type={number}",
            "type": level,
            "title": f"{level.capitalize()}s",
            "active": active,
        },
        [*sorts, *fields],
    )


def _operator(key: str, title: str) -> Element:
    return Element("Operator", {"key": key, "title": title})
