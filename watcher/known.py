"""What is remembered of a directory: its files' names, and a fingerprint of each.

Both are single byte strings, since a library has many directories and most are never looked at
again: the names sorted and joined by NUL, the fingerprints eight bytes each in the same order. A
fingerprint stands for size, time of the last write and, where numbers are stable, inode. It says
whether a file is the same, and nothing else. Times of status changes are left out on purpose:
chmod and chown are no news to Plex. A link to a directory is listed among the files, as no walk
crosses it; its fingerprint stands for the directory that it leads to.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import zlib
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from watcher.resolve import where_it_leads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Contents = tuple[list[bytes], list[bytes], list[os.DirEntry[bytes]]]
    """What was read of a directory: its files, its directories, and what is neither."""

UNKNOWN: Final = 0
"""The fingerprint of a file that nobody has looked at."""

LINKS_BELOW: Final = 1 << 32
"""Fingerprints of links to directories are numbers below this, those of files are not."""

_LIKE_NOTHING: Final = LINKS_BELOW
_LINK_LIKE_NOTHING: Final = 1
_BITS: Final = (1 << 64) - 1
# Any odd numbers with mixed bits will do (these are from the SplitMix64 generator): a change of
# size alone, time alone or both must not cancel out.
_BY_SIZE: Final = 0x9E3779B97F4A7C15
_BY_TIME: Final = 0xBF58476D1CE4E5B9
_BY_INODE: Final = 0x94D049BB133111EB
_KIND: Final = 0o170000
"""The bits of a mode that say what it is (inode(7)). `stat.S_ISREG` would cost a call a file."""
_REGULAR: Final = stat.S_IFREG
_NO_NAMES: Final[frozenset[bytes]] = frozenset()


class Behind(Enum):
    """What a link leads to."""

    DIRECTORY = auto()
    NOTHING = auto()
    OTHER = auto()


@dataclass(slots=True)
class Listing:
    """The names in a directory by kind. `links` are those of `files` that lead to a directory.

    `has_others`: there are links that do not lead to a directory, or not to one that is there now;
    `nowhere` are those of them whose target is not there. `silent`: there are links of which
    nobody can tell now.
    """

    files: list[bytes]
    dirs: list[bytes]
    links: list[bytes]
    has_others: bool = False
    nowhere: list[bytes] = field(default_factory=list)
    silent: bool = False


def anywhere(_path: bytes) -> bool:
    """Follow any link: nothing hangs."""
    return True


def read(path: bytes) -> Contents:
    """Read a directory; links are not followed. Raises OSError where it cannot be read."""
    files: list[bytes] = []
    directories: list[bytes] = []
    others: list[os.DirEntry[bytes]] = []
    entries = os.scandir(path)
    try:  # not `with`, which takes a twelfth of the steps here, and every start waits for them
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                files.append(entry.name)
            elif entry.is_dir(follow_symlinks=False):
                directories.append(entry.name)
            else:
                others.append(entry)
    except OSError:
        entries.close()
        raise
    return files, directories, others


def sort_out(contents: Contents, leads_on: Callable[[bytes], bool] = anywhere) -> Listing:
    """Find out about the links that were read in a directory.

    `leads_on` says whether it may be looked at what a link leads to: whether that answers.
    """
    files, directories, others = contents
    found = Listing(files, directories, [])
    for entry in others:
        files.append(entry.name)
        if entry.is_symlink():
            _sort_out_link(found, entry, leads_on)
    return found


def _sort_out_link(
    found: Listing, entry: os.DirEntry[bytes], leads_on: Callable[[bytes], bool]
) -> None:
    if not leads_on(entry.path):
        found.has_others = found.silent = True
        return
    leads_to = look_behind(entry.path)
    if leads_to is Behind.DIRECTORY:
        found.links.append(entry.name)
    else:
        found.has_others = True
        if leads_to is Behind.NOTHING:
            found.nowhere.append(entry.name)


def listing(path: bytes, leads_on: Callable[[bytes], bool] = anywhere) -> Listing:
    """Read a directory and find out about its links. Raises OSError where it cannot be read."""
    return sort_out(read(path), leads_on)


def look_behind(path: bytes) -> Behind:
    """Look once at what a link leads to: between two looks it may come or go, unseen by both.

    A link that goes in circles leads to nothing: one of them may lead out of it tomorrow.
    """
    try:
        is_directory = stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 - a path of bytes
    except OSError as error:
        is_nothing = error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
        return Behind.NOTHING if is_nothing else Behind.OTHER
    return Behind.DIRECTORY if is_directory else Behind.OTHER


def is_link(fingerprint: int) -> bool:
    """Whether a fingerprint is that of a link to a directory."""
    return UNKNOWN < fingerprint < LINKS_BELOW


def fingerprint(
    path: bytes, found: os.stat_result, before: int = UNKNOWN, *, stable_inodes: bool
) -> int:
    """Reduce what stands at a path, as it was found, to one number; never to UNKNOWN.

    A link to a directory that leads nowhere keeps the number `before`: the disk that it leads to
    may be away for the moment.
    """
    if not stat.S_ISREG(found.st_mode):
        if stat.S_ISDIR(found.st_mode):
            return _fingerprint_of_link(path)
        if stat.S_ISLNK(found.st_mode) and is_link(before):
            return before
    return _print_of_file(found, stable_inodes)


def _print_of_file(found: os.stat_result, stable_inodes: bool) -> int:
    number = found.st_size * _BY_SIZE + found.st_mtime_ns * _BY_TIME
    if stable_inodes:
        number += found.st_ino * _BY_INODE
    number &= _BITS
    return number if number >= LINKS_BELOW else number + LINKS_BELOW


def is_as_before(
    path: bytes,
    before: int,
    *,
    stable_inodes: bool,
    leads_on: Callable[[bytes], bool] = anywhere,
) -> bool | None:
    """Whether what stands at a path has a fingerprint; None where that cannot be told."""
    found = None if before == UNKNOWN else look_at(path, leads_on)
    if found is None:
        return None
    return before == fingerprint(path, found, stable_inodes=stable_inodes)


def _fingerprint_of_link(path: bytes) -> int:
    """Reduce where a link leads and when it was made: one made anew was away for a moment."""
    try:
        made_ns = os.lstat(path).st_mtime_ns
    except OSError:
        made_ns = 0
    return zlib.crc32(b"%b\0%d" % (where_it_leads(path), made_ns)) or 1


def look_at(path: bytes, leads_on: Callable[[bytes], bool] = anywhere) -> os.stat_result | None:
    """Look at a file through links; at the link itself where it leads nowhere; None if gone.

    None as well for a link behind which nothing answers: nobody can tell. See `sort_out`.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if stat.S_ISLNK(found.st_mode):
        if not leads_on(path):
            return None
        with suppress(OSError):
            return os.stat(path)  # noqa: PTH116 - a path of bytes
    return found


def look_at_all(
    directory: bytes, names: Iterable[bytes], leads_on: Callable[[bytes], bool] = anywhere
) -> list[os.stat_result | None]:
    """Look at the files of a directory."""
    base = directory + b"/"
    return [look_at(base + name, leads_on) for name in names]


def fingerprints(
    directory: bytes,
    names: Sequence[bytes],
    looks: Sequence[os.stat_result | None],
    before: Sequence[int],
    *,
    stable_inodes: bool,
) -> list[int]:
    """Reduce looks to fingerprints; the one before where there was nothing to look at."""
    base = directory + b"/"
    return [
        old if found is None else fingerprint(base + name, found, old, stable_inodes=stable_inodes)
        for name, found, old in zip(names, looks, before, strict=True)
    ]


def prints_of(
    directory: bytes,
    joined: bytes,
    before: bytes,
    *,
    stable_inodes: bool,
    leads_on: Callable[[bytes], bool] = anywhere,
) -> bytes:
    """Look at the files of a directory and reduce what is seen; the one before for what is gone.

    `joined` are their names, as they are remembered.

    `_print_of_file` is here once more, for the files that nearly all are: a call for each of them
    would be a tenth of all that a comparison takes.
    """
    base, lstat, by_inode = directory + b"/", os.lstat, _BY_INODE if stable_inodes else 0
    numbers: list[int] = []
    for name in joined.split(b"\0"):
        try:
            found = lstat(base + name)
            if found.st_mode & _KIND == _REGULAR:  # as almost always
                number = (
                    found.st_size * _BY_SIZE
                    + found.st_mtime_ns * _BY_TIME
                    + found.st_ino * by_inode
                ) & _BITS
                numbers.append(number if number >= LINKS_BELOW else number + LINKS_BELOW)
                continue
        except OSError:
            pass
        number = unpack(before, joined.count(b"\0") + 1)[len(numbers)]
        other = look_at(base + name, leads_on)
        if other is not None:
            number = fingerprint(base + name, other, number, stable_inodes=stable_inodes)
        numbers.append(number)
    return array("Q", numbers).tobytes()


join: Final[Callable[[Iterable[bytes]], bytes]] = b"\0".join
"""Make one string of names, in the order given."""


def holds(names: bytes | None, name: bytes) -> bool:
    """Whether a name is among names that were joined; without taking them apart."""
    return b"\0" + name + b"\0" in b"\0" + (names or b"") + b"\0"


def print_of(names: bytes | None, prints: bytes, name: bytes) -> int:
    """Pick one fingerprint out, without taking anything apart; UNKNOWN where it is not known."""
    every = b"\0" + (names or b"") + b"\0"
    found = every.find(b"\0" + name + b"\0")
    if found < 0 or not prints:
        return UNKNOWN
    at = 8 * every.count(b"\0", 0, found)
    return int.from_bytes(prints[at : at + 8], sys.byteorder)


def split(names: bytes | None) -> list[bytes]:
    """Take names apart again; none for a directory that was never looked at."""
    return names.split(b"\0") if names else []


def pack(prints: Iterable[int]) -> bytes:
    """Make one string of fingerprints."""
    return array("Q", prints).tobytes()


def unpack(prints: bytes, count: int) -> Sequence[int]:
    """Take `count` fingerprints apart again; UNKNOWN for each where they are not known."""
    if len(prints) != 8 * count:
        return [UNKNOWN] * count
    numbers = array("Q")
    numbers.frombytes(prints)
    return numbers


def like_nothing(names: bytes | None, links: frozenset[bytes]) -> bytes:
    """Make fingerprints that differ from whatever they are compared with; `links` of the names."""
    return pack(nothing_like(is_link=name in links) for name in split(names))


def nothing_like(*, is_link: bool) -> int:
    """Make a fingerprint that differs from whatever it is compared with."""
    return _LINK_LIKE_NOTHING if is_link else _LIKE_NOTHING


def carry_over(names: bytes | None, prints: bytes, now: list[bytes]) -> bytes:
    """Rearrange fingerprints for new names; UNKNOWN for a name that was not there before."""
    if not prints:
        return b""
    before = split(names)
    known = dict(zip(before, unpack(prints, len(before)), strict=True))
    return pack(known.get(name, UNKNOWN) for name in now)


def links_of(names: bytes | None, prints: bytes) -> frozenset[bytes]:
    """List the names that are known as links to directories."""
    if not names or not prints:
        return _NO_NAMES
    numbers = array("Q")
    numbers.frombytes(prints)
    if min(numbers) >= LINKS_BELOW:
        return _NO_NAMES  # as in almost every directory
    every = split(names)
    known = zip(every, unpack(prints, len(every)), strict=True)
    return frozenset(name for name, one in known if is_link(one))
