"""A library behind caches: what is asked again, what is not, and what is dropped when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from listed import FakeClock, part

from cache.memory import MemoryStore
from matcher.cached import MISS_S, RECENT_S, SECTIONS_AGAIN_S, UNREACHABLE_S, CachedLibrary
from matcher.errors import PlexRefused, PlexUnavailable
from matcher.model import Activity, Part, Section, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.errors import PlexError

TTL_S = 3600.0
MOVIES = Section(1, "Movies", "movie", ("/m",), uuid="u1", content_changed_at=5)
SHOWS = Section(2, "TV", "show", ("/t",), uuid="u2", content_changed_at=9)
ALIEN = part("/m/Alien/Alien.mkv", 10)
BRAZIL = part("/m/Brazil/Brazil.mkv", 11)


@dataclass
class Counted:
    """A library that counts what it is asked, and can be away."""

    parts: list[Part] = field(default_factory=lambda: [ALIEN, BRAZIL])
    listed: tuple[Section, ...] = (MOVIES, SHOWS)
    machine: str = "machine-1"
    trouble: PlexError | None = None
    asked: list[str] = field(default_factory=list)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.trouble is not None:
            raise self.trouble

    def server(self) -> Server:
        self._ask("server")
        return Server(self.machine, "", "")

    def sections(self) -> tuple[Section, ...]:
        self._ask("sections")
        return self.listed

    def parts_containing(self, section: Section, text: str) -> tuple[Part, ...]:
        self._ask(f"parts {text}")
        return tuple(one for one in self.parts if text in one.file and one.section == section.key)

    def all_parts(self, section: Section) -> Iterator[Part]:
        self._ask("all")
        return iter([one for one in self.parts if one.section == section.key])

    def sample_parts(self, section: Section, count: int) -> tuple[Part, ...]:
        self._ask("sample")
        return tuple(self.parts[:count])

    def item_parts(self, section: Section, key: int) -> tuple[Part, ...] | None:
        self._ask(f"item {key}")
        return tuple(one for one in self.parts if one.key == key) or None

    def trace(self, key: int) -> str | None:
        self._ask(f"trace {key}")
        return "as it is"

    def activities(self) -> tuple[Activity, ...]:
        self._ask("activities")
        return ()


@dataclass
class Rig:
    """A cached library over a counted one, on stores that outlive it."""

    plex: Counted = field(default_factory=Counted)
    clock: FakeClock = field(default_factory=FakeClock)
    origin: str = "http://nas:32400"

    def __post_init__(self) -> None:
        self.sections = MemoryStore(self.clock)
        self.matches = MemoryStore(self.clock)
        self.start()

    def start(self) -> CachedLibrary:
        """Start anew, as after a restart."""
        self.library = CachedLibrary(
            self.plex, self.sections, self.matches, TTL_S, self.clock, origin=self.origin
        )
        return self.library

    def asked(self) -> list[str]:
        """What was asked since the last time."""
        asked, self.plex.asked = self.plex.asked, []
        return asked


@pytest.fixture
def rig() -> Rig:
    return Rig()


class TestSections:
    def test_they_are_asked_for_once_in_a_ttl(self, rig: Rig) -> None:
        for _ in range(3):
            assert rig.library.sections() == (MOVIES, SHOWS)
            rig.clock.now += TTL_S / 4

        assert rig.asked() == ["sections"]

    def test_they_survive_a_restart(self, rig: Rig) -> None:
        rig.library.sections()
        rig.start()

        assert rig.library.sections() == (MOVIES, SHOWS)
        assert rig.asked() == ["sections"]

    def test_expiry_with_nothing_changed_is_one_request(self, rig: Rig) -> None:
        rig.library.sections()
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.asked()
        rig.clock.now += TTL_S
        rig.library.sections()
        rig.library.sections()

        assert rig.asked() == ["sections"]

    def test_a_new_section_is_seen_at_once_when_it_is_looked_for(self, rig: Rig) -> None:
        """A path that nobody owns asks for the sections as they are now, but not all the time."""
        rig.library.sections()
        music = Section(3, "Music", "artist", ("/music",))
        rig.plex.listed = (MOVIES, SHOWS, music)
        assert music not in rig.library.sections_now()

        rig.clock.now += SECTIONS_AGAIN_S
        assert music in rig.library.sections_now()
        assert music in rig.library.sections()

    def test_a_plex_that_is_away_leaves_the_sections_as_they_were(self, rig: Rig) -> None:
        """And is not asked at every turn, since each may wait for a timeout."""
        rig.library.sections()
        rig.plex.trouble = PlexUnavailable("away")
        rig.clock.now += 10 * TTL_S
        rig.asked()
        for _ in range(3):
            assert rig.library.sections() == (MOVIES, SHOWS)
        assert rig.library.stale
        assert rig.library.sections_now() == (MOVIES, SHOWS)
        assert rig.asked() == ["sections", "sections"]

        rig.plex.trouble = None
        rig.clock.now += UNREACHABLE_S
        assert rig.library.sections() == (MOVIES, SHOWS)
        assert not rig.library.stale

    def test_a_plex_that_was_never_there_is_unavailable(self, rig: Rig) -> None:
        rig.plex.trouble = PlexUnavailable("away")

        with pytest.raises(PlexUnavailable):
            rig.library.sections()

    def test_a_refused_token_is_not_covered_up(self, rig: Rig) -> None:
        """A person has to act, so it is said."""
        rig.library.sections()
        rig.plex.trouble = PlexRefused("401")
        rig.clock.now += TTL_S

        with pytest.raises(PlexRefused):
            rig.library.sections()

    def test_damage_in_the_store_is_a_miss(self, rig: Rig) -> None:
        rig.library.sections()
        for key, _ in list(rig.sections.items("section:")):
            rig.sections.set(key, ["not", "a", "section"])

        assert rig.start().sections() == (MOVIES, SHOWS)
        assert rig.asked() == ["sections", "sections"]


class TestMatches:
    def test_one_burst_asks_once(self, rig: Rig) -> None:
        for _ in range(5):
            assert rig.library.parts_containing(MOVIES, "/m/Alien/") == (ALIEN,)

        assert rig.asked() == ["parts /m/Alien/"]

    @pytest.mark.parametrize("text", [ALIEN.file, ALIEN.file.removesuffix(".mkv")])
    def test_a_path_is_remembered_and_its_item_is_asked(self, rig: Rig, text: str) -> None:
        """Across a restart, for as long as it takes: with its extension and without."""
        rig.library.parts_containing(MOVIES, text)
        rig.clock.now += 1e6
        rig.start()
        rig.asked()

        assert rig.library.parts_containing(MOVIES, text) == (ALIEN,)
        assert rig.library.parts_containing(MOVIES, text) == (ALIEN,)
        assert rig.asked() == ["item 10"]

    def test_what_the_item_says_now_is_the_answer(self, rig: Rig) -> None:
        """Its size may have changed meanwhile."""
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.clock.now += RECENT_S
        grown = replace(ALIEN, size=99)
        rig.plex.parts[0] = grown

        assert rig.library.parts_containing(MOVIES, ALIEN.file) == (grown,)

    @pytest.mark.parametrize(
        "now",
        [
            [],
            [replace(ALIEN, file="/m/Elsewhere/Alien.mkv")],
            [replace(ALIEN, key=77)],
        ],
        ids=["item gone", "part moved", "item made anew"],
    )
    def test_what_proves_wrong_is_looked_up_again(self, rig: Rig, now: list[Part]) -> None:
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.clock.now += RECENT_S
        rig.plex.parts = now
        rig.asked()

        found = rig.library.parts_containing(MOVIES, ALIEN.file)
        assert [one.key for one in found] == [one.key for one in now if one.file == ALIEN.file]
        assert rig.asked() == ["item 10", f"parts {ALIEN.file}"]
        rig.library.parts_containing(MOVIES, ALIEN.file)
        assert rig.asked() == []

    @pytest.mark.parametrize("text", ["/m/Alien/", "/m/", "/m/Ali"])
    def test_what_a_new_neighbour_can_change_is_asked_again(self, rig: Rig, text: str) -> None:
        """No question about the items in an answer shows who else is there by now."""
        rig.library.parts_containing(MOVIES, text)
        neighbour = part("/m/Alien/Alien 3.mkv", 12)
        rig.plex.parts.append(neighbour)
        rig.clock.now += RECENT_S

        assert neighbour in rig.library.parts_containing(MOVIES, text)

    def test_a_young_answer_about_a_directory_answers_for_its_files(self, rig: Rig) -> None:
        directory = ALIEN.file.rpartition("/")[0] + "/"
        rig.library.parts_containing(MOVIES, directory)
        rig.asked()

        assert rig.library.parts_containing(MOVIES, ALIEN.file) == (ALIEN,)
        assert rig.library.parts_containing(MOVIES, f"{directory}new.mkv") == ()
        assert rig.asked() == []

        rig.clock.now += 60.0
        rig.library.parts_containing(MOVIES, f"{directory}new.mkv")
        assert rig.asked() == [f"parts {directory}new.mkv"]

    def test_an_answer_that_is_held_serves_however_long_it_takes(self, rig: Rig) -> None:
        directory = ALIEN.file.rpartition("/")[0] + "/"
        with rig.library.holding([(MOVIES, directory)]):
            rig.asked()
            rig.clock.now += 60.0
            assert rig.library.parts_containing(MOVIES, ALIEN.file) == (ALIEN,)
            rig.library.forget_path(f"{directory}gone.mkv")
            assert rig.library.parts_containing(MOVIES, f"{directory}new.mkv") == ()
            assert rig.asked() == []

            rig.library.forget_folder(1, "/m")
            rig.library.parts_containing(MOVIES, f"{directory}new.mkv")
            assert rig.asked() == [f"parts {directory}new.mkv"]

        rig.clock.now += 60.0
        rig.library.parts_containing(MOVIES, directory)
        assert rig.asked() == [f"parts {directory}"]

    def test_nothing_is_remembered_for_seconds(self, rig: Rig) -> None:
        for _ in range(3):
            assert rig.library.parts_containing(MOVIES, "/m/Contact.mkv") == ()
        assert rig.asked() == ["parts /m/Contact.mkv"]

        rig.plex.parts.append(part("/m/Contact.mkv", 13))
        rig.clock.now += MISS_S
        assert rig.library.parts_containing(MOVIES, "/m/Contact.mkv")

    def test_a_scan_ends_what_nothing_knows(self, rig: Rig) -> None:
        """So a new item is found as soon as Plex has it."""
        rig.library.parts_containing(MOVIES, "Contact.mkv")
        rig.plex.parts.append(part("/m/Contact/Contact.mkv", 13))
        rig.library.forget_folder(1, "/m/Contact")

        assert rig.library.parts_containing(MOVIES, "Contact.mkv")

    def test_a_scan_ends_what_is_known_below_its_directory(self, rig: Rig) -> None:
        for known in (ALIEN, BRAZIL):
            rig.library.parts_containing(MOVIES, known.file)
        rig.library.forget_folder(1, "/m/Alien")
        rig.asked()
        for known in (ALIEN, BRAZIL):
            rig.library.parts_containing(MOVIES, known.file)

        assert rig.asked() == [f"parts {ALIEN.file}", "item 11"]

    def test_a_deleted_or_moved_file_is_forgotten(self, rig: Rig) -> None:
        """With and without its extension, in every section."""
        stem = ALIEN.file.removesuffix(".mkv")
        rig.library.sections()
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.library.parts_containing(MOVIES, stem)
        rig.library.forget_path(ALIEN.file)
        rig.asked()
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.library.parts_containing(MOVIES, stem)

        assert rig.asked() == [f"parts {ALIEN.file}", f"parts {stem}"]

    def test_names_that_differ_in_case_are_two(self, rig: Rig) -> None:
        rig.plex.parts.append(part("/m/alien/alien.mkv", 14))
        (one,) = rig.library.parts_containing(MOVIES, ALIEN.file)
        (other,) = rig.library.parts_containing(MOVIES, "/m/alien/alien.mkv")

        assert (one.key, other.key) == (10, 14)

    def test_a_name_that_is_not_utf8_is_remembered(self, rig: Rig) -> None:
        odd = part("/m/caf\udce9.mkv", 15)
        rig.plex.parts.append(odd)
        rig.library.parts_containing(MOVIES, odd.file)
        rig.clock.now += RECENT_S

        assert rig.library.parts_containing(MOVIES, odd.file) == (odd,)
        assert rig.asked()[-1] == "item 15"

    def test_an_unavailable_plex_is_not_covered_up(self, rig: Rig) -> None:
        """An answer that cannot be verified is no answer; and it is not forgotten for that."""
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.clock.now += RECENT_S
        rig.plex.trouble = PlexUnavailable("away")
        with pytest.raises(PlexUnavailable):
            rig.library.parts_containing(MOVIES, ALIEN.file)

        rig.plex.trouble = None
        rig.asked()
        assert rig.library.parts_containing(MOVIES, ALIEN.file) == (ALIEN,)
        assert rig.asked() == ["item 10"]


class TestChanges:
    def test_changed_content_ends_what_nothing_knows(self, rig: Rig) -> None:
        """Hits stay: they are verified when they are used."""
        rig.library.sections()
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.clock.now += TTL_S
        rig.library.parts_containing(MOVIES, "Contact.mkv")
        rig.plex.listed = (replace(MOVIES, content_changed_at=6), SHOWS)
        rig.library.sections()
        rig.asked()
        rig.library.parts_containing(MOVIES, "Contact.mkv")
        rig.library.parts_containing(MOVIES, ALIEN.file)

        assert rig.asked() == ["parts Contact.mkv", "item 10"]

    @pytest.mark.parametrize(
        "now", [(SHOWS,), (replace(MOVIES, uuid="another"), SHOWS)], ids=["gone", "replaced"]
    )
    def test_a_section_that_is_another_takes_its_matches_along(
        self, rig: Rig, now: tuple[Section, ...]
    ) -> None:
        rig.library.sections()
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.clock.now += TTL_S
        rig.plex.listed = now
        rig.library.sections()

        assert list(rig.matches.items()) == []

    def test_another_server_empties_both_stores(self, rig: Rig) -> None:
        rig.library.server()
        rig.library.sections()
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.library.server()
        assert list(rig.matches.items())

        rig.plex.machine = "machine-2"
        rig.library.server()
        rig.asked()
        assert list(rig.matches.items()) == []
        rig.library.sections()
        rig.library.parts_containing(MOVIES, ALIEN.file)
        assert rig.asked() == ["sections", f"parts {ALIEN.file}"]

    def test_another_url_empties_both_stores(self, rig: Rig) -> None:
        rig.library.sections()
        rig.library.parts_containing(MOVIES, ALIEN.file)
        rig.origin = "http://other:32400"
        rig.start()

        assert list(rig.matches.items()) == []
        rig.asked()
        rig.library.sections()
        assert rig.asked() == ["sections"]

    def test_what_must_be_fresh_is_passed_on(self, rig: Rig) -> None:
        list(rig.library.all_parts(MOVIES))
        rig.library.sample_parts(MOVIES, 1)
        rig.library.item_parts(MOVIES, 10)
        rig.library.trace(10)
        rig.library.activities()

        assert rig.asked() == ["all", "sample", "item 10", "trace 10", "activities"]
