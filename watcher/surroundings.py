"""What the watching of a ground needs from outside: the kernel, and who hears of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from watcher.events import Event
    from watcher.kernel import Calls
    from watcher.link_news import FoundLinks
    from watcher.scene import Pace


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a ground's watching needs from outside.

    `put` takes a batch of events and may block; `ignored` and `without_noise` say what is noise,
    see `watcher.teller`; `delivered` says whether all that was put has been handed on. `on_links`
    takes all links that are known and lead to a directory or nowhere, whenever that may have
    changed. `missed` hears what is missing but not told as deleted, and whether it is a directory.
    `wall` gives seconds since the epoch, `clock` monotonic seconds. `leads_on` says whether all
    answers on the way to a path, and behind it, for a link.
    """

    calls: Calls
    put: Callable[[list[Event]], None]
    delivered: Callable[[], bool]
    ignored: Callable[[str, bool], bool]
    without_noise: Callable[[list[bytes]], list[bytes] | None]
    report: Callable[[str, str], None]
    missed: Callable[[str, bool], None]
    on_root: Callable[[str, bool], None]
    on_gap: Callable[[str, bool], None]
    on_links: Callable[[FoundLinks], None]
    unsettled: Callable[[], Collection[str] | None] | None
    pace: Pace
    clock: Callable[[], float]
    wall: Callable[[], float]
    leads_on: Callable[[bytes], bool]
    confirmed: Callable[[], int | None]
