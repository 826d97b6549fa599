"""Discovery on random worlds whose truth is known: pools, backups, files that are late."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from made_up import ask, parts, section

from matcher import paths
from matcher.findings import Verdict
from matcher.tree import MemoryTree

if TYPE_CHECKING:
    from matcher.model import Part, Section

WORDS = ("media", "video", "tv", "movies", "data", "films", "serien", "backup", "kids", "a", "b")
KINDS = ("{t} (2001)/{t}.mkv", "{t}.mkv", "{t}/Season 0{s}/{t} S0{s}.mkv")


@dataclass
class World:
    """A host and a Plex server: `truth` has the host directories of each section."""

    dice: random.Random
    files: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    truth: dict[int, set[str]] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    sampled: list[Part] = field(default_factory=list)
    _taken: list[str] = field(default_factory=list)

    def place(self) -> str:
        """Choose a directory that neither holds nor lies in another one, and watch it."""
        while True:
            path = "/" + "/".join(self.dice.choices(WORDS, k=self.dice.randint(1, 5)))
            if not any(paths.is_within(path, t) or paths.is_within(t, path) for t in self._taken):
                self._taken.append(path)
                top = "/" + paths.components(path)[0]
                self.folders.add(self.dice.choice((path, path, top)))
                return path

    def library(self, key: int) -> dict[str, int]:
        size = self.dice.choice((10**9, 10**9, 5000))
        kind = self.dice.choice(KINDS)
        names = {
            kind.format(t=f"Title {key}-{number}", s=season)
            for number in range(self.dice.choice((1, 2, 3, 6, 15, 60)))
            for season in (1, 2)
        }
        return {name: size + self.dice.randrange(10**6) for name in sorted(names)}

    def add(self, key: int) -> None:
        """Add a section: on one or more disks, late or backed up, with its location somewhere."""
        library = self.library(key)
        disks = [self.place() for _ in range(self.dice.choice((1, 1, 1, 2, 3)))]
        location = self.dice.choice(
            (f"/data/{self.dice.choice(WORDS)}{key}", f"D:\\M{key}", disks[0])
        )
        homes = {name.split("/")[0]: self.dice.choice(disks) for name in library}
        self.truth[key] = set(homes.values())
        late = self.dice.choice((0, 0, 0, 0.1, 0.2))
        for name, size in library.items():
            path = f"{homes[name.split('/')[0]]}/{name}"
            if self.dice.random() >= late:
                self.files[path] = size
            elif self.dice.random() < 0.5:
                self.files[path] = size + 7
        if not late and len(library) > 2 and self.dice.random() < 0.6:
            self.back_up(library)
        self.sections.append(section(key, location))
        found = parts(key, location, library)
        self.sampled += self.dice.sample(found, min(25, len(found)))

    def back_up(self, library: dict[str, int]) -> None:
        """Keep an old copy: a fifth of the files is missing or of another size."""
        base = self.place()
        old = set(self.dice.sample(sorted(library), max(1, len(library) // 5)))
        for name, size in library.items():
            if name not in old:
                self.files[f"{base}/{name}"] = size
            elif self.dice.random() < 0.5:
                self.files[f"{base}/{name}"] = size - 3


@pytest.mark.parametrize("seed", range(40))
def test_no_wrong_directory_is_ever_mapped_and_the_right_ones_as_a_rule(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - made up, and the same each time
    world = World(dice)
    for key in range(1, dice.randint(2, 6)):
        world.add(key)
    found = ask(MemoryTree(world.files), world.sections, world.sampled, world.folders)
    for finding in found.findings:
        assert set(finding.hosts) <= world.truth[finding.section]
        if finding.verdict is Verdict.UNSUPPORTED:
            sampled = [each for each in world.sampled if each.section == finding.section]
            assert len(sampled) <= 3, finding.evidence
