"""Polling: directories of which the kernel does not tell everything are looked at in rounds.

A round asks each such directory for its time only, and reads those whose time moved. Files that
are written to in place do not move it, and some file systems do not keep it right, so directories
with recent news are read in every round, and all others in turn, a share of them in each round
(in a small tree, all of them). A round is spread over half of its interval, and there is only ever
one for a branch: the next one begins when its time has come, and not before nine times what the
last one cost has passed.
"""

from __future__ import annotations

import errno
import math
import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from watcher import kernel
from watcher.differences import Mode
from watcher.known import UNKNOWN, fingerprint, join, look_at, pack, split, unpack
from watcher.scene import MISSING, STALLED_S
from watcher.tree import ASLEEP, REFUSED, SHUT, TWIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.inspect_files import Inspector
    from watcher.look import Looker
    from watcher.scene import Scene
    from watcher.tree import Branch, Node

_SLICE: Final = 100
"""How many directories are asked at once."""

_REST: Final = 9.0
"""How many times as long as a round's own work there is no other one."""

_SHARE_AT_LEAST: Final = 64
"""How many directories at least are read in a round, whatever their time says: in a small tree
that is all of them."""

_SURE_AFTER_NS: Final = 2_500_000_000
"""How old a directory's time must be to be trusted: FAT keeps it in steps of two seconds, and
what is made within the same step after the look would not move it."""


@dataclass(slots=True, eq=False)
class Round:
    """One round through a branch. Times are monotonic seconds."""

    began_s: float
    number: int
    waiting: list[Node]
    worked_s: float = 0.0


class Poller:
    """Polls the branches of one tree. One thread owns it."""

    def __init__(
        self, scene: Scene, looker: Looker, inspector: Inspector, wall_ns: Callable[[], int]
    ) -> None:
        self._scene = scene
        self._looker = looker
        self._inspector = inspector
        self._wall_ns = wall_ns
        self._times: dict[Node, int] = {}
        self._rounds: dict[Branch, Round] = {}
        self._due: dict[Branch, float] = {}
        self._told: dict[Node, dict[bytes, int | None]] = {}
        """What the kernel told of by name: the fingerprint then, None for what was gone."""

    def next_s(self) -> float | None:
        """When there is something to do next, in monotonic seconds."""
        for branch in self._scene.tree.branches:
            if is_polled(branch) and branch not in self._due:
                self._due[branch] = self._scene.clock() + branch.interval_s
        return min(self._due.values(), default=None)

    def step(self, now: float) -> bool:
        """Do what is due; whether something was."""
        was_due = False
        for branch, at_s in list(self._due.items()):
            if at_s > now:
                continue
            was_due = True
            if branch in self._scene.tree.branches and is_polled(branch):
                self._due[branch] = self._advance(branch, now)
            else:
                self._due.pop(branch)
                self._rounds.pop(branch, None)
        return was_due

    def _advance(self, branch: Branch, now: float) -> float:
        """Begin a branch's round or go on with it; returns when to go on."""
        current = self._rounds.get(branch)
        if current is None or not current.waiting:
            current = self._begin(branch, now, 0 if current is None else current.number + 1)
        top = self._scene.tree.path(branch.top)
        if top is not None and self._scene.is_silent(branch, top):
            return now + min(branch.interval_s, STALLED_S)
        if branch.attached is None or not self._scene.stands(branch):
            current.waiting.clear()
            return now + branch.interval_s
        for _ in range(min(_SLICE, len(current.waiting))):
            if not self._ask(branch, current.waiting.pop(), current.number):
                break
        done_s = self._scene.clock()
        current.worked_s += done_s - now
        if current.waiting:
            return done_s + branch.interval_s / 2 / (1 + branch.directories // _SLICE)
        return max(current.began_s + branch.interval_s, done_s + _REST * current.worked_s)

    def _begin(self, branch: Branch, now: float, number: int) -> Round:
        waiting = [node for node in branch.top.all_below() if is_asked(node, branch)]
        waiting.reverse()
        current = self._rounds[branch] = Round(now, number, waiting)
        if len(self._times) > 2 * len(waiting) + _SLICE:
            self._times = {node: at for node, at in self._times.items() if node.branch is not None}
        return current

    def _ask(self, branch: Branch, node: Node, number: int) -> bool:
        """Ask one directory for its time, and read it if that is worth it; False: stop here."""
        path = self._scene.tree.path(node)
        if path is None or not is_asked(node, branch):
            return True
        try:
            moved_ns = os.stat(path or b"/").st_mtime_ns  # noqa: PTH116 - a path of bytes
        except OSError as error:
            return self._failed(node, error.errno or 0)
        rounds = self._rounds_of_a_full_look(branch)
        is_due = zlib.crc32(path) % rounds == number % rounds
        if is_due or node in self._scene.ledger or moved_ns != self._times.get(node):
            is_sure = self._wall_ns() - moved_ns > _SURE_AFTER_NS
            self._times[node] = moved_ns if is_sure else -1
            self._read(node)
        return True

    def _rounds_of_a_full_look(self, branch: Branch) -> int:
        """In how many rounds each directory is read once."""
        at_leisure = math.ceil(self._scene.pace.full_look_s / branch.interval_s)
        return max(1, min(at_leisure, branch.directories // _SHARE_AT_LEAST))

    def _read(self, node: Node) -> None:
        self.absorb(node)
        self._looker.look_now(node, Mode.COMPARE)

    def _failed(self, node: Node, code: int) -> bool:
        if code in MISSING and node.parent is not None:
            self._looker.queue(node.parent, Mode.COMPARE)
            return True
        if code == errno.EACCES:
            return True  # it lies below one that is shut: the others are not
        self._scene.recheck = True
        return False

    # what the kernel told of polled directories

    def told(self, node: Node, path: bytes, name: bytes, mask: int) -> None:
        """Note that the kernel told of a file in a directory that is polled as well.

        While it is written to, any state of it is as good as told: the end of that is told again.
        """
        if mask & (kernel.DELETE | kernel.MOVED_FROM):
            state = None
        elif mask & kernel.MODIFY:
            state = UNKNOWN
        else:
            state = self._print(node, path + b"/" + name)
        self._told.setdefault(node, {})[name] = state

    def absorb_all(self) -> None:
        """Take in all that the kernel told; before everything is compared."""
        for node in list(self._told):
            self.absorb(node)

    def absorb(self, node: Node) -> None:
        """Take what the kernel told into what is known, so that it is not told again.

        As it was told: what has become of it behind the kernel's back is a difference to that.
        """
        told = self._told.pop(node, None)
        path = self._scene.tree.path(node)
        if not told or path is None or node.branch is None or node.names is None:
            return
        before = split(node.names)
        known = dict(zip(before, unpack(node.prints, len(before)), strict=True))
        for name, state in told.items():
            if state is None:
                known.pop(name, None)
            elif state == UNKNOWN:
                known[name] = self._print(node, path + b"/" + name) or UNKNOWN
            else:
                known[name] = state
        node.names = join(sorted(known))
        node.prints = pack(known[name] for name in sorted(known))

    def _print(self, node: Node, path: bytes) -> int | None:
        found = look_at(path, self._scene.leads_on)
        if found is None or node.branch is None:
            return None
        return fingerprint(path, found, stable_inodes=node.branch.verdict.stable_inodes)


def is_polled(branch: Branch) -> bool:
    """Whether anything in a branch has to be looked at in rounds."""
    return branch.verdict.polls or branch.refused > 0


def is_asked(node: Node, branch: Branch) -> bool:
    """Whether a directory belongs to a branch's rounds."""
    if node.branch is not branch or node.wd in {ASLEEP, SHUT, TWIN}:
        return False
    return branch.verdict.polls or node.wd == REFUSED
