"""A path that was matched before is matched again without a search, and never wrongly."""

from __future__ import annotations

from dataclasses import replace

from cache.memory import MemoryStore
from matcher.cached import CachedLibrary
from matcher.change import Change, Happened
from matcher.explain import Context, Explanation, explain
from matcher.folders import Folder, Folders
from matcher.mapping import configured, mappings_of
from matcher.memory import MemoryLibrary
from matcher.model import Confidence, Part, Section

FILMS = Section(1, "Films", "movie", ("/data/Movies",), "tv.plex.agents.movie")
HEAT = Part("/data/Movies/Heat (1995)/Heat (1995).mkv", 10, 1, 7, "movie", "Heat", year=1995)
FILE = "/nas/Movies/Heat (1995)/Heat (1995).mkv"
SUBTITLE = "/nas/Movies/Heat (1995)/Heat (1995).en.srt"


class Desk:
    """A library, its cache, and a clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.library = MemoryLibrary([FILMS], [HEAT])
        self.sections = MemoryStore(self.clock)
        self.matches = MemoryStore(self.clock)
        self.open()

    def clock(self) -> float:
        return self.now

    def open(self) -> None:
        """Begin anew with the same stores, as after a restart."""
        self.cached = CachedLibrary(
            self.library, self.sections, self.matches, ttl_s=3600, clock=self.clock
        )

    def explain(self, path: str, happened: Happened = Happened.CHANGED) -> Explanation:
        context = Context(
            self.cached,
            (FILMS,),
            mappings_of([configured("/nas/Movies", "/data/Movies")]),
            Folders((Folder("/nas/Movies"),)),
            memory=self.cached,
        )
        self.now += 100
        self.library.questions.clear()
        return explain(Change(happened, path), context)


def test_a_known_path_is_matched_without_a_search_and_after_a_restart() -> None:
    desk = Desk()
    first = desk.explain(FILE)
    assert desk.library.questions

    again = desk.explain(FILE)
    assert not desk.library.questions
    desk.open()
    after_restart = desk.explain(FILE)

    assert not desk.library.questions
    assert first.match.confidence is Confidence.EXACT
    assert first.as_json() == again.as_json() == after_restart.as_json()


def test_a_sidecar_is_matched_without_a_search_too() -> None:
    desk = Desk()
    first = desk.explain(SUBTITLE)

    again = desk.explain(SUBTITLE)

    assert not desk.library.questions
    assert first.match.confidence is Confidence.STEM
    assert first.as_json() == again.as_json()


def test_an_item_that_lost_the_file_is_searched_for_again() -> None:
    desk = Desk()
    desk.explain(FILE)
    desk.library.remove(1, HEAT.file)
    desk.library.add(replace(HEAT, key=99))

    found = desk.explain(FILE)

    assert [item.key for item in found.match.items] == [99]


def test_a_part_that_moved_is_not_believed() -> None:
    desk = Desk()
    desk.explain(FILE)
    desk.library.remove(1, HEAT.file)
    desk.library.add(replace(HEAT, file="/data/Movies/Heat/Heat.mkv"))

    assert desk.explain(FILE).match.confidence is not Confidence.EXACT


def test_a_new_size_is_seen_although_the_match_is_remembered() -> None:
    desk = Desk()
    desk.explain(FILE)
    desk.library.remove(1, HEAT.file)
    desk.library.add(replace(HEAT, size=20))
    desk.now += 100

    parts = desk.cached.recall(FILMS, HEAT.file)

    assert [part.size for part in parts] == [20]


def test_a_deleted_path_is_forgotten() -> None:
    desk = Desk()
    desk.cached.sections()
    desk.explain(FILE)

    desk.cached.forget_path(HEAT.file)

    assert desk.cached.recall(FILMS, HEAT.file) == ()


def test_a_folder_match_is_not_remembered() -> None:
    desk = Desk()
    desk.explain("/nas/Movies/Heat (1995)/Heat (1995) Remux.mkv", Happened.CREATED)

    desk.explain("/nas/Movies/Heat (1995)/Heat (1995) Remux.mkv", Happened.CREATED)

    assert desk.library.questions
