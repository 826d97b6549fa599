"""The survey: what is asked of a library, and when it is asked again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from made_up import below, films, parts, section

from matcher.errors import PlexNonsense
from matcher.findings import Findings, Verdict
from matcher.model import Activity, Part, Section, Server
from matcher.survey import Ground, survey
from matcher.tree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Shelf:
    """A library on a shelf: it answers from tuples and writes down what it was asked."""

    held: dict[Section, tuple[Part, ...]]
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    broken: frozenset[int] = frozenset()
    """Sections whose files cannot be listed."""

    def _may_list(self, section: Section) -> None:
        if section.key in self.broken:
            raise PlexNonsense("500")

    def server(self) -> Server:
        return Server("machine", "shelf", "1")

    def sections(self) -> tuple[Section, ...]:
        return tuple(self.held)

    def parts_containing(self, section: Section, text: str) -> tuple[Part, ...]:
        return tuple(each for each in self.held[section] if text in each.file)

    def all_parts(self, section: Section) -> Iterator[Part]:
        self.asked.append(("all", section.key, 0))
        self._may_list(section)
        return iter(self.held[section])

    def sample_parts(self, section: Section, count: int) -> tuple[Part, ...]:
        """Return evenly spaced parts."""
        self.asked.append(("sample", section.key, count))
        self._may_list(section)
        held = self.held[section]
        step = max(1, len(held) // count)
        return held[::step][:count]

    def item_parts(self, section: Section, key: int) -> tuple[Part, ...] | None:
        return tuple(each for each in self.held[section] if each.key == key)

    def trace(self, key: int) -> str | None:
        return None

    def activities(self) -> tuple[Activity, ...]:
        return ()


def look(shelf: Shelf, tree: MemoryTree, *folders: str) -> Findings:
    return survey(shelf, Ground(tree, folders))


def test_clear_library_costs_one_sample_a_section() -> None:
    lib = films(400)
    shelf = Shelf({section(1, "/m"): parts(1, "/m", lib)})
    findings = look(shelf, MemoryTree(below("/v/movies", lib)), "/v")
    assert findings.findings[0].hosts == ("/v/movies",)
    assert shelf.asked == [("sample", 1, 25)]


def test_a_library_that_cannot_be_read_does_not_hold_up_the_others() -> None:
    lib = films(400)
    shelf = Shelf(
        {section(1, "/m"): parts(1, "/m", lib), section(2, "/n"): ()}, broken=frozenset({2})
    )
    findings = look(shelf, MemoryTree(below("/v/movies", lib)), "/v")
    hosts = {each.location: each.hosts for each in findings.findings}
    assert hosts == {"/m": ("/v/movies",), "/n": ()}
    assert not findings.is_settled


def test_where_no_library_can_be_read_nothing_is_found_out() -> None:
    shelf = Shelf({section(1, "/m"): ()}, broken=frozenset({1}))
    with pytest.raises(PlexNonsense):
        look(shelf, MemoryTree(below("/v/movies", films(4))), "/v")


def test_draw_is_played_again_with_a_larger_sample() -> None:
    """The backup lacks two films of 400: a small sample does not show it."""
    lib = films(400)
    names = list(lib)
    old = {name: size for name, size in lib.items() if name not in {names[1], names[-2]}}
    shelf = Shelf({section(1, "/m"): parts(1, "/m", lib)})
    tree = MemoryTree(below("/v/movies", lib) | below("/v/old", old))
    findings = look(shelf, tree, "/v")
    assert shelf.asked == [("sample", 1, 25), ("sample", 1, 250)]
    assert findings.findings[0].verdict is Verdict.FOUND
    assert findings.findings[0].hosts == ("/v/movies",)


def test_one_watched_show_of_a_thousand_is_found_by_reading_through() -> None:
    lib = films(1000)
    kids = "Film 333 (2293)"
    shelf = Shelf({section(1, "/m"): parts(1, "/m", lib)})
    here = {name: size for name, size in lib.items() if name.startswith(kids)}
    findings = look(shelf, MemoryTree(below("/v/movies", here)), f"/v/movies/{kids}")
    assert shelf.asked == [("sample", 1, 25), ("all", 1, 0)]
    assert findings.findings[0].hosts == ("/v/movies",)


def test_small_location_that_no_sample_was_in_is_found_by_reading_through() -> None:
    large, small = films(5000), films(2, 9000)
    held = parts(1, "/big", large) + parts(1, "/small", small)
    shelf = Shelf({section(1, "/big", "/small"): held})
    tree = MemoryTree(below("/v/big", large) | below("/v/little", small))
    findings = look(shelf, tree, "/v")
    assert [each.hosts for each in findings.findings] == [("/v/big",), ("/v/little",)]
    assert ("all", 1, 0) in shelf.asked


def test_library_elsewhere_stays_unsupported() -> None:
    shelf = Shelf({section(1, "/m"): parts(1, "/m", films(100))})
    findings = look(shelf, MemoryTree(below("/v/other", films(10, 500))), "/v")
    assert findings.findings[0].verdict is Verdict.UNSUPPORTED


def test_reading_through_leaves_the_samples_of_nested_locations() -> None:
    """The outer location is open, the inner one clear: it stays clear."""
    inner = films(30)
    held = {
        section(1, "/data"): parts(1, "/data", {"Film 900 (2860)/x.mkv": 10**9}),
        section(2, "/data/in"): parts(2, "/data/in", inner),
    }
    tree = MemoryTree(
        below("/v/in", inner) | {"/w/Film 900 (2860)/y.mkv": 5, "/w/x/Film 901/z.mkv": 7}
    )
    findings = look(Shelf(held), tree, "/v", "/w")
    assert findings.findings[0].verdict is Verdict.UNSUPPORTED
    assert findings.findings[1].hosts == ("/v/in",)
    assert findings.findings[1].evidence.startswith("25 of 25")


def test_empty_section_is_read_through_and_stays_without_evidence() -> None:
    shelf = Shelf({section(1, "/m"): ()})
    findings = look(shelf, MemoryTree({}, frozenset({"/v/m"})), "/v")
    assert findings.findings[0].verdict is Verdict.NO_EVIDENCE
    assert "/v/m may be it by name" in findings.findings[0].evidence


@pytest.mark.parametrize("is_pool", [True, False])
def test_where_one_directory_explains_two_locations_single_files_are_asked_for(
    is_pool: bool,
) -> None:
    """Of 400 films a sample has few of those on one disk."""
    disk, rest = films(60), films(340, 500)
    moved = dict(list(disk.items())[::6])
    tree = MemoryTree(below("/m/d1", disk) | below("/m/d2", rest))
    both = section(1, "/data/all"), section(2, "/data/disk")
    listed = parts(1, "/data/all", (disk if is_pool else moved) | rest)
    shelf = Shelf({both[0]: listed, both[1]: parts(2, "/data/disk", disk)})

    found = survey(shelf, Ground(tree, ("/m",)))

    every, branch = found.findings
    assert set(every.hosts) == ({"/m/d1", "/m/d2"} if is_pool else {"/m/d2"})
    assert branch.hosts == ("/m/d1",)
