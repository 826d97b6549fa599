"""What became of a scan: a pure decision from what Plex shows, and when to look again.

Plex answers 200 to every scan request; only its catalogue tells what came of it. A look costs one
small request for all sections (who is scanning) and, when that section is still, one for the
directory's files. Looks are spaced wider and wider (`watcher.patience`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.model import Part
    from watcher.patience import Patience
    from watcher.scan_order import Expectation, ScanOrder

MOST_ANALYSES = 2
"""So often a replaced file's analysis is asked for until Plex shows its size."""
MOST_LOSSES = 3
"""So often a scan that Plex is known to have lost is asked for again, without counting."""
SEEN_ANYWAY = 4
"""While the section is scanning, every so many looks the files are looked for all the same."""


class Verdict(StrEnum):
    """What to do about a scan that was asked for."""

    VISIBLE = "visible"
    WAIT = "wait"
    ASK_AGAIN = "ask again"
    ASK_PARENT = "ask for the parent"
    ANALYZE = "analyze"
    NOT_ACCEPTED = "not accepted"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found: expectations met, and for the unmet ones what stands there instead."""

    met: tuple[Expectation, ...]
    unmet: tuple[Expectation, ...]
    stale: tuple[Part, ...] = field(default=())
    """Parts that are there with another size than the disk: replaced, not noticed yet."""


def compare(
    expected: Iterable[Expectation],
    parts: Iterable[Part],
    apart: Callable[[str, str], bool] = lambda _file, _other: False,
) -> Seen:
    """Compare what Plex must know with the parts it has below the scanned directory.

    A part of another spelling is taken for what is expected, unless both are `apart` on the disk.
    """
    by_file: dict[tuple[str, ...], Part] = {}
    exact: dict[str, Part] = {}
    for part in parts:
        if not part.deleted:
            by_file[paths.fold(part.file)] = exact[part.file] = part
    met, unmet, stale = [], [], []
    for wish in expected:
        there = exact.get(wish.file) or by_file.get(paths.fold(wish.file))
        if there is not None and there.file != wish.file and apart(wish.file, there.file):
            there = None
        if _is_met(wish, there, by_file, apart):
            met.append(wish)
            continue
        unmet.append(wish)
        if there is not None and not wish.gone:
            stale.append(there)
    return Seen(tuple(met), tuple(unmet), tuple(stale))


def _is_met(
    wish: Expectation,
    part: Part | None,
    have: dict[tuple[str, ...], Part],
    apart: Callable[[str, str], bool],
) -> bool:
    if wish.is_dir:
        place = paths.fold(wish.file)
        below = any(
            file[: len(place)] == place
            and (
                paths.is_within(part.file, wish.file)
                or not apart(wish.file, _top(part.file, place))
            )
            for file, part in have.items()
        )
        return below is not wish.gone
    if wish.gone:
        return part is None
    if part is None:
        return False
    return wish.size is None or part.size is None or part.size == wish.size


def _top(file: str, place: tuple[str, ...]) -> str:
    """Return as many components of a path, spelled as they are, as a place has."""
    for _ in range(len(paths.components(file)) - len(place)):
        file = paths.parent(file)
    return file


def judge(order: ScanOrder, seen: Seen, now: float, patience: Patience, *, idle: bool) -> Verdict:
    """Decide about an order after a look.

    `idle` says that Plex scans nothing at all now. Only an idle Plex that still does not show a
    file has lost, ignored or refused it: a busy one may come to it.
    """
    if not seen.unmet:
        return Verdict.VISIBLE if order.has_run or is_proof(seen) else Verdict.WAIT
    if not idle or order.asked_at is None:
        return Verdict.WAIT
    if seen.stale and order.has_run and not order.analyses:
        return Verdict.ANALYZE
    since = max(order.asked_at, order.idle_since or order.asked_at)
    if now - since < _patience_s(order, seen, patience):
        return Verdict.WAIT
    if len(seen.stale) == len(seen.unmet) and not is_lost(order):
        return Verdict.ANALYZE if order.analyses < MOST_ANALYSES else Verdict.NOT_ACCEPTED
    return Verdict.ASK_AGAIN if is_lost(order) else _STEPS[min(order.attempts, len(_STEPS)) - 1]


_STEPS = (Verdict.ASK_AGAIN, Verdict.ASK_PARENT, Verdict.NOT_ACCEPTED)


def is_lost(order: ScanOrder) -> bool:
    """Whether Plex shows that it did not scan the section since; believed a few times."""
    return order.ran is False and order.losses < MOST_LOSSES


def _patience_s(order: ScanOrder, seen: Seen, patience: Patience) -> float:
    """Return how long an idle Plex is waited for.

    A file that came may take Plex a while after the scan; what is gone is gone with it, or Plex
    passed the directory over.
    """
    only_gone = all(wish.gone for wish in seen.unmet)
    if is_lost(order):
        return patience.soon_s(order.attempts, order.losses)
    if order.ran and only_gone:
        return patience.soon_s(order.attempts, 0)
    return patience.lost_s(order.attempts)


def is_proof(seen: Seen) -> bool:
    """Whether what Plex shows can only come of a scan: not where it showed the same before."""
    return not any(wish.replaced for wish in seen.met)


def why_not(seen: Seen, reason: str) -> str:
    """Say what Plex does not show; `reason` is the likeliest one for a file that is there."""
    wish = seen.unmet[0]
    more = f" and {len(seen.unmet) - 1} more" if len(seen.unmet) > 1 else ""
    if wish.gone:
        return f"Plex still has {wish.file}{more}, although it is gone from the disk"
    if seen.stale:
        return f"Plex still shows the old size of {wish.file}{more}"
    return f"Plex does not show {wish.file}{more}: {reason}"
