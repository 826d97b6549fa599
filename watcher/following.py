"""Which links to directories are followed, and which of them show the same directory: pure.

Each directory is followed once, however many links lead to it: the links that lead to its very
top share it, and one that leads into it, or into a watched folder, is left alone, since what
happens there is told at its own place. So chains and circles of links end by themselves.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from watcher.folders import WatchedFolder

MOST_TARGETS: Final = 20_000
"""So many directories are followed at most."""

MOST_NAMES: Final = 64
"""By so many links at most is one directory told: below links, these multiply."""

DEEPEST: Final = 8
"""So many links at most lie on the path of a link that is followed, with itself."""

_OF_THE_SYSTEM: Final = frozenset(
    b"/" + name
    for name in (
        *b"boot dev etc proc run sys usr var".split(),
        *b"bin lib lib32 lib64 libx32 sbin".split(),
        *b"usr/bin usr/lib usr/lib32 usr/lib64 usr/libx32 usr/sbin usr/share".split(),
        b"",
    )
)
"""Where no media lie, and much changes: not followed as a whole, but what is below may be meant.
Where `/bin` and the like are links themselves, they lead to what is below `/usr`."""

_OF_THE_KERNEL: Final = frozenset({b"/proc", b"/sys"})
"""In these nothing is a file."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a directory: its absolute host path, the folder whose settings count, its target.

    `real` is the real path of the target, also while that is not there.
    """

    path: bytes
    owner: WatchedFolder
    real: bytes

    @property
    def host(self) -> str:
        """Its path as text."""
        return os.fsdecode(self.path)


@dataclass(frozen=True, slots=True)
class Followed:
    """What is followed: the links to each target, by the target's real path, in a fixed order.

    `left_out` counts the targets beyond what is followed at most. `refused` says of links
    whose targets are never followed why that is so, for people.
    """

    targets: dict[bytes, tuple[Link, ...]]
    left_out: int = 0
    refused: dict[Link, str] = field(default_factory=dict)


def around(path: bytes) -> Iterator[bytes]:
    """Yield the directories that hold an absolute path, the nearest first, down to the root."""
    while len(path) > 1:
        path = path.rpartition(b"/")[0] or b"/"
        yield path


def is_in(path: bytes, tops: Collection[bytes]) -> bool:
    """Whether a path is one of some directories or lies below one."""
    return path in tops or any(each in tops for each in around(path))


def choose(
    links: Collection[Link], places: Mapping[bytes, bytes], folders: Collection[bytes]
) -> Followed:
    """Choose which links are followed.

    Args:
        links: All that are known, in watched folders and in what is followed by now.
        places: For the path of each link, the real path of the directory that holds it.
        folders: The real paths of the watched folders.
    """
    folders = frozenset(folders)
    refused = _refuse(links, folders)
    holding: set[bytes] = set()
    targets: dict[bytes, list[Link]] = {}
    left_out = 0
    for link, way in _in_order(links):
        real = link.real
        if link in refused or is_in(real, folders):
            continue
        if any(is_in(each, (real,)) for each in (places[link.path], *way)):
            continue
        if real in targets:
            if len(targets[real]) < MOST_NAMES:
                targets[real].append(link)
        elif real in holding or len(way) >= DEEPEST or any(up in targets for up in around(real)):
            continue
        elif len(targets) < MOST_TARGETS:
            targets[real] = [link]
            holding.update(around(real))
        else:
            left_out += 1
    chosen = {real: tuple(same) for real, same in targets.items()}
    return Followed(chosen, left_out, refused)


def _refuse(links: Collection[Link], folders: frozenset[bytes]) -> dict[Link, str]:
    """Say of links why what they lead to is never followed, whatever leads there."""
    above = {each for folder in folders for each in around(folder)} - folders
    refused: dict[Link, str] = {}
    for link in links:
        if link.real in _OF_THE_SYSTEM or is_in(link.real, _OF_THE_KERNEL):
            refused[link] = "is the system's own"
        elif link.real in above:
            refused[link] = "holds a watched folder"
    return {link: why for link, why in refused.items() if not is_in(link.real, folders)}


def _in_order(links: Collection[Link]) -> list[tuple[Link, list[bytes]]]:
    """Put links in order, each with the targets of the links on its own way.

    Those in the folders first, then those in what they lead to, and so on: what a link leads to
    must never decide whether what it was found in is followed, or that would change for ever.
    Among equals the outermost targets come first, so that what lies in one is met after it.
    """
    real_of = {link.path: link.real for link in links}
    ways = [(one, [real_of[up] for up in around(one.path) if up in real_of]) for one in links]
    return sorted(
        ways, key=lambda each: (len(each[1]), len(each[0].real), each[0].real, each[0].path)
    )
