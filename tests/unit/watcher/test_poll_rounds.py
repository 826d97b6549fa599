"""When polled directories are asked and read: spread, adapted to their cost, each in its turn."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from watcher.attend import Attendant
from watcher.folders import WatchedFolder, grounds
from watcher.hold import Holder
from watcher.inspect_files import Inspector
from watcher.look import Looker
from watcher.poll_rounds import Poller
from watcher.scene import Pace, Scene
from watcher.teller import Teller
from watcher.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from watcher.events import Event

EVERY_S = 60.0
LONG_AGO_NS = 10**18


@dataclass
class Polled:
    """A polled folder, and a clock that stands still unless it is moved."""

    top: Path
    now: float = 1000.0
    step_s: float = 0.0
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        folder = WatchedFolder(str(self.top), "polling", EVERY_S)
        (ground,) = grounds([folder], lambda _path, _is_dir: False)
        teller = Teller(self.told.extend, lambda _path, _is_dir: False, lambda _level, _text: None)
        self.scene = Scene(
            ground, Tree(os.fsencode(self.top)), teller, None, Pace(), self.clock, has_memory=True
        )
        inspector = Inspector(self.scene)
        self.looker = Looker(self.scene, Holder(self.scene), inspector)
        self.poller = Poller(self.scene, self.looker, inspector, lambda: 2 * LONG_AGO_NS)
        tops = Attendant(self.scene, self.looker, lambda _path, _here: None)
        tops.begin()
        tops.attend()
        self.looker.step(math.inf)
        inspector.step(math.inf)
        self.scene.walked_at_s = 0.0
        for node in list(self.scene.tree.root.all_below()):
            self.scene.ledger.drop(node)
        teller.flush()
        self.told.clear()

    def clock(self) -> float:
        self.now += self.step_s
        return self.now

    def due(self) -> float:
        at = self.poller.next_s()
        assert at is not None
        return at

    def go_on(self) -> float:
        """Let the time come at which there is something to do, and do it; the time it came."""
        self.now = max(self.now, self.due())
        at = self.now
        self.poller.step(at)
        self.scene.teller.flush()
        return at

    def round(self) -> int:
        """Do one round; how many directories were read."""
        before = self.looker.looked
        began = self.go_on()
        while self.due() < began + EVERY_S / 2 + 1:
            self.go_on()
        return self.looker.looked - before


def make(top: Path, directories: int) -> None:
    for n in range(directories):
        (top / f"d{n}").mkdir()
        (top / f"d{n}" / "e.mkv").touch()
        os.utime(top / f"d{n}", ns=(LONG_AGO_NS, LONG_AGO_NS))
    os.utime(top, ns=(LONG_AGO_NS, LONG_AGO_NS))


def test_the_first_round_reads_everything_and_later_ones_a_share(tmp_path: Path) -> None:
    make(tmp_path, 1000)
    polled = Polled(tmp_path)
    assert polled.due() == 1000.0 + EVERY_S
    assert polled.round() == 1001
    later = [polled.round() for _ in range(15)]

    assert sum(later) == 1001  # with a full look each 15 minutes and a round each minute
    assert max(later) < 120


def test_a_small_tree_is_read_in_every_round(tmp_path: Path) -> None:
    make(tmp_path, 60)
    polled = Polled(tmp_path)
    polled.round()
    (tmp_path / "d7" / "e.mkv").write_text("written in place")

    assert polled.round() == 61
    assert [one.path for one in polled.told] == [str(tmp_path / "d7" / "e.mkv")]


def test_a_large_tree_is_read_whole_in_the_time_of_a_full_look(tmp_path: Path) -> None:
    make(tmp_path, 300)
    polled = Polled(tmp_path)
    polled.round()

    assert sum(polled.round() for _ in range(4)) == 301  # in shares of about 64


def test_a_directory_whose_time_moved_is_read(tmp_path: Path) -> None:
    make(tmp_path, 60)
    polled = Polled(tmp_path)
    polled.round()
    (tmp_path / "d7" / "new.mkv").touch()
    os.utime(tmp_path / "d7", ns=(LONG_AGO_NS, LONG_AGO_NS + 1))
    polled.round()

    assert [one.path for one in polled.told] == [str(tmp_path / "d7" / "new.mkv")]


def test_a_directory_whose_time_is_too_fresh_to_be_trusted_is_read_again(tmp_path: Path) -> None:
    make(tmp_path, 60)
    polled = Polled(tmp_path)
    polled.round()
    fresh_ns = 2 * LONG_AGO_NS - 10**9
    os.utime(tmp_path / "d7", ns=(fresh_ns, fresh_ns))
    polled.round()
    (tmp_path / "d7" / "same-step.mkv").touch()
    os.utime(tmp_path / "d7", ns=(fresh_ns, fresh_ns))
    polled.round()

    assert [one.path for one in polled.told] == [str(tmp_path / "d7" / "same-step.mkv")]


def test_a_round_is_spread_over_half_of_its_interval(tmp_path: Path) -> None:
    make(tmp_path, 450)
    polled = Polled(tmp_path)
    began = polled.go_on()
    slices = [began]
    while polled.due() < began + EVERY_S:
        slices.append(polled.go_on())

    assert len(slices) == 5
    assert slices[-1] - began == pytest.approx(4 * EVERY_S / 2 / 5)
    assert polled.due() == began + EVERY_S


def test_a_costly_round_is_followed_by_a_long_rest(tmp_path: Path) -> None:
    make(tmp_path, 30)
    polled = Polled(tmp_path)
    polled.step_s = 20.0  # each look at the clock: a slow disk
    began = polled.go_on()

    assert polled.due() >= began + 9 * 20.0


def test_a_folder_that_vanished_is_left_alone(tmp_path: Path) -> None:
    top = tmp_path / "media"
    top.mkdir()
    make(top, 30)
    polled = Polled(top)
    polled.round()
    top.rename(tmp_path / "away")
    polled.go_on()
    polled.go_on()

    assert polled.told == []
    assert polled.scene.recheck


def test_a_file_that_came_and_went_while_it_was_looked_at_is_new_when_it_comes_again(
    tmp_path: Path,
) -> None:
    make(tmp_path, 1)
    scene = Polled(tmp_path).scene
    node = scene.tree.root.child(b"d0")
    assert node is not None
    came = [b"gone.mkv"]
    path = os.fsencode(tmp_path / "d0")

    names, prints = Inspector(scene).learn(node, path, [b"e.mkv", *came], b"", came)

    assert names == [b"e.mkv"]
    assert len(prints) == 8
