"""What the running daemon says of itself: one plain value, for the status route and the command."""

from __future__ import annotations

from dataclasses import asdict, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from matcher.paths import is_within, parent
from watcher.outcomes import Result

if TYPE_CHECKING:
    from watcher.app import Daemon
    from watcher.folders import FolderState
    from watcher.outcomes import Outcome

LAST = 50


def status(daemon: Daemon) -> dict[str, Any]:
    """Return the state of everything, as JSON can say it; any thread may call."""
    snapshot = daemon.statistics.snapshot()
    return {
        "version": version("plexnudge"),
        "config": str(daemon.config.source),
        "plex": daemon.worker.plex_state(),
        "folders": [_folder(each, daemon.reach.hanging()) for each in daemon.watching.states()],
        "doubted": list(daemon.watching.doubted()),
        "deletions_held": daemon.guards.reasons(),
        "settling": daemon.intake.pending(),
        "jobs": daemon.worker.waiting(),
        "failing": [asdict(each) for each in daemon.worker.failing()],
        "not_accepted": _not_accepted(daemon),
        "last": [_outcome(each) for each in daemon.worker.recent.last()[-LAST:]],
        "counters": dict(snapshot.counters),
        "timings_s": {
            stage: {"count": t.total, "p50": t.p50_s, "p95": t.p95_s, "max": t.max_s}
            for stage, t in snapshot.stages.items()
        },
        "caches": {name: asdict(one) for name, one in daemon.state.statistics().items()},
    }


def is_well(daemon: Daemon) -> bool:
    """Whether every folder is watched and every thread makes progress."""
    has_problem = any(each.problem for each in daemon.watching.states())
    return daemon.pulse.is_well() and not has_problem and not daemon.reach.hanging()


def _folder(state: FolderState, hanging: dict[str, str]) -> dict[str, Any]:
    hangs = next((why for top, why in hanging.items() if is_within(top, state.path)), None)
    return asdict(replace(state, problem=state.problem or hangs))


def _not_accepted(daemon: Daemon) -> list[dict[str, Any]]:
    """What still needs somebody's eye: files that Plex did not take, and outcomes of this run.

    The files outlive a restart, and each stays until it changes or is asked for again.
    """
    refusals = daemon.plex.refused.all()
    files = [
        {
            "result": str(Result.NOT_ACCEPTED),
            "directory": parent(each.host),
            "path": each.host,
            "changes": 1,
            "requests": [],
            "reason": each.sentence(),
            "timings_s": {},
            "at": each.at,
        }
        for each in refusals
    ]
    told = {parent(each.host) for each in refusals}
    return [
        *(_outcome(each) for each in daemon.worker.recent.open() if each.directory not in told),
        *files,
    ]


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "result": str(outcome.result),
        "directory": outcome.directory,
        "changes": outcome.changes,
        "requests": list(outcome.requests),
        "reason": outcome.reason,
        "timings_s": outcome.timings,
        "at": outcome.told_at,
    }
