"""A file system that hangs is found out by a thread of its own, and nobody waits for it twice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until

from matcher.tree import Entry
from watcher.completeness import UNREADABLE
from watcher.mounts import Mount
from watcher.reach import AnsweringTree, Reach, Waits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Network:
    """What a mount needs to answer: `hang` and `go_on`."""

    def __init__(self) -> None:
        self._goes = threading.Event()
        self._goes.set()
        self.touched: list[str] = []
        self.raises: OSError | None = None

    def touch(self, top: str) -> None:
        self.touched.append(top)
        assert self._goes.wait(30)
        if self.raises is not None:
            raise self.raises

    def hang(self) -> None:
        self._goes.clear()

    def go_on(self) -> None:
        self._goes.set()


class House:
    """Two folders, one on a local disk and one on NFS, with a FUSE mount in the first."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.network = Network()
        self.now = 1000.0
        self.told: list[str] = []
        for name in ("local", "local/cloud", "far"):
            (place / name).mkdir()
        table = (
            Mount(1, b"/", "ext4", "/dev/sda1"),
            Mount(2, bytes(place / "far"), "nfs4", "nas:/far"),
            Mount(3, bytes(place / "local/cloud"), "fuse.rclone", "cloud:"),
        )
        self.reach = Reach(
            [str(place / "local"), str(place / "far")],
            lambda _level, sentence: self.told.append(sentence),
            read_mounts=lambda: table,
            touch=self.network.touch,
            clock=lambda: self.now,
            waits=Waits(answer_s=0.05, told_s=5.0),
        )

    def answers(self, below: str) -> bool:
        self.now += 1.0  # what was known a moment ago does not count
        return self.reach.answers(str(self.place / below))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.network.go_on()
    house.reach.close()


def test_disks_of_this_host_are_never_asked(house: House) -> None:
    house.network.hang()

    assert house.answers("local/Heat.mkv")
    assert house.reach.look(str(house.place / "local")) not in {None, UNREADABLE}
    assert house.network.touched == []


def test_the_mount_that_holds_a_path_is_asked(house: House) -> None:
    assert house.answers("far/Dark/a.mkv")
    assert house.answers("local/cloud/b.mkv")
    assert house.network.touched == [str(house.place / "far"), str(house.place / "local/cloud")]


def test_a_mount_deep_below_a_folder_is_asked(tmp_path: Path) -> None:
    network = Network()
    table = (
        Mount(1, b"/", "ext4", "/dev/sda1"),
        Mount(2, bytes(tmp_path / "a/b/c"), "fuse.rclone", "cloud:"),
    )
    reach = Reach([str(tmp_path)], read_mounts=lambda: table, touch=network.touch)

    assert reach.answers(str(tmp_path / "a/b/c/d.mkv"))
    assert reach.answers(str(tmp_path / "a/b/d.mkv"))
    assert network.touched == [str(tmp_path / "a/b/c")]
    reach.close()


def test_an_error_is_an_answer(house: House) -> None:
    house.network.raises = OSError("stale file handle")

    assert house.answers("far/a.mkv")


def test_one_that_hangs_is_told_once_and_asked_once(house: House) -> None:
    house.network.hang()

    assert not house.answers("far/a.mkv")
    assert not house.answers("far/b.mkv")
    assert house.told == []
    house.now += 5.0
    assert not house.answers("far/b.mkv")
    assert not house.answers("far/c.mkv")
    assert house.reach.look(str(house.place / "far/a.mkv")) == UNREADABLE
    assert house.answers("local/a.mkv")
    assert len(house.network.touched) == 1
    assert len(house.told) == 1
    assert list(house.reach.hanging()) == [str(house.place / "far")]


def test_one_that_answers_again_is_told_and_looked_at(house: House) -> None:
    house.network.hang()
    assert not house.answers("far/a.mkv")
    house.now += 5.0
    assert not house.answers("far/a.mkv")
    house.network.go_on()
    wait_until(lambda: len(house.told) == 2, 20)

    assert house.answers("far/a.mkv")
    assert house.reach.look(str(house.place / "far")) not in {None, UNREADABLE}
    assert house.reach.look(str(house.place / "far/gone.mkv")) is None
    assert [sentence.endswith("answers again") for sentence in house.told] == [False, True]


def test_a_disk_that_spins_up_is_nobodys_news(house: House) -> None:
    house.network.hang()
    assert not house.answers("far/a.mkv")
    house.network.go_on()

    wait_until(lambda: house.answers("far/a.mkv"), 20)
    assert house.told == []


def test_an_answer_counts_for_a_moment(house: House) -> None:
    assert house.answers("far/a.mkv")
    house.network.hang()

    assert house.reach.answers(str(house.place / "far/b.mkv"))
    assert not house.answers("far/b.mkv")


def test_a_tree_leaves_out_what_does_not_answer(house: House) -> None:
    tree = AnsweringTree(house.reach)
    (house.place / "far" / "a.mkv").write_bytes(b"x")
    (house.place / "local" / "a.mkv").write_bytes(b"x")
    (house.place / "local" / "link").symlink_to(house.place / "far")
    (house.place / "local" / "to itself").symlink_to(house.place / "local")
    assert tree.entries(str(house.place / "far")) == (Entry("a.mkv", is_directory=False),)
    house.network.hang()
    assert not house.answers("far")

    assert tree.entries(str(house.place / "far")) is None
    assert tree.status(str(house.place / "far" / "a.mkv")) is None
    far = str(house.place / "far")
    assert tree.realpath(f"{far}/..") == f"{far}/.."
    listed = tree.entries(str(house.place / "local")) or ()
    found = {each.name: each.is_directory for each in listed}
    assert found == {"cloud": True, "a.mkv": False, "link": False, "to itself": True}
    assert tree.status(str(house.place / "local" / "a.mkv")) is not None
    assert tree.realpath("/local/..") == "/"


def test_what_a_link_leads_to_is_asked_where_its_mount_is_and_once_for_all_links(
    house: House,
) -> None:
    far = bytes(house.place / "far")
    for number in range(50):
        (house.place / "far" / f"{number}").mkdir()
    links = [(str(house.place / f"local/{n}"), far + b"/%d" % n) for n in range(50)]
    house.reach.follow([*links, (str(house.place / "local/all"), bytes(house.place))])
    before = threading.active_count()
    assert all(house.answers(f"local/{number}/a.mkv") for number in range(50))
    assert house.answers("local/all/far/b.mkv")

    assert set(house.network.touched) == {str(house.place / "far")}
    assert threading.active_count() == before + 1
    house.network.hang()
    assert not house.answers("local/7/a.mkv")
    assert house.answers("local/a.mkv")
    house.reach.follow([])
    assert house.answers("local/7/a.mkv"), "there is no such link any more"


def test_the_way_to_a_path_is_asked_mount_by_mount_and_through_links(house: House) -> None:
    place, far = house.place, bytes(house.place / "far")
    (place / "local" / "link").symlink_to(place / "far" / "Dark")
    (place / "local" / "via").symlink_to("link/../Heat")
    (place / "elsewhere").mkdir()

    assert house.reach.leads_on(bytes(place / "elsewhere" / "a.mkv"))
    assert house.reach.leads_on(bytes(place / "local" / "nothing"))
    assert house.network.touched == []
    for way in (far, bytes(place / "local/link"), bytes(place / "local/via")):
        house.now += 1.0
        assert house.reach.leads_on(way)
    assert house.network.touched == [str(place / "far")] * 3
    house.network.hang()
    house.now += 1.0
    assert not house.reach.leads_on(bytes(place / "local/via"))
    assert house.reach.leads_on(bytes(place / "local"))


def test_a_link_in_circles_leads_on(house: House) -> None:
    (house.place / "local" / "circle").symlink_to("circle")
    house.network.hang()

    assert house.reach.leads_on(bytes(house.place / "local" / "circle" / "a"))
    assert house.network.touched == []


def test_what_hangs_while_something_is_done_in_it_is_left_behind(house: House) -> None:
    far = str(house.place / "far" / "a.mkv")
    never = threading.Event()

    assert house.reach.attempt(far, lambda: "done", "otherwise") == "done"
    assert house.reach.attempt(far, lambda: str(never.wait(30)), "otherwise") == "otherwise"
    assert house.reach.attempt(str(house.place / "local"), lambda: "done", "otherwise") == "done"
    never.set()
