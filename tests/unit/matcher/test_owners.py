"""Owners: the sections that a Plex path lies in."""

from __future__ import annotations

from matcher.model import Section
from matcher.owners import owners


def section(key: int, *locations: str, title: str = "") -> Section:
    return Section(key, title or f"S{key}", "show", locations)


def keys(path: str, *sections: Section) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(o.section.key, o.location, o.below) for o in owners(path, sections)]


def test_component_boundaries() -> None:
    tv, uhd = section(1, "/media/TV"), section(2, "/media/TV-4K")
    assert keys("/media/TV-4K/x", tv, uhd) == [(2, "/media/TV-4K", ("x",))]
    assert keys("/media/TV", tv, uhd) == [(1, "/media/TV", ())]
    assert keys("/media", tv, uhd) == []


def test_every_section_owns_with_its_longest_location_the_longest_first() -> None:
    assert keys(
        "/data/TV/Kids/x",
        section(3, "/data"),
        section(2, "/data", "/data/TV"),
        section(9, "/data/TV/Kids"),
        section(1, "/data/TV/"),
    ) == [
        (9, "/data/TV/Kids", ("x",)),
        (1, "/data/TV/", ("Kids", "x")),
        (2, "/data/TV", ("Kids", "x")),
        (3, "/data", ("TV", "Kids", "x")),
    ]


def test_only_the_titles_asked_for() -> None:
    both = [section(1, "/m", title="Movies"), section(2, "/m", title="Kids")]
    found = owners("/m/x", both, only_titles=frozenset({"Kids"}))
    assert [each.section.key for each in found] == [2]
    assert owners("/m/x", both, only_titles=frozenset()) == ()


def test_windows_compares_without_case_and_posix_with() -> None:
    assert keys("d:\\tv\\X", section(1, "D:\\TV")) == [(1, "D:\\TV", ("X",))]
    assert keys("\\\\?\\UNC\\NAS\\tv\\X", section(1, "\\\\nas\\TV")) == [(1, "\\\\nas\\TV", ("X",))]
    assert keys("/TV/x", section(1, "/tv")) == []


def test_forms_of_unicode_count_only_where_nothing_is_equal() -> None:
    nfc, nfd = "/Am\u00e9lie", "/Ame\u0301lie"
    assert keys(f"{nfc}/x", section(1, nfd)) == [(1, nfd, ("x",))]
    assert keys(f"{nfc}/x", section(1, nfd, nfc)) == [(1, nfc, ("x",))]


def test_locations_that_differ_in_form_alone_leave_it_open() -> None:
    one, other = "/e\u0301\u00e9", "/\u00e9e\u0301"
    assert keys("/\u00e9\u00e9/x", section(1, one, other)) == []


def test_location_that_is_no_absolute_path_owns_nothing() -> None:
    assert keys("/media/x", section(1, "media", "", "./media")) == []
