"""What is remembered of directories that went: how much of it, and for how long."""

from __future__ import annotations

import pytest

from watcher import remains
from watcher.known import UNKNOWN, join, pack
from watcher.ledger import Ledger
from watcher.remains import KEPT_S, UNSEEN, Remains
from watcher.tree import Node, make_node


def node(name: bytes, files: dict[bytes, int], parent: Node | None = None) -> Node:
    made = make_node(name, parent, None)
    made.names, made.prints = join(files), pack(files.values())
    if parent is not None:
        parent.children = {**(parent.children or {}), name: made}
    return made


FILES = {b"a.mkv": 1 << 40, b"a.srt": 1 << 41, b"link": 7}


def test_all_that_was_in_a_directory_is_taken_by_its_path_once() -> None:
    kept = Remains()
    top = node(b"Show", FILES)
    node(b"Season 01", {b"b.mkv": 1 << 42}, top)
    kept.keep(b"/tv/Show", top, Ledger(), 0.0, is_inspected=True)

    left = kept.take(b"/tv/Show", 1.0)
    assert left is not None
    assert left.files == FILES
    assert left.links == frozenset({b"link"})
    assert left.dirs == frozenset({b"Season 01"})
    below = kept.take(b"/tv/Show/Season 01", 1.0)
    assert below is not None
    assert below.files == {b"b.mkv": 1 << 42}
    assert kept.take(b"/tv/Show", 1.0) is None
    assert len(kept) == 0


def test_what_was_told_of_a_directory_is_remembered_with_what_was_known_of_it() -> None:
    """What was told as there may have been written to; what was told as gone was as it was."""
    kept, ledger = Remains(), Ledger()
    top = node(b"Show", FILES)
    ledger.touch(top, 0.0)
    for name, is_there in ((b"new.srt", True), (b"a.mkv", True), (b"a.srt", False)):
        ledger.note(top, name, is_there=is_there)
    kept.keep(b"/tv/Show", top, ledger, 0.0, is_inspected=True)

    left = kept.take(b"/tv/Show", 1.0)
    assert left is not None
    assert left.files == {**FILES, b"new.srt": UNKNOWN, b"a.mkv": UNKNOWN}


@pytest.mark.parametrize(("is_inspected", "seen"), [(True, UNKNOWN), (False, UNSEEN)])
def test_a_file_that_nobody_has_looked_at_may_be_another_one(
    *, is_inspected: bool, seen: int
) -> None:
    kept = Remains()
    top = node(b"Show", {b"a.mkv": UNKNOWN})
    kept.keep(b"/tv/Show", top, Ledger(), 0.0, is_inspected=is_inspected)

    left = kept.take(b"/tv/Show", 1.0)
    assert left is not None
    assert left.files == {b"a.mkv": seen}


def test_it_is_forgotten_after_a_time() -> None:
    kept = Remains()
    kept.keep(b"/tv/Show", node(b"Show", FILES), Ledger(), 0.0, is_inspected=True)
    kept.keep(b"/tv/Later", node(b"Later", FILES), Ledger(), 10.0, is_inspected=True)

    assert kept.take(b"/tv/Show", KEPT_S) is None
    assert kept.take(b"/tv/Later", KEPT_S) is not None


def test_the_oldest_is_forgotten_where_there_is_too_much() -> None:
    kept = Remains()
    names = {b"%d" % n: 1 << 40 for n in range(remains.MOST_NAMES - 2)}
    kept.keep(b"/tv/Show", node(b"Show", FILES), Ledger(), 0.0, is_inspected=True)
    kept.keep(b"/tv/Big", node(b"Big", names), Ledger(), 0.0, is_inspected=True)

    assert kept.take(b"/tv/Show", 1.0) is None
    assert kept.take(b"/tv/Big", 1.0) is not None
