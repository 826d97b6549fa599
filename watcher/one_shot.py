"""A worker for one command: asks Plex and follows up without watching, then tells."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from cache.memory import MemoryStore
from watcher.availability import Availability
from watcher.journal import Journal
from watcher.outcomes import Recent
from watcher.plex_side import Plex
from watcher.statistics import Statistics
from watcher.worker import Means, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from watcher.config_model import Config
    from watcher.host_side import Here
    from watcher.outcomes import Outcome
    from watcher.report import Report
    from watcher.settle import Settled
    from watcher.state import State


class OneShot:
    """Plex and a worker with a journal of its own in memory; the daemon may run beside it.

    What must not be asked for now is given up and told: nobody is here to wait for it. Closes the
    `state` with itself.
    A context manager, used by the main thread. `greet` must have gone through before jobs are
    given, so that an unreachable Plex ends the command instead of being waited for.
    """

    def __init__(self, config: Config, state: State, report: Report, here: Here) -> None:
        self._state = state
        self.plex = Plex(config, self._state, report, here=here)
        self.worker = Worker(
            self.plex.thinking(),
            replace(self.plex.side(), waits=False),
            Means(
                Journal(MemoryStore(time.time)),
                Availability(config.plex.url, lambda: 1.0),
                Statistics(),
                report,
                time.monotonic,
                recent=Recent(most=None),
            ),
            verify=config.actions.verify,
        )

    def __enter__(self) -> Self:
        """Open nothing yet: the worker starts with the first jobs."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the worker, close Plex and the caches."""
        self.worker.stop(self.plex.close)
        self.plex.close()
        self._state.close()

    def confirm_deletions(self) -> None:
        """Let the daemon know that a person meant the deletions that it holds."""
        self._state.confirm_deletions()

    def work(self, jobs: Iterable[Settled], progress: Callable[[int], None]) -> tuple[Outcome, ...]:
        """Do the jobs and wait until each has its outcome; `progress` hears how many have."""
        directories = set()
        for job in jobs:
            self.worker.file(job)
            directories.add(job.directory)
        left = set(directories)
        if not left:
            return ()
        self.worker.start()
        outcomes: list[Outcome] = []
        while left:
            # A job may lead to another one, with an outcome of its own.
            self.worker.recent.wait_for(len(outcomes) + 1, threading.TIMEOUT_MAX)
            news = self.worker.recent.since(len(outcomes))
            outcomes += news
            left.difference_update(each.directory for each in news)
            progress(len(directories) - len(left))
        return tuple(outcomes)
