"""Weighing the directories that may be one Plex directory: which of them are, if that is certain.

What counts is which of the sampled files each candidate holds, at their full relative path.

- The same directory by another way (bind mount, symbolic link) is one candidate with two names.
- Candidates that hold different files are disks of one pool: all of them are the place.
- Candidates that hold the same files are rivals: one is the place, the other a copy. Whichever
  alliance of candidates without rivalry explains most files wins; an old backup explains fewer.
  But a folder that the user watches by the very path that Plex uses wins, if it holds one file.
- Alliances that explain equally much are a draw, and a draw is never decided by guessing. Only
  the path that Plex itself uses, if it is there and holds the very files, wins a draw.
- Files of equal name and other size are no proof. They count only if nothing holds equal sizes,
  and then three at least, the greater part of the sample, and no rival.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CLOSEST = 30
"""How many groups that share files are compared: at worst 3**10 alliances, as a rule a few."""


class Seen(IntEnum):
    """What stands where a sampled file should be."""

    MISSING = 0
    DIFFERS = 1
    UNSIZED = 2
    SAME = 3


@dataclass(frozen=True, slots=True)
class Look:
    """One look for a sampled file: what was seen, under which host path, on which device."""

    seen: Seen
    path: str = ""
    device: int = 0
    changed_ns: int = 0


NOTHING = Look(Seen.MISSING)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A directory that may be the place, with one look for each sampled file.

    `marks` identify the directory itself: two candidates that share one are the same directory.
    """

    host: str
    looks: tuple[Look, ...]
    marks: frozenset[tuple[object, ...]] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """One directory under all its names, and the samples (by index) that it holds."""

    hosts: tuple[str, ...]
    looks: tuple[Look, ...]
    same: frozenset[int]
    exists: frozenset[int]
    differs: frozenset[int]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The outcome: `certain` groups are the place; `draws` explain as much as one another.

    `copies` hold sampled files too, but lost. `by_size` is False where only names speak.
    """

    certain: tuple[Group, ...] = ()
    draws: tuple[Group, ...] = ()
    copies: tuple[Group, ...] = ()
    by_size: bool = True


_Alliance: TypeAlias = tuple[Group, ...]


def weigh(
    candidates: Sequence[Candidate],
    proofs: Sequence[bool],
    own: str | None,
    *,
    is_watched: bool = False,
) -> Weighed:
    """Decide between candidates.

    Args:
        candidates: What was looked at, in any order.
        proofs: For each sampled file, whether it proves a place all alone by its path and size.
        own: The place's own path if it could be a host path: it wins a draw.
        is_watched: The user has named that path as a folder to watch: it wins any contest, if it
            holds one file of the very size. Others may hold more that was moved there just now.
    """
    sure = own if is_watched else None
    groups = grouped(candidates)
    able = [each for each in groups if len(each.same) >= max(1, len(each.differs))]
    if _is_proven(able, proofs, own):
        return _decide(able, groups, own, sure, by_size=True)
    named = [each for each in groups if len(each.exists) >= max(3, (len(proofs) + 1) // 2)]
    return _decide(named, groups, own, None, by_size=False)


def grouped(candidates: Sequence[Candidate]) -> tuple[Group, ...]:
    """Put the names of each directory together, the group with most equal sizes first."""
    buckets: list[tuple[set[tuple[object, ...]], list[Candidate]]] = []
    for each in sorted(candidates, key=lambda each: each.host):
        for marks, members in buckets:
            if marks & each.marks:
                marks.update(each.marks)
                members.append(each)
                break
        else:
            buckets.append((set(each.marks), [each]))
    groups = [_group(members) for _, members in buckets]
    return tuple(sorted(groups, key=lambda g: (-len(g.same), len(g.differs), g.hosts)))


def are_rivals(one: Group, other: Group) -> bool:
    """Say whether two groups hold the same files, so that only one of them can be the place.

    A pool's disks may hold a few names twice; a copy holds most of what it holds twice. The same
    files seen through another file system (a pool and its branch) are no copies.
    """
    both = one.exists & other.exists
    if 2 * len(both) < min(len(one.exists), len(other.exists)) or not both:
        return False
    return not all(_is_one_file(one.looks[index], other.looks[index]) for index in both)


def _is_one_file(one: Look, other: Look) -> bool:
    return one.device != other.device and one.changed_ns == other.changed_ns != 0


def _group(members: Sequence[Candidate]) -> Group:
    best = max(members, key=lambda each: sum(look.seen for look in each.looks))
    seen = list(enumerate(look.seen for look in best.looks))
    return Group(
        tuple(each.host for each in members),
        best.looks,
        frozenset(i for i, what in seen if what is Seen.SAME),
        frozenset(i for i, what in seen if what is not Seen.MISSING),
        frozenset(i for i, what in seen if what is Seen.DIFFERS),
    )


def _is_proven(able: Sequence[Group], proofs: Sequence[bool], own: str | None) -> bool:
    """Say whether equal sizes are evidence: a proof, two files, or one in Plex's own path."""
    same = frozenset[int]().union(*(each.same for each in able))
    is_own = any(own in each.hosts for each in able)
    return len(same) > 1 or is_own or any(proofs[each] for each in same)


def _decide(
    able: Sequence[Group],
    groups: Sequence[Group],
    own: str | None,
    sure: str | None,
    *,
    by_size: bool,
) -> Weighed:
    certain: list[Group] = []
    draws: list[Group] = []
    for circle in _circles(able):
        best = _best(circle, own, sure, by_size=by_size)
        shared = [each for each in circle if all(each in alliance for alliance in best)]
        certain += shared
        draws += [g for g in circle if g not in shared and any(g in each for each in best)]
    copies = [g for g in groups if g.exists and g not in certain and g not in draws]
    return Weighed(tuple(certain), tuple(draws), tuple(copies), by_size)


def _circles(groups: Sequence[Group]) -> list[list[Group]]:
    """Part the groups into circles: what one explains, nobody outside of its circle does."""
    circles: list[list[Group]] = []
    for each in groups:
        met = [c for c in circles if any(each.exists & member.exists for member in c)]
        circles = [c for c in circles if c not in met]
        circles.append([*(member for c in met for member in c), each])
    return circles


def _best(
    circle: Sequence[Group], own: str | None, sure: str | None, *, by_size: bool
) -> list[_Alliance]:
    """Find the alliances that explain most."""
    able = sorted(circle, key=lambda each: (-len(each.same), -len(each.exists), each.hosts))
    peers = {
        index: frozenset(
            other
            for other, theirs in enumerate(able[:_CLOSEST])
            if other != index and not are_rivals(one, theirs)
        )
        for index, one in enumerate(able[:_CLOSEST])
    }
    alliances = [
        tuple(able[index] for index in sorted(each))
        for each in _cliques(peers, frozenset(), frozenset(peers), frozenset())
    ]
    scored = [(_score(each, own, sure, by_size=by_size), each) for each in alliances]
    top = max(score for score, _ in scored)
    return [alliance for score, alliance in scored if score == top]


def _cliques(
    peers: Mapping[int, frozenset[int]],
    chosen: frozenset[int],
    able: frozenset[int],
    done: frozenset[int],
) -> Iterator[frozenset[int]]:
    """Every set of mutual peers that nobody can be added to (Bron and Kerbosch, with pivot)."""
    if not able and not done:
        yield chosen
        return
    pivot = max(able | done, key=lambda each: len(peers[each] & able))
    for each in sorted(able - peers[pivot]):
        yield from _cliques(peers, chosen | {each}, able & peers[each], done & peers[each])
        able, done = able - {each}, done | {each}


def _score(
    alliance: _Alliance, own: str | None, sure: str | None, *, by_size: bool
) -> tuple[bool, int, bool]:
    explained = frozenset[int]().union(*(each.same for each in alliance)) if by_size else ()
    is_sure, is_own = (any(path in each.hosts for each in alliance) for path in (sure, own))
    return is_sure, len(explained), is_own
