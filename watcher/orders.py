"""From a decision to orders: which requests a job needs, and what must come of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from matcher import paths
from matcher.change import MEDIA, Change, Happened, Kind, Verb
from matcher.kinds import disc_folder, kind_of
from matcher.plan import plan
from watcher.scan_order import Expectation, ScanOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matcher.explain import Explanation
    from matcher.mapping import Mappings

SIDECARS = frozenset(
    {Kind.SUBTITLE, Kind.LYRICS, Kind.ARTWORK, Kind.THEME, Kind.EXTRA, Kind.NFO},
)
MOST_FILES = 500
"""So many files of a moved directory are followed up by name; the rest comes with the same scan."""


@dataclass(slots=True)
class ItemOrder:
    """One refresh or analysis of an item, and the jobs that wait for it.

    It is asked when no scan of the same jobs in its section is left: a scan must have seen a
    replaced file before its analysis makes sense.
    """

    verb: Verb
    section: int
    key: int
    title: str
    serials: set[int] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    """Plex-side paths whose change asks for it."""
    failures: int = 0
    looks: int = 0
    """How often an analysis found its section being scanned."""
    put_off_at: float | None = None
    """When an analysis was first put off for the sake of a scan."""
    not_before: float = 0.0
    is_followed: bool = True
    """False where the follow-up of a scan looks what came of it."""
    before: str | None = None
    """The item's trace before it was asked for; None while that is not known."""
    asked_at: float | None = None
    attempts: int = 0
    """How often Plex accepted it."""
    asked_looks: int = 0
    look_at: float = 0.0
    idle_since: float | None = None
    """Since when Plex has had nothing to do, as far as the looks can tell."""
    was_working: bool = False

    def __str__(self) -> str:
        """Say what is asked for."""
        return f"{self.verb} {self.title!r}"

    def back_off(self, until: float) -> None:
        """Leave Plex alone about this until a time."""
        self.not_before = self.look_at = until


@dataclass(frozen=True, slots=True)
class Orders:
    """What a job asks of Plex."""

    scans: tuple[ScanOrder, ...]
    items: tuple[ItemOrder, ...]


def orders_of(
    explained: Iterable[tuple[Change, Explanation]], serial: int, now: float, mappings: Mappings
) -> Orders:
    """Merge what a job's changes ask for: each directory and each item once, in a good order."""
    explanations = dict(explained)
    wishes = {
        change: tuple(expectations(change, explanation, mappings))
        for change, explanation in explanations.items()
    }
    scans: list[ScanOrder] = []
    items: list[ItemOrder] = []
    for planned in plan(explanations.values()):
        action = planned.action
        if action.verb is Verb.SCAN:
            order = ScanOrder(action.section, action.path or "", now, {serial})
            mine = [wish for change in planned.changes for wish in wishes[change]]
            seen = (_within(order.directory, wish) for wish in mine)
            order.expected = {wish.file: wish for wish in seen if wish is not None}
            order.brings_files = planned.arrives
            scans.append(order)
        else:
            key = action.key or 0
            title = _title(key, (explanations[change] for change in planned.changes))
            places = {
                path for change in planned.changes for path in explanations[change].plex_paths
            }
            items.append(ItemOrder(action.verb, action.section, key, title, {serial}, places))
    return Orders(tuple(scans), tuple(items))


def _within(directory: str, wish: Expectation) -> Expectation | None:
    """Narrow a wish to what a scan of a directory can fulfil; None where that is nothing.

    Of a folder that is gone Plex is asked to scan what it knows below it, part by part.
    """
    if paths.is_within(wish.file, directory):
        return wish
    if wish.is_dir and wish.gone and paths.is_within(directory, wish.file):
        return replace(wish, file=directory)
    return None


def _title(key: int, explanations: Iterable[Explanation]) -> str:
    matched = (item for each in explanations for item in each.match.items)
    return next((item.title for item in matched if item.key == key), str(key))


def expectations(
    change: Change, explanation: Explanation, mappings: Mappings
) -> Iterator[Expectation]:
    """Say what Plex must know when it has seen the change; nothing for what shows no parts."""
    if change.is_dir:
        yield from _of_directory(change, mappings)
    elif explanation.kind in MEDIA:
        yield from _of_file(change, explanation, mappings)


def _of_file(change: Change, explanation: Explanation, mappings: Mappings) -> Iterator[Expectation]:
    here = change.dest if change.happened is Happened.MOVED else change.path
    gone = change.path if change.happened in {Happened.MOVED, Happened.DELETED} else None
    if gone is not None:
        for place in mappings.to_plex(gone):
            if not _is_elsewhere(place.path, mappings):
                yield Expectation(place.path, gone=True, host=gone)
    if here is None or change.happened is Happened.DELETED:
        return
    disc = disc_folder(here)
    for place in mappings.to_plex(disc or here):
        if disc is not None:
            yield Expectation(place.path, is_dir=True, host=disc)
        else:
            replaced = any(action.verb is Verb.ANALYZE for action in explanation.actions)
            yield Expectation(
                place.path,
                size=_size(here),
                replaced=replaced,
                host=here,
                mtime_ns=_mtime_ns(here),
            )


def _of_directory(change: Change, mappings: Mappings) -> Iterator[Expectation]:
    if change.happened in {Happened.MOVED, Happened.DELETED}:
        for place in mappings.to_plex(change.path):
            if not _is_elsewhere(place.path, mappings):
                yield Expectation(place.path, gone=True, is_dir=True, host=change.path)
    top = change.dest if change.happened is Happened.MOVED else change.path
    if top is None or change.happened is Happened.DELETED:
        return
    for file in _files_below(top, MEDIA):
        for place in mappings.to_plex(file):
            yield Expectation(place.path, size=_size(file), host=file, mtime_ns=_mtime_ns(file))


def _is_elsewhere(plex_path: str, mappings: Mappings) -> bool:
    """Whether Plex sees a path all the same: another disk of a pool has it."""
    return any(_stat(host) is not None for host in mappings.to_host(plex_path))


def as_on_disk(wish: Expectation) -> Expectation | None:
    """Let the disk have the last word on what Plex must know; None where that is nothing.

    What a scan was asked for may have been deleted, written again or put back since. Only to be
    asked while the disk is known to be there.
    """
    found = _stat(wish.host) if wish.host else None
    if wish.gone or not wish.host:
        return None if found is not None else wish
    if found is None:
        return Expectation(wish.file, gone=True, host=wish.host, is_dir=wish.is_dir)
    if wish.is_dir:
        return wish
    return replace(wish, size=found.st_size, mtime_ns=found.st_mtime_ns)


def moved_along(change: Change, explanation: Explanation) -> Iterator[Change]:
    """Name the sidecars that moved with a directory, within one section.

    Its items are the same ones after the scan, and no scan reads sidecars for an item that is
    there: Plex would go on showing them where they were.
    """
    moved = change.is_dir and change.happened is Happened.MOVED
    if moved and change.dest is not None and len(explanation.sections) == 1:
        for file in _files_below(change.dest, SIDECARS):
            yield Change(Happened.CREATED, file)


def _files_below(top: str, kinds: frozenset[Kind]) -> Iterator[str]:
    found = 0
    # A name above the moved directory says nothing of its files (a hidden folder above them all).
    above = len(paths.parent(top).rstrip("/")) + 1
    for directory, _, names in os.walk(top):
        for name in names:
            path = os.path.join(directory, name)  # noqa: PTH118 - text with surrogates
            if kind_of(path[above:], is_dir=False) in kinds and disc_folder(path) is None:
                yield path
                found += 1
            if found >= MOST_FILES:
                return


def _size(path: str) -> int | None:
    found = _stat(path)
    return None if found is None else found.st_size


def _mtime_ns(path: str) -> int | None:
    found = _stat(path)
    return None if found is None else found.st_mtime_ns


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - text with surrogates
    except (OSError, ValueError):
        return None
