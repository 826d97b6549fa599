"""Folders that are one directory by several names: a change has a place in Plex by each of them.

The watching tells of such a directory once, by the name of one of its folders; each may be the
location of a library of its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from matcher.mapping import Mapping, configured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watcher.config_model import FolderConfig


def configured_mappings(
    folders: Iterable[FolderConfig], answers: Callable[[str], bool]
) -> tuple[Mapping, ...]:
    """Return what the configuration says of its folders, by every name that they have.

    `answers` says whether the file system of a host path answers; one that hangs, and a folder
    that is not there, has its own name only.
    """
    all_folders = tuple(folders)
    identities = {each.path: _identity(each.path, answers) for each in all_folders}
    return tuple(
        configured(name.path, each.plex_path)
        for each in all_folders
        if each.plex_path is not None
        for name in all_folders
        if name is each or _is_same(identities[name.path], identities[each.path])
    )


def _identity(path: str, answers: Callable[[str], bool]) -> tuple[int, int] | None:
    if not answers(path):
        return None
    try:
        found = os.stat(path)  # noqa: PTH116 - paths are text throughout
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _is_same(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    return one is not None and one == other
