"""Discovery: which host directories are Plex's locations, by names and sizes of sampled files.

For every location a few of its files are sampled. Their paths below the location are searched
below the watched folders, and a directory under which they exist, with the sizes that Plex knows,
is the location: `walk` finds directories worth a look, `lookup` looks, `weigh` decides. What is
not certain is said and not used. A mapping that the user configured is only checked.

Every location is decided for itself: directories beside each other in Plex may be far apart on
the host. A location none of whose files are there, but of whose directories some are mounted from
elsewhere one by one, is decided by directory. Where one directory explains files of two locations
that are beside each other, `contest` says which of them it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matcher import evidence, paths
from matcher.contest import Claim, losses
from matcher.decision import (
    Decision,
    Spot,
    decide,
    explained,
    finding,
    joined,
    kept,
    reduced,
    shown,
)
from matcher.findings import Findings, Verdict, fingerprint
from matcher.lookup import Lookup
from matcher.mapping import Mappings, Source
from matcher.places import places, targets
from matcher.walk import Limits, Walk, Wanted
from matcher.weigh import NOTHING, Candidate, Group, are_rivals, grouped, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matcher.contest import Loss
    from matcher.findings import Finding
    from matcher.lookup import Sample
    from matcher.mapping import Mapping
    from matcher.model import Part, Section
    from matcher.places import Place, Target
    from matcher.tree import Tree
    from matcher.weigh import Look, Weighed

_PROVING_BYTES = 1_000_000
_PROVING_NAME = 10
"""What makes one file a proof by its size and path: a directory, many bytes, or a long name."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that discovery depends on but the tree.

    `parts` are sampled leaf parts of every section. `folders` are the watched host directories,
    normalised. `configured` are the user's own mappings. `machine` says which server it is. `kept`
    are findings of before that are certain, under the same fingerprint.
    """

    sections: tuple[Section, ...]
    parts: tuple[Part, ...]
    folders: tuple[str, ...]
    configured: tuple[Mapping, ...] = ()
    machine: str = ""
    kept: tuple[Finding, ...] = ()

    def fingerprint(self) -> str:
        """Return what findings are kept under: the sampled parts have no part in it."""
        return fingerprint(self.sections, self.folders, self.configured, self.machine)


def discover(
    question: Question,
    tree: Tree,
    limits: Limits | None = None,
    has: Callable[[str, frozenset[int]], bool] = lambda _file, _sections: False,
) -> Findings:
    """Find the mapping of every location. Blocks while it reads names and sizes from the tree.

    `has` is asked in doubt, whether Plex lists a file in one of these sections, by its Plex path.
    """
    return _Discovery(question, tree, limits or Limits(), has).findings()


class _Discovery:
    """One run: the search, then one decision a place."""

    def __init__(
        self,
        question: Question,
        tree: Tree,
        limits: Limits,
        has: Callable[[str, frozenset[int]], bool],
    ) -> None:
        self.question = question
        self.has = has
        self.listed = frozenset(each.file for each in question.parts if not each.deleted)
        self.types = {each.key: each.type for each in question.sections}
        self.kept = {(each.section, each.location): each for each in question.kept}
        self.lost: dict[Place, list[Loss]] = {}
        self.places = places(question.sections, question.parts, limits.parts)
        self.targets = targets(self.places)
        self.walk = Walk(tree, _wanted(self.places, self.targets), limits)
        self.lookup = Lookup(tree, limits)

    def findings(self) -> Findings:
        """Search near, then as far as there are doubts; then put the decisions together."""
        decisions = self._search()
        found = [
            finding(key, location, decision)
            for place, decision in zip(self.places, decisions, strict=True)
            for key, location in place.claims
        ]
        ordered = sorted(found, key=lambda each: (each.section, each.location))
        return Findings(tuple(ordered), self.question.fingerprint())

    def _search(self) -> list[Decision]:
        self.walk.near(self.question.folders)
        decisions = [self._decide(place) for place in self.places]
        if not all(each.is_clear for each in decisions):
            self.walk.far()
            decisions = [self._decide(place) for place in self.places]
        if any(each.verdict is Verdict.UNSUPPORTED for each in decisions):
            self.walk.inside()
            decisions = [self._decide(place) for place in self.places]
        return self._settled(decisions)

    def _settled(self, decisions: list[Decision]) -> list[Decision]:
        """Decide again, without what another location has the better claim to, until none has."""
        for _ in self.places:
            claims = [*self._claims(decisions), *self._claims_by_path(decisions)]
            lost = tuple(losses(claims, self._types, self._has))
            if not lost:
                break
            for each in lost:
                self.lost.setdefault(each.claim.place, []).append(each)
            concerned = {each.claim.place for each in lost}
            decisions = [
                reduced(self._decide(place), self.lost[place]) if place in concerned else decision
                for place, decision in zip(self.places, decisions, strict=True)
            ]
        return decisions

    def _claims(self, decisions: Sequence[Decision]) -> Iterator[Claim]:
        for place, decision in zip(self.places, decisions, strict=True):
            is_kept = self._kept(place) is not None
            for group in decision.groups:
                yield Claim(place, group, self._marks(group), is_kept)

    def _claims_by_path(self, decisions: Sequence[Decision]) -> Iterator[Claim]:
        """Yield the watched directories of places without files, if equal paths mean the same."""
        if not any(
            place.location in group.hosts
            for place, decision in zip(self.places, decisions, strict=True)
            for group in decision.groups
        ):
            return
        for place in self.places:
            if not place.samples and place.location in self.question.folders:
                group = Group((place.location,), (), frozenset(), frozenset(), frozenset())
                yield Claim(place, group, self._marks(group))

    def _marks(self, group: Group) -> frozenset[tuple[object, ...]]:
        return frozenset().union(*map(self.lookup.marks, group.hosts))

    def _kept(self, place: Place) -> Finding | None:
        """Return what was certain of a place before, whichever section asks."""
        return next((self.kept[claim] for claim in place.claims if claim in self.kept), None)

    def _types(self, place: Place) -> frozenset[str]:
        return frozenset(self.types[key] for key, _ in place.claims)

    def _has(self, place: Place, below: tuple[str, ...]) -> bool:
        file = paths.join(place.location, *below)
        return file in self.listed or self.has(file, frozenset(key for key, _ in place.claims))

    def _decide(self, place: Place) -> Decision:
        own = [each for each in self.question.configured if _speaks_for(each, place)]
        if own:
            return self._decide_configured(place, own)
        before = self._kept(place)
        if before is not None:
            found = [self.lookup.candidate(host, place.samples) for host in before.hosts]
            return kept(before, grouped(found))
        if not place.samples:
            said = evidence.nothing(self._guesses(place))
            return Decision(Verdict.NO_EVIDENCE, said, is_clear=True)
        return self._decide_levels(place, frozenset(), ())

    def _decide_levels(
        self, place: Place, known: frozenset[str], fixed: Sequence[Group]
    ) -> Decision:
        """Decide a place and, for what it leaves unexplained, the directories in it.

        Args:
            place: A place with samples.
            known: Plex paths of sampled files that are explained already.
            fixed: What the user configured: its rivals are out.
        """
        top, *inner = (each for each in self.targets if each.place is place)
        weighed = self._weighed(top, top.samples, fixed)
        was_cut = self.walk.was_cut or self.lookup.was_cut
        decision = decide(top, top.samples, weighed, was_cut=was_cut)
        known |= explained(top.samples, weighed.certain)
        for target in inner:
            left = tuple(each for each in target.samples if each.file not in known)
            if len(left) < 2 or decision.verdict is Verdict.AMBIGUOUS:
                continue
            weighed = self._weighed(target, left, ())
            if weighed.by_size and (weighed.certain or weighed.draws):
                known |= explained(left, weighed.certain)
                decision = joined(decision, target, decide(target, left, weighed, was_cut=False))
        return decision

    def _weighed(
        self, target: Target, samples: Sequence[Sample], fixed: Sequence[Group]
    ) -> Weighed:
        found = [self.lookup.candidate(base, samples) for base in self._bases(target)]
        lost = [each.claim.group for each in self.lost.get(target.place, ())]
        # What is in a directory that is another place, or a copy of it, is not this one.
        fixed = fixed if target.below else (*fixed, *lost)
        out = {each.host for each in found if _is_within_any(each.host, lost)}
        out.update(
            host
            for group in grouped(found)
            if any(are_rivals(group, each) for each in fixed)
            for host in group.hosts
        )
        proofs = [_is_proof(each) for each in samples]
        left = [each for each in found if each.host not in out]
        is_watched = target.path in self.question.folders
        return weigh(left, proofs, target.path, is_watched=is_watched)

    def _bases(self, target: Target) -> tuple[str, ...]:
        """Return the host directories that may be the target, each once."""
        found = (
            *self.walk.bases(target.number),
            *_above(self.question.folders, target.samples),
            *self._implied(target),
            *_identical(self.question.folders, target),
        )
        return tuple(each for each in dict.fromkeys(found) if not self._is_configured(each))

    def _implied(self, target: Target) -> Iterator[str]:
        """Return where a target would be if a place that holds it were where it may be."""
        for outer in self.targets:
            below = paths.relative(target.path, outer.path)
            if not below or outer.below:
                continue
            for base in self.walk.bases(outer.number):
                spelled = self.lookup.spelled(base, below)
                if spelled is not None:
                    yield paths.join(base, *spelled)

    def _is_configured(self, host: str) -> bool:
        return any(paths.is_within(host, each.host) for each in self.question.configured)

    def _guesses(self, place: Place) -> tuple[str, ...]:
        named = self.walk.named(paths.name(place.location))
        return tuple(each for each in named if not self._is_configured(each))

    def _decide_configured(self, place: Place, own: Sequence[Mapping]) -> Decision:
        """Check the user's mappings, and look for further disks that hold other files."""
        groups = grouped([self._configured_candidate(place, each) for each in own])
        spots = tuple(_configured_spot(place, each) for each in own)
        said = evidence.configured(groups, len(place.samples))
        known = explained(place.samples, groups)
        is_clear = len(known) == len(place.samples)
        decision = Decision(Verdict.FOUND, said, spots, shown(place.samples, groups), is_clear)
        if is_clear:
            return decision
        more = self._decide_levels(place, known, groups)
        if not more.spots:
            return decision
        said, spots = f"{said}; {more.said}", (*spots, *more.spots)
        return replace(decision, said=said, spots=spots, groups=more.groups)

    def _configured_candidate(self, place: Place, mapping: Mapping) -> Candidate:
        only = Mappings((mapping,))
        looks = tuple(self._configured_look(only, each) for each in place.samples)
        return Candidate(mapping.host, looks, frozenset({("path", mapping.host)}))

    def _configured_look(self, only: Mappings, sample: Sample) -> Look:
        for host in only.to_host(sample.file):
            return self.lookup.look("/", replace(sample, below=paths.components(host)))
        return NOTHING


def _is_within_any(host: str, groups: Sequence[Group]) -> bool:
    return any(paths.is_within(host, each) for group in groups for each in group.hosts)


def _is_proof(sample: Sample) -> bool:
    is_large = (sample.size or 0) >= _PROVING_BYTES
    return len(sample.below) > 1 or is_large or len(sample.below[0]) >= _PROVING_NAME


def _speaks_for(mapping: Mapping, place: Place) -> bool:
    """Say whether a user's mapping is for a place, or for a directory in it."""
    location = place.location
    return paths.is_within(location, mapping.plex) or paths.is_within(mapping.plex, location)


def _configured_spot(place: Place, mapping: Mapping) -> Spot:
    inner = paths.relative(mapping.plex, place.location)
    if inner is not None:
        return Spot(mapping.host, inner, Source.CONFIG)
    outer = paths.relative(place.location, mapping.plex) or ()
    return Spot(paths.join(mapping.host, *outer), (), Source.CONFIG)


def _wanted(found: Sequence[Place], wanted: Sequence[Target]) -> Wanted:
    names: dict[str, set[int]] = {}
    full: dict[int, int] = {}
    for target in wanted:
        first = target.first_names()
        for name in first:
            names.setdefault(name, set()).add(target.number)
        if len(first) > 2 and not target.below:
            full[target.number] = 3 if len(first) > 5 else 2
    tails = frozenset(paths.caseless(paths.name(each.location)) for each in found)
    return Wanted({name: frozenset(each) for name, each in names.items()}, tails, full)


def _above(folders: Sequence[str], samples: Sequence[Sample]) -> Iterator[str]:
    """Return the directories above a watched folder whose last names a sampled path begins with.

    Such a folder lies below the location: only some of a library is watched.
    """
    for folder in folders:
        names = paths.components(folder)
        forms = tuple(map(paths.caseless, names))
        for count in range(1, len(names) + 1):
            tail = forms[-count:]
            if any(_begins(each.below, tail) for each in samples):
                yield "/" + "/".join(names[:-count])


def _begins(below: tuple[str, ...], tail: tuple[str, ...]) -> bool:
    head = below[: len(tail)]
    return len(below) > len(tail) and tuple(map(paths.caseless, head)) == tail


def _identical(folders: Sequence[str], target: Target) -> Iterator[str]:
    """Return the target's own path if it could be one of the host that is watched."""
    if paths.flavor_of(target.path) is paths.Flavor.POSIX:
        path = paths.normalise(target.path)
        if any(paths.is_within(path, f) or paths.is_within(f, path) for f in folders):
            yield path
