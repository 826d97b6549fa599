"""Finding parts by a text in their path, whatever the server makes of its filter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from listed import FakeClock, Listed, part

from matcher.errors import PlexError
from matcher.file_filter import SENTINEL
from matcher.finder import HEADER_FRESH_S, LOOKUPS_PER_HOUR, Finder
from matcher.leaves import Leaves

A, B, C = part("/m/A/Alien.mkv", 1), part("/m/B/Brazil.mkv", 2), part("/m/C/Contact.mkv", 3)


def _finder(listed: Listed, clock: FakeClock | None = None) -> Finder:
    return Finder(Leaves(listed.page), listed.headers, clock or FakeClock())


@pytest.mark.parametrize("way", ["contains", "ignored", "refused", "nothing", "names only"])
@pytest.mark.parametrize("text", ["Alien.mkv", "/m/A/", "/m/A/Alien"])
def test_what_is_there_is_found_in_every_way(way: str, text: str) -> None:
    """A filter that is ignored, refused, dead, or sees only names costs requests, not answers."""
    listed = Listed([A, B, C], filter=way)

    assert A in _finder(listed).containing(listed.section, text)


@pytest.mark.parametrize("way", ["ignored", "refused", "nothing"])
def test_what_is_new_is_found_once_the_counter_moved(way: str) -> None:
    """Without the filter, the loaded section is as good as its counter."""
    clock = FakeClock()
    listed = Listed([A, B], filter=way)
    finder = _finder(listed, clock)
    assert finder.containing(listed.section, "Contact.mkv") == ()

    listed.change(C)
    clock.now += HEADER_FRESH_S

    assert finder.containing(listed.section, "Contact.mkv") == (C,)


def test_without_the_filter_nothing_is_loaded_again_while_the_counter_stands() -> None:
    """A look at the counter is all."""
    clock = FakeClock()
    listed = Listed([A, B], filter="ignored")
    finder = _finder(listed, clock)
    finder.containing(listed.section, "Alien.mkv")
    before = len(listed.asked)
    for _ in range(10):
        clock.now += HEADER_FRESH_S
        assert finder.containing(listed.section, "Brazil.mkv") == (B,)

    assert len(listed.asked) == before


def test_who_misses_something_can_have_the_section_loaded_again() -> None:
    clock = FakeClock()
    listed = Listed([A, B], filter="ignored")
    finder = _finder(listed, clock)
    finder.containing(listed.section, "Alien.mkv")
    before = len(listed.asked)
    assert not finder.doubt(listed.section.key), "it was loaded a moment ago"

    clock.now += HEADER_FRESH_S
    assert finder.doubt(listed.section.key)
    assert finder.containing(listed.section, "Alien.mkv") == (A,)
    assert len(listed.asked) > before


def test_where_nothing_stands_in_for_the_filter_there_is_nothing_to_doubt() -> None:
    listed = Listed([A, B], filter="contains")
    finder = _finder(listed)
    finder.containing(listed.section, "Alien.mkv")

    assert not finder.doubt(listed.section.key)


def test_a_server_without_a_counter_is_loaded_again_now_and_then() -> None:
    """Old servers have neither contentChangedAt nor, before a first scan, scannedAt."""
    clock = FakeClock()
    listed = Listed([A], filter="ignored")
    listed.section = replace(listed.section, content_changed_at=0)
    finder = _finder(listed, clock)
    finder.containing(listed.section, "Alien.mkv")
    listed.parts.append(B)
    clock.now += HEADER_FRESH_S

    assert finder.containing(listed.section, "Brazil.mkv") == (B,)


def test_a_hit_proves_the_filter() -> None:
    """Then no probe is made, not even for what is not found later."""
    listed = Listed([A, B])
    finder = _finder(listed)
    finder.containing(listed.section, "Alien.mkv")
    finder.containing(listed.section, "No Such.mkv")

    assert listed.asked == ["Alien.mkv", "No Such.mkv"]


def test_a_miss_is_probed_with_what_must_be_there() -> None:
    """Once for names, and once for folders."""
    listed = Listed([A, B])
    finder = _finder(listed)
    for _ in range(3):
        finder.containing(listed.section, "No Such.mkv")
    assert listed.asked == ["No Such.mkv", None, "Alien.mkv", "No Such.mkv", "No Such.mkv"]

    listed.asked.clear()
    for _ in range(2):
        finder.containing(listed.section, "/m/Nowhere/")
    assert listed.asked == ["/Nowhere/", None, "/A/Alien.mkv", "/Nowhere/"]


def test_a_doubtful_answer_is_probed_with_what_cannot_be_there() -> None:
    """An answer without the text may be a wildcard's work, or no filter at all."""
    listed = Listed([A, B], filter="ignored")
    finder = _finder(listed)
    finder.containing(listed.section, "Alien.mkv")

    assert listed.asked[:2] == ["Alien.mkv", SENTINEL]
    assert not finder.filter_works(listed.section)


def test_an_empty_section_proves_nothing() -> None:
    """The filter is judged when there is something to find."""
    listed = Listed([], filter="nothing")
    finder = _finder(listed)
    assert finder.containing(listed.section, "Alien.mkv") == ()

    listed.change(A)
    assert finder.containing(listed.section, "Alien.mkv") == (A,)


def test_a_missing_filter_is_looked_for_again_after_an_hour() -> None:
    """The server may have been updated."""
    clock = FakeClock()
    listed = Listed([A, B], filter="refused")
    finder = _finder(listed, clock)
    finder.containing(listed.section, "Alien.mkv")
    listed.filter = "contains"
    listed.change(C)
    clock.now += 3600

    assert finder.containing(listed.section, "Contact.mkv") == (C,)
    assert finder.filter_works(listed.section)


def test_a_burst_of_lookups_loads_the_section_once() -> None:
    """From then on memory answers, until the content changes."""
    clock = FakeClock()
    listed = Listed([A, B, C])
    finder = _finder(listed, clock)
    for _ in range(LOOKUPS_PER_HOUR + 100):
        clock.now += 0.01
        assert finder.containing(listed.section, "Brazil.mkv") == (B,)

    assert listed.asked.count(None) == 1
    assert len(listed.asked) <= LOOKUPS_PER_HOUR + 2

    listed.change(part("/m/D/Dune.mkv", 4))
    clock.now += HEADER_FRESH_S
    assert finder.containing(listed.section, "Dune.mkv")
    assert listed.asked[-1] == "Dune.mkv"


def test_a_section_that_is_being_scanned_is_not_loaded_for_a_burst() -> None:
    """What is loaded then is out of date a moment later."""
    listed = Listed([A, B])
    listed.section = replace(listed.section, refreshing=True)
    finder = _finder(listed)
    for _ in range(2 * LOOKUPS_PER_HOUR):
        finder.containing(listed.section, "Brazil.mkv")

    assert None not in listed.asked


def test_an_index_that_nobody_needs_is_given_back() -> None:
    """A burst is over after ten minutes."""
    clock = FakeClock()
    listed = Listed([A, B])
    finder = _finder(listed, clock)
    assert finder.warm(listed.section) == 2
    clock.now += 601
    finder.containing(listed.section, "Alien.mkv")

    assert listed.asked[-1] == "Alien.mkv"


def test_a_section_that_is_gone_has_nothing() -> None:
    """Not found is a result."""
    listed = Listed([A], gone=True)

    assert _finder(listed).containing(listed.section, "Alien.mkv") == ()


def test_a_section_of_a_kind_without_files_is_not_asked() -> None:
    """Plex adds kinds of sections now and then."""
    listed = Listed([A])

    assert _finder(listed).containing(replace(listed.section, type="hologram"), "x") == ()
    assert _finder(listed).warm(replace(listed.section, type="hologram")) == 0
    assert listed.asked == []


def test_trouble_that_is_not_the_filters_is_raised() -> None:
    """A server that refuses everything has no missing filter."""

    class Broken(Listed):
        def headers(self) -> tuple[()]:
            raise PlexError("away")

    listed = Broken([A], filter="refused")
    with pytest.raises(PlexError, match="away"):
        _finder(listed).containing(listed.section, "Alien.mkv")


def test_a_name_of_nothing_but_commas_needs_an_index() -> None:
    """Nothing of it can be asked for."""
    listed = Listed([A, part("/m/,,,", 9)])

    (found,) = _finder(listed).containing(listed.section, ",,,")
    assert found.key == 9
