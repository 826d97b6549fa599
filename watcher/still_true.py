"""What is still true of a job's changes when it is planned: the disk has the last word.

A job may wait for a second or for days, and what it speaks of goes on meanwhile: a file that
arrived is deleted again, one that was gone is back, a disk is taken away. What a change says and
what the disk shows lead to what is planned:

    change             the disk shows      planned
    created, changed   it is there         as it is, with the size of now
    created, changed   it is gone          lost: deleted after a while, if that is believed there;
                                           else it waits
    deleted            it is gone          as it is, if deletions are believed there; else it waits;
                                           lost, if the directory around it is gone as well
    deleted            it is there         nothing: whatever came has news of its own
    deleted            nobody can tell     it waits
    moved              at its new place    as it is, with the size of now
    moved              at both places      changed at the new one: the old one has news of its own
    moved              at the old place    lost at the new one, if believed; else it waits
    moved              at neither place    lost at both, if believed; else it waits

What is found to be lost may have moved on, and nobody has told yet where to: it waits like any
other deletion, so that Plex sees it in its new place first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from matcher.change import Change, Happened
from matcher.paths import parent
from watcher.completeness import UNREADABLE, look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watcher.completeness import Seen


@dataclass(slots=True)
class StillTrue:
    """What is to be planned now, and what is not.

    `lost` are deletions that nobody has told, to be planned after a while; `waiting` are not
    believed now, and stay as they were.
    """

    changes: list[Change] = field(default_factory=list)
    lost: list[Change] = field(default_factory=list)
    waiting: list[Change] = field(default_factory=list)

    def and_what_went_with_it(self) -> list[Change]:
        """Take out what is lost, and all other deletions if there is any: they may be one move."""
        if self.lost:
            gone = [each for each in self.changes if each.happened is Happened.DELETED]
            self.changes = [each for each in self.changes if each not in gone]
            self.lost += gone
        return self.lost


def still_true(
    changes: Iterable[Change],
    believe: Callable[[str], str | None],
    probe: Callable[[str], Seen | None] = look,
) -> StillTrue:
    """Compare changes with the disk.

    `believe` says why the deletion of a host path must not be believed now, or None. `probe` looks
    at a host path; None only for what is certainly not there.
    """
    result = StillTrue()
    for change in changes:
        found = _found(change, probe)
        if found is None or any(
            each.happened is Happened.DELETED and believe(each.path) is not None for each in found
        ):
            result.waiting.append(change)
        else:
            for each in found:
                is_lost = each.happened is Happened.DELETED and _is_news(each, change, probe)
                (result.lost if is_lost else result.changes).append(each)
    return result


def _is_news(found: Change, told: Change, probe: Callable[[str], Seen | None]) -> bool:
    """Whether nobody has told of a deletion, or more is gone than was told."""
    return told.happened is not Happened.DELETED or probe(parent(found.path)) is None


def _found(change: Change, probe: Callable[[str], Seen | None]) -> tuple[Change, ...] | None:
    """Say what a change is by now, if the disk is to be believed; None where it cannot tell."""
    here = change.path if change.dest is None else change.dest
    seen = _see(here, change, probe)
    if change.happened is Happened.DELETED:
        if seen == UNREADABLE:
            return None
        return (change,) if seen is None else ()
    left = change.dest is not None and _see(change.path, change, probe) is None
    if seen is None:
        gone = (here, change.path) if left else (here,)
        return tuple(Change(Happened.DELETED, path, is_dir=change.is_dir) for path in gone)
    if change.is_dir:
        return (change,)
    size = seen.size if seen.size >= 0 else change.size
    if change.dest is not None and not left:
        return (Change(Happened.CHANGED, here, size=size),)
    return (replace(change, size=size),)


def _see(path: str, change: Change, probe: Callable[[str], Seen | None]) -> Seen | None:
    """Look at a path; what is of another kind than was said is not what was spoken of."""
    seen = probe(path)
    return seen if seen is not None and seen.may_be(is_dir=change.is_dir) else None
