"""The state of a folder, as people are told of it: method, reason, counts, problem."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from watcher import limits
from watcher.folders import FolderState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watcher.folders import WatchedFolder
    from watcher.ground_watch import GroundWatch
    from watcher.tree import Branch


_NAMED = 3
"""So many absent parts of a folder are named."""

NOT_YET = "nobody could look at it yet"


def state_of(
    folder: WatchedFolder, watches: Iterable[GroundWatch], linked: GroundWatch | None = None
) -> FolderState:
    """Describe how a folder is watched at this moment. Called in any thread.

    `linked` watches what the links in folders lead to, which counts as a part of the folder.
    """
    for watch in watches:
        owner = next((owner for twin, owner in watch.ground.same if twin is folder), folder)
        is_same = owner is not folder
        if owner is watch.ground.folder or any(owner is one for _, one in watch.ground.nested):
            state = _in(watch, owner, folder.path, linked)
            return state if not is_same else _as_twin(state, owner)
    return FolderState(folder.path, "absent", "not watched yet", 0, 0, 0, None)


def doubted(watches: Iterable[GroundWatch]) -> tuple[str, ...]:
    """List the host directories that are absent or not believed to be what is known of them.

    What is missing below them was not deleted as far as anybody can tell. Called in any thread.
    """
    return _tops(watches, lambda branch: branch.attached is None or branch.distrust is not None)


def absent(watches: Iterable[GroundWatch]) -> tuple[str, ...]:
    """List the host directories that are not there, or empty where they were not.

    Nothing can be said of what is below them. Called in any thread.
    """
    return _tops(watches, lambda branch: branch.attached is None or branch.is_vacant)


def dead(watches: Iterable[GroundWatch]) -> tuple[str, ...]:
    """List the links whose target is not there although its disk is, as far as anybody can tell.

    Somebody deleted or renamed it, and nobody may ever care about the link. Each is absent as well.
    Called in any thread.
    """
    return _tops(watches, _is_dead)


def _is_dead(branch: Branch) -> bool:
    return branch.attached is None and not branch.is_away


def _tops(watches: Iterable[GroundWatch], fits: Callable[[Branch], bool]) -> tuple[str, ...]:
    found: list[str] = []
    for watch in watches:
        tree = watch.scene.tree
        for branch in list(tree.branches):
            path = tree.path(branch.top)
            if path is None or not fits(branch):
                continue
            found += [os.fsdecode(name) or "/" for name in watch.scene.teller.names(path)]
            if branch.is_folder:
                found += [twin.path for twin, owner in watch.ground.same if owner is branch.owner]
    return tuple(found)


def _as_twin(state: FolderState, owner: WatchedFolder) -> FolderState:
    return FolderState(
        state.path,
        state.method,
        f"the same directory as {owner.path}, by whose name its changes go",
        state.directories,
        state.watches,
        state.polled,
        state.problem,
    )


def _in(
    watch: GroundWatch, folder: WatchedFolder, path: str, linked: GroundWatch | None
) -> FolderState:
    branches = list(watch.scene.tree.branches)
    own = next((one for one in branches if one.is_folder and one.owner is folder), None)
    if own is None or own.attached is None or own.is_vacant:
        nowhere = "it does not exist" if watch.ready.is_set() else NOT_YET
        why = nowhere if own is None else own.distrust or own.absence
        return FolderState(path, "absent", why or "it does not exist", 0, 0, 0, why or None)
    inside = [one for one in branches if _is_inside(one, own)]
    if linked is not None:
        tops = list(linked.scene.tree.branches)
        owners = [one.owner for one in inside]
        inside += [one for one in tops if any(one.owner is owner for owner in owners)]
    return FolderState(
        path=path,
        method="polling" if own.verdict.polls else "inotify",
        reason=own.verdict.reason,
        directories=sum(one.directories for one in inside if one.attached is not None),
        watches=sum(one.watches for one in inside),
        polled=sum(
            one.directories if one.verdict.polls else one.refused
            for one in inside
            if one.attached is not None
        ),
        problem=_problem(inside, deaf=watch.scene.notifier is None),
    )


def _is_inside(branch: Branch, outer: Branch) -> bool:
    each: Branch | None = branch
    while each is not None and each is not outer:
        each = each.outer
    return each is outer


def _problem(inside: list[Branch], *, deaf: bool) -> str | None:
    """Say what is wrong; `deaf`: the kernel grants no instance, another limit than its watches."""
    problems = [one.distrust for one in inside if one.distrust]
    absent = [one.absence for one in inside if not one.attached and not _is_dead(one)]
    problems += [f"a part of it is absent: {why}" for why in absent[:_NAMED]]
    if len(absent) > _NAMED:
        problems.append(f"and {len(absent) - _NAMED} further parts of it")
    refused = sum(one.refused for one in inside)
    if refused:
        needed, granted = sum(one.directories for one in inside), limits.read()
        cure = limits.cure_of_instances(granted) if deaf else limits.cure(needed, granted)
        problems.append(
            f"{refused} of {needed} directories have no watch: the kernel's limit is reached; "
            f"raise it with {cure}"
        )
    shut = sum(one.shut for one in inside)
    if shut:
        problems.append(f"{shut} directories cannot be read")
    return "; ".join(problems) or None
