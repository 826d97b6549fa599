"""The tree in memory behaves as the system's own: one set of tests, both of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from matcher.tree import Entry, MemoryTree, Node, OsTree, Tree

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"tv/Show/e1.mkv": 1000, "tv/Show/e2.mkv": 2000, "movies/caf\udce9.mkv": 7}
LINKS = {"shows": "tv", "tv/broken": "nowhere", "one": "tv/Show/e1.mkv", "loop": "loop"}


class Made(Protocol):
    """A tree and where it begins."""

    tree: Tree
    top: str


class _Real:
    def __init__(self, top: Path) -> None:
        self.tree: Tree = OsTree()
        self.top = str(top.resolve())
        for name, size in FILES.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.truncate(size)
        (top / "empty").mkdir()
        for name, target in LINKS.items():
            (top / name).symlink_to(top / target)


class _Made:
    def __init__(self) -> None:
        self.top = "/top"
        self.tree: Tree = MemoryTree(
            {f"/top/{name}": size for name, size in FILES.items()},
            directories=frozenset({"/top/empty"}),
            links={f"/top/{name}": f"/top/{target}" for name, target in LINKS.items()},
        )


@pytest.fixture(params=["memory", "system"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    return _Made() if request.param == "memory" else _Real(tmp_path)


class TestTree:
    def test_entries_say_what_leads_to_a_directory(self, made: Made) -> None:
        entries = made.tree.entries(made.top)
        assert entries is not None
        assert set(entries) == {
            Entry("tv", is_directory=True),
            Entry("movies", is_directory=True),
            Entry("empty", is_directory=True),
            Entry("shows", is_directory=True, is_link=True),
            Entry("one", is_directory=False, is_link=True),
            Entry("loop", is_directory=False, is_link=True),
        }

    def test_names_that_are_not_utf8(self, made: Made) -> None:
        assert made.tree.entries(f"{made.top}/movies") == (
            Entry("caf\udce9.mkv", is_directory=False),
        )
        status = made.tree.status(f"{made.top}/movies/caf\udce9.mkv")
        assert status is not None
        assert status.size == 7

    @pytest.mark.parametrize("path", ["nowhere", "tv/Show/e1.mkv", "tv/broken", "loop"])
    def test_what_is_no_directory_has_no_entries(self, made: Made, path: str) -> None:
        assert made.tree.entries(f"{made.top}/{path}") is None

    def test_empty_directory_has_no_entries_but_is_one(self, made: Made) -> None:
        assert made.tree.entries(f"{made.top}/empty") == ()

    def test_status_follows_links(self, made: Made) -> None:
        through = made.tree.status(f"{made.top}/shows/Show/e1.mkv")
        straight = made.tree.status(f"{made.top}/tv/Show/e1.mkv")
        link = made.tree.status(f"{made.top}/one")
        assert through == straight == link
        assert straight is not None
        assert (straight.node, straight.size) == (Node.FILE, 1000)

    def test_directories_are_told_apart_by_inode(self, made: Made) -> None:
        one = made.tree.status(f"{made.top}/tv")
        same = made.tree.status(f"{made.top}/shows")
        other = made.tree.status(f"{made.top}/movies")
        assert one is not None
        assert same is not None
        assert other is not None
        assert one.node is Node.DIRECTORY
        assert (one.device, one.inode) == (same.device, same.inode)
        assert (one.device, one.inode) != (other.device, other.inode)

    @pytest.mark.parametrize("path", ["nowhere", "tv/broken", "loop", "tv/Show/e1.mkv/x", "a\0b"])
    def test_what_cannot_be_seen_has_no_status(self, made: Made, path: str) -> None:
        assert made.tree.status(f"{made.top}/{path}") is None

    def test_realpath_resolves_links(self, made: Made) -> None:
        assert made.tree.realpath(f"{made.top}/shows/Show") == f"{made.top}/tv/Show"
        assert made.tree.realpath(f"{made.top}/tv") == f"{made.top}/tv"
