"""A decision about one place: from weighed candidates to what is mapped and what is said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matcher import evidence, paths
from matcher.findings import Finding, Verdict
from matcher.mapping import Mapping, Source
from matcher.weigh import Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.contest import Loss
    from matcher.lookup import Sample
    from matcher.places import Target
    from matcher.weigh import Group, Weighed


@dataclass(frozen=True, slots=True)
class Spot:
    """A host directory, and the names below the location of the Plex directory that it is."""

    host: str
    below: tuple[str, ...]
    source: Source = Source.FOUND


@dataclass(frozen=True, slots=True)
class Decision:
    """What is known of a place, whichever section asks.

    `example` is (Plex path, host path). `is_clear` says that no further search can say more: all
    sampled files are explained, with equal sizes where a search found them. `groups` are what was
    found for the place itself, or may be it.
    """

    verdict: Verdict
    said: str
    spots: tuple[Spot, ...] = ()
    example: tuple[str, str] | None = None
    is_clear: bool = False
    groups: tuple[Group, ...] = ()


def decide(
    target: Target, samples: Sequence[Sample], weighed: Weighed, *, was_cut: bool
) -> Decision:
    """Put what was weighed for a target into a verdict and a sentence."""
    count = len(samples)
    spots = tuple(Spot(host, target.below) for each in weighed.certain for host in each.hosts)
    example = shown(samples, weighed.certain)
    if weighed.draws:
        said = evidence.ambiguous(weighed.draws, weighed.certain, count)
        groups = (*weighed.certain, *weighed.draws)
        return Decision(Verdict.AMBIGUOUS, said, spots, example, groups=groups)
    if weighed.certain:
        said = evidence.found(weighed.certain, count, weighed.copies)
        same = frozenset[int]().union(*(each.same for each in weighed.certain))
        is_clear = len(same) == count
        return Decision(Verdict.FOUND, said, spots, example, is_clear, weighed.certain)
    said = evidence.unsupported(weighed.copies, count, was_cut=was_cut)
    return Decision(Verdict.UNSUPPORTED, said)


def joined(decision: Decision, target: Target, inner: Decision) -> Decision:
    """Add to a place's decision what was decided for a directory in it."""
    said = f"{target.path}: {inner.said}"
    return replace(
        inner,
        said=f"{decision.said}; {said}" if decision.spots else said,
        spots=(*decision.spots, *inner.spots),
        example=decision.example or inner.example,
        groups=decision.groups,
    )


def reduced(decision: Decision, losses: Sequence[Loss]) -> Decision:
    """Say of a place's decision what it was made without, since that is another place."""
    said = (evidence.lost(each) for each in losses)
    return replace(decision, said="; ".join((decision.said, *said)))


def explained(samples: Sequence[Sample], groups: Sequence[Group]) -> frozenset[str]:
    """Return the Plex paths of the sampled files that some group holds."""
    return frozenset(samples[index].file for each in groups for index in each.exists)


def shown(samples: Sequence[Sample], groups: Sequence[Group]) -> tuple[str, str] | None:
    """Choose an example: a sampled file on both sides, one with the same size if there is."""
    for seen in (Seen.SAME, Seen.UNSIZED, Seen.DIFFERS):
        for group in groups:
            for sample, look in zip(samples, group.looks, strict=True):
                if look.seen is seen:
                    return sample.file, look.path
    return None


def finding(section: int, location: str, decision: Decision) -> Finding:
    """Say a decision for one section, in its own spelling of the location."""
    return Finding(
        section,
        location,
        decision.verdict,
        decision.said,
        tuple(_mapping(section, location, spot, decision.said) for spot in decision.spots),
        decision.example,
        decision.is_clear,
    )


def kept(finding: Finding, groups: tuple[Group, ...]) -> Decision:
    """Return what was decided before as a decision; `groups` are its directories as they are."""
    location = paths.normalise_plex(finding.location)
    spots = (
        Spot(each.host, paths.relative(each.plex, location) or (), each.source)
        for each in finding.mappings
    )
    said, example = finding.evidence, finding.example
    return Decision(finding.verdict, said, tuple(spots), example, finding.is_clear, groups)


def _mapping(section: int, location: str, spot: Spot, said: str) -> Mapping:
    plex = paths.join(paths.normalise_plex(location), *spot.below)
    is_found = spot.source is not Source.CONFIG
    source = Source.IDENTITY if is_found and spot.host == plex else spot.source
    return Mapping(spot.host, plex, section, source, said)
