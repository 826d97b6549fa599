"""The tree of directories: paths, moves in one step, branches and their numbers, memory on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.folders import WatchedFolder
from watcher.known import join, pack
from watcher.ledger import Ledger
from watcher.memory import MemoryDamagedError, file_for, load, save
from watcher.mounts import Verdict
from watcher.tree import ASLEEP, POLLED, REFUSED, SHUT, Branch, Node, Tree, is_kept_up

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = WatchedFolder("/media", "auto", 60.0)
WATCHED = Verdict(watches=True, polls=False, stable_inodes=True, reason="")
BOTH = Verdict(watches=True, polls=True, stable_inodes=False, reason="")
NAME = st.binary(min_size=1, max_size=8).filter(lambda name: b"\0" not in name and b"/" not in name)


def planted(top: bytes = b"/media") -> Tree:
    tree = Tree(top)
    tree.plant(Branch(tree.root, None, FOLDER, WATCHED))
    return tree


def grow(tree: Tree, *path: bytes) -> Node:
    node = tree.root
    for name in path:
        node = node.child(name) or tree.add(node, name)
    return node


def test_a_path_is_spelled_from_the_top() -> None:
    tree = planted()

    assert tree.path(tree.root) == b"/media"
    assert tree.path(grow(tree, b"a", b"b")) == b"/media/a/b"
    assert tree.relative(grow(tree, b"a", b"b")) == b"a/b"


def test_the_root_directory_is_spelled_as_nothing() -> None:
    tree = planted(b"/")

    assert tree.path(tree.root) == b""
    assert tree.path(grow(tree, b"a")) == b"/a"


def test_a_directory_is_found_by_its_place() -> None:
    tree = planted()
    node = grow(tree, b"a", b"b")

    assert tree.find(b"a/b") is node
    assert tree.find(b"") is tree.root
    assert tree.find(b"a/c") is None
    assert tree.find(b"x/y/z") is None


def test_what_is_below_a_respelled_directory_goes_by_its_name() -> None:
    tree = planted()
    inner = grow(tree, b"tv")
    tree.respelled[inner] = b"/alias"

    assert tree.path(grow(tree, b"tv", b"Show")) == b"/alias/Show"
    assert tree.relative(grow(tree, b"tv", b"Show")) == b"tv/Show"
    assert tree.path(grow(tree, b"other")) == b"/media/other"


def test_a_move_takes_everything_along_and_keeps_the_watches() -> None:
    tree = planted()
    deep = grow(tree, b"a", b"b", b"c")
    tree.set_watch(deep, 7)
    target = grow(tree, b"x")
    moved = grow(tree, b"a", b"b")
    tree.detach(moved)
    assert tree.path(deep) is None
    tree.attach(moved, target, b"new")

    assert tree.path(deep) == b"/media/x/new/c"
    assert tree.watched[7] is deep
    assert tree.find(b"a/b") is None


def test_numbers_follow_what_happens() -> None:
    tree = planted()
    branch = tree.branches[0]
    nodes = [grow(tree, name) for name in (b"a", b"b", b"c", b"d")]
    for node, wd in zip(nodes, (1, REFUSED, SHUT, POLLED), strict=True):
        tree.set_watch(node, wd)
    assert (branch.directories, branch.watches, branch.refused, branch.shut) == (5, 1, 1, 1)
    assert tree.fall_asleep(tree.root) == [1]
    assert (branch.directories, branch.watches, branch.refused, branch.shut) == (5, 0, 0, 0)
    tree.set_watch(nodes[0], 2)
    tree.set_watch(nodes[0], 3)
    assert tree.watched == {3: nodes[0]}
    assert tree.forget(nodes[0]) == [3]
    assert (branch.directories, branch.watches) == (4, 0)
    assert nodes[0].branch is None


def test_a_branch_planted_later_takes_over_what_is_below_it() -> None:
    tree = planted()
    outer = tree.branches[0]
    grow(tree, b"usb", b"Show")
    deep = grow(tree, b"usb", b"disk", b"Film")
    innermost = Branch(grow(tree, b"usb", b"disk"), outer, FOLDER, WATCHED)
    tree.plant(innermost)
    inner = Branch(grow(tree, b"usb"), outer, FOLDER, BOTH)
    tree.plant(inner)

    assert (outer.directories, inner.directories, innermost.directories) == (1, 2, 2)
    assert innermost.outer is inner
    assert deep.branch is innermost
    tree.forget(grow(tree, b"usb"))
    assert tree.branches == [outer]


def test_a_directory_that_moves_to_another_branch_changes_hands() -> None:
    tree = planted()
    outer = tree.branches[0]
    part = Branch(grow(tree, b"part"), outer, FOLDER, BOTH)
    tree.plant(part)
    moved = grow(tree, b"a")
    grow(tree, b"a", b"b")
    tree.detach(moved)
    tree.attach(moved, part.top, b"a")

    assert (outer.directories, part.directories) == (1, 3)
    assert is_kept_up(moved)


def test_what_nobody_tells_of_is_kept_up_by_looking() -> None:
    tree = planted()
    node = grow(tree, b"a")
    assert node.wd == ASLEEP
    assert is_kept_up(node)
    tree.set_watch(node, 5)
    assert not is_kept_up(node)


def remember(node: Node, *files: bytes) -> None:
    node.names = join(sorted(files))
    node.prints = pack(range(10, 10 + len(files)))


def recalled(tree: Tree, ledger: Ledger, tmp_path: Path) -> Tree:
    file = file_for(tmp_path, tree.root.name)
    save(file, tree, ledger)
    other = planted(tree.root.name)
    assert load(file, other) is not None
    return other


def content(tree: Tree) -> dict[bytes, tuple[bytes | None, bytes]]:
    return {tree.relative(node): (node.names, node.prints) for node in tree.root.all_below()}


@given(st.lists(st.tuples(st.lists(NAME, max_size=4), st.lists(NAME, max_size=4, unique=True))))
@settings(deadline=None)
def test_a_memory_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, directories: list[tuple[list[bytes], list[bytes]]]
) -> None:
    tree = planted()
    for path, files in directories:
        remember(grow(tree, *path), *files)

    assert content(recalled(tree, Ledger(), tmp_path_factory.mktemp("state"))) == content(tree)


def test_the_identities_of_tops_come_back(tmp_path: Path) -> None:
    tree = planted()
    tree.branches[0].trusted = (2**64 - 1, 42)
    file = file_for(tmp_path, b"/media")
    save(file, tree, Ledger())
    other = planted()
    found = load(file, other)

    assert found is not None
    assert found.tops == {other.root: (2**64 - 1, 42)}


def test_news_is_saved_as_it_was_before(tmp_path: Path) -> None:
    tree, ledger = planted(), Ledger()
    for name in (b"stays", b"goes", b"moves"):
        remember(grow(tree, name), b"e.mkv")
    remember(tree.root, b"old.mkv")
    ledger.touch(tree.root, 1.0)
    remember(tree.root, b"new.mkv")
    tree.forget(grow(tree, b"goes"))
    fresh = grow(tree, b"fresh")
    ledger.add(fresh, 1.0)
    remember(fresh, b"e.mkv")
    moved = grow(tree, b"moves")
    tree.detach(moved)
    tree.attach(moved, tree.root, b"moved")
    ledger.add(moved, 1.0)
    found = content(recalled(tree, ledger, tmp_path))

    assert found == {
        b"": (b"old.mkv", pack([10])),
        b"stays": (b"e.mkv", pack([10])),
        b"goes": (None, b""),
        b"moves": (None, b""),
    }


def test_what_stood_in_a_place_before_is_saved_until_the_news_in_it_is_safe(
    tmp_path: Path,
) -> None:
    tree, ledger = planted(), Ledger()
    show, season = grow(tree, b"show"), grow(tree, b"show", b"season")
    remember(show, b"e.nfo")
    remember(season, b"e.mkv", b"link")
    season.prints = pack([1 << 40, 7])
    before = content(recalled(tree, ledger, tmp_path))
    ledger.touch(tree.root, 1.0)
    ledger.leave(show)
    tree.detach(show)
    gone = content(recalled(tree, ledger, tmp_path))
    fresh = grow(tree, b"show")
    ledger.add(fresh, 2.0)
    remember(fresh, b"new.nfo")
    taken = content(recalled(tree, ledger, tmp_path))
    ledger.drop(tree.root)
    alone = content(recalled(tree, ledger, tmp_path))

    for found in (gone, taken, alone):
        assert {path: names for path, (names, _) in found.items()} == {
            path: names for path, (names, _) in before.items()
        }
        # Whatever has one of the names at the next start is another one.
        assert found[b"show/season"][1] == pack([1 << 32, 1])
    ledger.drop(fresh)
    assert content(recalled(tree, ledger, tmp_path)) == {
        b"": (None, b""),
        b"show": (b"new.nfo", pack([10])),
    }


def test_news_that_is_safe_is_saved_as_it_is(tmp_path: Path) -> None:
    tree, ledger = planted(), Ledger()
    ledger.touch(tree.root, 1.0)
    fresh = grow(tree, b"fresh")
    ledger.add(fresh, 2.0)
    remember(fresh, b"e.mkv")
    assert ledger.oldest_s() == 1.0
    assert [node for node, _ in ledger.quiet_since(1.5)] == [tree.root]
    ledger.drop(tree.root)
    assert b"fresh" not in content(recalled(tree, ledger, tmp_path))
    ledger.drop(fresh)

    assert content(recalled(tree, ledger, tmp_path))[b"fresh"] == (b"e.mkv", pack([10]))
    assert not len(ledger)


def test_a_memory_of_another_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "memory"
    save(file, planted(b"/media"), Ledger())

    with pytest.raises(MemoryDamagedError, match="another folder"):
        load(file, planted(b"/other"))


def test_no_memory_is_no_error(tmp_path: Path) -> None:
    assert load(tmp_path / "nothing", planted()) is None


def test_a_link_in_the_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    file = tmp_path / "known.bin"
    file.with_suffix(".new").symlink_to(victim)
    save(file, planted(), Ledger())

    assert victim.read_text() == "precious"


def test_since_when_what_is_not_known_is_uncertain_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "known.bin"
    for since_s in (None, 1_800_000_000.25):
        save(file, planted(), Ledger(), uncertain_since_s=since_s)
        recalled = load(file, planted())
        assert recalled is not None
        assert recalled.uncertain_since_s == since_s


def test_news_of_a_directory_of_unknown_fingerprints_is_unsure() -> None:
    tree, ledger = planted(), Ledger()
    tree.root.names = join([b"a", b"b"])
    for prints, is_unsure in ((b"", True), (pack([7, 0]), True), (pack([7, 8]), False)):
        tree.root.prints = prints
        ledger.touch(tree.root, 1.0)
        assert ledger.is_unsure() is is_unsure
        ledger.drop(tree.root)
    assert not ledger.is_unsure()
