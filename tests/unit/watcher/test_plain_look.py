"""A plain look finds what a closer look finds: the same tree, the same news, the same watches."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from matcher.folders import Folder, Folders
from matcher.globs import Globs
from watcher.attend import Attendant
from watcher.differences import Mode
from watcher.folders import WatchedFolder, grounds
from watcher.hold import Holder
from watcher.inspect_files import Inspector
from watcher.kernel import Notifier
from watcher.look import Looker
from watcher.observe import CALLS
from watcher.scene import Pace, Scene
from watcher.teller import Teller
from watcher.tree import ASLEEP, Tree

if TYPE_CHECKING:
    from watcher.events import Event

NAMES = ("a", "b", "c d", "@eaDir", ".hidden", "Mr. Robot", "_UNPACK_x", "plex versions")
PLACES = st.lists(st.sampled_from(("a", "b", "@eaDir")), min_size=1, max_size=2).map("/".join)
"""So few that what one deed made often meets the next."""
DEEDS = st.tuples(
    st.sampled_from(["directory", "file", "link", "remove", "swap", "replace"]), PLACES, PLACES
)


def do(top: Path, deed: str, place: str, other: str) -> None:
    """Change something below a top, if it can be done there."""
    at, to = top / "below" / place, top / "below" / other  # the top itself is never plain
    try:
        if deed == "directory":
            at.mkdir(parents=True)
        elif deed == "file":
            at.write_text(other)
        elif deed == "link":
            at.symlink_to(to)
        elif deed == "swap":
            at.rename(to)
        elif deed == "replace":
            at.unlink()
            at.write_text(other)
        elif at.is_dir() and not at.is_symlink():
            shutil.rmtree(at)
        else:
            at.unlink()
    except OSError:
        pass


class Watcher:
    """Looks at a folder; one that never looks plainly where it `is_close`."""

    def __init__(self, top: Path, noise: Folders, *, is_close: bool) -> None:
        folder = WatchedFolder(str(top), "inotify", 60.0)
        (ground,) = grounds([folder], noise.is_noise)
        self.told: list[Event] = []
        teller = Teller(
            self.told.extend, noise.is_noise, lambda *_: None, noiseless=noise.noiseless
        )
        self.notifier = Notifier(CALLS)
        tree = Tree(os.fsencode(top))
        self.scene = Scene(
            ground, tree, teller, self.notifier, Pace(), lambda: 0.0, has_memory=True
        )
        self.looker = Looker(self.scene, Holder(self.scene), Inspector(self.scene))
        tops = Attendant(self.scene, self.looker, lambda _path, _here: None)
        tops.begin()
        tops.attend()
        if is_close:
            for branch in tree.branches:
                branch.verdict = dataclasses.replace(branch.verdict, may_hang=True)
        self.looker.step(math.inf)

    def looked_plainly(self) -> int:
        return self.looker._plain.looked

    def look_again(self) -> None:
        for node in self.scene.tree.root.all_below():
            path = self.scene.tree.path(node)
            if path is not None and Path(os.fsdecode(path)).is_dir():
                # What is gone is to be missed by who is above it.
                self.looker.queue(node, Mode.COMPARE)
        self.looker.step(math.inf)
        self.scene.teller.flush()

    def known(self) -> dict[bytes, tuple[object, ...]]:
        return {
            self.scene.tree.relative(node): (
                node.names,
                sorted(node.children or ()),
                sorted(node.known_links()),
                sorted(self.scene.tree.dangling.get(node, ())),
                node.wd != ASLEEP,
                self.scene.tree.watched.get(node.wd) is node,
            )
            for node in self.scene.tree.root.all_below()
        }

    def counts(self) -> list[tuple[int, int]]:
        return [(each.directories, each.watches) for each in self.scene.tree.branches]


@settings(max_examples=300, deadline=None)
@example([("directory", "a/a", "a"), ("link", "a/b", "b/b")], [("replace", "a/b", "b/b")], False)
@given(st.lists(DEEDS, max_size=12), st.lists(DEEDS, max_size=12), st.booleans())
def test_a_plain_look_finds_what_a_closer_look_finds(
    before: list[tuple[str, str, str]], after: list[tuple[str, str, str]], has_patterns: bool
) -> None:
    top = Path(tempfile.mkdtemp())
    noise = Folders((Folder(str(top), ignore=Globs(["b/a"] if has_patterns else [])),))
    for deed in before:
        do(top, *deed)
    plain = Watcher(top, noise, is_close=False)
    close = Watcher(top, noise, is_close=True)
    try:
        assert plain.known() == close.known()
        for deed in after:
            do(top, *deed)
        for each in (plain, close):
            each.look_again()
        assert plain.told == close.told
        assert plain.known() == close.known()
        assert plain.counts() == close.counts()
    finally:
        plain.notifier.close()
        close.notifier.close()
        shutil.rmtree(top)


def test_nearly_all_directories_are_looked_at_plainly(
    tmp_path: Path,
) -> None:
    for show in range(5):
        for season in range(3):
            (tmp_path / f"Show {show}" / f"Season {season}").mkdir(parents=True)
            (tmp_path / f"Show {show}" / f"Season {season}" / "e.mkv").touch()
    (tmp_path / "Show 0" / "@eaDir").mkdir()
    (tmp_path / "Show 1" / "link").symlink_to("Season 0")
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)), is_close=False)
    try:
        assert watcher.looked_plainly() == 5 + 15 - 1, "all but the top and the one with a link"
        watcher.look_again()
        assert watcher.looked_plainly() == 2 * (5 + 15 - 1)
        assert not watcher.told
    finally:
        watcher.notifier.close()


def test_what_was_told_as_gone_and_is_there_is_told_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "film.mkv").touch()
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)), is_close=False)
    try:
        node = watcher.scene.tree.find(b"a")
        assert node is not None
        watcher.scene.touch(node)
        watcher.scene.ledger.note(node, b"film.mkv", is_there=False)
        before = watcher.looked_plainly()
        watcher.look_again()
        assert watcher.looked_plainly() == before
        assert [event.path for event in watcher.told] == [str(tmp_path / "a" / "film.mkv")]
    finally:
        watcher.notifier.close()


def test_a_watch_that_is_another_directorys_is_taken_from_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "x").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)), is_close=False)
    tree = watcher.scene.tree
    try:
        was, there = tree.find(b"a/x"), tree.find(b"b")
        assert was is not None
        assert there is not None
        wd = was.wd
        (tmp_path / "a" / "x").rename(tmp_path / "b" / "x")
        found = tree.add(there, b"x")
        watcher.looker.queue(found, Mode.BASELINE)
        watcher.looker.step(math.inf)
        watcher.scene.teller.flush()

        assert (found.wd, tree.watched[wd]) == (wd, found)
        assert was.branch is None, "it is not where it was"
        assert [event.path for event in watcher.told] == [str(tmp_path / "a" / "x")]
    finally:
        watcher.notifier.close()


def test_what_is_news_is_told_whatever_is_known_of_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "film.mkv").touch()
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)), is_close=False)
    try:
        node = watcher.scene.tree.find(b"a")
        assert node is not None
        watcher.looker.queue(node, Mode.ANNOUNCE)
        watcher.looker.step(math.inf)
        watcher.scene.teller.flush()
        assert [event.path for event in watcher.told] == [str(tmp_path / "a" / "film.mkv")]
    finally:
        watcher.notifier.close()


def test_a_directory_in_which_something_changed_is_looked_at_closely(
    tmp_path: Path,
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)), is_close=False)
    try:
        before = watcher.looked_plainly()
        (tmp_path / "a" / "b" / "new.mkv").touch()
        watcher.look_again()
        assert watcher.looked_plainly() == before + 1, "the one above"
        assert [event.path for event in watcher.told] == [str(tmp_path / "a" / "b" / "new.mkv")]
    finally:
        watcher.notifier.close()
