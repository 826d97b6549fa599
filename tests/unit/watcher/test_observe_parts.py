"""The small parts of watching: the kernel's words, moves, ways to a folder, folders, telling."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from watcher import kernel
from watcher.approach import way_to
from watcher.events import Event, What
from watcher.folders import Ground, WatchedFolder, grounds
from watcher.kernel import Flood
from watcher.known import LINKS_BELOW, pack
from watcher.moves import Departure, Moves
from watcher.scene import Pace, Scene, identify, lasting_identity
from watcher.teller import Teller
from watcher.tree import Node, Tree, make_node
from watcher.wake import Wake

if TYPE_CHECKING:
    from pathlib import Path


def raw(wd: int, mask: int, name: bytes, cookie: int = 0) -> bytes:
    padded = name + b"\0" * (16 - len(name) % 16) if name else b""
    return struct.pack("=iIII", wd, mask, cookie, len(padded)) + padded


# the kernel's words


def test_a_read_is_taken_apart() -> None:
    data = raw(1, kernel.CREATE, b"a") + raw(-1, kernel.OVERFLOW, b"") + raw(2, 0x40, b"b" * 16, 7)

    assert Flood().parse(data, 100.0) == [
        (1, kernel.CREATE, 0, b"a"),
        (-1, kernel.OVERFLOW, 0, b""),
        (2, kernel.MOVED_FROM, 7, b"b" * 16),
    ]


def test_writes_are_thinned_out_and_never_silenced() -> None:
    flood = Flood(every_s=0.1)
    write = raw(1, kernel.MODIFY, b"a")
    assert len(flood.parse(write * 50, 100.0)) == 1
    assert flood.parse(write * 50, 100.05) == []
    assert len(flood.parse(write + raw(1, kernel.MODIFY, b"b"), 100.05)) == 1
    assert len(flood.parse(write * 50, 100.11)) == 1


def test_a_write_after_a_close_is_told_at_once() -> None:
    flood = Flood(every_s=0.1)
    write, close = raw(1, kernel.MODIFY, b"a"), raw(1, kernel.CLOSE_WRITE, b"a")

    assert len(flood.parse(write + close + write + write, 100.0)) == 3


def test_the_first_write_to_a_new_file_says_nothing_new() -> None:
    events = Flood().parse(raw(1, kernel.CREATE, b"a") + raw(1, kernel.MODIFY, b"a"), 100.0)

    assert [mask for _, mask, _, _ in events] == [kernel.CREATE]


def test_nothing_is_asked_for_that_reading_or_chmod_would_raise() -> None:
    access, attrib, close_nowrite, opened = 0x1, 0x4, 0x10, 0x20

    for mask in (kernel.BELOW, kernel.TOP, kernel.NAMES):
        assert not mask & (access | attrib | close_nowrite | opened)


# moves


def departure(parent: Node, name: bytes, until_s: float) -> Departure:
    return Departure(parent, name, b"/" + name, None, is_dir=False, until_s=until_s)


def test_the_halves_of_a_move_are_matched_once() -> None:
    moves, parent = Moves(), make_node(b"", None, None)
    moves.depart(5, departure(parent, b"a", 1.0))

    assert moves.arrive(6) is None
    assert moves.arrive(5) == departure(parent, b"a", 1.0)
    assert moves.arrive(5) is None
    assert moves.next_s() is None


def test_a_departure_is_over_when_nobody_waits_any_more() -> None:
    moves, parent = Moves(), make_node(b"", None, None)
    moves.depart(5, departure(parent, b"a", 1.0))
    moves.depart(6, departure(parent, b"b", 2.0))

    assert moves.next_s() == 1.0
    assert moves.over(0.5) == []
    assert [one.name for one in moves.over(1.0)] == [b"a"]
    assert len(moves) == 1


def test_what_left_a_place_gives_way_to_what_happens_there() -> None:
    moves, here, there = Moves(), make_node(b"here", None, None), make_node(b"there", None, None)
    moves.depart(5, departure(here, b"a", 1.0))
    moves.depart(6, departure(there, b"a", 1.0))

    assert [one.parent for one in moves.in_the_way(here, b"a")] == [here]
    assert len(moves) == 1


def test_a_departure_can_be_put_off_and_then_matches_nothing() -> None:
    moves, parent = Moves(), make_node(b"", None, None)
    moves.put_off(departure(parent, b"a", 1.0), 3.0)

    assert moves.next_s() == 3.0
    assert [one.name for one in moves.over(3.0)] == [b"a"]


# ways


def test_every_directory_on_the_way_is_named_down_to_the_last(tmp_path: Path) -> None:
    way = way_to(os.fsencode(tmp_path))

    assert way[0] == (b"/", None)
    assert way[-1] == (os.fsencode(tmp_path), None)


def test_the_way_ends_at_the_name_that_is_missing(tmp_path: Path) -> None:
    top = os.fsencode(tmp_path)

    assert way_to(top + b"/a/b/c")[-1] == (top, b"a")
    (tmp_path / "a").touch()
    assert way_to(top + b"/a")[-1] == (top, b"a")
    assert way_to(top + b"/a/b")[-1] == (top, b"a")


def test_links_are_followed_and_their_places_watched(tmp_path: Path) -> None:
    top = os.fsencode(tmp_path)
    (tmp_path / "real" / "media").mkdir(parents=True)
    (tmp_path / "link").symlink_to("./x/../real")
    (tmp_path / "x").mkdir()
    way = way_to(top + b"/link/media")

    assert (top, b"link") in way
    assert way[-1] == (top + b"/real/media", None)
    (tmp_path / "loop").symlink_to("loop")
    assert (top, b"loop") in way_to(top + b"/loop/x")


def test_a_directory_is_known_by_what_it_is(tmp_path: Path) -> None:
    one = os.fsencode(tmp_path)
    identity, _ = identify(one)
    assert identity == identify(one + b"/.")[0]
    assert identify(one + b"/nowhere") == (None, "No such file or directory")
    (tmp_path / "file").touch()
    assert identify(one + b"/file") == (None, "it is not a directory")
    assert identity is not None
    lasting = lasting_identity(one, identity)
    assert lasting is None or lasting[1] == identity[1]
    assert lasting_identity(one + b"/nowhere", identity) is None


# folders


def test_links_are_known_though_their_fingerprints_are_forgotten() -> None:
    tree = Tree(b"/media")
    teller = Teller(lambda _batch: None, lambda _path, _is_dir: False, lambda _level, _text: None)
    ground = Ground(WatchedFolder("/media", "inotify", 60.0), b"/media", (), ())
    scene = Scene(ground, tree, teller, None, Pace(), lambda: 0.0)
    node = tree.add(tree.root, b"Films")
    node.wd, node.names, node.prints = 1, b"a\0b", pack([LINKS_BELOW, 1])
    scene.doubt(0.0)
    assert node.known_links() == {b"b"}


def resolve(path: str) -> bytes:
    links = {"/alias": "/media/tv", "/again": "/media"}
    return os.fsencode(links.get(path, path).rstrip("/") or "/")


def of(*paths: str) -> tuple[Ground, ...]:
    return grounds(
        [WatchedFolder(path, "auto", 60.0) for path in paths],
        lambda path, _: path.endswith("#recycle"),
        resolve,
    )


def test_folders_apart_are_trees_of_their_own() -> None:
    assert [ground.real for ground in of("/media", "/media2", "/other")] == [
        b"/media",
        b"/media2",
        b"/other",
    ]


def test_a_folder_inside_another_belongs_to_its_tree_whatever_the_order() -> None:
    for paths in (("/media", "/alias"), ("/alias", "/media")):
        (ground,) = of(*paths)
        assert ground.folder.path == "/media"
        assert [(name, folder.path) for name, folder in ground.nested] == [(b"tv", "/alias")]


def test_of_two_names_for_one_directory_the_first_is_used() -> None:
    (ground,) = of("/media", "/again", "/media")

    assert ground.folder.path == "/media"
    assert [(twin.path, owner.path) for twin, owner in ground.same] == [
        ("/again", "/media"),
        ("/media", "/media"),
    ]


def test_twins_of_nested_folders_are_found_as_well() -> None:
    (ground,) = of("/media", "/media/tv", "/alias")

    assert [folder.path for _, folder in ground.nested] == ["/media/tv"]
    assert [twin.path for twin, _ in ground.same] == ["/alias"]


def test_what_the_outer_folder_would_never_reach_is_a_tree_of_its_own() -> None:
    assert [ground.real for ground in of("/media", "/media/#recycle/kept")] == [
        b"/media",
        b"/media/#recycle/kept",
    ]


def test_the_root_directory_holds_all_others() -> None:
    (ground,) = of("/media", "/")

    assert ground.real == b"/"
    assert [name for name, _ in ground.nested] == [b"media"]


# telling


def noise(path: str, is_dir: bool) -> bool:
    return path.endswith(".part")


def test_events_go_on_in_batches_without_the_noise() -> None:
    batches: list[list[Event]] = []
    teller = Teller(batches.append, noise, lambda _level, _text: None)
    teller.tell(What.CREATED, b"/a")
    teller.tell(What.CREATED, b"/a.part")
    teller.tell(What.DELETED, b"/caf\xe9", is_dir=True)
    assert batches == []
    teller.flush()
    teller.flush()

    assert batches == [[Event(What.CREATED, "/a"), Event(What.DELETED, "/caf\udce9", True)]]


def test_a_full_batch_does_not_wait() -> None:
    batches: list[list[Event]] = []
    teller = Teller(batches.append, noise, lambda _level, _text: None)
    for _ in range(512):
        teller.tell(What.CREATED, b"/a")

    assert [len(batch) for batch in batches] == [512]


def test_moves_out_of_and_into_noise_are_appearances_and_losses() -> None:
    batches: list[list[Event]] = []
    teller = Teller(batches.append, noise, lambda _level, _text: None)
    teller.tell_move(b"/a", b"/b", is_dir=False)
    teller.tell_move(b"/a.part", b"/b", is_dir=False)
    teller.tell_move(b"/a", b"/b.part", is_dir=True)
    teller.tell_move(b"/a.part", b"/b.part", is_dir=False)
    teller.tell_move(b"/a.part", b"/b", is_dir=True)
    teller.flush()

    assert batches == [
        [
            Event(What.MOVED, "/a", False, "/b"),
            Event(What.CREATED, "/b"),
            Event(What.DELETED, "/a", True),
        ]
    ]


def test_a_wake_can_be_rung_at_any_time() -> None:
    wake = Wake()
    for _ in range(100_000):
        wake.ring()
    wake.drain()
    wake.drain()
    wake.close()
    wake.ring()
