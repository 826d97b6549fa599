"""A plain look finds what a closer look finds: the same tree, the same news, the same watches."""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matcher.folders import Folder, Folders
from matcher.globs import Globs
from watcher.attend import Attendant
from watcher.differences import Mode
from watcher.folders import WatchedFolder, grounds
from watcher.hold import Holder
from watcher.inspect_files import Inspector
from watcher.kernel import Calls, Notifier
from watcher.known import read
from watcher.look import Looker
from watcher.observe import CALLS
from watcher.scene import Pace, Scene
from watcher.teller import Teller
from watcher.tree import ASLEEP, REFUSED, SHUT, Tree

if TYPE_CHECKING:
    from watcher.events import Event
    from watcher.known import Contents

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


class Kernel:
    """The real calls, with a limit of our own for watches; `held` are those that there are."""

    def __init__(self, most: int = 10**6) -> None:
        self.most = most
        self.held: set[int] = set()
        self.calls = Calls(CALLS.init, self.add, self.remove)

    def add(self, fd: int, path: bytes, mask: int) -> int:
        wd = CALLS.add_watch(fd, path, mask)
        if wd >= 0 and wd not in self.held and len(self.held) >= self.most:
            CALLS.remove_watch(fd, wd)
            ctypes.set_errno(errno.ENOSPC)
            return -1
        self.held.update({wd} if wd >= 0 else ())
        return wd

    def remove(self, fd: int, wd: int) -> int:
        self.held.discard(wd)
        return CALLS.remove_watch(fd, wd)


class Watcher:
    """Looks at a folder; one that never looks plainly where it `is_close`."""

    def __init__(
        self, top: Path, noise: Folders, *, is_close: bool = False, kernel: Kernel | None = None
    ) -> None:
        folders = [WatchedFolder(each.path, "inotify", 60.0) for each in noise.folders]
        (ground,) = grounds(folders, noise.is_noise)
        self.told: list[Event] = []
        teller = Teller(
            self.told.extend, noise.is_noise, lambda *_: None, without_noise=noise.without_noise
        )
        self.kernel = kernel or Kernel()
        self.notifier = Notifier(self.kernel.calls)
        tree = Tree(os.fsencode(top))
        self.scene = Scene(
            ground, tree, teller, self.notifier, Pace(), lambda: 0.0, has_memory=True
        )
        self.holder, self.inspector = Holder(self.scene), Inspector(self.scene)
        self.looker = Looker(self.scene, self.holder, self.inspector)
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

    def counts(self) -> list[tuple[int, int, int, int]]:
        return [
            (each.directories, each.watches, each.refused, each.shut)
            for each in self.scene.tree.branches
        ]

    def counted(self) -> list[tuple[int, int, int, int]]:
        """What the counts should be, by counting."""
        every = list(self.scene.tree.root.all_below())
        return [
            (len(own), sum(wd >= 0 for wd in own), own.count(REFUSED), own.count(SHUT))
            for branch in self.scene.tree.branches
            for own in [[node.wd for node in every if node.branch is branch]]
        ]

    def inspected(self) -> set[bytes]:
        waiting = {self.scene.tree.relative(node) for node in self.inspector.waiting}
        self.inspector.waiting.clear()
        return waiting


@settings(max_examples=300, deadline=None)
@example([("directory", "a", "a")], [("directory", "b", "b")], False)
@example([("directory", "a/a", "a"), ("link", "a/b", "b/b")], [("replace", "a/b", "b/b")], False)
@given(st.lists(DEEDS, max_size=12), st.lists(DEEDS, max_size=12), st.booleans())
def test_a_plain_look_finds_what_a_closer_look_finds(
    before: list[tuple[str, str, str]], after: list[tuple[str, str, str]], has_patterns: bool
) -> None:
    top = Path(tempfile.mkdtemp())
    noise = Folders((Folder(str(top), ignore=Globs(["b/a"] if has_patterns else [])),))
    for deed in before:
        do(top, *deed)
    plain = Watcher(top, noise)
    close = Watcher(top, noise, is_close=True)
    try:
        assert plain.known() == close.known()
        assert plain.inspected() == close.inspected()
        for deed in after:
            do(top, *deed)
        for each in (plain, close):
            each.look_again()
        assert plain.told == close.told
        assert plain.known() == close.known()
        assert plain.inspected() == close.inspected()
        assert plain.counts() == plain.counted() == close.counts()
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
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)))
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
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)))
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
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)))
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


def test_a_directory_that_was_refused_a_watch_waits_for_its_turn(tmp_path: Path) -> None:
    for name in "abcdef":
        (tmp_path / name / name).mkdir(parents=True)
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)), kernel=Kernel(most=5))
    try:
        assert watcher.holder.full
        assert watcher.counts() == watcher.counted() == [(13, 5, 8, 0)]
        watcher.kernel.most = 10  # as where directories were deleted, of which nobody has heard
        watcher.look_again()
        assert watcher.counts() == watcher.counted() == [(13, 5, 8, 0)]
        assert watcher.kernel.held == watcher.scene.tree.watched.keys()
    finally:
        watcher.notifier.close()


def test_the_first_of_a_listing_are_watched_where_watches_are_short(tmp_path: Path) -> None:
    for name in "abcdef":
        (tmp_path / name).mkdir()
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)), kernel=Kernel(most=4))
    try:
        children = watcher.scene.tree.root.children or {}
        assert [node.wd >= 0 for node in children.values()] == 3 * [True] + 3 * [False]
    finally:
        watcher.notifier.close()


def test_a_name_that_is_listed_twice_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        (tmp_path / "x" / name).mkdir(parents=True)
    listed = read

    def twice(path: bytes) -> Contents:
        files, directories, others = listed(path)
        return files, directories + directories[:1], others

    for module in ("look", "plain_look"):
        monkeypatch.setattr(f"watcher.{module}.read", twice)
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)))
    try:
        assert watcher.counts() == watcher.counted() == [(4, 4, 0, 0)]
        (tmp_path / "x" / "a").rmdir()
        watcher.look_again()
        assert [event.path for event in watcher.told] == [str(tmp_path / "x" / "a")]
    finally:
        watcher.notifier.close()


@pytest.mark.parametrize("pattern", [[], ["Extras"]])
def test_noise_beside_them_makes_no_directory_less_plain(
    tmp_path: Path, pattern: list[str]
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name / "below" / "@eaDir").mkdir(parents=True)
        (tmp_path / name / "@eaDir").mkdir()
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path), ignore=Globs(pattern)),)))
    try:
        assert watcher.looked_plainly() == 6
        watcher.look_again()
        assert watcher.looked_plainly() == 12
    finally:
        watcher.notifier.close()


def test_one_that_could_not_be_read_makes_no_other_less_plain(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)))
    try:
        watcher.holder.shut.add(os.fsencode(tmp_path / "a"))
        watcher.look_again()
        assert watcher.looked_plainly() == 3 + 2
        assert not watcher.holder.shut, "it can be read again"
    finally:
        watcher.notifier.close()


def test_a_folder_in_a_folder_is_a_top_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "d").mkdir()
    folders = Folders((Folder(str(tmp_path)), Folder(str(tmp_path / "a" / "b"))))
    watcher = Watcher(tmp_path, folders)
    try:
        tops = [watcher.scene.tree.relative(each.top) for each in watcher.scene.tree.branches]
        assert tops == [b"", b"a/b"]
        assert watcher.counts() == watcher.counted() == [(3, 3, 0, 0), (2, 2, 0, 0)]
    finally:
        watcher.notifier.close()


def test_what_is_news_is_told_whatever_is_known_of_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "film.mkv").touch()
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)))
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
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)))
    try:
        before = watcher.looked_plainly()
        (tmp_path / "a" / "b" / "new.mkv").touch()
        watcher.look_again()
        assert watcher.looked_plainly() == before + 1, "the one above"
        assert [event.path for event in watcher.told] == [str(tmp_path / "a" / "b" / "new.mkv")]
    finally:
        watcher.notifier.close()


def test_a_top_that_is_asked_for_again_before_its_turn_is_looked_at_once(tmp_path: Path) -> None:
    """As where file systems are mounted while the daemon starts."""
    for name in ("a", "b", "c"):
        (tmp_path / name / "below").mkdir(parents=True)
    watcher = Watcher(tmp_path, Folders((Folder(str(tmp_path)),)))
    looker, top = watcher.looker, watcher.scene.tree.root
    try:
        watcher.scene.put_to_sleep(top)
        before = looker.looked
        for _ in range(3):
            looker.queue(top, Mode.COMPARE)
        looker.step(math.inf)
        assert looker.looked - before == 7
        looker.queue(top, Mode.COMPARE)
        looker.step(math.inf)
        assert looker.looked - before == 8, "asked for after its turn, it has another"
    finally:
        watcher.notifier.close()
