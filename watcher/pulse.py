"""The pulse: statistics into the log on an interval, status and life signs to systemd."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from watcher.statistics import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.app import Daemon
    from watcher.report import Report
    from watcher.systemd import Notifier

FOR_EVER_S = 365 * 86_400.0
RETRY_S = 30.0
"""How often it is tried again to save what the state disk refused."""
GRACE_S = 60.0
"""How much longer than one request to Plex may take a step of the worker may last."""


class Pulse:
    """Owns the thread "pulse". A life sign is sent only while every other thread makes progress."""

    def __init__(
        self, daemon: Daemon, report: Report, notifier: Notifier, clock: Callable[[], float]
    ) -> None:
        self._daemon = daemon
        self._report = report
        self._notifier = notifier
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse")

    def start(self) -> None:
        """Start the pulse thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop and join the pulse thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def line(self) -> str:
        """Return the statistics so far as one readable line."""
        return one_line(self._daemon.statistics.snapshot(), self._daemon.state.statistics())

    def _run(self) -> None:
        # 0 is "at stop only": then the pulse beats for systemd alone.
        every = self._daemon.config.logging.stats_every_s or FOR_EVER_S
        beat = self._notifier.watchdog_interval_s
        told_at = self._clock()
        while not self._stopping.wait(min(every, beat or every, self._retry_s())):
            self._daemon.state.catch_up()
            if beat is not None and self.is_well():
                self._notifier.watchdog()
            if self._clock() - told_at >= every:
                told_at = self._clock()
                self._report("INFO", self.line())
                self._notifier.status(f"{self._daemon.worker.waiting()} jobs waiting")

    def _retry_s(self) -> float:
        return RETRY_S if self._daemon.state.is_behind() else FOR_EVER_S

    def is_well(self) -> bool:
        """Whether every thread that must make progress does; any thread may call."""
        patience = self._daemon.config.plex.timeout_s + GRACE_S
        return (
            self._daemon.worker.alive(self._clock(), patience)
            and self._daemon.intake.alive()
            and self._daemon.watching.healthy()
        )
