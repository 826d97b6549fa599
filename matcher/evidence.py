"""The sentences in which discovery says what it saw, for people, with figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.contest import Loss
    from matcher.weigh import Group

_SHOWN = 3


def found(groups: Sequence[Group], count: int, copies: Sequence[Group]) -> str:
    """Say what each directory holds of `count` sampled files, and what was left aside."""
    if len(groups) == 1:
        said = f"{_holds(groups[0], count)}{_also(groups[0])}"
    else:
        said = "; ".join(f"{g.hosts[0]}{_also(g)}: {_holds(g, count)}" for g in groups)
    for each in copies[:_SHOWN]:
        said += f"; {each.hosts[0]} was left aside: {_holds(each, count)}"
    return said


def lost(loss: Loss) -> str:
    """Say that a directory that holds some of a place's files was taken for another place."""
    claim, other = loss.claim, loss.other.place.location
    held = f"{claim.group.hosts[0]} was left aside: {_holds(claim.group, len(claim.place.samples))}"
    if loss.is_draw:
        return f"{held}, but it may as well be {other}: set plex_path for the right one"
    return f"{held}, but it is {other}: set plex_path if it is both"


def configured(groups: Sequence[Group], count: int) -> str:
    """Say how well the user's own mapping does."""
    if not count:
        return "set in the configuration; the library has no files to check it with"
    if not any(each.exists for each in groups):
        return f"set in the configuration, but none of {count} sampled files exists there"
    return f"set in the configuration; {found(groups, count, ())}"


def ambiguous(draws: Sequence[Group], certain: Sequence[Group], count: int) -> str:
    """Say what there is to choose from, and who has to."""
    names = " and ".join(each.hosts[0] for each in draws)
    said = (
        f"{names} hold the same files ({_holds(draws[0], count)}): set plex_path for the right one"
    )
    return f"{said}; {found(certain, count, ())} is certain" if certain else said


def unsupported(weak: Sequence[Group], count: int, *, was_cut: bool) -> str:
    """Say that nothing explains the sampled files, and what came nearest."""
    said = f"none of {count} sampled files was found below the watched folders"
    if weak:
        said = f"too little: at best {weak[0].hosts[0]}, where {_holds(weak[0], count)}"
    return f"{said} (the search was cut short by its limits)" if was_cut else said


def nothing(guesses: Sequence[str]) -> str:
    """Say that there are no files to compare, and which directories bear the same name."""
    said = "the location has no files to compare yet"
    if not guesses:
        return said
    names = " or ".join(guesses[:_SHOWN])
    return f"{said}; {names} may be it by name: set plex_path there if it is"


def _holds(group: Group, count: int) -> str:
    exists, same = len(group.exists), len(group.same)
    verb = "exists" if exists == 1 else "exist"
    sizes = "none" if not same else str(same)
    return f"{exists} of {count} sampled files {verb} there, {sizes} with the same size"


def _also(group: Group) -> str:
    others = ", ".join(group.hosts[1 : 1 + _SHOWN])
    return f" (the same directory as {others})" if others else ""
