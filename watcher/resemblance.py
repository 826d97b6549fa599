"""Whether a directory holds the files that are known below it: its names alone prove little.

An importer makes the directories of a disk that is away in its mount point, by the same names.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from watcher.known import split

if TYPE_CHECKING:
    from watcher.tree import Branch, Tree

SAMPLED: Final = 200
"""So many files are looked for, spread over all that are known."""


def holds_its_files(tree: Tree, branch: Branch) -> bool:
    """Whether at least half of the files known in a branch are there, as far as a sample shows.

    True where none is known.
    """
    known = [node for node in branch.top.all_below() if node.branch is branch and node.names]
    if not known:
        return True
    nodes = known[:: max(1, len(known) // SAMPLED)]
    most = max(1, SAMPLED // len(nodes))
    found = asked = 0
    for node in nodes:
        path = tree.path(node) or b""
        for name in split(node.names)[:most]:
            asked += 1
            found += os.path.lexists(path + b"/" + name)
    return 2 * found >= asked
