"""What a judge asks at the end: does the catalogue agree with the disk, file by file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.simulated_plex import disk, sidecars
from watcher.simulated_plex.disk import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watcher.simulated_plex.catalogue import Section


def files_out_of_step(section: Section) -> Iterator[str]:
    """Say which media files are not in the library, not on the disk, or of another size."""
    there = {
        place.plex_path(found.below): found.size
        for place in section.places
        for directory in disk.walk(Rules(section.type, place))
        for found in directory.files
    }
    known = {
        held.part.file: held.part.size
        for held in section.holdings()
        if held.part.deleted_at is None and held.part.host
    }
    for file in sorted(there.keys() | known.keys()):
        if file not in known:
            yield f"{section.title}: not in the library: {file!r}"
        elif file not in there:
            yield f"{section.title}: not on the disk: {file!r}"
        elif known[file] != there[file]:
            yield f"{section.title}: {known[file]} bytes, on the disk {there[file]}: {file!r}"


def local_out_of_step(section: Section) -> Iterator[str]:
    """Say which local files no refresh has taken up, and which files no analysis."""
    for item in section.everything():
        if all(part.deleted_at for leaf in item.leaves() for part in leaf.parts()):
            continue  # in the trash, where nobody refreshes anything
        there = sidecars.read(section, item)
        for path in sorted({path for path, _ in there.items() ^ item.sidecars.items()}):
            yield f"{section.title}: local file of {item.key} {item.title!r}: {path!r}"
        for part in item.parts():
            if part.host and not part.deleted_at and part.analyzed_size != part.size:
                yield f"{section.title}: not analyzed: {part.file!r}"
