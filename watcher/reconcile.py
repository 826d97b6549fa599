"""Reconcile: walk the watched folders, compare with what Plex has, and make changes of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from cache.memory import MemoryStore
from matcher import paths
from matcher.change import Kind
from matcher.errors import PlexError, PlexNonsense, PlexUnavailable
from matcher.kinds import disc_folder, kind_of_names
from watcher.compare import Difference, DiskFile, Known, compare, living
from watcher.completeness import look
from watcher.directories import around
from watcher.refused import GONE
from watcher.settle import Settled
from watcher.spelled_alike import SpelledAlike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from matcher.change import Change
    from matcher.folders import Folders
    from matcher.library import Library
    from matcher.mapping import Mappings
    from matcher.model import Section
    from matcher.shelf import Names

MEDIA = {"movie": Kind.VIDEO, "show": Kind.VIDEO, "artist": Kind.AUDIO}
"""What counts in a section of each type."""
_Place: TypeAlias = tuple[int, int]
"""Which directory it is, whatever its name: (st_dev, st_ino)."""
SHARE = 0.5
FEW = 50
"""More than this share, and more than a few, of a location's files gone is not believed."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a comparison rests on.

    `refused`: see `compare`. `may_delete` says why a deletion of a host path must not be
    believed, or None. `believe_all`: a person has confirmed a mass deletion. `doubted`: host
    directories that are absent, or another disk's; what is missing below them was not deleted.
    `answers` says whether the file system of a host path answers now; one that does not is left
    out, and nothing below it was deleted. `is_strange` says whether nobody remembers what was in a
    host directory: if nothing is left of what Plex has in one, nobody can tell whose it is.
    `goes_on` is asked at each directory and each missing file: a comparison that must not go on
    raises PlexUnavailable. `alike` remembers in which locations Plex spells names as the disk does.
    """

    library: Library
    sections: tuple[Section, ...]
    mappings: Mappings
    folders: Folders
    refused: Mapping[str, tuple[int, int]]
    may_delete: Callable[[str], str | None]
    believe_all: bool = False
    doubted: tuple[str, ...] = ()
    answers: Callable[[str], bool] = lambda _path: True
    is_strange: Callable[[str], bool] = lambda _top: False
    goes_on: Callable[[], bool] = lambda: True
    alike: SpelledAlike = field(default_factory=lambda: SpelledAlike(MemoryStore()))

    def check(self) -> None:
        """Raise PlexUnavailable where nobody waits for the comparison any more."""
        if not self.goes_on():
            raise PlexUnavailable("the comparison was broken off")

    def asking_again(self) -> Ground:
        """Leave nothing alone that is gone from the disk: what kept it in Plex may be over."""
        refused = {file: looks for file, looks in self.refused.items() if looks != GONE}
        return replace(self, refused=refused)


@dataclass(frozen=True, slots=True)
class Place:
    """The outcome for one location: what differs, and why deletions in it are not believed.

    `spared` are the host paths that are missing, but below a directory that is doubted (or a link
    that leads nowhere), by that: they are no part of the difference.
    """

    section: Section
    location: str
    hosts: tuple[str, ...]
    difference: Difference
    held: str | None
    spared: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def changes(self) -> tuple[Change, ...]:
        """What is to be asked for."""
        found = self.difference
        gone = () if self.held is not None else found.gone
        return (*found.missing, *found.replaced, *gone)


def reconcile(ground: Ground, only: str | None, progress: Callable[[str], None]) -> Iterator[Place]:
    """Compare every location that lies in a watched folder (or in `only`, a host directory).

    Reads each section once, page by page. Raises PlexError; where only some sections cannot be
    read, or some file systems do not answer, after the others were compared.
    """
    trouble: PlexError | None = None
    for section in ground.sections:
        kind = MEDIA.get(section.type)
        located = [
            (location, tops)
            for location in section.locations
            if (tops := _tops(location, section, ground, only))
        ]
        if kind is None or not located:
            continue
        progress(f"reading {section.title} from Plex")
        try:
            known = _by_location(living(ground.library.all_parts(section)), section.locations)
        except (PlexUnavailable, PlexNonsense) as error:
            trouble = error
            continue
        for location, tops in located:
            progress(f"walking {', '.join(tops)}")
            silent: list[str] = []
            its = known.get(location, [])
            yield _compare(section, location, tops, its, ground, silent)
            if silent:
                trouble = PlexUnavailable(f"the file system of {silent[0]} does not answer")
    if trouble is not None:
        raise trouble


def _compare(
    section: Section,
    location: str,
    tops: tuple[str, ...],
    known: list[Known],
    ground: Ground,
    silent: list[str],
) -> Place:
    """Compare one location with the host directories that it is, or that lie in it.

    Those that do not answer are added to `silent`.
    """
    kind = MEDIA[section.type]
    on_disk = (file for top in tops for file in _files(top, location, kind, ground, silent))
    spared: dict[str, list[str]] = {}

    def gone_from(plex: str) -> str | None:
        ground.check()
        hosts = ground.mappings.to_host(plex)
        if not all(ground.answers(host) for host in hosts):
            return None
        if any(map(_may_be_there, hosts)):
            return None  # it is there, or nobody may look
        watched = [h for h in hosts if any(paths.is_within(h, top) for top in tops)]
        for host in watched:
            doubted = _doubted_around(host, ground)
            if doubted is not None:
                spared.setdefault(doubted, []).append(host)
                return None
        return next(iter(watched), None)

    refused = {f: looks for f, looks in ground.refused.items() if paths.is_within(f, location)}
    alike = ground.alike.holds(location)
    difference = compare(on_disk, known, gone_from, refused, spelled_alike=alike)
    if difference.spelled_alike:
        ground.alike.note(location)
    held = _held(tops, difference, ground)
    return Place(section, location, tops, difference, held, spared)


def _may_be_there(host: str) -> bool:
    """Whether a file may be there; a directory that has its name is another thing."""
    seen = look(host)
    return seen is not None and seen.may_be(is_dir=False)


def _doubted_around(host: str, ground: Ground) -> str | None:
    """Name the doubted directory that holds a missing path, or the link to what is not there."""
    for top in ground.doubted:
        if paths.is_within(host, top):
            return top
    for up in around(host):
        if os.path.islink(up):  # noqa: PTH114 - paths are text throughout
            return None if os.path.exists(up) else up  # noqa: PTH110 - as above
        if os.path.isdir(up):  # noqa: PTH112 - as above
            return None
    return None


def _held(tops: tuple[str, ...], difference: Difference, ground: Ground) -> str | None:
    if not difference.gone:
        return None
    for top in tops:
        reason = ground.may_delete(top)
        if reason is not None:
            return reason
    lost = len(difference.gone)
    nothing_left = difference.on_disk == len(difference.missing)
    if nothing_left and not ground.believe_all and all(map(ground.is_strange, tops)):
        return (
            f"none of the {difference.known} files that Plex has there is in {', '.join(tops)}, "
            "and nobody remembers what was: is its disk mounted? If it was meant, run: plexnudge "
            "reconcile --believe-deletions"
        )
    if lost > FEW and lost > SHARE * difference.known and not ground.believe_all:
        return (
            f"{lost} of {difference.known} files are gone from {', '.join(tops)}: is a disk of it "
            "missing? If it was meant, run: plexnudge reconcile --believe-deletions"
        )
    return None


def _tops(location: str, section: Section, ground: Ground, only: str | None) -> tuple[str, ...]:
    """Return the host directories to walk for a location: it, or the watched folders in it."""
    tops: dict[str, None] = {}
    for host in ground.mappings.to_host(location):
        for folder in ground.folders.folders:
            if folder.libraries is not None and section.title not in folder.libraries:
                continue
            if paths.is_within(host, folder.path):
                tops[host] = None
            elif paths.is_within(folder.path, host):
                tops[folder.path] = None
    if only is not None:
        kept = [top for top in tops if paths.is_within(top, only)]
        return tuple(kept or ([only] if any(paths.is_within(only, top) for top in tops) else ()))
    return _distinct([top for top in tops if not _inside_another(top, tops)], ground.folders)


def _distinct(tops: list[str], folders: Folders) -> tuple[str, ...]:
    """Leave out further names of the same directory: the folder configured first names it."""
    names: dict[tuple[int, int] | str, str] = {}
    for folder in folders.folders:
        for top in tops:
            if paths.is_within(top, folder.path):
                names.setdefault(_identity(top), top)
    return tuple(names.values())


def _identity(directory: str) -> _Place | str:
    """Say which directory it is, whatever its name; one that is not there is only its name."""
    try:
        found = os.stat(directory)  # noqa: PTH116 - paths are text throughout
    except OSError:
        return directory
    return found.st_dev, found.st_ino


def _inside_another(top: str, tops: Iterable[str]) -> bool:
    return any(top != other and paths.is_within(top, other) for other in tops)


def _files(
    top: str, location: str, kind: Kind, ground: Ground, silent: list[str]
) -> Iterator[DiskFile]:
    """Walk one directory for media files, noise and what the user ignores left out."""
    for directory, names_below, entries in _walk(top, ground, silent):
        plex = next(
            (
                place.path
                for place in ground.mappings.to_plex(directory)
                if paths.is_within(place.path, location)
            ),
            None,
        )
        if plex is None:
            continue
        for entry in entries:
            if kind_of_names((*names_below, entry.name), is_dir=False) is not kind:
                continue
            if disc_folder(entry.path) is not None:
                continue
            try:
                found = entry.stat()
            except OSError:
                continue
            if found.st_size:
                path = paths.join(plex, entry.name)
                yield DiskFile(entry.path, path, found.st_size, found.st_mtime_ns)


def _walk(
    top: str, ground: Ground, silent: list[str]
) -> Iterator[tuple[str, Names, list[os.DirEntry[str]]]]:
    """Yield every directory that is not noise: its path, its names below the watched folder.

    Links to directories are followed, as Plex does, but not to a directory that the way there has
    led through already.
    """
    folders = ground.folders
    waiting: list[tuple[str, tuple[_Place, ...]]] = [(top, ())]
    while waiting:
        ground.check()
        directory, through = waiting.pop()
        if not ground.answers(directory):
            silent.append(directory)
            continue
        files = []
        for entry, is_dir in _entries(directory, ground, silent):
            if not is_dir:
                files.append(entry)
            elif entry.is_symlink():
                waiting += _through(entry, directory, through)
            else:
                waiting.append((entry.path, through))
        held = folders.holding(directory)
        if held is not None:
            yield directory, held[1], files


def _entries(
    directory: str, ground: Ground, silent: list[str]
) -> Iterator[tuple[os.DirEntry[str], bool]]:
    """List what is in a directory and is not noise, and whether it is or leads to a directory."""
    try:
        with os.scandir(directory) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_symlink() and not ground.answers(entry.path):
            silent.append(entry.path)
            continue
        try:
            is_dir = entry.is_dir()
        except OSError:
            continue
        if not ground.folders.is_noise(entry.path, is_dir):
            yield entry, is_dir


def _through(
    link: os.DirEntry[str], directory: str, through: tuple[_Place, ...]
) -> Iterator[tuple[str, tuple[_Place, ...]]]:
    """Give a link's directory, with what was gone through to get there; not if it is a circle."""
    target = _identity(link.path)
    if isinstance(target, str) or target in through:
        return
    way = directory
    while _identity(way) != target:
        if way == paths.parent(way):
            yield link.path, (*through, target)
            return
        way = paths.parent(way)


def _by_location(files: Iterable[Known], locations: tuple[str, ...]) -> dict[str, list[Known]]:
    """Sort files by the longest location that holds them."""
    longest = sorted(locations, key=len, reverse=True)
    found: dict[str, list[Known]] = {}
    for known in files:
        for location in longest:
            if paths.is_within(known.file, location):
                found.setdefault(location, []).append(known)
                break
    return found


def overcome(places: Iterable[Place]) -> set[str]:
    """Name the Plex paths that Plex did not take before and has right now, in every library."""
    over: set[str] = set()
    left: set[str] = set()
    for place in places:
        over.update(place.difference.overcome)
        left.update(place.difference.left_alone)
    return over - left


def settled(changes: Iterable[Change], now: float) -> Iterator[Settled]:
    """Group changes by directory, as the settler would; `now` is monotonic seconds."""
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(paths.parent(change.path), []).append(change)
    for directory, its in grouped.items():
        yield Settled(directory, tuple(its), now, now)
