"""Which links are followed, and by what names what they lead to is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from watcher.events import Event, What
from watcher.folders import WatchedFolder
from watcher.following import DEEPEST, MOST_NAMES, Link, choose
from watcher.gaps import Gaps
from watcher.link_census import Census
from watcher.link_teller import LinkTeller

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = WatchedFolder("/media", "auto", 60.0)


def followed(links: dict[str, str], folders: tuple[bytes, ...] = (b"/media",)) -> dict[str, str]:
    """Which of some links are followed; where links in targets lie follows from the others."""
    real_of = {path.encode(): real.encode() for path, real in links.items()}

    def place(path: bytes) -> bytes:
        up = path.rpartition(b"/")[0]
        while up and up not in real_of:
            up = up.rpartition(b"/")[0]
        return (real_of[up] if up else b"") + path[len(up) :].rpartition(b"/")[0]

    every = [Link(path, FOLDER, real) for path, real in real_of.items()]
    chosen = choose(every, {path: place(path) for path in real_of}, folders)
    return {
        link.path.decode(): real.decode() for real, same in chosen.targets.items() for link in same
    }


@pytest.mark.parametrize(
    ("links", "those"),
    [
        pytest.param({"/media/x": "/disk/x"}, ["/media/x"], id="outside"),
        pytest.param({"/media/x": "/media/y"}, [], id="inside"),
        pytest.param({"/media/x": "/media"}, [], id="to the folder"),
        pytest.param({"/media/x": "/"}, [], id="to what holds the folder"),
        pytest.param(
            {"/media/x": "/disk", "/media/y": "/disk"}, ["/media/x", "/media/y"], id="twice"
        ),
        pytest.param(
            {"/media/x": "/disk/x", "/media/y": "/disk"}, ["/media/y"], id="one in another"
        ),
        pytest.param(
            {"/media/x": "/disk/x", "/media/y": "/disk/xy"}, ["/media/x", "/media/y"], id="like"
        ),
        pytest.param(
            {"/media/x": "/a", "/media/x/y": "/b"}, ["/media/x", "/media/x/y"], id="chain"
        ),
        pytest.param(
            {"/media/x": "/a", "/media/x/y": "/b", "/media/x/y/z": "/a"},
            ["/media/x", "/media/x/y"],
            id="circle",
        ),
        pytest.param({"/media/x": "/a", "/media/x/y": "/a"}, ["/media/x"], id="to itself"),
        pytest.param({"/media/x": "/a/b", "/media/x/y": "/a"}, ["/media/x"], id="upwards"),
        pytest.param(
            {"/media/x": "/a/b", "/media/w": "/c", "/media/w/y": "/a"},
            ["/media/x", "/media/w"],
            id="what is deeper never decides",
        ),
    ],
)
def test_which_links_are_followed(links: dict[str, str], those: list[str]) -> None:
    assert followed(links) == {path: links[path] for path in those}


@pytest.mark.parametrize(
    ("real", "why"),
    [
        (b"/", "is the system's own"),
        (b"/srv", "holds a watched folder"),
        (b"/usr", "is the system's own"),
        (b"/usr/lib", "is the system's own"),
        (b"/dev", "is the system's own"),
        (b"/proc/self/fd", "is the system's own"),
        (b"/srv/media", None),
        (b"/usr/local/media", None),
        (b"/var/lib/media", None),
        (b"/dev/shm/media", None),
    ],
)
def test_what_is_never_followed_is_said(real: bytes, why: str | None) -> None:
    link = Link(b"/srv/media/x", FOLDER, real)
    chosen = choose([link], {link.path: b"/srv/media"}, [b"/srv/media"])

    assert chosen.refused == ({} if why is None else {link: why})
    assert bool(chosen.targets) == (why is None and real != b"/srv/media")


def test_chains_and_names_have_an_end() -> None:
    chain = {"/media" + "/x" * n: f"/disk{n}" for n in range(1, DEEPEST + 5)}
    names = {f"/media/{n}": "/disk" for n in range(MOST_NAMES + 5)}

    assert len(followed(chain)) == DEEPEST
    assert len(followed(names)) == MOST_NAMES


def test_check_counts_what_would_be_watched(tmp_path: Path) -> None:
    media, disk, far = tmp_path / "media", tmp_path / "disk", tmp_path / "far"
    for place in (media / "Film", disk / "Show" / "S01", far):
        place.mkdir(parents=True)
    (media / "Show").symlink_to(disk / "Show")
    (media / "Same").symlink_to(disk / "Show")
    (media / "home").symlink_to(media)
    (media / "up").symlink_to(tmp_path)
    (disk / "Show" / "far").symlink_to(far)
    (far / "back").symlink_to(disk / "Show")
    census = Census([str(media)], 1000)

    assert (census.directories, census.targets) == (2 + 2 + 1, 2)


def told_by(shown: dict[bytes, tuple[bytes, ...]]) -> tuple[LinkTeller, list[Event]]:
    told: list[Event] = []
    teller = LinkTeller(told.extend, lambda path, _: path.endswith("noise"), lambda *_: None)
    teller.shown = shown
    return teller, told


def test_a_path_is_told_by_each_link() -> None:
    teller, told = told_by({b"/disk": (b"/media/a", b"/media/b"), b"/other": (b"/media/c",)})
    teller.tell(What.CLOSED, b"/disk/x/f.mkv")
    teller.tell(What.CLOSED, b"/nowhere/f.mkv")
    teller.tell(What.CLOSED, b"/disk/noise")
    teller.flush()

    assert [one.path for one in told] == ["/media/a/x/f.mkv", "/media/b/x/f.mkv"]
    assert teller.ignores(b"/disk/noise", is_dir=False)
    assert not teller.ignores(b"/disk/x", is_dir=True)


def test_a_move_between_targets_has_one_source_and_one_end() -> None:
    teller, told = told_by({b"/disk": (b"/m/a", b"/m/b"), b"/other": (b"/m/c", b"/m/d", b"/m/e")})
    teller.tell_move(b"/disk/f", b"/disk/g", is_dir=False)
    teller.tell_move(b"/disk/f", b"/other/g", is_dir=False)
    teller.flush()

    assert told == [
        Event(What.MOVED, "/m/a/f", False, "/m/a/g"),
        Event(What.MOVED, "/m/b/f", False, "/m/b/g"),
        Event(What.MOVED, "/m/a/f", False, "/m/c/g"),
        Event(What.DELETED, "/m/b/f", False),
        Event(What.CREATED, "/m/d/g", False),
        Event(What.CREATED, "/m/e/g", False),
    ]


def test_a_folder_has_a_gap_until_nobody_has_lost_anything_of_it() -> None:
    told: list[tuple[str, bool]] = []
    gaps = Gaps(lambda folder, is_open: told.append((folder, is_open)))
    for is_open in (True, True, False, False, True):
        gaps.tell("/media", is_open)

    assert told == [("/media", True), ("/media", True), ("/media", False), ("/media", True)]
