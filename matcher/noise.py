"""Noise: names that are never media: half-written files, and what systems and NAS boxes keep."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from matcher.globs import NO_GLOBS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.globs import Globs

KEPT = frozenset({".plexignore", ".plexmatch"})
"""Hidden files that Plex reads."""

_NAMES = frozenset({
    # Synology, QNAP, Asustor, NetApp, TrueNAS
    "@eadir", "@recycle", "@recently-snapshot", "@snapshot", "@tmp", "@transcode", "@quarantine",
    "@sharesnap", "@sharebin", "@syno", "#recycle", "#snapshot", "~snapshot", "aquota.user",
    "aquota.group",
    # Windows, macOS, Linux
    "$recycle.bin", "recycler", "system volume information", "thumbs.db", "ehthumbs.db",
    "ehthumbs_vista.db", "desktop.ini", "network trash folder", "temporary items", "__macosx",
    "lost+found", "lost.dir", "found.000", "icon\r",
    # Download clients, while they unpack
    "__admin__", "_unpack",
    # Plex's own optimised versions: Plex wrote them and knows them
    "plex versions",
})  # fmt: skip
_ODD = re.compile(
    r"_unpack_|_failed_|__admin|~\$|~syncthing~"  # SABnzbd, office programs, Syncthing on Windows
    r"|.*(?:~|@syno(?:eastream|resource)|-tdarrcachefile-\S+|\.tmp\.\w+"
    r"|\.nzb\.queued)$",
    re.IGNORECASE | re.DOTALL,
)
_ODD_CHARACTERS = re.compile(r"[~_@]|\.tmp\.|\.nzb\.|-tdarr", re.IGNORECASE)
_TELLTALE = b".~_@-"
"""Without any of these no name begins with a dot or is odd: each name that `_ODD_CHARACTERS` finds
has one."""
_HALF_WRITTEN = frozenset({
    "part", "partial", "!qb", "!ut", "!bt", "!sync", "bts", "crdownload", "aria2", "tmp", "temp",
    "download", "filepart", "opdownload", "fdmdownload", "dtapart", "xltd", "td", "jc!", "ytdl",
    "unfinished", "incomplete", "lftp-pget-status", "rsync-tmp", "partfile", "!mv", "swp", "swo",
    "crswap", "lock", "lck", "bc!", "dctmp",
})  # fmt: skip


def is_noise(relative: str, *, is_dir: bool, ignore: Globs = NO_GLOBS) -> bool:
    """Say whether a path below a watched folder is noise, or lies in a noise directory.

    Args:
        relative: The path below the watched folder, with `/`, no slash at either end.
        is_dir: Whether it is a directory.
        ignore: The user's patterns.
    """
    return is_noise_path(relative.split("/"), is_dir=is_dir, ignore=ignore)


def is_noise_path(names: Sequence[str], *, is_dir: bool, ignore: Globs = NO_GLOBS) -> bool:
    """Say whether a path, as names below a watched folder, is noise or lies in noise."""
    if not names:
        return False
    for each in names[:-1]:
        if _is_noise_name(each):
            return True
    last = names[-1]
    if _is_noise_name(last):
        return is_dir or last not in KEPT
    return (not is_dir and _is_half_written(last)) or ignore.match(names, is_dir=is_dir)


def without_noise(names: list[bytes]) -> list[bytes]:
    """Leave out the directories that are noise by their names alone, wherever they are.

    Quick where none is, as in nearly every directory.
    """
    joined = b"\0".join(names)
    if len(joined.translate(None, _TELLTALE)) == len(joined):
        spelled = os.fsdecode(joined).lower()
        if _NAMES.isdisjoint(spelled.split("\0")):
            return names
    return [name for name in names if not _is_noise_name(os.fsdecode(name))]


def _is_noise_name(name: str) -> bool:
    if name.startswith("."):
        # "...And Justice for All" is a title, and asking for it costs little.
        return not name.startswith("...") or not name.strip(".")
    if name.lower() in _NAMES:
        return True
    return _ODD_CHARACTERS.search(name) is not None and _ODD.match(name) is not None


def _is_half_written(name: str) -> bool:
    return name.rpartition(".")[2].lower() in _HALF_WRITTEN and "." in name
