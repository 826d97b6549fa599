"""The closed loop: real folders, the whole daemon in process, a simulated Plex that really scans.

A test changes files and waits until the loop is at rest; the judge is the simulated Plex itself,
which knows what it has, what was asked of it, and what no good client asks.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from waiting import wait_until

from watcher.app import Daemon
from watcher.config import load_config
from watcher.logs import Log
from watcher.outcomes import Result
from watcher.patience import Patience
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection
from watcher.systemd import Notifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from watcher.outcomes import Outcome
    from watcher.simulated_plex.catalogue import Item

MOVIES, TV, ANIME = 1, 2, 3
"""The keys of the three libraries; the last two hold shows."""
IMPATIENT = Patience(
    looks_s=(0.03, 0.06, 0.12, 0.25, 0.5),
    early_looks_s=(),
    lost_after_s=(0.6, 0.8, 1.2),
    begins_s=0.1,
    busy_s=4.0,
    held_s=0.3,
    hangs_s=2.0,
    settling_s=0.05,
    first_back_off_s=0.1,
    longest_back_off_s=0.5,
    longest_retry_s=0.5,
    refused_s=0.4,
)
WITHOUT_FILTER = replace(IMPATIENT, lost_after_s=(2.8, 3.0, 3.2))
"""For a server without the file filter: what it has is loaded at most every two seconds."""
QUICK = Behaviour(start_delay_s=0.01, scan_s=0.005, refresh_s=0.01, analyze_s=0.01)
"""A server that takes its time for everything, but not the tests'."""
ROUTES = (
    "GET /",
    "GET /library/sections",
    "GET /library/sections/*/all",
    "GET /library/sections/*/refresh",
    "GET /library/metadata/*",
    "GET /activities",
    "PUT /library/metadata/*/refresh",
    "PUT /library/metadata/*/analyze",
)
"""Every route of Plex that the daemon asks."""
CONFIG = """
plex: {{url: "{url}", token: "{token}", timeout: 700ms}}
folders:
  - {{path: "{place}/nas/Movies", plex_path: /data/Movies}}
  - {{path: "{place}/nas/TV", plex_path: /data/TV}}
  - {{path: "{place}/nas/Anime", plex_path: /data/Anime}}
settle: {{quiet: 200ms, max_wait: 4s, deletions: 500ms}}
cache: {{directory: "{place}/state"}}
reconcile: {{at_start: false, every: 0s}}
server: null
"""


class Told(Log):
    """A log that keeps its lines in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._begun = time.monotonic()

    def report(self, level: str, sentence: str) -> None:
        """Keep one sentence; called by any thread."""
        at = time.monotonic() - self._begun
        with self._lock:
            self._lines.append(f"{at:7.3f} {level:7} {sentence}")

    def lines(self, *wanted: str) -> list[str]:
        """Return the lines that hold every one of these texts."""
        with self._lock:
            return [line for line in self._lines if all(text in line for text in wanted)]


@dataclass
class Loop:
    """A NAS, its Plex, and the daemon between them. Paths are given below the NAS's folder."""

    place: Path
    plex: SimulatedPlex
    told: Told
    daemon: Daemon
    marks: dict[str, int] = field(default_factory=dict)

    # --- what happens on the NAS

    def path(self, below: str) -> Path:
        """Return where a file such as "Movies/Heat (1995)/Heat (1995).mkv" really lies."""
        return self.place / "nas" / below

    def put(self, below: str, size: int = 4000, *, seed: int = 0) -> None:
        """Write a file, with content that no other name, size or seed gives."""
        write(self.path(below), size, seed=seed)

    def remove(self, below: str) -> None:
        """Delete a file."""
        self.path(below).unlink()

    def move(self, below: str, to: str) -> None:
        """Rename a file or directory; the folder that it goes to is made."""
        self.path(to).parent.mkdir(parents=True, exist_ok=True)
        self.path(below).rename(self.path(to))

    # --- the daemon

    def restart(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Stop the daemon, let something happen, and start another one on the same state."""
        self.daemon.stop()
        meanwhile()
        config = load_config(self.place / "config.yaml", {})
        self.daemon = Daemon(config, self.told, Notifier({}), patience=IMPATIENT)
        self.daemon.start()

    # --- what Plex has

    def key(self, below: str) -> int | None:
        """Return the ratingKey of the item that has this file, trash included."""
        return self.plex.key_of(f"/data/{below}")

    def item(self, below: str) -> Item:
        """Return the item that has this file."""
        key = self.key(below)
        assert key is not None, f"Plex does not have {below}"
        return self.plex.catalogue.items[key]

    def has(self, below: str) -> bool:
        """Whether Plex has a file that is not in its trash."""
        return any(f"/data/{below}" in self.plex.files(key) for key in (MOVIES, TV, ANIME))

    def scans(self) -> list[str]:
        """Return the directories of every scan that was asked for."""
        return [str(scan.path) for scan in self.plex.scans]

    # --- waiting and judging

    def differences(self) -> list[str]:
        """Say how libraries and disk differ, local files and analyses included."""
        return self.plex.in_step_with_disk(local_files=True)

    def is_still(self) -> bool:
        """Whether nothing waits, runs or is followed up on either side."""
        return (
            self.daemon.intake.pending() == 0
            and self.daemon.worker.waiting() == 0
            and self.plex.idle()
        )

    def rest(self, deadline_s: float = 20.0) -> None:
        """Wait until both sides are still and agree, and have been for a while."""
        seen = [0]

        def rested() -> bool:
            good = self.is_still() and not self.differences()
            seen[0] = seen[0] + 1 if good else 0
            return seen[0] >= 20  # looks 10 ms apart: longer than an event takes to be delivered

        wait_until(rested, deadline_s, self.story)

    def log(self) -> str:
        """Tell what was told, without a look at the disks, which may hang."""
        return "\n".join(self.told.lines())

    def story(self) -> str:
        """Tell everything that helps to understand a failure."""
        scans = [f"{s.section} {s.path} {s.result} {s.reason}" for s in self.plex.scans]
        return "\n".join(
            (
                "differences:",
                *self.differences(),
                f"pending {self.daemon.intake.pending()}",
                f"in hand {self.daemon.worker.waiting()}, plex idle {self.plex.idle()}",
                f"behaviour: {self.plex.behaviour}",
                *(f"violation: {wrong}" for wrong in self.plex.violations),
                "scans:",
                *scans,
                "log:",
                *self.told.lines(),
            )
        )

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return every outcome so far."""
        return self.daemon.worker.recent.last()

    def judge(self, most_scans: int) -> None:
        """Hold everything that is true of every good run."""
        assert self.differences() == [], self.story()
        assert self.plex.violations == (), self.story()
        assert len(self.plex.scans) <= most_scans, self.story()
        assert not self.told.lines("a bug in plexnudge"), self.story()
        bad = [one for one in self.outcomes() if one.result in {Result.FAILED, Result.NOT_ACCEPTED}]
        assert bad == [], self.story()

    def repeated(self) -> dict[str, int]:
        """Count the directories that were scanned more than once."""
        return {path: n for path, n in Counter(self.scans()).items() if n > 1}


def write(path: Path, size: int, *, seed: int = 0) -> None:
    """Write a file of a size, with content that depends on its name, size and seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content(path.name, size, seed=seed))


def content(name: str, size: int, *, seed: int = 0) -> bytes:
    """Return so many bytes that no other name, size or seed gives."""
    block = hashlib.sha256(f"{name} {size} {seed}".encode(errors="surrogateescape")).digest()
    return (block * (size // len(block) + 1))[:size]


def sections(nas: Path) -> list[SimSection]:
    """Return the three libraries of the loop."""
    return [
        SimSection("Films", "movie", (SimLocation("/data/Movies", nas / "Movies"),)),
        SimSection("Series", "show", (SimLocation("/data/TV", nas / "TV"),)),
        SimSection("Anime", "show", (SimLocation("/data/Anime", nas / "Anime"),)),
    ]


@contextlib.contextmanager
def closed_loop(
    place: Path, behaviour: Behaviour, files: dict[str, int], patience: Patience = IMPATIENT
) -> Iterator[Loop]:
    """Furnish a NAS with files (below it, with sizes), let Plex scan it, start the daemon."""
    nas = place / "nas"
    for name in ("Movies", "TV", "Anime"):
        (nas / name).mkdir(parents=True, exist_ok=True)
    for below, size in files.items():
        write(nas / below, size)
    with SimulatedPlex(sections(nas), behaviour=behaviour) as plex:
        plex.scan()
        assert plex.wait_until_idle()
        plex.record.clear()
        with plex.catalogue.changed:
            # Plex dates work to the second: that of a test has to show.
            for item in plex.catalogue.items.values():
                item.updated_at -= 3600
            for section in plex.catalogue.sections.values():
                section.scanned_at -= 3600
        config = place / "config.yaml"
        config.write_text(CONFIG.format(url=plex.url, token=plex.token, place=place))
        config.chmod(0o600)
        told = Told()
        daemon = Daemon(load_config(config, {}), told, Notifier({}), patience=patience)
        loop = Loop(place, plex, told, daemon)
        daemon.start()
        try:
            yield loop
        finally:
            loop.daemon.stop()
