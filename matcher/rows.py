"""Parts and sections as JSON, for stores: short lists in a fixed order, read with distrust."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from matcher.model import Part, Section

if TYPE_CHECKING:
    from cache.store import JSON

_OPTIONAL_NUMBER = (int, type(None))
_PART: dict[str, tuple[type, ...]] = dict.fromkeys(
    (field.name for field in fields(Part)), _OPTIONAL_NUMBER
) | {
    "file": (str,),
    "section": (int,),
    "key": (int,),
    "type": (str,),
    "title": (str,),
    "parent_title": (str,),
    "grandparent_title": (str,),
    "deleted": (bool,),
}
_SECTION: dict[str, tuple[type, ...]] = dict.fromkeys(
    (field.name for field in fields(Section)), (str,)
) | {
    "key": (int,),
    "locations": (list,),
    "content_changed_at": (int,),
    "scanned_at": (int,),
    "refreshing": (bool,),
}
"""What each value of a row may be, in the order of the fields."""


def part_row(part: Part) -> list[JSON]:
    """Write a part as a list of its values."""
    return [getattr(part, name) for name in _PART]


def part_from(row: JSON) -> Part | None:
    """Read a part, or None where the row is not one: another version's, or damaged."""
    values = _values(row, _PART)
    return None if values is None else Part(*values)


def section_row(section: Section) -> list[JSON]:
    """Write a section's header as a list of its values."""
    values: dict[str, JSON] = {name: getattr(section, name) for name in _SECTION}
    values["locations"] = list(section.locations)
    return list(values.values())


def section_from(row: JSON) -> Section | None:
    """Read a section's header, or None where the row is not one."""
    values = _values(row, _SECTION)
    if values is None:
        return None
    named = dict(zip(_SECTION, values, strict=True))
    if not all(isinstance(place, str) for place in named["locations"]):
        return None
    return Section(**{**named, "locations": tuple(named["locations"])})


def _values(row: JSON, kinds: dict[str, tuple[type, ...]]) -> list[Any] | None:
    if not isinstance(row, list) or len(row) != len(kinds):
        return None
    fits = all(map(isinstance, row, kinds.values()))
    return row if fits else None
