"""What the parts that watch one tree share: the tree, the kernel's ear, the teller, the times."""

from __future__ import annotations

import errno
import math
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from watcher.known import anywhere
from watcher.ledger import Ledger
from watcher.remains import Remains
from watcher.tree import ASLEEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.folders import Ground
    from watcher.kernel import Notifier
    from watcher.teller import Teller
    from watcher.tree import Branch, Identity, Node, Tree

MISSING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""Errors that mean: there is no such directory."""

STALLED_S: Final = 5.0
"""So long at most what does not answer is left alone until it is tried again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the watching waits for what, in seconds.

    `grace_s`: for the other half of a move. `calm_s`: after an overflow, for the storm to pass.
    `retry_s`: before unreadable directories and refused watches are tried again. `absent_s`:
    between looks for a folder that is not there, beside being told. `safe_s`: until news counts
    as handed on for good (`safe_unasked_s` where nobody can be asked what still settles).
    `save_s`: between two savings of the memory. `full_look_s`: until each polled directory was
    looked at whatever its time says. `slice_s`: how long the kernel's queue may be left alone.
    """

    grace_s: float = 0.05
    calm_s: float = 0.3
    retry_s: float = 30.0
    absent_s: float = 15.0
    safe_s: float = 10.0
    safe_unasked_s: float = 300.0
    save_s: float = 300.0
    full_look_s: float = 900.0
    slice_s: float = 0.02


@dataclass(slots=True)
class Scene:
    """One ground and what is going on in it. Owned by the thread that watches the ground.

    `started_at_s` is when that began, in wall-clock seconds.
    `uncertain_since_s` and `walked_at_s` are wall-clock seconds: from when on, and until when, a
    file whose fingerprint is not known may have changed without a word; there is no such time
    once all is known for certain. `is_inspected` where every file was looked at once, and nothing
    that was said until then was lost; `is_comparing` from an overflow until what was lost is
    found out. `recheck` asks for a look at the tops. `removed` are watch descriptors of which the
    kernel may still have something to say. `leads_on` says whether all answers on the way to a
    path, and behind it, for a link; `stalled` is set where something did not, so that it has to
    be tried again. `confirmed` gives a number that changes whenever a person says that what is
    missing was meant.
    """

    ground: Ground
    tree: Tree
    teller: Teller
    notifier: Notifier | None
    pace: Pace
    clock: Callable[[], float]
    ledger: Ledger = field(default_factory=Ledger)
    remains: Remains = field(default_factory=Remains)
    uncertain_since_s: float | None = None
    walked_at_s: float | None = None
    started_at_s: float = 0.0
    has_memory: bool = False
    is_inspected: bool = True
    is_comparing: bool = False
    recheck: bool = False
    removed: set[int] = field(default_factory=set)
    leads_on: Callable[[bytes], bool] = anywhere
    confirmed: Callable[[], int | None] = lambda: None
    stalled: bool = False

    def is_silent(self, branch: Branch, path: bytes) -> bool:
        """Whether nothing may be looked at in a branch now, at a path: who answers for it does not.

        Then it is tried again later, and nothing is concluded meanwhile. Not asked of a folder
        itself: its thread has nothing else to do.
        """
        if not branch.verdict.may_hang or not self.is_one_of_many(branch) or self.leads_on(path):
            return False
        self.stalled = True
        return True

    def is_one_of_many(self, branch: Branch) -> bool:
        """Whether the thread that watches a branch has others to watch as well."""
        return branch.outer is not None or branch.top is not self.tree.root

    def uncertain(self) -> tuple[float, float] | None:
        """Within which wall-clock times what is not known may have changed; None for never."""
        if self.uncertain_since_s is None:
            return None
        return self.uncertain_since_s, math.inf if self.walked_at_s is None else self.walked_at_s

    def begin_anew(self, since_s: float) -> None:
        """Note that nothing is known of the ground, which is taken as it stands from now on.

        What changed there since a wall-clock time shows by its time, as on the first day.
        """
        before_s = self.uncertain_since_s
        self.uncertain_since_s = since_s if before_s is None else min(before_s, since_s)
        self.has_memory = self.is_inspected = False

    def doubt(self, now_s: float) -> None:
        """Forget every fingerprint: what it was taken from may have changed without a word.

        So it is where events were lost before all files had been looked at once. What changed
        until `now_s`, in wall-clock seconds, shows by its time then.
        """
        self.walked_at_s = now_s
        self.ledger.doubt()
        for node in self.tree.root.all_below():
            if node.wd != ASLEEP:
                node.known_links()  # they may have been known by their fingerprints alone
                node.prints = b""

    def touch(self, node: Node) -> None:
        """Note news in a directory, before anything of it is changed."""
        self.ledger.touch(node, self.clock())

    def lose(self, node: Node, path: bytes) -> None:
        """Drop a directory that is gone from a path, and remember what was in it."""
        self.remains.keep(path, node, self.ledger, self.clock(), is_inspected=self.is_inspected)
        self.ledger.leave(node)
        self.forget(node)

    def forget(self, node: Node) -> None:
        """Drop a directory and everything below it, with its watches."""
        self.ledger.drop(node)
        self._remove(self.tree.forget(node))

    def put_to_sleep(self, node: Node) -> None:
        """Stop watching a directory and everything below it, and remember all of it.

        As it was seen last: others were told of that, and it is compared when it is back. Where
        nobody looked after the last news, what is back is told again, whatever it is then.
        """
        for below, entry in self.ledger.quiet_since(math.inf):
            if self.is_below(below, node) and not entry.accept(below):
                entry.doubt(below)
        self._remove(self.tree.fall_asleep(node))
        for branch in self.tree.branches:
            if branch.top.wd < 0 and self.is_below(branch.top, node):
                branch.attached = branch.proved = None
                branch.believed = branch.judged = False

    @staticmethod
    def is_below(node: Node, top: Node) -> bool:
        """Whether a directory is another one or below it."""
        each: Node | None = node
        while each is not None and each is not top:
            each = each.parent
        return each is top

    def _remove(self, held: list[int]) -> None:
        for wd in held:
            self.removed.add(wd)
            if self.notifier is not None:
                self.notifier.remove(wd)

    def stands(self, branch: Branch) -> bool:
        """Whether the directory at the top of a branch is still the one that was looked at.

        Asked before something is taken for deleted: below a top that went away everything is
        missing, and nothing of it is a deletion.
        """
        path = self.tree.path(branch.top)
        if path is not None and branch.attached is not None:
            identity, _ = identify(path)
            if identity == branch.attached:
                return branch.outer is None or self.stands(branch.outer)
        self.recheck = True
        return False

    def is_emptied(self, branch: Branch) -> bool:
        """Whether nothing is in the top of a branch, or can be seen there, where something was.

        A file system that is polled may show an empty directory for as long as what is behind it
        is away. That is no deletion of what is below.
        """
        path = self.tree.path(branch.top)
        if not branch.known():
            return False
        try:
            with os.scandir(path or b"/") as entries:
                return next(entries, None) is None
        except OSError:
            return True


def identify(path: bytes) -> tuple[Identity | None, str]:
    """Say which directory stands at a path, or None and why there is none; links are followed."""
    try:
        found = os.stat(path or b"/")  # noqa: PTH116 - a path of bytes
    except OSError as error:
        return None, error.strerror or str(error)
    if not stat.S_ISDIR(found.st_mode):
        return None, "it is not a directory"
    return (found.st_dev, found.st_ino), ""


def lasting_identity(path: bytes, attached: Identity) -> Identity | None:
    """Say which directory stands at a path so that it holds after a reboot, None where nobody can.

    Device numbers are given out anew: the next tmpfs, FUSE or USB disk gets the number of the
    last. Many file systems have a number of their own, made of their UUID; others report the
    device number in its place, or nothing (statfs(2), "The f_fsid field").
    """
    try:
        own = os.statvfs(path or b"/").f_fsid
    except OSError:
        return None
    return (own, attached[1]) if own not in {0, attached[0]} else None
