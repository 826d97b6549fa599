"""What Plex did not take is remembered as it was, with the reason, until it is asked for again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cache.memory import MemoryStore
from watcher.refused import GONE, NAMESPACE, Refused
from watcher.scan_order import Expectation

if TYPE_CHECKING:
    from pathlib import Path

FILE = "/data/odd.mkv"


def wish(path: Path, **more: bool) -> Expectation:
    return Expectation(FILE, host=str(path), **more)


def test_a_refused_file_is_kept_with_size_time_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "odd.mkv"
    path.write_bytes(b"12345")
    os.utime(path, ns=(7, 7))
    store = MemoryStore(lambda: 0.0)

    Refused(store).add(wish(path), "its name holds no number")

    kept = Refused(store)
    assert kept.as_they_were() == {FILE: (5, 7)}
    assert [(one.host, one.reason) for one in kept.all()] == [
        (str(path), "its name holds no number")
    ]


def test_it_is_forgotten_when_it_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "odd.mkv"
    path.touch()
    refused = Refused(MemoryStore(lambda: 0.0))
    refused.add(wish(path), "why")

    refused.forget("/data/other.mkv")
    assert len(refused.all()) == 1
    refused.forget(FILE)
    assert refused.all() == ()


def test_a_file_that_is_gone_and_that_plex_still_has_is_kept_as_gone(tmp_path: Path) -> None:
    store = MemoryStore(lambda: 0.0)
    Refused(store).add(wish(tmp_path / "odd.mkv", gone=True), "Plex still has it")

    assert Refused(store).as_they_were() == {FILE: GONE}
    assert [one.reason for one in Refused(store).all()] == ["Plex still has it"]


def test_what_came_back_or_went_meanwhile_a_directory_and_nowhere_is_not_kept(
    tmp_path: Path,
) -> None:
    refused = Refused(MemoryStore(lambda: 0.0))
    refused.add(wish(tmp_path, gone=True), "why")
    refused.add(wish(tmp_path, is_dir=True), "why")
    refused.add(wish(tmp_path / "missing.mkv"), "why")
    refused.add(Expectation(FILE), "why")

    assert refused.all() == ()


def test_an_entry_of_an_older_version_is_dropped() -> None:
    store = MemoryStore(lambda: 0.0)
    store.set(f"{NAMESPACE}:{FILE}", [5, 7])

    assert Refused(store).as_they_were() == {}
    assert store.get(f"{NAMESPACE}:{FILE}") is None
