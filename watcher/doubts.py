"""Which deletions a command must not believe, and why: it has watched nothing itself.

Asked are the guards, what earlier watching remembers, the running daemon if there is one, and
/etc/fstab. Each knows something that the others do not: a daemon that runs has seen a disk go away
that has no lasting identity, and without one there is what was known when the last one ended.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Final

from matcher import paths
from watcher.directories import around
from watcher.mounts import missing
from watcher.neighbour import ask
from watcher.remembered import Doubt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watcher.config_types import Listen
    from watcher.guard import Guards
    from watcher.reconcile import Place
    from watcher.remembered import Remembered

MOMENT_S: Final = 1.0
"""So long what was found out is believed; a disk may go away while a command is at work."""
SILENT_S: Final = 60.0
"""So long a daemon that did not answer is not asked again."""
_BY_FSTAB: Final = "/etc/fstab wants something mounted there, and nothing is"
_BY_DAEMON: Final = "it is not there, or not what the running daemon knows of it"
CURE: Final = "If it was meant, run: plexnudge reconcile --believe-deletions"


class Doubts:
    """What is doubted now; any thread may call.

    `believe_all`: a person has said that what is gone was meant. That counts for what is there:
    nobody can have meant what is absent, empty, or not mounted. `clock` gives monotonic seconds.
    """

    def __init__(
        self,
        guards: Guards,
        remembered: Remembered,
        listen: Listen | None,
        clock: Callable[[], float],
        *,
        believe_all: bool = False,
    ) -> None:
        self._guards = guards
        self._remembered = remembered
        self._listen = listen
        self._clock = clock
        self._believe_all = believe_all
        self._lock = threading.Lock()
        self._found: tuple[Doubt, ...] = ()
        self._held_by_daemon: dict[str, str] = {}
        self._until = float("-inf")
        self._silent_until = float("-inf")
        self._held: dict[str, str] = {}
        self._lost: frozenset[str] = frozenset()

    def all(self) -> tuple[Doubt, ...]:
        """Name the host directories below which what is missing was not deleted for certain."""
        with self._lock:
            if self._clock() >= self._until:
                self._found = tuple(self._find())
                self._until = self._clock() + MOMENT_S
            return self._found

    def doubted(self) -> tuple[str, ...]:
        """Name them by their paths alone."""
        return tuple(doubt.path for doubt in self.all())

    def absent(self) -> tuple[str, ...]:
        """Name those of them that are not there, or of which nothing is left."""
        return tuple(doubt.path for doubt in self.all() if doubt.is_away and _is_bare(doubt.path))

    def why(self, path: str) -> str | None:
        """Say why the deletion of a host path must not be believed now, or None."""
        reason = self.why_held(path)
        doubts = self.all() if reason is None else ()
        around_it = (each for each in doubts if paths.is_within(path, each.path))
        return next(map(self.sentence, around_it), reason)

    def why_held(self, path: str) -> str | None:
        """Say why no deletion in the folder of a host path must be believed now, or None."""
        self.all()
        held = {**self._held_by_daemon, **self._held}
        by_others = (why for top, why in held.items() if paths.is_within(path, top))
        return self._guards.check(path) or next(by_others, None)

    def sentence(self, doubt: Doubt) -> str:
        """Say of a doubt what it is, and what to do about it."""
        said = f"{doubt.path}: {doubt.why}"
        return said if doubt.is_away else f"{said}. {CURE}"

    def is_strange(self, top: str) -> bool:
        """Whether nobody remembers what was in a host directory."""
        return not self._remembered.knows(top)

    def lost_in(self, directory: str) -> bool:
        """Whether something whose deletion is not believed lies in a host directory."""
        return directory.rstrip("/") in self._lost

    def compared(self, places: Iterable[Place]) -> None:
        """Hear what a comparison found: scans must not make true what it did not believe."""
        lost: set[str] = set()
        for place in places:
            spared = [file for files in place.spared.values() for file in files]
            if place.held is not None:
                self._held.update(dict.fromkeys(place.hosts, place.held))
                spared += [change.path for change in place.difference.gone]
            for file in spared:
                lost.update(around(file))
        self._lost = frozenset(lost)

    def _find(self) -> Iterable[Doubt]:
        state = self._ask_daemon()
        known = {doubt.path: doubt for doubt in self._remembered.doubts()}
        for top in state.get("doubted", ()):
            known.setdefault(top, Doubt(top, _problem(state, top), _is_bare(top)))
        for top in missing():
            known.setdefault(top, Doubt(top, _BY_FSTAB, is_away=True))
        held = state.get("deletions_held", {})
        self._held_by_daemon = {} if self._believe_all else held
        return (each for each in known.values() if each.is_away or not self._believe_all)

    def _ask_daemon(self) -> dict[str, Any]:
        if self._listen is None or self._clock() < self._silent_until:
            return {}
        try:
            return ask(self._listen)
        except (OSError, ValueError):
            self._silent_until = self._clock() + SILENT_S
            return {}


def _problem(state: dict[str, Any], top: str) -> str:
    """Say what the daemon says of a folder."""
    said = (each["problem"] for each in state.get("folders", ()) if each["path"] == top)
    return next(filter(None, said), _BY_DAEMON)


def _is_bare(path: str) -> bool:
    """Whether a directory is not there, or nothing is in it."""
    try:
        with os.scandir(path) as entries:
            return next(entries, None) is None
    except OSError:
        return True
