"""Contests: a directory that explains files of two locations, and whether it is both or one.

It may be both: a branch of a pool is a location of its own as well, or one directory is mounted
twice. Then Plex lists what it holds in both of them. Or files were moved from one disk to another
one while nobody watched, and Plex still lists them where they were: then the directory holds a few
files of a place that it is not, and everything else in it would be missed there for ever.

- Whoever has the better claim has the directory: the place for which it was certain before, then
  the one whose own path it is (also one without files, where Plex and this host are seen to go by
  the same paths), then the one of
  whose sampled files it explains the greater part (one file of one is less than 20 of 25), then
  the one that bears its name. Of equal claims neither is believed.
- The other has it as well only if Plex lists there what it lists for the first: more than half of
  what is asked for, or, where nothing is left to ask for, three files at least. With fewer it is
  rather taken for one place, and that is said: to miss a disk of a pool is cured by a line of
  configuration, to scan for a whole library in a wrong place is not even seen.
- Libraries of different types do not list the same files, so they have no contests, unless one of
  them lists none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matcher.places import Place
    from matcher.weigh import Group

_ASKED = 7
"""So many files are asked for at most."""
_ENOUGH = 3
"""So many files that two places list in one directory are no chance."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A place, and a directory that is taken for it. `marks` say which directory that is.

    `is_kept`: it was certain before, when nothing had moved yet that is somewhere else now.
    """

    place: Place
    group: Group
    marks: frozenset[tuple[object, ...]]
    is_kept: bool = False

    def weight(self) -> tuple[bool, bool, float, int]:
        """Say how good the claim is; the greater, the better."""
        names = paths.components(self.place.location)
        count, held = len(self.place.samples), len(self.group.same)
        return (
            self.is_kept,
            any(host == self.place.location for host in self.group.hosts),
            (held + 1)
            / (count + 2),  # Laplace's rule: few files say little, whatever part they are
            max(_common_tail(names, paths.components(host)) for host in self.group.hosts),
        )

    @property
    def held(self) -> frozenset[int]:
        """Which samples the directory explains; by their names, where sizes say nothing."""
        return self.group.same or self.group.exists

    @property
    def is_whole(self) -> bool:
        """Whether the directory explains all there is to explain, and that is not little."""
        return len(self.held) == len(self.place.samples) >= _ENOUGH

    def below(self) -> list[tuple[str, ...]]:
        """The files that the directory explains, by their names below the place."""
        return [self.place.samples[index].below for index in sorted(self.held)]


@dataclass(frozen=True, slots=True)
class Loss:
    """A claim that is not believed, and the one against it; `is_draw` if that is not either."""

    claim: Claim
    other: Claim
    is_draw: bool


def losses(
    claims: Sequence[Claim],
    types: Callable[[Place], frozenset[str]],
    has: Callable[[Place, tuple[str, ...]], bool],
) -> Iterator[Loss]:
    """Decide every contest.

    Args:
        claims: What was taken for what, so far.
        types: Of which types the libraries of a place are.
        has: Whether Plex lists a file, by its names below a place; it may have to be asked.
    """
    for index, one in enumerate(claims):
        for other in claims[index + 1 :]:
            if not _are_contestants(one, other, types):
                continue
            better, worse = sorted((one, other), key=Claim.weight, reverse=True)
            is_draw = better.weight() == worse.weight()
            if is_draw and better.is_whole and worse.is_whole:
                continue
            if _is_shared(better, worse, has):
                continue
            yield Loss(worse, better, is_draw)
            if is_draw:
                yield Loss(better, worse, is_draw)


def _are_contestants(one: Claim, other: Claim, types: Callable[[Place], frozenset[str]]) -> bool:
    """Whether two claims are about one directory, and it may be that one of them is wrong."""
    if not one.marks & other.marks or _are_nested(one.place, other.place):
        return False
    if one.is_kept and other.is_kept:
        return False
    lists_none = not (one.place.samples and other.place.samples)
    return lists_none or bool(types(one.place) & types(other.place))


def _are_nested(one: Place, other: Place) -> bool:
    return paths.is_within(one.location, other.location) or paths.is_within(
        other.location, one.location
    )


def _is_shared(better: Claim, worse: Claim, has: Callable[[Place, tuple[str, ...]], bool]) -> bool:
    """Whether Plex lists in the one place what it lists in the other.

    What speaks for the worse claim itself is not asked for: it was chosen for being there.
    """
    mine, theirs = better.below(), frozenset(worse.below())
    rest = [below for below in mine if below not in theirs]
    if not rest:
        return len(mine) >= _ENOUGH
    asked = rest[:: -(-len(rest) // _ASKED)]
    return 2 * sum(has(worse.place, below) for below in asked) > len(asked)


def _common_tail(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    count = 0
    for mine, theirs in pairs:
        if paths.caseless(mine) != paths.caseless(theirs):
            break
        count += 1
    return count
