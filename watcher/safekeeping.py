"""Safekeeping: news becomes part of what is known once it was handed on, and then it is saved.

A directory with news is looked at again when it has been quiet for a while and nobody holds
anything of it in memory only; what was seen then is kept for another while, and if still nothing
happened it is what is known. Only then may it be saved: see `watcher.ledger`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from watcher.known import (
    UNKNOWN,
    carry_over,
    fingerprints,
    join,
    listing,
    look_at_all,
    pack,
    unpack,
)
from watcher.memory import save

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from watcher.ledger import Entry
    from watcher.poll_rounds import Poller
    from watcher.scene import Scene
    from watcher.tree import Node

_AT_ONCE: Final = 200
"""How many directories are looked at again in one go."""

_AT_THE_END: Final = 2000
"""The same for the last go, which nothing waits behind; what is left is found at the next start."""


class Safekeeper:
    """Moves news from the ledger into what is known, and saves it. One thread owns it.

    `file` is where the memory of this tree is kept, None for nowhere. `unsettled` asks for the
    absolute host paths of directories of which something is held in memory only (None: nobody can
    tell now, so nothing is safe); it is called in the watching thread. `delivered` says whether
    all events were handed on.
    """

    def __init__(
        self,
        scene: Scene,
        poller: Poller,
        file: Path | None,
        unsettled: Callable[[], Collection[str] | None] | None,
        delivered: Callable[[], bool],
    ) -> None:
        self._scene = scene
        self._poller = poller
        self._file = file
        self._unsettled = unsettled
        self._delivered = delivered
        self._next_s: float | None = None
        self._save_s: float | None = None
        self._could_save = True

    @property
    def _wait_s(self) -> float:
        pace = self._scene.pace
        return pace.safe_unasked_s if self._unsettled is None else pace.safe_s

    def next_s(self) -> float | None:
        """When there is something to do next, in monotonic seconds."""
        if self._file is None or self._scene.is_comparing:
            return None
        if self._next_s is None and len(self._scene.ledger):
            self._next_s = self._scene.clock() + self._wait_s
        moments = [at for at in (self._next_s, self._save_s) if at is not None]
        return min(moments, default=None)

    def save_soon(self, now: float, *, at_once: bool = False) -> None:
        """Have the memory saved; soon, or as soon as there is nothing else to do."""
        if self._file is not None and (at_once or self._save_s is None):
            self._save_s = now if at_once else now + self._scene.pace.save_s

    def step(self, now: float) -> None:
        """Do what is due, unless events were lost: what is seen may run ahead of what was told."""
        if self._scene.is_comparing:
            return
        if self._next_s is not None and now >= self._next_s:
            self._next_s = None
            if self._delivered() and self._make_safe(now, self._wait_s):
                self.save_soon(now)
        if self._save_s is not None and now >= self._save_s:
            self.save()

    def finish(self, now: float, heard: Callable[[], object]) -> None:
        """Make safe what can be, at the end, and save.

        `heard` handles what the kernel still has to say.
        """
        if self._file is None or self._scene.is_comparing:
            return
        if self._unsettled is not None and self._delivered():
            self._make_safe(now, 0.0, at_once=_AT_THE_END)
            heard()
            if self._scene.is_comparing:
                return
            self._make_safe(now, 0.0, at_once=_AT_THE_END)
        self.save()

    def save(self) -> None:
        """Save what is known; a failure is told once."""
        self._save_s = None
        if self._file is None:
            return
        scene = self._scene
        if scene.is_inspected and scene.uncertain_since_s is not None:
            self._end_uncertainty()
        since_s = scene.uncertain_since_s
        try:
            save(self._file, scene.tree, scene.ledger, uncertain_since_s=since_s)
        except OSError as error:
            if self._could_save:
                self._scene.teller.report(
                    "WARNING",
                    f"what is known of {self._scene.ground.folder.path} cannot be kept in "
                    f"{self._file} ({error.strerror}): what changes while plexnudge is not "
                    "running will be found by `reconcile` only",
                )
            self._could_save = False
        else:
            self._could_save = True

    def _end_uncertainty(self) -> None:
        """Times need not be asked any more, once no news hides a file that nobody had looked at."""
        if not self._scene.ledger.is_unsure():
            self._scene.uncertain_since_s = None

    def _make_safe(self, now: float, quiet_s: float, *, at_once: int = _AT_ONCE) -> int:
        """Look again at directories that are quiet, and accept those that stayed quiet since."""
        unsettled = self._unsettled() if self._unsettled is not None else ()
        if unsettled is None:
            return 0
        pending = frozenset(unsettled)
        done: list[Node] = []
        looked = 0
        for node, entry in self._scene.ledger.quiet_since(now - quiet_s):
            path = self._scene.tree.path(node)
            if node.branch is None or path is None:
                done.append(node)
            elif not pending.isdisjoint(map(os.fsdecode, self._scene.teller.names(path))):
                entry.found = None
            elif self._is_safe(node, path, entry):
                done.append(node)
            else:
                looked += 1
            if looked >= at_once:
                break
        for node in done:
            self._scene.ledger.drop(node)
        return len(done)

    def _is_safe(self, node: Node, path: bytes, entry: Entry) -> bool:
        if node.branch is not None and self._scene.is_silent(node.branch, path):
            return False
        if node.wd < 0 or (node.branch is not None and node.branch.verdict.polls):
            self._poller.absorb(node)  # polled: what is known of it is kept up by the rounds
            return True
        if entry.accept(node):
            return True
        if node.branch is not None and node.branch.distrust:
            return True
        entry.found = self._see(node, path, entry)
        return False

    def _see(self, node: Node, path: bytes, entry: Entry) -> tuple[bytes, bytes] | None:
        """See how a directory is by now; a link of which nothing was told stays as it was known.

        What it leads to lies elsewhere, where nobody may have heard of its change.
        """
        leads_on = self._scene.leads_on
        try:
            names = sorted(listing(path or b"/", leads_on).files)
        except OSError:
            return None
        stable = node.branch is not None and node.branch.verdict.stable_inodes
        before = unpack(carry_over(node.names, node.prints, names), len(names))
        looks = look_at_all(path, names, leads_on)
        prints = fingerprints(path, names, looks, before, stable_inodes=stable)
        for at, (name, old) in enumerate(zip(names, before, strict=True)):
            is_changed = old not in {prints[at], UNKNOWN} and name not in entry.told
            if is_changed and os.path.islink(path + b"/" + name):  # noqa: PTH114 - a path of bytes
                prints[at] = old
        return join(names), pack(prints)
