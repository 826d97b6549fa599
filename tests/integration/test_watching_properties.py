"""Seeded random file operations at full speed: in the end nothing was missed.

A witness knows how things were at the start, and looks at each path that is told. When all is
quiet it must believe in nothing that is gone, and have seen every file as it is now.
"""

from __future__ import annotations

import os
import random
import shutil
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from waiting import wait_until
from watched import Watched, folder, write

from watcher.events import Event, What

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watcher.observe import WatchedFolder

OPERATIONS = 1500
Look = tuple[int, int, int]


def look(path: str) -> Look | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - text with surrogates
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def target(path: str) -> str | None:
    """Where a link to a directory leads; None for anything else."""
    try:
        return os.readlink(path) if os.path.isdir(path) else None  # noqa: PTH112, PTH115 - as above
    except OSError:
        return None


class Witness:
    """What there is, for somebody who knows nothing but what was told, and looks then.

    What is told by way of a link may be gone at that moment, link and all: then there is nothing
    to believe in.

    `looks` is how each path was when it was last told of, for all that should be there; `links`
    where those led to that were last told of as a directory, and are links.
    """

    def __init__(self, before: dict[str, Look | None]) -> None:
        self.looks = before
        self.links: dict[str, str] = {}
        self.saw_links = False

    def __call__(self, event: Event) -> None:
        if event.what in {What.DELETED, What.MOVED}:
            self.forget(event.path, is_dir=event.is_dir)
        if event.what is not What.DELETED:
            path = event.dest or event.path
            self.looks[path] = look(path)
            leads_to = target(path)
            if event.is_dir and event.what is What.WRITTEN and leads_to is not None:
                # Who looks at all that it shows now also sees what it showed and does not any more.
                self.forget(path, is_dir=True)
                self.looks[path] = look(path)
                self.links[path] = leads_to
                self.saw_links = True

    def forget(self, path: str, *, is_dir: bool) -> None:
        self.looks.pop(path, None)
        if is_dir:
            self.links.pop(path, None)
            known: dict[str, Any]
            for known in (self.looks, self.links):
                for below in [one for one in known if one.startswith(path + "/")]:
                    del known[below]

    def missed(self, roots: list[Path]) -> list[str]:
        """What is not as this witness believes."""
        wrong = [
            f"there: {path} is {look(str(path))}, told as {self.looks.get(str(path), 'never')}"
            for root in roots
            for path in root.rglob("*")
            if not path.is_dir() and self.looks.get(str(path)) != look(str(path))
        ]
        wrong += [
            f"there: {path} leads to {target(str(path))}, told as {self.links.get(str(path))}"
            for root in roots
            for path in root.rglob("*")
            if self.links.get(str(path)) != target(str(path))
        ]
        wrong += [f"gone: {path}" for path in list(self.links) if target(path) is None]
        return wrong + [
            f"gone: {path}"
            for path, seen in list(self.looks.items())
            if look(path) is None and (seen is not None or not self.saw_links)
        ]


@dataclass
class Chaos:
    """Does things to a tree, at random but the same for the same seed.

    With `targets`, directories outside, also to links that lead to them.
    """

    roots: list[Path]
    outside: Path
    dice: random.Random
    fixed: Path | None = None
    targets: tuple[Path, ...] = ()
    count: int = 0

    def step(self) -> None:
        """Do one thing; what is not possible at the moment is left out."""
        does: list[tuple[Callable[[], None], int]] = [
            (self.create, 30),
            (self.tree, 8),
            (self.edit, 15),
            (self.remove, 10),
            (self.rename_file, 10),
            (self.rename_directory, 12),
            (self.remove_tree, 3),
            (self.move_out, 3),
            (self.move_in, 4),
            (self.link, 5),
        ]
        if self.targets:
            does += [
                (self.link_to_directory, 10),
                (self.point_elsewhere, 8),
                (self.point_elsewhere_at_once, 8),
                (self.rename_link, 15),
                (self.remove_link, 4),
                (self.replace_link, 4),
                (self.replace_directory, 4),
            ]
        self.count += 1
        do = self.dice.choices([one for one, _ in does], [weight for _, weight in does])[0]
        try:
            do()
        except OSError:
            return

    def directory(self) -> Path:
        """Any directory: a walk that stops at random."""
        here = self.dice.choice(self.roots)
        for _ in range(self.dice.randrange(4)):
            below = sorted(one for one in here.iterdir() if is_directory(one))
            if not below:
                break
            here = self.dice.choice(below)
        return here

    def file(self) -> Path:
        """Any file in a directory; FileNotFoundError where there is none."""
        files = sorted(one for one in self.directory().iterdir() if not one.is_dir())
        if not files:
            raise FileNotFoundError
        return self.dice.choice(files)

    def name(self, stem: str) -> str:
        return f"{stem}{self.dice.randrange(12)}"

    def create(self) -> None:
        file = self.directory() / (self.name("f") + ".mkv")
        if not file.exists() or file.stat().st_nlink == 1:
            write(file, "x" * self.dice.randrange(100))

    def tree(self) -> None:
        file = self.directory() / self.name("d") / self.name("d") / (self.name("f") + ".mkv")
        if not file.exists():
            write(file)

    def edit(self) -> None:
        """Write to a file; not through one of several names: the kernel tells of that one only."""
        file = self.file()
        if file.stat().st_nlink == 1:
            with file.open("a") as out:
                out.write("more" * self.dice.randrange(1, 9))

    def remove(self) -> None:
        self.file().unlink()

    def rename_file(self) -> None:
        self.file().rename(self.directory() / (self.name("r") + ".mkv"))

    def movable(self) -> Path:
        here = self.directory()
        if here in self.roots or here == self.fixed:
            raise FileNotFoundError
        return here

    def rename_directory(self) -> None:
        self.movable().rename(self.directory() / self.name("d"))

    def remove_tree(self) -> None:
        shutil.rmtree(self.movable())

    def move_out(self) -> None:
        self.movable().rename(self.outside / f"out{self.count}")

    def move_in(self) -> None:
        stored = sorted(self.outside.iterdir())
        source = self.dice.choice(stored) if stored else self.outside / "nothing"
        source.rename(self.directory() / self.name("d"))

    def link(self) -> None:
        (self.directory() / (self.name("l") + ".mkv")).hardlink_to(self.file())

    # links to directories

    def linked(self) -> Path:
        """Any link to a directory in a directory; FileNotFoundError where there is none."""
        links = sorted(one for one in self.directory().iterdir() if one.is_symlink())
        if not links:
            raise FileNotFoundError
        return self.dice.choice(links)

    def link_to_directory(self) -> None:
        stem = self.dice.choice(["d", "s"])
        (self.directory() / self.name(stem)).symlink_to(self.dice.choice(self.targets))

    def point_elsewhere(self) -> None:
        link = self.linked()
        link.unlink()
        link.symlink_to(self.dice.choice(self.targets))

    def point_elsewhere_at_once(self) -> None:
        link = self.linked()
        new = self.dice.choice([link.with_name("new"), self.outside.parent / "new"])
        new.symlink_to(self.dice.choice(self.targets))
        new.rename(link)

    def rename_link(self) -> None:
        """Also over a file, or over another link."""
        name = self.dice.choice([self.name("s"), self.name("d"), self.name("f") + ".mkv"])
        self.linked().rename(self.directory() / name)

    def remove_link(self) -> None:
        self.linked().unlink()

    def replace_link(self) -> None:
        """By a directory, or by a file."""
        link = self.linked()
        if self.dice.randrange(2):
            link.unlink()
            write(link / self.name("d") / (self.name("f") + ".mkv"))
        else:
            self.file().rename(link)

    def replace_directory(self) -> None:
        here = self.movable()
        shutil.rmtree(here)
        here.symlink_to(self.dice.choice(self.targets))


def is_directory(path: Path) -> bool:
    """Whether a path is a directory, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def run(seed: int, folders: list[WatchedFolder], chaos: Chaos) -> None:
    before = [path for root in chaos.roots for path in root.rglob("*")]
    witness = Witness({str(path): look(str(path)) for path in before})
    with Watched(folders, before_each=witness) as seen:
        for _ in range(OPERATIONS):
            chaos.step()
        try:
            wait_until(lambda: not witness.missed(chaos.roots), 15)
        except AssertionError:
            pytest.fail(f"seed {seed}: {witness.missed(chaos.roots)[:5]} {seen.reports}")
        # Whatever the tree is now, everything in it is watched.
        everywhere = [one for root in chaos.roots for one in [root, *root.rglob("*")]]
        files = [write(one / "last.mkv") for one in everywhere if is_directory(one)]
        for file in files:
            seen.wait_for(file)


def prepared(tmp_path: Path, names: list[str], seed: int) -> Chaos:
    roots = [tmp_path / name for name in names]
    outside = tmp_path / "outside"
    outside.mkdir()
    for root in roots:
        for n in range(5):
            write(root / f"d{n}" / "d1" / "f1.mkv")
    threading.Event().wait(0.03)
    return Chaos(roots, outside, random.Random(seed))  # noqa: S311 - to be repeatable


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_missed_in_one_watched_folder(seed: int, tmp_path: Path) -> None:
    chaos = prepared(tmp_path, ["media"], seed)
    run(seed, [folder(root) for root in chaos.roots], chaos)


@pytest.mark.parametrize("seed", range(100, 104))
def test_nothing_is_missed_in_two_folders_that_exchange_files(seed: int, tmp_path: Path) -> None:
    chaos = prepared(tmp_path, ["movies", "tv"], seed)
    run(seed, [folder(root) for root in chaos.roots], chaos)


@pytest.mark.parametrize("seed", range(200, 203))
def test_nothing_is_missed_in_a_polled_folder(seed: int, tmp_path: Path) -> None:
    chaos = prepared(tmp_path, ["media"], seed)
    run(seed, [folder(root, "polling", 0.1) for root in chaos.roots], chaos)


@pytest.mark.parametrize("seed", range(300, 303))
def test_nothing_is_missed_where_one_part_is_polled(seed: int, tmp_path: Path) -> None:
    chaos = prepared(tmp_path, ["media"], seed)
    part = chaos.roots[0] / "d1"
    folders = [folder(chaos.roots[0]), folder(part, "polling", 0.1)]
    chaos.fixed = part
    run(seed, folders, chaos)


@pytest.mark.parametrize("seed", range(400, 405))
@pytest.mark.parametrize("way", ["inotify", "polling"])
def test_nothing_is_missed_of_links_to_directories(seed: int, way: str, tmp_path: Path) -> None:
    chaos = prepared(tmp_path, ["media"], seed)
    chaos.targets = tuple(tmp_path / "targets" / f"t{n}" for n in range(3))
    for one in chaos.targets:
        write(one / "S01" / "e.mkv")
    run(seed, [folder(root, way, 0.1) for root in chaos.roots], chaos)
