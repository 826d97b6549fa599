"""Watching one ground: the loop of one thread, in which everything about a tree takes turns.

What the kernel has to say always comes first, in slices between all other work, so that its queue
does not run over while we read directories. Then come the tops, then directories that wait to be
looked at, then files that wait to be inspected, and then whatever has its time. With nothing to
do the thread sleeps until the kernel has something to say.
"""

from __future__ import annotations

import os
import queue
import select
import threading
from typing import TYPE_CHECKING, Final

from watcher import mounts
from watcher.approach import Approach
from watcher.attend import Attendant
from watcher.differences import Mode
from watcher.hear import Hearer
from watcher.hold import Holder
from watcher.inspect_files import Inspector
from watcher.kernel import Flood, Notifier
from watcher.link_news import LinkNews
from watcher.look import Looker
from watcher.memory import MemoryDamagedError, load
from watcher.moves import Moves
from watcher.poll_rounds import Poller
from watcher.recovery import Recovery
from watcher.retry import Retry
from watcher.safekeeping import Safekeeper
from watcher.scene import STALLED_S, Scene
from watcher.teller import Teller
from watcher.tree import REFUSED, SHUT, Tree
from watcher.wake import Wake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watcher.folders import Ground
    from watcher.memory import Recalled
    from watcher.surroundings import Surroundings
    from watcher.tree import Node

_GATHER_MS: Final = 2
"""How long to wait for more when the kernel has something to say: a file that arrives makes three
events and more, and the kernel folds repeated writes into one while nobody reads."""

_DELIVERY_MS: Final = 20
"""How long to wait between two looks whether all that was found out after a loss was handed on."""

_FIRST_RETRY_S: Final = 1.0
"""How soon what cannot be watched is tried again at first: rights are often set a moment later."""

_READS: Final = 8
"""How many reads of the kernel's queue are handled before other work gets a turn."""


class GroundWatch:
    """Watches one ground. Made by any thread; `ring` aside, everything else happens in `run`'s.

    `ready` is set once every directory is watched, or is known not to be there.
    """

    def __init__(self, ground: Ground, around: Surroundings, file: Path | None) -> None:
        self.ground = ground
        self.ready = threading.Event()
        self._around = around
        self.scene = self._make_scene()
        self._file = file
        self._wake = Wake()
        self._poll = select.poll()
        self._pause = select.poll()
        self._approach: Approach | None = None
        self._flood = Flood()
        self.holder = Holder(self.scene)
        inspector = Inspector(self.scene)
        self.looker = Looker(self.scene, self.holder, inspector)
        self._inspector = inspector
        self._moves = Moves()
        self._link_news = LinkNews(self.scene, self._moves, around.on_links, self._leads_now)
        self._lead_now: queue.SimpleQueue[tuple[Node, bytes]] = queue.SimpleQueue()
        self._polls = Poller(self.scene, self.looker, inspector, lambda: int(around.wall() * 1e9))
        self._recovery = self._make_recovery()
        self._hearer = Hearer(
            self.scene, self.looker, self._moves, self._recovery.lost, self._polls.told
        )
        self._tops = self._make_tops()
        self._safe = Safekeeper(self.scene, self._polls, file, around.unsettled, around.delivered)
        self._is_drained = False
        self._is_walked = False
        self._denied, self._absent = Retry(), Retry()
        self._stalled_at_s: float | None = None

    def _make_scene(self) -> Scene:
        around = self._around
        teller = Teller(
            around.put, around.ignored, around.report, around.missed, around.without_noise
        )
        return self._scene_of(Tree(os.fsencode(self.ground.folder.path)), teller)

    def _scene_of(self, tree: Tree, teller: Teller) -> Scene:
        around = self._around
        return Scene(
            self.ground,
            tree,
            teller,
            None,
            around.pace,
            around.clock,
            leads_on=around.leads_on,
            confirmed=around.confirmed,
        )

    def _make_tops(self) -> Attendant:
        return Attendant(self.scene, self.looker, self._around.on_root, wall=self._around.wall)

    def _make_recovery(self) -> Recovery:
        around = self._around
        return Recovery(
            self.scene,
            self.looker,
            self._polls,
            self._moves,
            folders=self._gap_folders,
            on_gap=around.on_gap,
            delivered=around.delivered,
            wall=around.wall,
        )

    def ring(self) -> None:
        """Have the thread look up from its waiting."""
        self._wake.ring()

    def run(self, keep_running: Callable[[], bool]) -> None:
        """Watch until told to stop, then save what is known."""
        with open(mounts.MOUNTINFO, "rb") as table:  # noqa: PTH123 - a kernel file
            try:
                self._begin(table.fileno())
                while keep_running():
                    self._turn(table.fileno())
                self._end()
            finally:
                self.ready.set()
                self._close()

    # beginning and end

    def _begin(self, table: int) -> None:
        scene = self.scene
        started_at_s = scene.started_at_s = self._around.wall()
        self._poll.register(self._wake.fd, select.POLLIN)
        self._pause.register(self._wake.fd, select.POLLIN)
        self._poll.register(table, select.POLLPRI)
        self._listen()
        try:
            self._approach = Approach(self._around.calls)
            self._poll.register(self._approach.fd, select.POLLIN)
        except OSError:
            self._approach = None  # tops that come and go are then looked up from time to time
        self._tops.begin()
        recalled = self._recall()
        scene.has_memory = recalled is not None
        scene.uncertain_since_s = started_at_s if recalled is None else recalled.uncertain_since_s
        scene.is_inspected = scene.uncertain_since_s is None
        self._tops.recall(recalled)
        self._attend()

    def _listen(self) -> None:
        try:
            self.scene.notifier = Notifier(self._around.calls)
        except OSError:
            self.scene.notifier = None
        else:
            self._poll.register(self.scene.notifier.fd, select.POLLIN)

    def _recall(self) -> Recalled | None:
        if self._file is None:
            return None
        try:
            return load(self._file, self.scene.tree)
        except (MemoryDamagedError, OSError) as error:
            self._around.report(
                "WARNING",
                f"{self.ground.folder.path}: what was known is not used ({error}); changes from "
                "before this start are found by `reconcile` only",
            )
            return None

    def _end(self) -> None:
        self.scene.teller.flush()
        self._safe.finish(self.scene.clock(), self._hear)

    def _close(self) -> None:
        self._wake.close()
        if self._approach is not None:
            self._approach.close()
        if self.scene.notifier is not None:
            self.scene.notifier.close()

    # one turn

    def _turn(self, table: int) -> None:
        happened = {fd for fd, _ in self._poll.poll(self._timeout_ms())}
        scene, now = self.scene, self.scene.clock()
        if self._wake.fd in happened:
            self._wake.drain()
            self._was_rung()
        if scene.notifier is not None and scene.notifier.fd in happened:
            self._pause.poll(_GATHER_MS)
            self._is_drained = self._hear()
        else:
            self._is_drained = True
        self._hearer.expire(now)
        if self._approach is not None and self._approach.fd in happened:
            scene.recheck |= self._approach.heard(now)
        if table in happened or scene.recheck:
            self._attend()
        self._note_inspected(now)
        self._by_the_clock(now)
        self._work(now + scene.pace.slice_s)
        if scene.stalled and self._stalled_at_s is None:
            self._stalled_at_s = scene.clock() + self._stalled_s()
        scene.teller.flush()
        if self._is_walked or not self.looker:
            self._link_news.step(now)

    def _was_rung(self) -> None:
        """Hear that another thread wants something."""
        while not self._lead_now.empty():
            self._hearer.leads_now(*self._lead_now.get())

    def _leads_now(self, node: Node, name: bytes) -> None:
        """Hear, from any thread, that a link that led nowhere leads somewhere now."""
        self._lead_now.put((node, name))
        self.ring()

    def _timeout_ms(self) -> int:
        if self.looker or self._inspector or self.scene.recheck or self._is_to_be_ready():
            return 0
        if self._recovery.is_ending():
            return _DELIVERY_MS
        moments = (
            self._moves.next_s(),
            self._polls.next_s(),
            self._safe.next_s(),
            self._recovery.next_s(),
            self._denied.at_s,
            self._absent.at_s,
            self._stalled_at_s,
        )
        next_s = min((at for at in moments if at is not None), default=None)
        if next_s is None:
            return -1
        return max(0, int((next_s - self.scene.clock()) * 1000) + 1)

    def _hear(self) -> bool:
        """Handle what the kernel says; whether that was all of it."""
        notifier = self.scene.notifier
        for _ in range(_READS):
            data = notifier.read() if notifier is not None else b""
            if not data:
                return True
            self._hearer.hear(self._flood.parse(data, self.scene.clock()))
            self.scene.teller.flush()
        return False

    def _attend(self) -> None:
        """Look up the tops; what happens on the way to them from here on will be heard."""
        if self._approach is not None:
            self._approach.arm([self._up_to_silence(path) for path in self._ways()])
        self._tops.attend()
        self._plan_retry()

    def _up_to_silence(self, path: bytes) -> bytes:
        """Return what of a way may be watched: where nothing answers, the place of its end only."""
        own = os.fsencode(self.ground.folder.path)
        if path == own or self.scene.leads_on(path):
            return path
        self.scene.stalled = True
        return path.rpartition(b"/")[0] or b"/"

    def _ways(self) -> list[bytes]:
        """The paths to whose tops the way is watched."""
        folders = [self.ground.folder, *(folder for _, folder in self.ground.nested)]
        return [os.fsencode(folder.path) for folder in folders]

    def _note_inspected(self, now: float) -> None:
        """Note when every file was looked at, and all heard that was said until then."""
        scene = self.scene
        if scene.is_inspected or scene.is_comparing or not self._is_drained:
            return
        if self._is_walked and not (self.looker or self._inspector or self.looker.is_stalled):
            scene.is_inspected = True
            self._safe.save_soon(now, at_once=True)

    def _work(self, until_s: float) -> None:
        if self.looker:
            self.looker.step(until_s)
            if self.looker:
                return
            self._all_looked_at()
        if self._is_to_be_ready():
            self._walked(until_s)
        elif self._inspector:
            self._inspector.step(until_s)
            if not self._inspector:
                self._safe.save_soon(until_s, at_once=True)
        elif self._recovery.is_ending():
            self._recovery.end()

    def _all_looked_at(self) -> None:
        self.holder.report_limit()
        self._plan_retry()
        if self._tops.tell_anew():
            self.scene.walked_at_s = self._around.wall()

    def _walked(self, now: float) -> None:
        """Note the end of the first walk."""
        self.scene.walked_at_s = self._around.wall()
        if not self.scene.has_memory:
            self._safe.save()  # names at least: who is told "ready" may kill us in a moment
        self._is_walked = True
        self._link_news.pass_on()
        self.ready.set()
        self._safe.save_soon(now, at_once=not self._inspector)

    def _is_to_be_ready(self) -> bool:
        """Whether the first walk is not over yet, and nothing is waited for before it is."""
        return not self._is_walked

    # what has its time

    def _by_the_clock(self, now: float) -> None:
        self._recovery.step(now)
        if self._stalled_at_s is not None and now >= self._stalled_at_s:
            self._stalled_at_s = None
            self.scene.stalled, self.scene.recheck = False, True
            self.looker.try_again()
        if any([self._denied.is_due(now), self._absent.is_due(now)]):
            self._retry()
        if self._polls.step(now):
            self._plan_retry()  # a round may have met what cannot be read for the moment
        if not self.looker and not self._inspector:
            self._safe.step(now)

    def _gap_folders(self) -> tuple[str, ...]:
        """The folders that something may be missing of when events were lost."""
        folders = (self.ground.folder, *(folder for _, folder in self.ground.nested))
        return tuple(folder.path for folder in folders)

    def _plan_retry(self) -> None:
        """Decide when to try again what did not work."""
        branches, pace, now = self.scene.tree.branches, self.scene.pace, self.scene.clock()
        denied = sum(branch.refused + branch.shut for branch in branches)
        self._denied.plan(now, denied, _FIRST_RETRY_S, pace.retry_s)
        absent = self._missing() + (self._approach is None)
        self._absent.plan(now, absent, self._absent_s(), self._absent_s())

    def _missing(self) -> int:
        """How many places are looked up now and then, since what belongs there may be not there.

        Or a person may have said meanwhile that it does not.
        """
        return sum(
            branch.attached is None or branch.distrust is not None
            for branch in self.scene.tree.branches
        )

    def _stalled_s(self) -> float:
        """How long to leave alone what does not answer."""
        return STALLED_S

    def _absent_s(self) -> float:
        """How long to wait between looks for a top that is not there."""
        return self.scene.pace.absent_s

    def _retry(self) -> None:
        """Try again what did not work."""
        self._attend()
        if self.scene.notifier is None:
            self._listen()
        self.holder.full = False
        for node in self.scene.tree.root.all_below():
            if node.wd == SHUT:
                self.looker.queue(node, Mode.COMPARE)
            elif node.wd == REFUSED and not self.holder.full:
                path = self.scene.tree.path(node)
                if path is not None and self.holder.hold(node, path) == 0:
                    self.looker.queue(node, Mode.COMPARE)
        self._plan_retry()
