"""What a scan does: a directory as it is on disk, compared with what the catalogue has of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.simulated_plex import disk
from watcher.simulated_plex.places import Place, separator_of

if TYPE_CHECKING:
    from watcher.simulated_plex.catalogue import Holding, Section
    from watcher.simulated_plex.disk import Directory, Found
    from watcher.simulated_plex.settings import Behaviour
    from watcher.simulated_plex.shelves import Shelves


@dataclass(slots=True)
class Sight:
    """What one scan saw below one place; `skipped` are the directories it did not look into."""

    place: Place
    base: tuple[str, ...]
    files: dict[str, Found] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)

    def take(self, directory: Directory, *, skip: bool) -> None:
        """Remember what one directory holds, or that it was skipped."""
        if skip:
            self.skipped.add(self.place.plex_path(directory.below))
            return
        for found in directory.files:
            self.files[self.place.plex_path(found.below)] = found


@dataclass(slots=True)
class Differences:
    """What is new, gone, back and changed."""

    new: list[Found] = field(default_factory=list)
    gone: list[Holding] = field(default_factory=list)
    back: list[Holding] = field(default_factory=list)
    changed: list[tuple[Holding, Found]] = field(default_factory=list)


def differences(section: Section, sight: Sight) -> Differences:
    """Compare what was seen with what the section has at and below the place that was scanned."""
    found = Differences()
    known: set[str] = set()
    for file, held in _below(section, sight):
        known.add(file)
        seen = sight.files.get(file)
        for one in held:
            if seen is None:
                if one.part.host and not one.part.deleted_at:
                    found.gone.append(one)
                continue
            if one.part.deleted_at:
                found.back.append(one)
            if (one.part.size, one.part.mtime_ns) != (seen.size, seen.mtime_ns):
                found.changed.append((one, seen))
    found.new = [seen for file, seen in sight.files.items() if file not in known]
    return found


def _below(section: Section, sight: Sight) -> list[tuple[str, list[Holding]]]:
    base = sight.place.plex_path(sight.base)
    start = base.rstrip(separator_of(base)) + separator_of(base)
    return [
        (file, held)
        for directory, files in section.directories.items()
        if (directory == base or directory.startswith(start) or file_at_root(directory, start))
        and directory not in sight.skipped
        for file, held in files.items()
    ]


def file_at_root(directory: str, start: str) -> bool:
    """Tell whether a directory is the root itself, spelled without its last separator ("/")."""
    return directory + separator_of(start) == start


def holdings_of(section: Section, file: str) -> list[Holding]:
    """Answer every part with this Plex-side path: two for a file that holds two episodes."""
    directory = file.rpartition(separator_of(file))[0]
    return section.directories.get(directory, {}).get(file, [])


def apply(found: Differences, place: Place, shelves: Shelves, behaviour: Behaviour) -> None:
    """Change the catalogue by what a scan found, in the order that this server works in."""
    for held in found.back:
        shelves.revive(held)
    if behaviour.replaced_noticed == "scan":
        for held, seen in found.changed:
            shelves.resize(held, seen.size, seen.mtime_ns, disk.digest(seen.host, seen.size))
    if behaviour.trash_before_additions:
        _trash(found.gone, shelves, purge=behaviour.auto_empty_trash)
        _add(found.new, place, shelves, behaviour)
    else:
        moved = _add(found.new, place, shelves, behaviour)
        gone = [held for held in found.gone if held.part.id not in moved]
        _trash(gone, shelves, purge=behaviour.auto_empty_trash)


def _trash(gone: list[Holding], shelves: Shelves, *, purge: bool) -> None:
    for held in gone:
        shelves.trash(held)
    if purge:
        shelves.purge_trash()


def _add(new: list[Found], place: Place, shelves: Shelves, behaviour: Behaviour) -> set[int]:
    """Add new files, or let known parts follow them; the ids of the parts that followed."""
    moved: set[int] = set()
    lost: dict[str, list[Holding]] = {}
    if new and behaviour.follow_moves:
        for held in shelves.section.holdings():
            lost.setdefault(held.part.digest, []).append(held)
    for seen in new:
        fingerprint = disk.digest(seen.host, seen.size)
        source = _source(lost.get(fingerprint, []) if fingerprint else [], moved)
        if source is not None and shelves.move(source, place, seen):
            moved.add(source.part.id)
        else:
            shelves.add(place, seen, fingerprint)
    return moved


def _source(alike: list[Holding], moved: set[int]) -> Holding | None:
    """Answer the part whose own file is not there any more: a hard link or copy is no move."""
    for held in alike:
        if held.part.id not in moved and not Path(held.part.host).exists():
            return held
    return None
