"""Places: the Plex directories to find on the host, each with the sampled files that lie in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher import paths
from matcher.lookup import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matcher.model import Part, Section

_DIGITS = re.compile(r"\d+")
_LIBRARY_KINDS = 3
"""Seasons, discs and parts differ by their number alone; beside them may stand the specials."""


@dataclass(frozen=True, slots=True)
class Place:
    """One location, of however many sections: what is true of it is true for all of them.

    `claims` are the section keys that have it, each with its own spelling of the location.
    """

    location: str
    claims: tuple[tuple[int, str], ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A Plex directory to look for: a place itself (`below` is empty), or a directory in it.

    The second kind is for a library whose directories are mounted one by one from elsewhere.
    `samples` are relative to the target.
    """

    number: int
    place: Place
    below: tuple[str, ...]
    samples: tuple[Sample, ...]

    @property
    def path(self) -> str:
        """The target's Plex path."""
        return paths.join(self.place.location, *self.below)

    def first_names(self) -> frozenset[str]:
        """The names that the sampled files' paths begin with, without case."""
        return frozenset(paths.caseless(each.below[0]) for each in self.samples)


def places(sections: Sequence[Section], parts: Iterable[Part], count: int) -> tuple[Place, ...]:
    """Put every sampled part to the longest location that holds it, whosever section's it is.

    A location all of whose parts lie in locations further down takes those, for want of others.
    Parts that Plex knows to be gone say nothing.

    Args:
        sections: All sections.
        parts: The sampled parts of all sections; doubles do no harm.
        count: The most samples that a place gets.
    """
    claims: dict[tuple[str, ...], list[tuple[int, str]]] = {}
    for section in sections:
        for location in filter(paths.is_absolute, section.locations):
            claims.setdefault(_identity(location), []).append((section.key, location))
    locations = [claimed[0][1] for claimed in claims.values()]
    unique = {each.file: each for each in parts if not each.deleted}
    held: dict[str, list[Sample]] = {each: [] for each in locations}
    spare: dict[str, list[Sample]] = {each: [] for each in locations}
    for part in sorted(unique.values(), key=lambda each: each.file):
        found = sorted(_held(part, locations), key=lambda each: len(each[1].below))
        for index, (location, sample) in enumerate(found):
            (spare if index else held)[location].append(sample)
    return tuple(
        Place(location, tuple(claimed), spread(held[location] or spare[location], count))
        for location, claimed in zip(locations, claims.values(), strict=True)
    )


def spread(samples: Sequence[Sample], count: int) -> tuple[Sample, ...]:
    """Choose at most `count` samples: from as many different first names as there are, evenly."""
    if len(samples) <= count:
        return tuple(samples)
    by_name: dict[str, list[Sample]] = {}
    for each in samples:
        by_name.setdefault(each.below[0], []).append(each)
    ordered: list[Sample] = []
    depth = 0
    while len(ordered) < count:
        layer = [each[depth] for each in by_name.values() if len(each) > depth]
        ordered += _evenly(layer, count - len(ordered))
        depth += 1
    return tuple(sorted(ordered, key=lambda each: each.file))


def targets(found: Sequence[Place]) -> tuple[Target, ...]:
    """Return what to look for: every place with samples, and the directories in it that hold some.

    A place comes before its directories.
    """
    result: list[Target] = []
    for place in found:
        for below, samples in _levels(place):
            result.append(Target(len(result), place, below, samples))
    return tuple(result)


def _identity(location: str) -> tuple[str, ...]:
    flavor = paths.flavor_of(location)
    is_windows = flavor is paths.Flavor.WINDOWS
    return (flavor, *(paths.fold(location) if is_windows else paths.components(location)))


def _held(part: Part, locations: Sequence[str]) -> Iterator[tuple[str, Sample]]:
    for location in locations:
        below = paths.relative(part.file, location)
        if below:
            folds = paths.flavor_of(part.file) is paths.Flavor.WINDOWS
            yield location, Sample(below, part.size, part.file, folds)


def _evenly(samples: Sequence[Sample], count: int) -> list[Sample]:
    if len(samples) <= count:
        return list(samples)
    return [samples[index * len(samples) // count] for index in range(count)]


def _levels(place: Place) -> Iterator[tuple[tuple[str, ...], tuple[Sample, ...]]]:
    if place.samples:
        yield (), place.samples
        yield from _directories(place.samples)


def _directories(
    samples: tuple[Sample, ...],
) -> Iterator[tuple[tuple[str, ...], tuple[Sample, ...]]]:
    """Part samples by their first name, and keep what looks like a library of its own.

    That is a directory of several differently named directories. The folder of one show is none:
    a download of it under another name has the same seasons and files in it.
    """
    groups: dict[str, list[Sample]] = {}
    for each in samples:
        if len(each.below) > 2:
            rest = Sample(each.below[1:], each.size, each.file, each.folds)
            groups.setdefault(each.below[0], []).append(rest)
    for name, group in groups.items():
        kinds = {_DIGITS.sub("", each.below[0]) for each in group}
        if len(kinds) >= _LIBRARY_KINDS:
            yield (name,), tuple(group)
