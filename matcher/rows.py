"""Parts and sections as JSON, for stores: short lists in a fixed order, read with distrust."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from matcher.model import Part, Section

if TYPE_CHECKING:
    from cache.store import JSON

_PART = tuple(field.name for field in fields(Part))
_SECTION = tuple(field.name for field in fields(Section))
_OPTIONAL_NUMBER = (int, type(None))
_PART_TYPES: dict[str, tuple[type, ...]] = {
    "file": (str,),
    "section": (int,),
    "key": (int,),
    "type": (str,),
    "title": (str,),
    "parent_title": (str,),
    "grandparent_title": (str,),
    "deleted": (bool,),
}
_SECTION_TYPES: dict[str, tuple[type, ...]] = {
    "key": (int,),
    "locations": (list,),
    "content_changed_at": (int,),
    "scanned_at": (int,),
    "refreshing": (bool,),
}


def part_row(part: Part) -> list[JSON]:
    """Write a part as a list of its values."""
    return [getattr(part, name) for name in _PART]


def part_from(row: JSON) -> Part | None:
    """Read a part, or None where the row is not one: another version's, or damaged."""
    if not isinstance(row, list) or len(row) != len(_PART):
        return None
    values: dict[str, Any] = dict(zip(_PART, row, strict=True))
    if not all(isinstance(v, _PART_TYPES.get(n, _OPTIONAL_NUMBER)) for n, v in values.items()):
        return None
    return Part(**values)


def section_row(section: Section) -> list[JSON]:
    """Write a section's header as a list of its values."""
    values: dict[str, JSON] = {name: getattr(section, name) for name in _SECTION}
    values["locations"] = list(section.locations)
    return list(values.values())


def section_from(row: JSON) -> Section | None:
    """Read a section's header, or None where the row is not one."""
    if not isinstance(row, list) or len(row) != len(_SECTION):
        return None
    values: dict[str, Any] = dict(zip(_SECTION, row, strict=True))
    if not all(isinstance(v, _SECTION_TYPES.get(n, (str,))) for n, v in values.items()):
        return None
    if not all(isinstance(place, str) for place in values["locations"]):
        return None
    return Section(**{**values, "locations": tuple(values["locations"])})
