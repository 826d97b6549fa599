"""In which locations Plex spells names as the disk does: kept over a restart."""

from __future__ import annotations

from cache.memory import MemoryStore
from watcher.spelled_alike import SpelledAlike


def test_what_was_seen_of_a_location_holds_for_all_below_it_and_after_a_restart() -> None:
    store = MemoryStore()
    SpelledAlike(store).note("/data/Movies")
    SpelledAlike(store).note("D:\\Media")  # compared without case: a spelling tells nothing there

    again = SpelledAlike(store)

    assert again.holds("/data/Movies/A/a.mkv")
    assert not again.holds("/data/Movies 2/a.mkv")
    assert not again.holds("D:\\Media\\a.mkv")
