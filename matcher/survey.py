"""The survey: samples a library's files and has discovery find the mapping, asking again if unsure.

One small request a section is enough where all is clear. A draw is played again with ten times
the sample: a backup that is only nearly equal shows then. For a location that nothing explained,
or that no sampled file was in, the section is read through once, page by page, for files whose
folders bear names that stand in the watched folders: a watched folder may hold one show of a
thousand. And where one directory explains files of two locations, single files are asked for.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from matcher import paths
from matcher.discover import Question, discover
from matcher.errors import PlexError, PlexNonsense, PlexUnavailable
from matcher.findings import Findings, Verdict
from matcher.walk import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matcher.findings import Finding
    from matcher.library import Library
    from matcher.mapping import Mapping
    from matcher.model import Part, Section
    from matcher.tree import Tree

_AGAIN = 10
_KEPT = 1000
"""The most parts that are kept of one location while a section is read through."""
_NEAR_DIRECTORIES = 300
_NEAR_DEPTH = 2
_LEADING = 3
_OPEN = frozenset({Verdict.UNSUPPORTED, Verdict.NO_EVIDENCE})


@dataclass(frozen=True, slots=True)
class Ground:
    """Where to look: the tree, the watched folders (normalised), the user's own mappings.

    `kept` are findings of before that are certain, under the fingerprint of now.
    """

    tree: Tree
    folders: tuple[str, ...]
    configured: tuple[Mapping, ...] = ()
    limits: Limits = field(default_factory=Limits)
    kept: tuple[Finding, ...] = ()


def survey(library: Library, ground: Ground) -> Findings:
    """Find the mapping of every location of a library.

    Blocks while Plex answers and the tree is read, seconds as a rule and minutes on a large and
    slow tree. Raises as Library does, but a library that cannot be read, among others that can, is
    one without evidence.
    """
    machine = library.server().machine
    sections = library.sections()
    parts = _sampled(library, sections, ground.limits.parts)
    question = Question(sections, parts, ground.folders, ground.configured, machine, ground.kept)
    has = _has(library, sections)
    findings = discover(question, ground.tree, ground.limits, has)
    found_more = _read_through(library, question, findings, ground)
    if found_more is not None:
        question = found_more
        findings = discover(question, ground.tree, ground.limits, has)
    drawn = _sections(question, findings, frozenset({Verdict.AMBIGUOUS}))
    if not drawn:
        return findings
    count = ground.limits.parts * _AGAIN
    more = (*question.parts, *_sampled(library, drawn, count))
    limits = replace(ground.limits, parts=count)
    return discover(replace(question, parts=more), ground.tree, limits, has)


def _has(library: Library, sections: Sequence[Section]) -> Callable[[str, frozenset[int]], bool]:
    """Return how to ask whether a library lists a file; one that cannot be read lists none."""

    def has(file: str, keys: frozenset[int]) -> bool:
        for section in sections:
            with suppress(PlexUnavailable, PlexNonsense):
                if section.key in keys and any(
                    paths.relative(part.file, file) == () and not part.deleted
                    for part in library.parts_containing(section, file)
                ):
                    return True
        return False

    return has


def _sampled(library: Library, sections: Sequence[Section], count: int) -> tuple[Part, ...]:
    found: list[Part] = []
    failed: list[PlexError] = []
    for section in sections:
        try:
            found += library.sample_parts(section, count * max(1, len(section.locations)))
        except (PlexUnavailable, PlexNonsense) as error:
            failed.append(error)
    if failed and len(failed) == len(sections):
        raise failed[0]
    return tuple(found)


def _sections(
    question: Question, findings: Findings, verdicts: frozenset[Verdict]
) -> tuple[Section, ...]:
    keys = {each.section for each in findings.findings if each.verdict in verdicts}
    return tuple(each for each in question.sections if each.key in keys)


def _read_through(
    library: Library, question: Question, findings: Findings, ground: Ground
) -> Question | None:
    """Return the question with better samples for open locations, or None if there are none."""
    near = _near(ground)
    fresh: dict[str, list[Part]] = {}
    for section in _sections(question, findings, _OPEN):
        open_ = {
            each.location: each.verdict is Verdict.NO_EVIDENCE
            for each in findings.findings
            if each.section == section.key and each.verdict in _OPEN
        }
        with suppress(PlexUnavailable, PlexNonsense):
            for part in library.all_parts(section):
                for location in _wanting(part, open_, near):
                    kept = fresh.setdefault(location, [])
                    if len(kept) < _KEPT:
                        kept.append(part)
    if not fresh:
        return None
    locations = [each.location for each in findings.findings]
    old = [each for each in question.parts if _home(each, locations) not in fresh]
    return replace(question, parts=(*old, *(part for kept in fresh.values() for part in kept)))


def _wanting(part: Part, open_: dict[str, bool], near: frozenset[str]) -> Iterator[str]:
    """Return the open locations that a part speaks for; `open_` says if any part will do."""
    for location, is_any in open_.items():
        below = paths.relative(part.file, location)
        if below and (is_any or not near.isdisjoint(map(paths.caseless, below[:_LEADING]))):
            yield location


def _home(part: Part, locations: Sequence[str]) -> str | None:
    """Return the longest location that holds a part."""
    holding = [each for each in locations if paths.is_within(part.file, each)]
    return max(holding, key=lambda each: len(paths.components(each)), default=None)


def _near(ground: Ground) -> frozenset[str]:
    """Collect the names in and just below the watched folders, and their own, without case."""
    names: set[str] = set()
    level: list[str] = sorted(ground.folders)
    for folder in level:
        names.update(paths.components(folder)[-_LEADING:])
    budget = _NEAR_DIRECTORIES
    for _ in range(_NEAR_DEPTH):
        following: list[str] = []
        for directory in islice(level, budget):
            for entry in ground.tree.entries(directory) or ():
                names.add(entry.name)
                if entry.is_directory:
                    following.append(paths.join(directory, entry.name))
        budget = max(0, budget - len(level))
        level = sorted(following)
    return frozenset(map(paths.caseless, names))
