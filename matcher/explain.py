"""Explain: what a change would ask of Plex, and why. The worker and the command use this same code.

change → its sides (a move has two) → Plex paths → owning sections → decisions → explanation
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from matcher import paths, reasons
from matcher.change import Happened, Kind, Verb
from matcher.decide import NO_MEMORY, Decision, Side, decide
from matcher.kinds import kind_of_names
from matcher.model import NO_MATCH, Confidence, Item, Match
from matcher.owners import owners
from matcher.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matcher.change import Action, Change
    from matcher.decide import Step
    from matcher.folders import Folder, Folders
    from matcher.library import Library
    from matcher.mapping import Mappings, PlexPath
    from matcher.model import Section
    from matcher.owners import Owner
    from matcher.recall import Memory
    from matcher.shelf import Names

_RANKS = {each: rank for rank, each in enumerate(Confidence)}


def _unknown(_path: str) -> bool | None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision rests on. Asking `library` may wait for Plex and raise PlexError.

    `exists` says of a host directory whether it is there; None where that is not known. `apart`
    says of a Plex-side path and of another spelling of it whether that is something else on the
    disk. `verbs` are those that the user lets be asked.
    """

    library: Library
    sections: tuple[Section, ...]
    mappings: Mappings
    folders: Folders
    exists: Callable[[str], bool | None] = _unknown
    verbs: frozenset[Verb] = frozenset(Verb)
    memory: Memory = NO_MEMORY
    apart: Callable[[str, str], bool] = lambda _path, _other: False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a change asks of Plex. Pure data; equal input gives an equal explanation.

    `plex_paths` are where Plex sees the path, that of a destination first. `steps` are in order:
    what is asked for what is there, before what is asked for what is gone. `waits`: a sidecar
    whose owner is not known yet, to be decided again after a scan of its folder.
    """

    change: Change
    kind: Kind
    plex_paths: tuple[str, ...]
    sections: tuple[int, ...]
    match: Match
    steps: tuple[Step, ...]
    reason: str
    waits: bool = False

    @property
    def actions(self) -> tuple[Action, ...]:
        """The requests, each once, in order."""
        return tuple(dict.fromkeys(each.action for each in self.steps))

    def as_json(self, ident: object = None) -> dict[str, Any]:
        """Return the object that `explain --json` writes; `ident` is the caller's own `id`."""
        items = [
            {"section": i.section, "key": i.key, "level": i.level.value, "title": i.title}
            for i in self.match.items
        ]
        return {
            **({} if ident is None else {"id": ident}),
            "path": self.change.path,
            "event": self.change.happened.value,
            "kind": self.kind.value,
            "plex_paths": list(self.plex_paths),
            "sections": list(self.sections),
            "match": {"confidence": self.match.confidence.value, "items": items},
            "actions": [_action_json(each) for each in self.actions],
            "reason": self.reason,
        }

    def sentence(self) -> str:
        """Return one printable line: what happened, what is asked, and why."""
        where = printable(self.change.path)
        if self.change.dest is not None:
            where += f" -> {printable(self.change.dest)}"
        asked = "; ".join(self._in_words(each) for each in self.actions) or "nothing"
        return f"{where} {self.change.happened}: {asked}. {self.reason}"

    def _in_words(self, action: Action) -> str:
        if action.verb is Verb.SCAN:
            return f"scan {printable(action.path or '')} (section {action.section})"
        titles = {each.key: each for each in self.match.items}
        item = titles.get(action.key or 0)
        name = "" if item is None else f"{item.level} “{printable(item.title, 60)}” "
        return f"{action.verb} {name}({action.key}, section {action.section})"


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a change on the host: the path, and what is true of it."""

    path: str
    happened: Happened
    folder: Folder | None
    kind: Kind
    """As far as the names below the watched folder tell; outside of all of them, those of the
    whole path."""


@dataclass(slots=True)
class _Draft:
    """What is gathered while the sides of a change are decided."""

    plex_paths: dict[str, None] = field(default_factory=dict)
    sections: dict[int, int] = field(default_factory=dict)
    """By key, the depth of the location that owns the path."""
    decisions: list[Decision] = field(default_factory=list)


def explain(change: Change, context: Context) -> Explanation:
    """Decide what a change asks of Plex. Reads the library, and raises what that raises."""
    ends = [_end(path, happened, change, context) for path, happened in _paths(change)]
    draft = _Draft()
    for end in ends:
        _decide_end(end, change, context, draft)
    kept = [each for each in draft.decisions if each.steps] or draft.decisions
    steps = sorted(
        (step for each in kept for step in each.steps if step.action.verb in context.verbs),
        key=lambda step: (list(Verb).index(step.action.verb), not step.arrives),
    )
    return Explanation(
        change,
        _kind(ends, draft.decisions),
        tuple(draft.plex_paths),
        tuple(sorted(draft.sections, key=lambda key: (-draft.sections[key], key))),
        _match(draft.decisions),
        tuple(steps),
        kept[0].reason if kept else _why_not(ends, draft),
        waits=any(each.waits for each in draft.decisions),
    )


def _paths(change: Change) -> tuple[tuple[str, Happened], ...]:
    """Return the ends of a change: where a move leads to first, then where it came from."""
    if change.dest is not None:
        return (change.dest, Happened.CREATED), (change.path, Happened.DELETED)
    return ((change.path, change.happened),)


def _end(path: str, happened: Happened, change: Change, context: Context) -> _End:
    held = context.folders.holding(path)
    size = None if happened is Happened.DELETED else change.size
    if held is None:
        kind = kind_of_names(paths.components(path), is_dir=change.is_dir, size=size)
        return _End(path, happened, None, kind)
    folder, names = held
    kind = kind_of_names(names, is_dir=change.is_dir, ignore=folder.ignore, size=size)
    return _End(path, happened, folder, kind)


def _decide_end(end: _End, change: Change, context: Context, draft: _Draft) -> None:
    """Decide for every section that owns one end of a change."""
    if end.folder is None:
        return
    for place in context.mappings.to_plex(end.path):
        found = owners(place.path, context.sections, only_titles=end.folder.libraries)
        spelled: dict[str, None] = {}
        for owner in found:
            depth = len(paths.components(owner.location))
            draft.sections[owner.section.key] = max(depth, draft.sections.get(owner.section.key, 0))
            if end.kind is not Kind.NOISE:
                side = Side(
                    end.happened,
                    change.is_dir,
                    change.size,
                    _exists(end, place, context),
                    moved=change.dest is not None,
                    apart=partial(_apart, owner, context),
                )
                decision = decide(owner, context.library, side, context.memory)
                draft.decisions.append(decision)
                spelled[decision.path] = None
        draft.plex_paths.setdefault(next(iter(spelled), place.path))


def _apart(owner: Owner, context: Context, names: Names, spelled: Names) -> bool:
    """Say whether another spelling of names below a location is something else on the disk."""
    place, other = (paths.join(owner.location, *each) for each in (names, spelled))
    return context.apart(place, other)


def _exists(end: _End, place: PlexPath, context: Context) -> Callable[[int], bool | None]:
    """Say of a path's ancestors whether they are there, up to where its mapping begins."""
    names = paths.components(end.path)
    most = len(names) - len(paths.components(place.mapping.host))

    def exists(up: int) -> bool | None:
        if up > most:
            return None
        return context.exists("/" + "/".join(names[: len(names) - up]))

    return exists


def _kind(ends: Sequence[_End], decisions: Sequence[Decision]) -> Kind:
    """Return what a change is about: its destination, unless that is noise and its source not."""
    if decisions:
        telling = [each for each in decisions if each.kind is not Kind.NOISE]
        return (telling or decisions)[0].kind
    watched = [each.kind for each in ends if each.folder is not None]
    kinds = watched or [each.kind for each in ends]
    telling_kinds = [each for each in kinds if each is not Kind.NOISE]
    return (telling_kinds or kinds)[0]


def _match(decisions: Sequence[Decision]) -> Match:
    """Join the findings of all sections: of a move, what is moved, and every item asked for."""
    gone = any(each.finding.held and not each.arrives for each in decisions)
    items: dict[Item, None] = {}
    best = Confidence.NONE
    for each in decisions:
        asked = {step.action.key for step in each.steps}
        told = each.arrives is not gone
        held = [held.item for held in each.finding.held if told or held.item.key in asked]
        items.update(dict.fromkeys(held))
        if held and _RANKS[each.finding.confidence] < _RANKS[best]:
            best = each.finding.confidence
    return Match(best, tuple(items)) if items else NO_MATCH


def _why_not(ends: Sequence[_End], draft: _Draft) -> str:
    if all(each.folder is None for each in ends):
        return reasons.UNWATCHED
    if all(each.kind is Kind.NOISE for each in ends if each.folder is not None):
        return reasons.NOISE
    return reasons.UNOWNED if draft.plex_paths else reasons.UNMAPPED


def _action_json(action: Action) -> dict[str, Any]:
    about = {"path": action.path} if action.path is not None else {"key": action.key}
    return {"action": action.verb.value, "section": action.section, **about}
