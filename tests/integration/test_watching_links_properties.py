"""Seeded random operations on links and below them: in the end nothing was missed.

Links come, go, are renamed and pointed elsewhere while files change below their targets. Whoever
asks Plex for a link as a whole sees, a while later, all that it shows; so when the links have come
to rest, the witness has seen all of it, and from then on it must hear of everything, by the name
of every link in the folder.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_watching_properties import Chaos, Witness, is_directory, look
from waiting import wait_until
from watched import Watched, folder, write

from watcher.events import What
from watcher.known import holds

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 2
DEADLINE_S = 40
"""For a machine that does something else as well."""


def below(top: Path) -> Iterator[Path]:
    """Every file below a directory, or below what a link leads to; further links are not."""
    for entry in list(os.scandir(top)):
        if entry.is_dir(follow_symlinks=False):
            yield from below(Path(entry.path))
        elif not entry.is_symlink():
            yield Path(entry.path)


def links_in(top: Path) -> Iterator[Path]:
    for entry in list(os.scandir(top)):
        if entry.is_symlink():
            yield Path(entry.path)
        elif entry.is_dir():
            yield from links_in(Path(entry.path))


class House:
    """A folder with links to directories outside, which hold links themselves."""

    def __init__(self, place: Path, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - to be repeatable
        self.root, self.outside = place / "media", place / "outside"
        self.targets = tuple(place / "targets" / f"t{n}" for n in range(4))
        self.outside.mkdir()
        for n in range(3):
            write(self.root / f"d{n}" / "d1" / "f1.mkv")
        for target in self.targets:
            write(target / "d1" / "f1.mkv")
            write(target / "f0.mkv")
        # Circles, and a link to what holds everything; none of them is to be followed for ever.
        (self.targets[0] / "up").symlink_to(place / "targets")
        (self.targets[1] / "home").symlink_to(self.root)
        (self.targets[2] / "s0").symlink_to(self.targets[3])
        (self.targets[3] / "s1").symlink_to(self.targets[2])
        for n in range(2):
            (self.root / f"s{n}").symlink_to(self.targets[n])
        self.links = Chaos([self.root], self.outside, self.dice, targets=self.targets)
        self.files = Chaos(list(self.targets), self.outside, self.dice)

    def shown(self) -> dict[str, Path]:
        """What the links in the folder show that lead out of it: path by path of the link."""
        return {
            str(path): path.resolve()
            for path in links_in(self.root)
            if path.is_dir() and path.resolve() in self.targets
        }

    def all_shown(self) -> Iterator[Path]:
        for path in map(Path, self.shown()):
            yield from below(path)


def is_at_rest(seen: Watched, house: House) -> bool:
    followed = {one.host: Path(os.fsdecode(one.real)) for one in seen.watching.links()}
    linked = seen.watching._linked
    assert linked is not None
    waits = linked.looker or linked.scene.recheck or linked._has_news
    return not waits and followed.items() >= house.shown().items()


def is_looked_at(seen: Watched, house: House) -> bool:
    """Whether a polled file is known: one that goes before it was ever seen is told by nobody."""
    linked = seen.watching._linked
    assert linked is not None
    for path in (one for target in house.shown().values() for one in below(target)):
        node = linked._link_tops._find(os.fsencode(path.parent)[1:])
        if node is None or not holds(node.names, os.fsencode(path.name)):
            return False
    return True


def missed(witness: Witness, house: House) -> list[str]:
    """What is not as the witness believes, below the links of the folder."""
    wrong = [
        f"there: {path} is {look(str(path))}, told as {witness.looks.get(str(path), 'never')}"
        for path in house.all_shown()
        if witness.looks.get(str(path)) != look(str(path))
    ]
    tops = tuple(f"{path}/" for path in house.shown())
    return wrong + [
        f"gone: {path}"
        for path, seen in list(witness.looks.items())
        if seen is not None and path.startswith(tops) and look(path) is None
    ]


def rest(seen: Watched, house: House) -> None:
    """Wait until all that was done to links was told, and what they show is watched.

    Where the folder is polled, a second round sees all that the first one may have passed by.
    """
    for _ in range(2):
        seen.settle(house.root)
        wait_until(
            lambda: is_at_rest(seen, house),
            DEADLINE_S,
            lambda: f"{house.shown()} {seen.watching.links()} {seen.reports}",
        )


def hear_all(seen: Watched, witness: Witness, house: House) -> None:
    wait_until(
        lambda: not missed(witness, house),
        DEADLINE_S,
        lambda: f"{missed(witness, house)[:5]} {seen.reports} {seen.watching.links()}",
    )


@pytest.mark.parametrize(
    ("way", "seed"),
    [("inotify", n) for n in range(500, 503)] + [("polling", 501), ("polling", 503)],
)
def test_nothing_is_missed_below_links_that_come_and_go(
    seed: int, way: str, tmp_path: Path
) -> None:
    house = House(tmp_path, seed)
    witness = Witness({})
    with Watched([folder(house.root, way, 0.1)], before_each=witness) as seen:
        for _ in range(ROUNDS):
            for _ in range(120):
                house.dice.choice([house.links, house.files]).step()
            rest(seen, house)
            wait_until(lambda: way == "inotify" or is_looked_at(seen, house), DEADLINE_S)
            witness.looks = {str(path): look(str(path)) for path in house.all_shown()}
            for _ in range(150):
                house.files.step()
            hear_all(seen, witness, house)
        for each in (one for target in house.targets for one in [target, *target.rglob("*")]):
            if is_directory(each):
                write(each / "last.mkv")
        for link in house.shown():
            for file in (one for one in below(Path(link)) if one.name == "last.mkv"):
                seen.wait_for(file)


@pytest.mark.parametrize("seed", range(600, 602))
@pytest.mark.parametrize("way", ["inotify", "polling"])
def test_nothing_is_missed_of_what_is_put_there_while_a_link_appears(
    seed: int, way: str, tmp_path: Path
) -> None:
    """Every file is told by its name, as in a directory that is moved in."""
    house = House(tmp_path, seed)
    for path in list(links_in(house.root)):
        path.unlink()
    witness = Witness({})
    with Watched([folder(house.root, way, 0.1)], before_each=witness) as seen:
        for n, target in enumerate(house.targets[:2]):
            for _ in range(60):
                house.files.step()
            (house.root / "d0" / f"new {n}").symlink_to(target)
            for _ in range(60):
                house.files.step()
        rest(seen, house)
        hear_all(seen, witness, house)
        assert all(seen.told(link).count(What.WRITTEN) for link in house.shown())
