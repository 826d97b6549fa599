"""The composition root: which rooms there are, in which order they start, and stop in reverse."""

from __future__ import annotations

import random
import threading
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from matcher import paths
from matcher.errors import PlexError
from watcher.asked_for import AskedFor
from watcher.availability import Availability
from watcher.completeness import UNREADABLE
from watcher.done import Done
from watcher.guard import Guards
from watcher.host_side import Here, holds_something
from watcher.intake import Intake
from watcher.journal import Journal
from watcher.mounts import missing
from watcher.observe import WatchedFolder, Watching
from watcher.patience import Patience
from watcher.plex_side import Plex, folders_of
from watcher.pulse import Pulse
from watcher.reach import AnsweringTree, Reach, Waits
from watcher.reconcile import Ground
from watcher.reconciler import Reconciler
from watcher.settle import SettleSettings
from watcher.state import State
from watcher.statistics import Statistics
from watcher.status import is_well, status
from watcher.status_server import StatusServer
from watcher.worker import Means, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.completeness import Seen
    from watcher.config_model import Config
    from watcher.following import Link
    from watcher.logs import Log
    from watcher.systemd import Notifier


def jitter() -> float:
    """Return a factor around 1 that spreads the retries of many clients."""
    return random.uniform(0.75, 1.25)  # noqa: S311 - it keeps no secret


class Daemon:
    """The whole daemon of one configuration; `run` and `demo` use this same one.

    Made, started and stopped by the main thread.
    """

    def __init__(
        self,
        config: Config,
        log: Log,
        notifier: Notifier,
        *,
        dry_run: bool = False,
        clock: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
    ) -> None:
        patience = patience or Patience()
        self.config = config
        self.statistics = Statistics()
        self._log = log
        self._notifier = notifier
        self._dry_run = dry_run
        self._clock = clock
        self.state = State(config.cache, log.report, dry_run=dry_run)
        self.reach = Reach(
            (folder.path for folder in config.folders),
            log.report,
            clock=clock,
            waits=Waits(told_s=patience.hangs_s),
        )
        self.guards = Guards(
            config.folders,
            log.report,
            self._on_release,
            confirmed=self.state.confirmation,
            clock=clock,
            answers=self.reach.answers,
        )
        self._folders = folders_of(config)
        self._done = Done(self.state.done)
        self._asked_for = AskedFor()
        self.plex = self._make_plex()
        self.worker = self._make_worker(patience)
        self.intake = self._make_intake()
        self._comparing = self.plex.another_door()
        self._is_back = threading.Event()
        self.reconciler = self._make_reconciler(patience)
        self.watching = self._make_watching()
        self.pulse = Pulse(self, log.report, notifier, clock)
        self._server = StatusServer(
            config.server.listen if config.server else None,
            lambda: status(self),
            lambda: is_well(self),
            log.report,
        )

    def _make_plex(self) -> Plex:
        here = Here(
            self._believe,
            self._settling,
            self._absent,
            self._doubted,
            self._dead,
            self.guards.lost_in,
            self.reach.answers,
            self._loses,
            AnsweringTree(self.reach),
            self._miss,
        )
        return Plex(
            self.config,
            self.state,
            self._log.report,
            here=here,
            clock=self._clock,
            dry_run=self._dry_run,
        )

    def _make_intake(self) -> Intake:
        wish = self.config.settle
        return Intake(
            SettleSettings(wish.quiet_s, wish.max_wait_s, wish.deletions_s),
            self.worker.file,
            self.statistics,
            self._clock,
            self.guards.hear,
            self._look,
        )

    def _make_reconciler(self, patience: Patience) -> Reconciler:
        return Reconciler(
            self._ground,
            self.worker.file,
            self.intake.sink,
            self._log.report,
            self._clock,
            every_s=self.config.reconcile.every_s,
            patience=patience,
            compared=self.worker.compared,
            overcome=self.plex.refused.forget,
            store=self.state.done,
        )

    def _make_worker(self, patience: Patience) -> Worker:
        means = Means(
            Journal(self.state.journal, self.reach.answers),
            Availability(self.config.plex.url, jitter, patience=patience),
            self.statistics,
            self._log.report,
            self._clock,
            patience,
            self.plex.throttle(),
            self.plex.trash,
            self._done,
            self._asked_for,
            lambda path: self.reconciler.ask(path, f"too much changed in {path} at once"),
        )
        return Worker(
            self.plex.thinking(),
            self.plex.side(),
            means,
            verify=self.config.actions.verify and not self._dry_run,
            dry_run=self._dry_run,
        )

    def _make_watching(self) -> Watching:
        return Watching(
            [WatchedFolder(f.path, f.watch, f.poll_interval_s) for f in self.config.folders],
            sink=self._done.hear(self._asked_for.hear(self.intake.sink)),
            ignored=self._folders.is_noise,
            without_noise=self._folders.without_noise,
            report=self._log.report,
            state_directory=self.state.watched,
            progress=self._notifier.status,
            on_root=self._on_root,
            on_gap=self._on_gap,
            on_followed=self._on_followed,
            unsettled=self._unsettled,
            answers=self.reach.answers,
            leads_on=self.reach.leads_on,
            on_missed=self._on_missed,
            confirmed=self.state.confirmation,
        )

    def start(self) -> None:
        """Start every room; returns when every folder is watched or its failure is known."""
        mode = ", dry run: nothing is asked of Plex" if self._dry_run else ""
        self._log.report(
            "INFO",
            f"plexnudge {version('plexnudge')} with {self.config.source}: "
            f"{len(self.config.folders)} folder(s), Plex at {self.config.plex.url}{mode}",
        )
        self.worker.recall()
        for change in self.worker.recalled_losses():
            self.guards.deleted(change.path, self._clock(), change.is_dir)
        self._done.recall()
        self.intake.start()
        self.pulse.start()
        self._server.start()
        self.guards.begin()
        self.watching.start()
        self.guards.learn()
        for folder in self.watching.states():
            self._log.report("WARNING" if folder.problem else "INFO", folder.sentence())
        for event in self._done.settle_up(self._is_away, self.reach.answers):
            self.intake.sink(event)
        # Not before what happened while nobody watched is known: a scan of what was left in the
        # journal could come between the two halves of a move.
        self.worker.start()
        self.reconciler.start()
        if self.config.reconcile.at_start:
            self.reconciler.ask(None, "at start")
        self._notifier.ready()
        directories = sum(folder.directories for folder in self.watching.states())
        folders = len(self.config.folders)
        self._notifier.status(f"watching {directories} directories in {folders} folder(s)")
        self._log.report("INFO", "ready")

    def stop(self) -> None:
        """Stop every room in reverse order; what is unfinished stands in the journal."""
        self._comparing.close()
        self.reconciler.stop()
        self.watching.stop()
        self._server.stop()
        self.pulse.stop()
        self.intake.stop()
        self.worker.stop(self.plex.close)
        self._log.report("INFO", self.pulse.line())
        self.plex.close()
        self.state.close()
        self.reach.close()
        self._log.report("INFO", "stopped")

    def _settling(self) -> frozenset[str] | None:
        return self.intake.settling()

    def _loses(self) -> bool:
        return self.intake.loses()

    def _unsettled(self) -> frozenset[str] | None:
        """What is not safe on disk yet: the watching must be able to tell it again."""
        return None if self.state.is_behind() else self.intake.unsettled()

    def _absent(self) -> tuple[str, ...]:
        return self.watching.absent()

    def _doubted(self) -> tuple[str, ...]:
        return self.watching.doubted()

    def _dead(self) -> tuple[str, ...]:
        return self.watching.dead()

    def _look(self, path: str) -> Seen | None:
        """Look at a path; what its disk took away with it is not gone."""
        seen = self.reach.look(path)
        return UNREADABLE if seen is None and self._is_away(path) else seen

    def _is_away(self, path: str) -> bool:
        """Whether a host path is missing because its whole disk is; any thread may call."""
        folder = self._folder_of(path)
        if not self.reach.answers(path) or (folder is not None and not holds_something(folder)):
            return True
        return any(paths.is_within(path, top) for top in self._absent())

    def _believe(self, path: str) -> str | None:
        """Say why the deletion of a host path must not be believed now; any thread may call."""
        reason = self.guards.check(path)
        doubts = () if reason else self.watching.doubted()
        top = next((top for top in doubts if paths.is_within(path, top)), None)
        return reason if top is None else f"{top} is not there, or not what is known of it"

    def _miss(self, directory: str) -> None:
        self.reconciler.miss(directory)

    def _on_missed(self, path: str, is_dir: bool) -> None:
        """Let the guards count what the watching does not take for deleted."""
        self.guards.deleted(path, self._clock(), is_dir)

    def _on_root(self, folder: str, is_there: bool) -> None:
        """Compare a folder once when it is back; called by watching threads."""
        if not is_there:
            self.reconciler.owe(folder)
        else:
            self._is_back.set()
            self.worker.look_again()
            self.reconciler.ask(folder, f"{folder} is there")

    def _on_followed(self, links: tuple[Link, ...]) -> None:
        """Guard what is watched by way of links; called by a watching thread."""
        self.reach.follow((link.host, link.real) for link in links)
        self.guards.follow(link.host for link in links)

    def _on_gap(self, folder: str, is_open: bool) -> None:
        """Hold what came through until the rest is known; compare with Plex as well."""
        if is_open:
            self.intake.hold(folder)
            self.reconciler.ask(folder, f"events of {folder} were lost")
        else:
            self.intake.release(folder)

    def _on_release(self, folder: str) -> None:
        """Compare a folder once when its guard lets go; called by whoever asked the guard."""
        self.worker.look_again()
        self.reconciler.ask(folder, f"deletions in {folder} are believed again")

    def _folder_of(self, path: str) -> str | None:
        """Return the watched folder that holds a host path."""
        held = self._folders.holding(path)
        return None if held is None else held[0].path

    def _ground(self) -> Ground | None:
        """Return what a comparison rests on; None while Plex has not answered yet."""
        if not self.plex.known.is_set():
            return None
        self.guards.learn()  # also what came after the start
        sections = self._comparing.sections()
        again = self._is_back.is_set()
        self._is_back.clear()
        try:
            self.plex.learn_mapping(sections, self._comparing, again=again)
        except PlexError:
            self._is_back.set()
            raise
        return Ground(
            self._comparing,
            sections,
            self.plex.mappings,
            self._folders,
            self.plex.refused.as_they_were(),
            self.guards.check,
            doubted=(*self.watching.doubted(), *missing()),
            answers=self.reach.answers,
            alike=self.plex.host.alike,
        )
