"""Decide: what one path that came, changed or went asks of one section, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher import ownership, paths, scope
from matcher.actions import NEEDS, Need, Role, role_of
from matcher.change import Action, Happened, Kind, Verb
from matcher.finding import NOTHING, Finding, by_folder
from matcher.kinds import kind_of_names
from matcher.match import exact_among, living, match_folder, match_media
from matcher.model import Confidence
from matcher.reasons import OUTSIDE, reason_of
from matcher.recall import Memory, NoMemory, recalled
from matcher.shelf import Shelf, never_apart
from matcher.sidecars import match_sidecar, match_sidecar_folder, seen_by, sidecar_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.items import Held
    from matcher.library import Library
    from matcher.model import Section
    from matcher.owners import Owner
    from matcher.shelf import Names

NO_MEMORY = NoMemory()

_SURE = frozenset({Confidence.EXACT, Confidence.STEM, Confidence.FOLDER})
"""What may lead to a request about an item."""


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a change: a path that is there now (created, changed) or is not (deleted).

    `moved`: it is an end of a move.
    `exists` says of the ancestor so many levels above the path whether it is there on the disk;
    None where that is not known. `apart`: see `Shelf`.
    """

    happened: Happened
    is_dir: bool
    size: int | None
    exists: Callable[[int], bool | None]
    moved: bool = False
    apart: Callable[[Names, Names], bool] = never_apart


@dataclass(frozen=True, slots=True)
class Step:
    """One request that a change needs.

    `arrives`: for something that is there, rather than gone. `within` are the ratingKeys of the
    items that the item of a refresh or analysis is part of.
    """

    action: Action
    arrives: bool
    within: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one side of a change asks of one section.

    `path` is the Plex path, as Plex spells it where that is known. `waits`: a sidecar whose owner
    Plex does not know (yet); it is worth deciding again when a scan of its folder is done.
    """

    section: Section
    path: str
    kind: Kind
    finding: Finding
    steps: tuple[Step, ...]
    reason: str
    arrives: bool = True
    waits: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    shelf: Shelf
    names: Names
    kind: Kind
    role: Role
    happened: Happened
    memory: Memory


_Matched = tuple[Kind, Role, Finding]


def decide(owner: Owner, library: Library, side: Side, memory: Memory = NO_MEMORY) -> Decision:
    """Decide what a section is to do. Raises what the library raises."""
    shelf = Shelf(owner, library, side.apart)
    names = owner.below
    size = None if side.happened is Happened.DELETED else side.size
    kind = kind_of_names(names, is_dir=side.is_dir, size=size)
    role = role_of(kind, owner.section, names) if names else Role.NOTHING
    kind, role, finding = _MATCHERS[role](_Case(shelf, names, kind, role, side.happened, memory))
    names = shelf.as_plex_spells(names)
    steps = tuple(_steps(shelf, names, role, side, finding))
    arrives = side.happened is not Happened.DELETED
    waits = role is Role.SIDECAR and not steps
    reason = (
        OUTSIDE
        if not names
        else reason_of(role, kind, side.happened, finding, replaced=_is_replaced(finding, side))
    )
    path = paths.join(shelf.location, *names)
    return Decision(owner.section, path, kind, finding, steps, reason, arrives=arrives, waits=waits)


def _media(case: _Case) -> _Matched:
    found = recalled(
        case.shelf,
        case.names,
        case.memory,
        lambda shelf: match_media(shelf, case.names, case.happened),
    )
    return case.kind, case.role, found


def _folder(case: _Case) -> _Matched:
    return case.kind, case.role, match_folder(case.shelf, case.names)


def _sidecar_folder(case: _Case) -> _Matched:
    if living(case.shelf.below(case.names)):
        return case.kind, Role.FOLDER, match_folder(case.shelf, case.names)
    return case.kind, case.role, match_sidecar_folder(case.shelf, case.names)


def _ignore_file(case: _Case) -> _Matched:
    folder = case.names[:-1]
    return case.kind, case.role, match_folder(case.shelf, folder) if folder else NOTHING


def _match_file(case: _Case) -> _Matched:
    folder = case.names[:-1]
    known = living(case.shelf.below(folder)) if folder else ()
    return case.kind, case.role, by_folder(ownership.show_of(folder, known))


def _sidecar(case: _Case) -> _Matched:
    """Match a sidecar; what Plex has as a part is media, whatever its name says."""
    sidecar = sidecar_of(case.names, case.kind)
    if case.kind is Kind.EXTRA:
        seen = seen_by(case.shelf, sidecar)
        found = exact_among(case.shelf, seen, case.names, case.happened)
        if found.parts:
            return Kind.VIDEO, Role.MEDIA, found
    found = recalled(
        case.shelf, case.names, case.memory, lambda shelf: match_sidecar(shelf, sidecar)
    )
    return case.kind, case.role, found


def _nothing(case: _Case) -> _Matched:
    return case.kind, case.role, NOTHING


_MATCHERS: dict[Role, Callable[[_Case], _Matched]] = {
    Role.MEDIA: _media,
    Role.SIDECAR: _sidecar,
    Role.UNREAD: _sidecar,
    Role.IGNORE_FILE: _ignore_file,
    Role.MATCH_FILE: _match_file,
    Role.FOLDER: _folder,
    Role.SIDECAR_FOLDER: _sidecar_folder,
    Role.NOTHING: _nothing,
}


def _steps(shelf: Shelf, names: Names, role: Role, side: Side, finding: Finding) -> Iterable[Step]:
    arrives = side.happened is not Happened.DELETED
    for need in NEEDS[role].get(side.happened, ()):
        if need is Need.SCAN:
            directory = scope.of_arrival(names, is_dir=side.is_dir)
            yield _scan(shelf, directory, arrives=arrives)
        elif need is Need.SCAN_WHERE_IT_WAS:
            for directory in _gone(names, side, finding):
                yield _scan(shelf, directory, arrives=arrives)
        elif need is Need.REFRESH:
            yield from _about(Verb.REFRESH, finding, arrives=arrives)
        elif finding.parts and (need is Need.ANALYZE or _is_replaced(finding, side)):
            yield from _about(Verb.ANALYZE, finding, arrives=arrives)


def _gone(names: Names, side: Side, finding: Finding) -> tuple[Names, ...]:
    if not side.is_dir:
        return (scope.of_gone_file(names, side.exists),)
    film = finding.held and all(each.item.level == "movie" for each in finding.held)
    media = () if film else (each.directory() for each in finding.known)
    return scope.of_gone_directory(names, media, side.exists)


def _is_replaced(finding: Finding, side: Side) -> bool:
    """Say whether Plex has the file with another size, or something was moved over it."""
    if side.size is None:
        return side.moved and bool(finding.parts)
    return any(each.size is not None and each.size != side.size for each in finding.parts)


def _scan(shelf: Shelf, directory: Names, *, arrives: bool) -> Step:
    path = paths.join(shelf.location, *directory)
    return Step(Action(Verb.SCAN, shelf.section.key, path=path), arrives)


def _about(verb: Verb, finding: Finding, *, arrives: bool) -> Iterable[Step]:
    held: tuple[Held, ...] = finding.held if finding.confidence in _SURE else ()
    for each in held:
        action = Action(verb, each.item.section, key=each.item.key)
        yield Step(action, arrives, each.within)
