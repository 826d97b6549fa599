"""Attending to tops: folders and mounts that are there, go away, come back, or are another one.

A top is known by what it is, `(st_dev, st_ino)`, and not by its name. Whenever the mount table
changes, or the kernel tells that something on the way to a top happened, every top is looked up
again. One that is another directory than before is looked at from scratch and compared with
what is known; one that is not there is left asleep, with all that is known of it. A folder of which
nothing is known when it comes is taken as it stands, like on the first day.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from watcher import mounts
from watcher.belief import Belief, On
from watcher.differences import Mode
from watcher.memory import MOUNTED_AT, MOUNTED_FROM
from watcher.resolve import where_it_leads
from watcher.scene import identify, lasting_identity
from watcher.tree import ASLEEP, TWIN, Branch

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.folders import WatchedFolder
    from watcher.known import Listing
    from watcher.look import Looker
    from watcher.memory import Recalled
    from watcher.mounts import Mount, Verdict
    from watcher.scene import Scene
    from watcher.tree import Identity, Node


class Attendant:
    """Answers for the tops of one ground. Owned by the thread that watches it.

    `on_root` is called with a folder's configured path and whether it is there. Of one that is
    taken as it stands it is not called before all of it is watched: a comparison with what Plex
    has is all that tells what is in it. `wall` gives seconds since the epoch.
    """

    def __init__(
        self,
        scene: Scene,
        looker: Looker,
        on_root: Callable[[str, bool], None],
        read_mounts: Callable[[], tuple[Mount, ...]] = mounts.read,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._scene = scene
        self._looker = looker
        self._on_root = on_root
        self._read_mounts = read_mounts
        self._real = scene.ground.real
        self._mounts: tuple[Mount, ...] = ()
        self._below: dict[bytes, Mount] = {}
        self._nested: dict[bytes, WatchedFolder] = dict(scene.ground.nested)
        self._around_tops: set[bytes] = set()
        self._there: dict[str, bool] = {}
        self._wall = wall
        self._belief = Belief(scene)
        self.begins_anew = True
        """Whether a top of which nothing is known may be taken as it stands."""
        self._seen_away_s: dict[Branch, float] = {}
        self._anew: set[str] = set()
        self._left_behind: set[bytes] = set()
        self._is_first = True
        self._wakes_twins = False
        looker.tops = self

    def begin(self) -> None:
        """Put the top of the tree in place, before there is anything below it."""
        self._read()
        self._plant(self._scene.tree.root, b"", self._scene.ground.folder)

    def recall(self, recalled: Recalled | None) -> None:
        """Put the other tops in place, with what is remembered of them.

        Also where a file system was mounted in the last run and none is now: what is missing
        there was not deleted.
        """
        for relative in (*self._nested, *self._below):
            node = self._find(relative)
            if node is not None and node.parent is not None:
                self.found(node)
        if recalled is not None:
            self._recall_branches(recalled)

    def _recall_branches(self, recalled: Recalled) -> None:
        """Make tops of what was one in the last run, and say what stood there, and on what."""
        for what in (MOUNTED_AT, MOUNTED_FROM):
            noted = recalled.notes.get(what)
            if isinstance(noted, dict):
                self._scene.tree.notes[what] = noted
        for node in recalled.mounted:
            if node.branch is not None and node.branch.top is not node:
                self._plant(node, self._scene.tree.relative(node), None)
        for node, identity in recalled.tops.items():
            if node.branch is not None and node.branch.top is node:
                node.branch.trusted = identity

    def _find(self, relative: bytes) -> Node | None:
        return self._scene.tree.find(relative)

    def _read(self) -> None:
        """Find out where the ground lies, which may be behind a link, and what is mounted there."""
        self._real = _real(self._scene.ground.folder)
        self._mounts = self._read_mounts()
        self._know_below(mounts.below(self._real, self._mounts))

    def _know_below(self, below: dict[bytes, Mount]) -> None:
        self._below = below
        self._around_tops = {each.rpartition(b"/")[0] for each in (*self._nested, *below)}

    def _plant(self, node: Node, relative: bytes, folder: WatchedFolder | None) -> None:
        outer = node.branch
        owner = folder
        if owner is None:
            owner = self._scene.ground.folder if outer is None else outer.owner
        branch = Branch(node, outer, owner, self._verdict(relative, owner, folder))
        branch.is_folder = folder is not None
        self._scene.tree.plant(branch)
        if folder is not None and outer is not None:
            spelled = os.fsencode(folder.path.rstrip("/"))
            if spelled != self._scene.tree.path(node):
                self._scene.tree.respelled[node] = spelled

    def _verdict(
        self, relative: bytes, owner: WatchedFolder, folder: WatchedFolder | None
    ) -> Verdict:
        """Choose how to watch what is at a place; `folder` is the one that is configured there."""
        place = self._place(relative)
        if folder is not None and (not relative or self._scene.leads_on(_spelling(folder))):
            place = _real(folder)
        mount = mounts.holding(place, self._mounts)
        return mounts.decide("" if mount is None else mount.fstype, owner.watch)

    def _place(self, relative: bytes) -> bytes:
        top = self._real.rstrip(b"/")
        return top + b"/" + relative if relative else top or b"/"

    def found(self, node: Node) -> None:
        """Make a directory a top if a folder is configured there, or something is mounted."""
        if not self._nested and not self._below:
            return
        relative = self._scene.tree.relative(node)
        folder = self._nested.get(relative)
        is_top = node.branch is not None and node.branch.top is node
        if not is_top and (folder is not None or relative in self._below):
            self._plant(node, relative, folder)

    def may_hold_top(self, node: Node) -> bool:
        """Whether a folder is configured right below a directory, or something is mounted there."""
        return bool(self._around_tops) and self._scene.tree.relative(node) in self._around_tops

    def attend(self) -> None:
        """Look up every top again; what changed is queued for a look."""
        scene = self._scene
        scene.recheck = False
        self._read()
        for relative in self._below:
            node = self._find(relative)
            if node is not None and node.parent is not None:
                self.found(node)
        for branch in list(scene.tree.branches):
            path = scene.tree.path(branch.top)
            if path is not None and branch.top.branch is branch:
                self._check(branch, path)
        self._is_first = False
        if self._wakes_twins:
            self._wake_twins()

    def _check(self, branch: Branch, path: bytes) -> None:
        if self._scene.is_one_of_many(branch) and not self._scene.leads_on(path):
            self._scene.stalled = True
            if branch.attached is None:
                branch.absence = "its file system does not answer"
            return
        identity, why = identify(path)
        if identity != branch.attached:
            branch.confirmed = self._scene.confirmed()  # what was meant was what stood there before
        meant = self._belief.is_meant(branch, self._on())
        if identity is None:
            self._absent(branch, why)
        elif identity == branch.attached and branch.top.wd != ASLEEP and not meant:
            return
        elif branch.outer is None or branch.outer.attached is not None:
            self._came(branch, path, identity)

    def _came(self, branch: Branch, path: bytes, identity: Identity) -> None:
        """Have a top looked at: it is there again, or another directory stands there."""
        if self._was_empty(branch, path, identity):
            branch.top.names = None
        if branch.attached is not None:
            self._scene.put_to_sleep(branch.top)
            self._wakes_twins = True
        self._choose(branch, path)
        if branch.outer is None or not self._is_first:
            mode = Mode.BASELINE if self._is_first_day() else Mode.COMPARE
            self._looker.queue(branch.top, mode)

    def _was_empty(self, branch: Branch, path: bytes, identity: Identity) -> bool:
        """Whether all that is known of a folder is that another directory was empty in its place.

        So it is where a disk was not mounted yet.
        """
        top = branch.top
        if (
            branch.outer is not None
            or top.names != b""
            or top.children
            or top in self._scene.ledger
        ):
            return False
        if branch.attached is not None:
            return branch.attached != identity
        lasting = lasting_identity(path, identity)
        return None not in {lasting, branch.trusted} and lasting != branch.trusted

    def begin_anew(self, branch: Branch) -> bool:
        """Before a top of which nothing is known is judged: whether it is taken as it stands.

        What was written there since it was last seen to be away shows by its time.
        """
        if not self.begins_anew or branch.outer is not None or branch.top.children:
            return False
        self._anew.add(self._spelled(branch))
        self._scene.begin_anew(self._seen_away_s.get(branch, self._scene.started_at_s))
        return True

    def tell_anew(self) -> bool:
        """Tell of folders taken as they stand, now that all of them is watched; whether of any.

        What goes from now on was not meant before.
        """
        for branch in self._scene.tree.branches:
            branch.is_meant = False
        anew, self._anew = self._anew, set()
        for path in sorted(anew):
            self._on_root(path, True)
        return bool(anew)

    def _is_first_day(self) -> bool:
        """Whether what is met is taken as it stands: there is nothing to compare it with."""
        return self._is_first and not self._scene.has_memory

    def _choose(self, branch: Branch, path: bytes) -> None:
        """Choose anew how to watch a top: it may be on another file system than before."""
        relative = self._scene.tree.relative(branch.top)
        folder = branch.owner if branch.is_folder else None
        branch.verdict = self._verdict(relative, branch.owner, folder)
        place = self._place(relative)
        if folder is not None and _real(folder) != place and place not in self._left_behind:
            self._left_behind.add(place)
            self._scene.teller.report(
                "WARNING",
                f"{os.fsdecode(path)} leads to {os.fsdecode(_real(folder))} now, and is watched "
                f"there; what is in {os.fsdecode(place)}, where it led to, is not seen until "
                "plexnudge is restarted",
            )

    def enter(self, branch: Branch, path: bytes) -> bool:
        """Note which directory stands at a top that is about to be looked at; False for none."""
        identity, why = identify(path)
        if identity is None:
            self._absent(branch, why)
            if self._wakes_twins:
                self._wake_twins()
            self._scene.recheck = True
            return False
        branch.attached = identity
        return True

    def judge(self, branch: Branch, found: Listing) -> None:
        """Decide, from what is in a top, whether what is missing in it was deleted."""
        doubt = self._belief.judge(branch, found, self._on())
        if doubt is None:
            self._present(branch)
        else:
            branch.distrust = f"{doubt}; what is missing is not taken for deleted"
            self._say(branch, is_there=False, why=branch.distrust)

    def _on(self) -> On:
        return On(self._mounts, self._below)

    # saying it

    def _present(self, branch: Branch) -> None:
        branch.distrust = None
        self._say(branch, is_there=True, why="")

    def _absent(self, branch: Branch, why: str) -> None:
        self._seen_away_s[branch] = self._wall()
        if branch.attached is not None or branch.top.wd != ASLEEP:
            self._scene.put_to_sleep(branch.top)
            self._wakes_twins = True
        branch.attached = branch.proved = None
        branch.believed = branch.judged = False
        branch.absence = why
        self._say(branch, is_there=False, why=why)

    def _wake_twins(self) -> None:
        """Look again at directories that are watched by another name, which may be gone."""
        self._wakes_twins = False
        for node in self._scene.tree.root.all_below():
            if node.wd == TWIN:
                self._looker.queue(node, Mode.COMPARE)

    def _spelled(self, branch: Branch) -> str:
        return os.fsdecode(self._scene.tree.path(branch.top) or b"") or "/"

    def _say(self, branch: Branch, *, is_there: bool, why: str) -> None:
        path = self._spelled(branch)
        was_there = self._there.get(path)
        if was_there is is_there:
            return
        self._there[path] = is_there
        report = self._scene.teller.report
        if not is_there:
            report("WARNING", f"{path} is not there: {why}. It is watched again when it comes back")
        elif path in self._anew:
            report("INFO", f"{path} is there: taken as it stands, and compared with what Plex has")
        elif was_there is not None:
            report("INFO", f"{path} is there again: compared with what was known, and watched")
        if not is_there:
            self._anew.discard(path)
        if branch.is_folder and path not in self._anew and (was_there is not None or not is_there):
            self._on_root(path, is_there)


def _real(folder: WatchedFolder) -> bytes:
    return where_it_leads(_spelling(folder))


def _spelling(folder: WatchedFolder) -> bytes:
    return os.fsencode(folder.path)
