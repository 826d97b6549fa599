"""Plan: the requests of a whole burst of changes, each once, in an order that loses nothing.

Scans come first, since an analysis makes sense only when a scan has seen the file, and a refresh
only when Plex has the item. Among scans, what arrived comes before what went: Plex then meets a
moved film in its new place while it still has the old one, and keeps the item.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher import paths
from matcher.change import Action, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.change import Change
    from matcher.decide import Step
    from matcher.explain import Explanation


@dataclass(frozen=True, slots=True)
class Planned:
    """One request, the changes that it serves, and the reason of the first of them."""

    action: Action
    changes: tuple[Change, ...]
    reason: str
    arrives: bool = True
    """Whether it is for something that is there now, rather than for what is gone."""


@dataclass(slots=True)
class _Draft:
    action: Action
    arrives: bool
    within: set[int] = field(default_factory=set)
    changes: dict[Change, str] = field(default_factory=dict)


def plan(explanations: Iterable[Explanation], *, absorb_scans: bool = False) -> tuple[Planned, ...]:
    """Merge what several changes ask for.

    A refresh of a show serves its seasons and episodes as well (Plex refreshes what is below an
    item with it). Whether a scan of a directory should serve the directories below it, too, is
    the caller's to say: it may be far larger than they are.
    """
    drafts: dict[Action, _Draft] = {}
    for explanation in explanations:
        for step in explanation.steps:
            _add(drafts, step, explanation)
    _absorb(drafts, _covering_refresh)
    if absorb_scans:
        _absorb(drafts, _covering_scan)
    order = list(Verb)
    ordered = sorted(drafts.values(), key=lambda d: (order.index(d.action.verb), not d.arrives))
    return tuple(
        Planned(each.action, tuple(each.changes), next(iter(each.changes.values())), each.arrives)
        for each in ordered
    )


def _add(drafts: dict[Action, _Draft], step: Step, explanation: Explanation) -> None:
    draft = drafts.setdefault(step.action, _Draft(step.action, step.arrives))
    draft.arrives |= step.arrives
    draft.within.update(step.within)
    draft.changes.setdefault(explanation.change, explanation.reason)


def _absorb(
    drafts: dict[Action, _Draft],
    covering: Callable[[dict[Action, _Draft], _Draft], _Draft | None],
) -> None:
    """Give the changes of each request that another one covers to that one."""
    for action, draft in list(drafts.items()):
        cover = covering(drafts, draft)
        if cover is not None:
            for change, reason in draft.changes.items():
                cover.changes.setdefault(change, reason)
            cover.arrives |= draft.arrives
            del drafts[action]


def _covering_refresh(drafts: dict[Action, _Draft], draft: _Draft) -> _Draft | None:
    if draft.action.verb is not Verb.REFRESH:
        return None
    section = draft.action.section
    candidates = (Action(Verb.REFRESH, section, key=key) for key in sorted(draft.within))
    return next((drafts[each] for each in candidates if each in drafts), None)


def _covering_scan(drafts: dict[Action, _Draft], draft: _Draft) -> _Draft | None:
    """Find the outermost scan that holds this one's directory."""
    directory = draft.action.path
    if draft.action.verb is not Verb.SCAN or directory is None:
        return None
    holding = [
        each
        for each in drafts.values()
        if each.action.section == draft.action.section
        and each.action.path not in {None, directory}
        and paths.is_within(directory, each.action.path or "")
    ]
    return min(
        holding, key=lambda each: len(paths.components(each.action.path or "")), default=None
    )
