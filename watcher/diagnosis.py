"""Why Plex may not take a file that is there: what disk and name tell, the likeliest first."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from matcher import names, paths

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = re.compile(r"\d")
_DEEPEST = 12
"""How many directories above a file are looked at."""
OTHERS_READ = 0o004
OTHERS_ENTER = 0o001


def diagnose(host: str, section_type: str) -> str:
    """Say the likeliest reason, as the end of a sentence; `host` is a host path that is there."""
    return next(reasons(host, section_type), UNKNOWN)


UNKNOWN = (
    "Plex may see another path than this host (plexnudge check shows the mapping), may not be able "
    "to read the file's content, or has not finished with it"
)


def reasons(host: str, section_type: str) -> Iterator[str]:
    """Give every reason that can be seen from here, the likeliest first."""
    try:
        found = os.stat(host)  # noqa: PTH116 - paths are text throughout
    except OSError as error:
        yield f"it cannot be read here either: {error.strerror}"
        return
    if found.st_size == 0:
        yield "it is empty (0 bytes), and Plex passes over empty files"
    if not found.st_mode & OTHERS_READ:
        yield (
            f"only its owner and group may read it (mode {found.st_mode & 0o777:04o}): Plex's user "
            "may not be among them"
        )
    yield from _of_name(paths.split_name(paths.name(host))[0], section_type)
    yield from _of_directories(host)


def _of_directories(host: str) -> Iterator[str]:
    directory = paths.parent(host)
    for _ in range(_DEEPEST):
        ignoring = os.path.join(directory, ".plexignore")  # noqa: PTH118 - as above
        if os.path.lexists(ignoring):
            yield f"{ignoring} may exclude it"
        try:
            mode = os.stat(directory).st_mode  # noqa: PTH116
        except OSError:
            return
        if not mode & OTHERS_ENTER:
            yield f"other users may not enter {directory} (mode {mode & 0o777:04o})"
        if directory == paths.parent(directory):
            return
        directory = paths.parent(directory)


def _of_name(stem: str, section_type: str) -> Iterator[str]:
    said = names.parse(stem)
    if section_type == "show" and not said.episodes and not _NUMBER.search(stem):
        yield "its name holds no episode number or date, which a library of shows needs"
    if section_type == "movie" and said.episodes:
        yield "its name looks like an episode, and a library of movies passes over those"
