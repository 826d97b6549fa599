"""Whether a directory holds the files that are known below it: its names alone prove little.

An importer makes the directories of a disk that is away in its mount point, by the same names.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from watcher.known import split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from watcher.tree import Branch, Node, Tree

SAMPLED: Final = 200
"""So many files are looked for, spread over all that are known."""


def sample(nodes: Iterable[Node]) -> list[tuple[Node, bytes]]:
    """Pick known files of some directories: each as its directory and its name."""
    known = [node for node in nodes if node.names]
    picked = known[:: max(1, len(known) // SAMPLED)]
    most = max(1, SAMPLED // max(1, len(picked)))
    return [(node, name) for node in picked for name in split(node.names)[:most]]


def half_are_there(paths: Iterable[bytes]) -> bool:
    """Whether at least half of some files are there; True where there are none."""
    found = [os.path.lexists(path) for path in paths]
    return 2 * sum(found) >= len(found)


def holds_its_files(tree: Tree, branch: Branch) -> bool:
    """Whether at least half of the files known in a branch are there, as far as a sample shows.

    True where none is known.
    """
    picked = sample(node for node in branch.top.all_below() if node.branch is branch)
    return half_are_there((tree.path(node) or b"") + b"/" + name for node, name in picked)
