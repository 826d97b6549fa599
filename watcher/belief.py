"""Whether what stands at a top is what is known of it, by where it lies and by what it holds.

Below what is not, nothing that is missing was deleted.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher import mounts
from watcher.memory import MOUNTED_AT, MOUNTED_FROM
from watcher.resemblance import holds_its_files
from watcher.resolve import where_it_leads
from watcher.scene import lasting_identity

if TYPE_CHECKING:
    from collections.abc import Collection

    from watcher.known import Listing
    from watcher.mounts import Mount
    from watcher.scene import Scene
    from watcher.tree import Branch, Identity


@dataclass(frozen=True, slots=True)
class On:
    """What is mounted now: the table, and the places in the ground, relative to its top."""

    table: tuple[Mount, ...]
    below: Collection[bytes]


class Belief:
    """Judges the tops of one tree. Owned by the thread that owns the tree."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def judge(self, branch: Branch, found: Listing, on: On) -> str | None:
        """Decide, from what is in a top, whether it is believed; the reason if it is not.

        The same directory is believed, unless nothing at all is left in it. So is what a person
        says was meant. Any other one has to hold as many of the known names as `_enough` says, and
        half of the known files if it may be on another disk.
        """
        known = branch.known()
        kept = known.intersection(found.files) | known.intersection(found.dirs)
        is_empty = not found.files and not found.dirs
        lasting = self._lasting(branch)
        is_bare = self._is_bare(branch, on)
        is_renamed = not is_bare and self._is_renamed(branch, lasting, on)
        branch.is_meant = self.is_meant(branch, on)
        has_names = len(kept) >= self._enough(branch, lasting, bare=is_bare, renamed=is_renamed)
        resembles = self._is_same(branch, lasting, on) or (
            has_names and (is_renamed or holds_its_files(self._scene.tree, branch))
        )
        branch.judged = True
        branch.believed = not known or (not is_empty and resembles)
        branch.is_vacant = bool(known) and is_empty
        if branch.believed:
            branch.trusted = lasting
            branch.proved = branch.attached
            self._note_mount(branch, on)
            return None
        if is_empty:
            return f"it is empty, and {len(known)} entries were known in it"
        few = " and few of the files in them" if has_names else ""
        return (
            f"another directory stands there, with {len(kept)} of {len(known)} known entries{few}"
        )

    def is_meant(self, branch: Branch, on: On) -> bool:
        """Whether a person has said, since a top is doubted, that what is missing was meant.

        Nobody can have meant what is not mounted.
        """
        if branch.distrust is None or branch.is_vacant or self._is_bare(branch, on):
            return False
        return self._scene.confirmed() != branch.confirmed

    def _enough(
        self, branch: Branch, lasting: Identity | None, *, bare: bool, renamed: bool
    ) -> int:
        """How many of the known names another directory has to hold.

        Half of them when it is first seen: one of which nobody can tell whether it is the same,
        one that was renamed there, and any other one at the start of the process. Later, another
        disk is believed when it holds all: in the middle of a restore nothing is lost. And so is,
        at any time, the place of a mount where none is: what an importer writes there must not
        outgrow the disk.
        """
        known = len(branch.known())
        is_other = None not in {lasting, branch.trusted} and self._scene.walked_at_s is not None
        is_other = (is_other and not renamed) or bare
        return known if branch.judged or is_other else (known + 1) // 2

    def _is_same(self, branch: Branch, lasting: Identity | None, on: On) -> bool:
        if branch.believed or branch.is_meant:
            return True
        if lasting is not None and lasting == branch.trusted:
            return True
        if branch.proved is not None:
            return branch.proved == branch.attached
        is_first = self._scene.walked_at_s is None and not branch.judged
        return lasting is None and is_first and self._is_same_mount(branch, on)

    def _is_same_mount(self, branch: Branch, on: On) -> bool:
        """Whether what the last run had there is still mounted, as far as the table tells."""
        noted = self._scene.tree.notes.get(MOUNTED_FROM)
        relative = os.fsdecode(self._scene.tree.relative(branch.top))
        now = self._described(branch, on)
        return now is not None and isinstance(noted, dict) and noted.get(relative) == now

    def _described(self, branch: Branch, on: On) -> str | None:
        return mounts.description(self._real(branch), on.table)

    def _real(self, branch: Branch) -> bytes:
        return where_it_leads(self._scene.tree.path(branch.top) or b"/")

    def _is_renamed(self, branch: Branch, lasting: Identity | None, on: On) -> bool:
        """Whether another directory of the same disk has the place, and no mount brought it."""
        if lasting is None or branch.trusted is None or lasting[0] != branch.trusted[0]:
            return False
        real = self._real(branch)
        return mounts.point_of(real, on.table) != real

    def _is_bare(self, branch: Branch, on: On) -> bool:
        """Whether nothing is mounted in a place that is a top only since something was.

        What is known there is that of the disk, and of the directory that it covered. Nor is it at
        the point where that was mounted on which any top lay when it was last believed.
        """
        relative = self._scene.tree.relative(branch.top)
        if branch.outer is not None and not branch.is_folder and relative not in on.below:
            return True
        noted = self._scene.tree.notes.get(MOUNTED_AT)
        point = noted.get(os.fsdecode(relative)) if isinstance(noted, dict) else None
        return mounts.is_unmounted(point, on.table)

    def _note_mount(self, branch: Branch, on: On) -> None:
        """Remember what and where that is on which a top lies that is what is known of it."""
        self._note(MOUNTED_AT, branch, os.fsdecode(mounts.point_of(self._real(branch), on.table)))
        self._note(MOUNTED_FROM, branch, self._described(branch, on))

    def _note(self, what: str, branch: Branch, value: str | None) -> None:
        noted = self._scene.tree.notes.setdefault(what, {})
        if isinstance(noted, dict):
            noted[os.fsdecode(self._scene.tree.relative(branch.top))] = value

    def _lasting(self, branch: Branch) -> Identity | None:
        path = self._scene.tree.path(branch.top)
        if path is None or branch.attached is None:
            return None
        return lasting_identity(path, branch.attached)
