"""The jobs in hand: what was decided, asked and seen of each, and when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watcher.outcomes import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.change import Change
    from watcher.done import Fact
    from watcher.jobs import Job


@dataclass(slots=True)
class Work:
    """A job in hand: what was decided, asked and seen so far."""

    job: Job
    reason: str
    planned_at: float
    requests: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    """What was given up since it must not be asked for now."""
    timings: dict[str, float] = field(default_factory=dict)
    expected: bool = False
    seen: bool = False
    """A refresh or an analysis left a trace."""
    unseen: list[str] = field(default_factory=list)
    """Refreshes and analyses that left none."""
    late: dict[str, Change] = field(default_factory=dict)
    """Sidecars that came after the scan was asked, when Plex did not know their video yet."""
    along: dict[str, Change] = field(default_factory=dict)
    """Sidecars that are there with what is scanned in, and may have moved along with it."""
    facts: tuple[Fact, ...] = ()
    """How the files of the job looked when it was planned."""
    unknown: bool = False
    """An item that was decided upon is not there any more: to be decided again."""


class Works:
    """Jobs by serial number. Called by the worker thread only.

    `end` is called with each job that waits for nothing any more; `waits` says whether an order
    is left that one waits for.
    """

    def __init__(
        self,
        end: Callable[[Work, Result, str], None],
        waits: Callable[[int], bool],
        *,
        verify: bool,
    ) -> None:
        self._end = end
        self._waits = waits
        self._verify = verify
        self._works: dict[int, Work] = {}

    def __len__(self) -> int:
        return len(self._works)

    def add(self, work: Work) -> None:
        """Begin with a job."""
        self._works[work.job.serial] = work

    def of(self, serials: Iterable[int]) -> list[Work]:
        """Return those of these jobs that are in hand."""
        return [self._works[serial] for serial in serials if serial in self._works]

    def note_request(self, serials: Iterable[int], text: str, now: float) -> None:
        """Note that something was asked for on behalf of jobs."""
        for work in self.of(serials):
            work.timings.setdefault("request", now - work.planned_at)
            work.requests.append(text)

    def note_trouble(self, serials: Iterable[int], text: str) -> None:
        """Note why something that jobs asked for came to nothing."""
        for work in self.of(serials):
            work.troubles.append(text)

    def note_held(self, serials: Iterable[int], text: str) -> None:
        """Note why something that jobs need was not asked for."""
        for work in self.of(serials):
            work.held.append(text)

    def settle_up(self, serials: Iterable[int]) -> None:
        """End those of these jobs that wait for nothing any more."""
        for serial in list(serials):
            if serial in self._works and not self._waits(serial):
                work = self._works.pop(serial)
                self._end(work, *self._result(work))

    def _result(self, work: Work) -> tuple[Result, str]:
        if work.troubles:
            return Result.NOT_ACCEPTED, "; ".join(dict.fromkeys(work.troubles))
        if work.held:
            return Result.HELD, "; ".join(dict.fromkeys(work.held))
        if not work.requests:
            return Result.NOTHING, work.reason
        reason = "; ".join((work.reason, *work.unseen))
        is_seen = work.expected or (work.seen and not work.unseen)
        return Result.VISIBLE if is_seen and self._verify else Result.ASKED, reason
