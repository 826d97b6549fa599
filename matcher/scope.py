"""Scope: which directory Plex is asked to scan, as names below the location.

A scan is asked for the directory of the media file. Never a file, never above the first folder
below the location, and the location itself only for a file that lies right in it.

What vanished is looked for from the nearest directory that is still there, since a scan of a
directory that is gone may do nothing. Where that would be the location itself, the media folders
that Plex knows are asked for one by one: a scan of a film's vanished folder is reported to work,
one of a vanished show's folder not, probably because its files lie in the season folders.
Sources: autoscan#182, autopulse#196, #240; Plex's log for a missing path in docker-plex#350.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.kinds import disc_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.shelf import Names


def of_arrival(names: Names, *, is_dir: bool) -> Names:
    """Return the directory to scan for a file or directory that is there."""
    return _without_disc(names if is_dir else names[:-1])


def of_gone_file(names: Names, exists: Callable[[int], bool | None]) -> Names:
    """Return the directory to scan for a file that is gone.

    Args:
        names: The file, as names below the location.
        exists: Says of the ancestor so many levels up whether it is there; None: not known.
    """
    directory = _without_disc(names[:-1])
    return _nearest(directory, len(names), exists) or directory


def of_gone_directory(
    names: Names,
    media_folders: Iterable[Names],
    exists: Callable[[int], bool | None],
) -> tuple[Names, ...]:
    """Return the directories to scan for a directory that is gone.

    Args:
        names: The directory, as names below the location, not empty.
        media_folders: The directories at or below it in which Plex has files.
        exists: As for `of_gone_file`.
    """
    if exists(0):
        return (_without_disc(names),)
    if disc_start(names):
        return (of_gone_file(names, exists),)
    nearest = _nearest(names[:-1], len(names), exists)
    if nearest:
        return (nearest,)
    return tuple(sorted({_without_disc(each) for each in media_folders})) or (names,)


def _nearest(directory: Names, depth: int, exists: Callable[[int], bool | None]) -> Names:
    """Return the nearest ancestor that is not known to be gone; () if only the location is left."""
    for length in range(len(directory), 0, -1):
        if exists(depth - length) is not False:
            return directory[:length]
    return ()


def _without_disc(directory: Names) -> Names:
    """Return the folder that a disc's folders lie in; right in the location, itself."""
    start = disc_start(directory)
    return directory if start is None else directory[: start or 1]
