"""Chaos: a NAS, its Plex and the daemon as a process, and everything that happens to them.

Which things happen, to which files and in which order follows from a seed alone. What is known of
the files is kept here, so that neither Plex nor the daemon has a say in it. In the end there is a
judge: disk and Plex agree, no item that only moved or was upgraded became another one, and nothing
was asked that no good client asks.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from closed_loop import QUICK, ROUTES, write
from waiting import wait_until

from watcher.simulated_plex.faults import Fault, Kind
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from watcher.simulated_plex.record import Asked

TOKEN = "t0ken-of-the-chaos"
HERE = Path(__file__).resolve().parent
CONFIG = """
plex: {{url: "{url}", timeout: 700ms}}
folders:
  - {{path: "{place}/nas/Movies", plex_path: /data/Movies}}
  - {{path: "{place}/nas/TV", plex_path: /data/TV}}
settle: {{quiet: 200ms, max_wait: 4s, deletions: 600ms}}
cache: {{directory: "{place}/state"}}
reconcile: {{at_start: true, every: 0s}}
logging: {{level: DEBUG, stats_every: 1h}}
server: {{listen: "127.0.0.1:{port}"}}
"""
FAULTS = (
    Fault(Kind.STATUS, status=401),
    Fault(Kind.STATUS, status=404),
    Fault(Kind.STATUS, status=500),
    Fault(Kind.STATUS, status=503),
    *(
        Fault(kind)
        for kind in Kind
        if kind not in {Kind.STATUS, Kind.REDIRECT, Kind.HUGE, Kind.HANG, Kind.DRIP}
    ),
)
SCANS = "GET /library/sections/*/refresh"
DELIVERED_S = 0.3
"""How long after something happened a scan may still be asked for by somebody who does not know."""
AT_REST = 25
"""So many looks in a row, some 10 ms apart, must find everything in step: longer than an event
takes to be delivered and a directory to settle."""


def is_in_contract(asked: Asked) -> bool:
    """Whether a request is one that this client is meant to make."""
    words = asked.path.strip("/").split("/")
    match asked.method, words:
        case "GET", [""] | ["identity"] | ["activities"] | ["library", "sections"]:
            return True
        case "GET", ["library", "sections", _, "all"]:
            return "type" in asked.query
        case "GET", ["library", "sections", _, "refresh"]:
            return bool(asked.query.get("path")) and "force" not in asked.query
        case "GET", ["library", "metadata", _]:
            return asked.query.get("skipRefresh") == "1"
        case "PUT", ["library", "metadata", _, "refresh" | "analyze"]:
            return True
        case _:
            return False


@dataclass
class Film:
    """A movie or an episode; `below` is its file, below the NAS's folder.

    `key` is the item that it was when it last moved or was upgraded, where Plex had it then.
    """

    below: str
    key: int | None = None
    moved_at: float = 0.0
    left: str = ""
    excused: bool = False
    has_sidecars: bool = False


class Service:
    """The daemon as a process that is killed, stopped and started."""

    def __init__(self, place: Path, log: BinaryIO) -> None:
        self._place = place
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, if it does not run."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, HERE / "run_impatiently.py", self._place / "config.yaml"],
                cwd="/",
                stdout=self._log,
                stderr=self._log,
                env={"PATH": os.environ["PATH"], "PLEX_TOKEN": TOKEN, "PYTHONUNBUFFERED": "1"},
            )

    def end(self, number: int) -> None:
        """End it with a signal; SIGTERM must do within seconds."""
        if self._process is None:
            return
        self._process.send_signal(number)
        code = self._process.wait(30)
        self._process = None
        # Before it has begun to listen to signals, one ends it as it ends any process.
        assert number == signal.SIGKILL or code in {0, -number}, f"it ended with {code}"

    def is_running(self) -> bool:
        """Whether it was started and has not died by itself."""
        return self._process is not None and self._process.poll() is None


@dataclass
class Chaos:
    """Everything that happens, by the dice. `mount` shows the TV disk, or takes it away."""

    place: Path
    plex: SimulatedPlex
    dice: random.Random
    service: Service
    mount: Callable[[bool], None]
    port: int
    films: list[Film] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    deeds: list[str] = field(default_factory=list)
    is_mounted: bool = True
    in_progress: list[tuple[Path, int]] = field(default_factory=list)

    # --- files

    def path(self, below: str) -> Path:
        return self.place / "nas" / below

    def chosen(self, *, movable: bool = False) -> Film | None:
        """Any film that is on a disk that is there."""
        there = [
            film
            for film in self.films
            if (self.is_mounted or film.below.startswith("Movies"))
            and not (movable and film.has_sidecars)
        ]
        return self.dice.choice(there) if there else None

    def name(self) -> str:
        return f"Film {next(self.numbers)} ({self.dice.randrange(1950, 2020)})"

    def new_movie(self) -> None:
        name = self.name()
        film = Film(f"Movies/{name}/{name}.mkv")
        write(self.path(film.below), self.dice.randrange(2000, 9000))
        self.films.append(film)
        self.deeds[-1] += f": {name}"

    def new_season(self) -> None:
        """A season is moved in, or copied file by file."""
        if not self.is_mounted:
            return
        show, season = f"Show {self.dice.randrange(6)}", self.dice.randrange(1, 5)
        directory = f"TV/{show}/Season {season:02}"
        moves_in = self.dice.random() < 0.5 and not self.path(directory).exists()
        # Beside the shows, since nothing moves from one disk to another in one step.
        place = self.path("TV/.incoming") / f"Season {season:02}" if moves_in else None
        for _ in range(self.dice.randrange(1, 6)):
            episode = f"{show} - S{season:02}E{next(self.numbers):03}.mkv"
            film = Film(f"{directory}/{episode}")
            size = self.dice.randrange(2000, 9000)
            write((place or self.path(directory)) / episode, size)
            self.films.append(film)
            self.deeds[-1] += f": {film.below}"
        if place is not None:
            self.path(directory).parent.mkdir(parents=True, exist_ok=True)
            place.rename(self.path(directory))

    def slow_copy(self) -> None:
        """A file grows from one deed to the next."""
        name = self.name()
        film = Film(f"Movies/{name}/{name}.mkv")
        write(self.path(film.below), 500)
        self.in_progress.append((self.path(film.below), self.dice.randrange(1, 5)))
        self.films.append(film)

    def grow(self) -> None:
        """Let what is being copied grow a little."""
        for at, (path, left) in enumerate(list(self.in_progress)):
            if path.exists():
                with path.open("ab") as out:
                    out.write(os.urandom(700))
            self.in_progress[at] = (path, left - 1)
        self.in_progress = [one for one in self.in_progress if one[1] > 0]

    def sidecar(self) -> None:
        """A subtitle comes, changes or goes.

        Not where the film moved: whether Plex reads what moved along with it, nobody knows.
        """
        film = self.chosen()
        if film is None or film.left:
            return
        film.has_sidecars = True
        path = self.path(film.below)
        subtitle = path.with_name(f"{path.stem}.{self.dice.choice(['en', 'de', 'fr'])}.srt")
        if subtitle.exists() and self.dice.random() < 0.4:
            subtitle.unlink()
        else:
            write(subtitle, self.dice.randrange(20, 90), seed=next(self.numbers))

    def poster(self) -> None:
        film = self.chosen()
        if film is not None and not film.left and film.below.startswith("Movies"):
            film.has_sidecars = True
            name = self.dice.choice(["poster.jpg", "fanart.png"])
            seed = next(self.numbers)
            write(self.path(film.below).with_name(name), self.dice.randrange(20, 90), seed=seed)

    def noise(self) -> None:
        """What is no work: temporary names, rights, reading."""
        film = self.chosen()
        if film is None:
            return
        path = self.path(film.below)
        path.read_bytes()
        path.chmod(0o644)
        temporary = path.with_name(f".{path.name}.Xy12Zq")
        temporary.write_bytes(b"half")
        temporary.unlink()

    # --- what an item must outlive

    def leaves(self, film: Film, below: str) -> None:
        """Note that a film is about to have another file or place, and which item it is now.

        Where Plex has not seen the file as it is, nobody can tell it by its content elsewhere.
        """
        self.settle_account(film)
        seen = self.plex.in_step(f"/data/{film.below}")
        film.key = self.plex.key_of(f"/data/{film.below}") if seen else None
        film.left, film.moved_at = film.below, self.plex_clock()
        film.below = below
        self.deeds[-1] += f": {film.left} -> {below}"

    def settle_account(self, film: Film) -> None:
        """Find out whether a scan that was under way excuses an item for having become another.

        A scan that was asked for before anybody could know of the move may come between.
        """
        if film.left and not film.excused:
            film.excused = any(
                scan.path is not None
                and f"/data/{film.left}".startswith(f"{scan.path.rstrip('/')}/")
                and scan.requested_at <= film.moved_at + DELIVERED_S
                and (scan.ended_at is None or scan.ended_at >= film.moved_at)
                for scan in self.plex.scans
            )

    @staticmethod
    def plex_clock() -> float:
        return time.monotonic()

    def upgrade(self) -> None:
        """A better file comes, by another name or the same, before or after the old one goes."""
        film = self.chosen()
        if film is None or film.has_sidecars:
            return
        old = self.path(film.below)
        size, seed = self.dice.randrange(9000, 20000), next(self.numbers)
        way = self.dice.randrange(4)
        if way == 0:
            self.leaves(film, film.below)
            write(old, size, seed=seed)
        elif way == 1:
            self.leaves(film, film.below)
            partial = old.with_name(f"{old.name}.partial~")
            write(partial, size, seed=seed)
            partial.rename(old)
        else:
            new = old.with_name(f"{old.stem.split(' - q')[0]} - q{seed}.mkv")
            self.leaves(film, str(new.relative_to(self.place / "nas")))
            if way == 2:
                old.unlink()
            write(new, size, seed=seed)
            if way == 3:
                old.unlink()

    def rename(self) -> None:
        film = self.chosen(movable=True)
        if film is not None:
            old = self.path(film.below)
            new = old.with_name(f"{old.stem.split(' - q')[0]} - q{next(self.numbers)}.mkv")
            self.leaves(film, str(new.relative_to(self.place / "nas")))
            old.rename(new)

    def move_season(self) -> None:
        """An episode goes to another season's folder, as people sort their files."""
        film = self.chosen(movable=True)
        if film is not None and film.below.startswith("TV"):
            old = self.path(film.below)
            new = old.parent.with_name(f"Season {self.dice.randrange(5, 7):02}") / old.name
            self.leaves(film, str(new.relative_to(self.place / "nas")))
            new.parent.mkdir(exist_ok=True)
            old.rename(new)

    def move_movie(self) -> None:
        film = self.chosen(movable=True)
        if film is not None and film.below.startswith("Movies"):
            old = self.path(film.below)
            title = old.parent.name.split(" {")[0]
            directory = old.parent.with_name(f"{title} {{edition-{next(self.numbers)}}}")
            self.leaves(film, str((directory / old.name).relative_to(self.place / "nas")))
            if film.key is not None and self.plex.parts_of(film.key) > 1:
                film.key = None  # what is left of it in the trash keeps the item, and its name
            old.parent.rename(directory)

    def renew(self) -> None:
        """Another copy of a film comes as a directory, in the place of the one that it was in.

        Of the same size or not, without what lay beside the old one.
        """
        film = self.chosen()
        if film is None or not film.below.startswith("Movies"):
            return
        old, number = self.path(film.below), next(self.numbers)
        size = old.stat().st_size if self.dice.random() < 0.5 else self.dice.randrange(2000, 9000)
        incoming = self.path(f"Movies/.incoming/{number}")
        write(incoming / old.name, size, seed=number)
        self.leaves(film, film.below)
        if self.dice.random() < 0.5:
            shutil.rmtree(old.parent)
        else:
            old.parent.rename(incoming.with_name(f"{number} old"))
        incoming.rename(old.parent)

    # --- losses

    def remove(self) -> None:
        film = self.chosen()
        if film is not None:
            self.films.remove(film)
            self.deeds[-1] += f": {film.below}"
            path = self.path(film.below)
            if film.below.startswith("Movies"):
                shutil.rmtree(path.parent)
            else:
                for one in list(path.parent.glob(f"{path.stem}*")):
                    one.unlink()

    def remove_season(self) -> None:
        film = self.chosen()
        if film is None or not film.below.startswith("TV") or len(self.films) < 12:
            return
        directory = film.below.rpartition("/")[0]
        self.deeds[-1] += f": {directory}"
        self.films = [one for one in self.films if not one.below.startswith(directory + "/")]
        shutil.rmtree(self.path(directory))

    # --- what goes wrong

    def fault(self) -> None:
        self.plex.faults.set(
            self.dice.choice((*ROUTES, "*")),
            self.dice.choice(FAULTS),
            times=self.dice.randrange(1, 6),
        )

    def hang(self) -> None:
        self.plex.faults.set(self.dice.choice(ROUTES), Fault(Kind.HANG), times=1)

    def clear(self) -> None:
        self.plex.faults.clear()

    def away(self) -> None:
        with self.plex.refusing():
            self.pause(0.5)

    def restart_plex(self) -> None:
        with self.plex.restarting(maintenance=self.dice.random() < 0.5):
            self.pause(0.3)
        self.pause(0.3)
        self.plex.maintenance(False)

    def kill(self) -> None:
        self.service.end(signal.SIGKILL)

    def stop(self) -> None:
        self.service.end(signal.SIGTERM)

    def start(self) -> None:
        self.service.start()

    def mount_or_unmount(self) -> None:
        """The TV disk goes away, or comes back.

        Nobody can know of it before it happens: so no scan may be under way, and no request for
        one may hang and be answered when the disk is away.
        """
        if self.is_mounted:
            self.plex.faults.break_off()
            self.plex.faults.set(SCANS, Fault(Kind.STATUS, status=503))
            assert self.plex.wait_until_idle(20)
        self.is_mounted = not self.is_mounted
        self.mount(self.is_mounted)
        self.plex.faults.clear()

    # --- the whole

    def pause(self, most_s: float) -> None:
        """Let the world go on for a while."""
        threading.Event().wait(self.dice.random() * most_s)

    def step(self) -> None:
        """Do one thing."""
        deeds: list[tuple[Callable[[], None], int]] = [
            (self.new_movie, 10),
            (self.new_season, 10),
            (self.slow_copy, 4),
            (self.sidecar, 8),
            (self.poster, 4),
            (self.noise, 4),
            (self.upgrade, 10),
            (self.renew, 5),
            (self.rename, 6),
            (self.move_season, 6),
            (self.move_movie, 5),
            (self.remove, 5),
            (self.remove_season, 2),
            (self.fault, 10),
            (self.hang, 1),
            (self.clear, 4),
            (self.away, 2),
            (self.restart_plex, 2),
            (self.kill, 4),
            (self.stop, 1),
            (self.start, 10),
            (self.mount_or_unmount, 4),
        ]
        does, weights = zip(*deeds, strict=True)
        deed = self.dice.choices(does, weights)[0]
        self.deeds.append(f"{self.plex_clock():.3f} {deed.__name__}")
        deed()
        self.grow()
        if self.dice.random() < 0.4:
            self.pause(0.4)

    def calm_down(self) -> None:
        """Let everything that goes wrong go right again."""
        while self.in_progress:
            self.grow()
        self.plex.faults.clear()
        if not self.is_mounted:
            self.mount_or_unmount()
        self.service.start()

    def rest(self, deadline_s: float) -> None:
        """Wait until nothing waits any more and everything agrees, and has for a while."""
        in_a_row = [0]

        def rested() -> bool:
            good = self.plex.idle() and not self.differences() and self.is_still()
            in_a_row[0] = in_a_row[0] + 1 if good else 0
            return in_a_row[0] >= AT_REST

        wait_until(rested, deadline_s, self.story)

    def is_still(self) -> bool:
        """Whether the daemon says that nothing waits."""
        assert self.service.is_running(), self.story()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.port}/status", timeout=5) as answer:
                state = json.load(answer)
        except (OSError, ValueError):
            return False
        return bool(state["jobs"] == 0 and state["settling"] == 0)

    def differences(self) -> list[str]:
        return self.plex.in_step_with_disk(local_files=True)

    def log(self) -> str:
        return (self.place / "log").read_text(errors="replace")

    def lost_items(self) -> list[str]:
        """Every film that is another item than before it moved, and has no excuse for it."""
        for film in self.films:
            self.settle_account(film)
        return [
            f"{film.left} -> {film.below}: {film.key} is {now} ({film.moved_at:.3f})"
            for film in self.films
            if film.key is not None
            and not film.excused
            and (now := self.plex.key_of(f"/data/{film.below}")) != film.key
        ]

    def judge(self) -> None:
        """Hold everything that is true of every good run."""
        strange = [
            f"{one.method} {one.path} {one.query}"
            for one in self.plex.log
            if not is_in_contract(one)
        ]
        assert strange == [], self.story()
        assert self.plex.violations == (), self.story()
        assert self.lost_items() == [], self.story()
        assert "a bug in plexnudge" not in self.log(), self.story()
        assert TOKEN not in self.log(), "the token is in the log"

    def story(self) -> str:
        """Tell everything that helps to understand a failure."""
        return "\n".join(
            (
                "differences:",
                *self.differences(),
                "lost items:",
                *self.lost_items(),
                f"behaviour: {self.plex.behaviour}",
                *(f"violation: {wrong}" for wrong in self.plex.violations),
                "scans:",
                *(
                    f"{scan.requested_at:.3f} {scan.section} {scan.path} {scan.started_at} "
                    f"{scan.ended_at} {scan.result} {scan.reason}"
                    for scan in self.plex.scans
                ),
                "deeds:",
                *self.deeds,
                "log:",
                self.log(),
            )
        )


def free_port() -> int:
    """Return a port that nobody listens at now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def sections(nas: Path) -> list[SimSection]:
    return [
        SimSection("Films", "movie", (SimLocation("/data/Movies", nas / "Movies"),)),
        SimSection("Series", "show", (SimLocation("/data/TV", nas / "TV"),)),
    ]


def furnish(nas: Path) -> list[Film]:
    """Put the first films on the disks; one of each stays, so that no disk is ever empty."""
    movies = [f"First {at} (1999)" for at in range(4)]
    shows = [f"First {at}" for at in range(3)]
    films = [
        *(Film(f"Movies/{name}/{name}.mkv") for name in movies),
        *(Film(f"TV/{name}/Season 01/{name} - S01E01.mkv") for name in shows),
    ]
    for at, film in enumerate(films):
        write(nas / film.below, 3000 + at)
    write(nas / "Movies/Stays (1990)/Stays (1990).mkv", 3100)
    write(nas / "TV/Stays/Season 01/Stays - S01E01.mkv", 3101)
    return films


@contextlib.contextmanager
def chaos(
    place: Path, seed: int, mount: Callable[[Path, Path, bool], None], behaviour: Behaviour = QUICK
) -> Iterator[Chaos]:
    """Furnish a NAS, let Plex scan it, start the daemon.

    `mount` shows a directory (the TV disk) at a place, or takes it away from there.
    """
    nas, disk = place / "nas", place / "disk"
    for directory in (nas / "Movies", nas / "TV", disk):
        directory.mkdir(parents=True)
    mount(disk, nas / "TV", True)
    films = furnish(nas)
    port = free_port()
    with (
        SimulatedPlex(sections(nas), token=TOKEN, behaviour=behaviour) as plex,
        (place / "log").open("wb") as log,
    ):
        plex.scan()
        assert plex.wait_until_idle()
        plex.record.clear()
        (place / "config.yaml").write_text(CONFIG.format(url=plex.url, place=place, port=port))
        service = Service(place, log)
        made = Chaos(
            place,
            plex,
            random.Random(seed),  # noqa: S311 - dice, and no secret
            service,
            lambda there: mount(disk, nas / "TV", there),
            port,
            films,
        )
        try:
            service.start()
            # What was there before the first start of all is nobody's news.
            wait_until(lambda: " ready" in made.log() and made.is_still(), 30, made.log)
            yield made
        finally:
            plex.faults.clear()
            service.end(signal.SIGKILL)
