"""One wanted scan: of which directory, for whom, and what Plex must show when it is done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from matcher import paths


@dataclass(frozen=True, slots=True)
class Expectation:
    """What Plex must know of one file when its scan is done.

    `file` is Plex-side. `gone` asks that the part is no longer there (or marked deleted); else
    it must be there, with `size` bytes where that is known. `replaced` marks a file that was
    known before and written again: its streams need an analysis once the new size is seen.
    """

    file: str
    gone: bool = False
    size: int | None = None
    replaced: bool = False
    host: str = ""
    is_dir: bool = False
    mtime_ns: int | None = None
    """When the file was last written, as its own file system says: the same size and time mean
    that a scan that was asked for since then has seen what there is to see."""


@dataclass(slots=True)
class ScanOrder:
    """One directory of one section that wants to be scanned, and for whom.

    `directory` is Plex-side. `serials` are the jobs that wait for it. Times are monotonic
    seconds.

    Attributes:
        asked_at: None until Plex has accepted it; `attempts` counts how often it has.
        losses: how often Plex is known to have lost it; those are no attempts.
        failures: how often asking, or looking what came of it, failed; `unanswered` how often in a
            row it was asked for without an answer.
        analyses: how often the analysis of files that no scan noticed was asked for.
        looks: since it was asked; `idle_looks` those in a row at which Plex scanned nothing,
            the first of them at `idle_since`.
        was_told: its jobs know what came of it; it only waits until the scan itself is over,
            so that no other scan of the section is asked for meanwhile.
        ran: whether the section was scanned since it was asked for, as far as Plex shows it.
        scanned_before: when Plex had last scanned the section by then, in Plex's time; 0: unknown.
        was_beside: it was asked for while another scan was in hand.
        is_overtaken: something that came there was gone again before it was asked for.
        is_held: it must not be asked for now, so it speaks for no other order.
        parts: as they were, itself and the orders that it speaks for, while it waits.
    """

    section: int
    directory: str
    wanted_at: float
    serials: set[int] = field(default_factory=set)
    expected: dict[str, Expectation] = field(default_factory=dict)
    brings_files: bool = True
    asked_at: float | None = None
    attempts: int = 0
    losses: int = 0
    failures: int = 0
    unanswered: int = 0
    analyses: int = 0
    look_at: float = 0.0
    looks: int = 0
    idle_looks: int = 0
    idle_since: float | None = None
    not_before: float = 0.0
    was_seen_running: bool = False
    was_told: bool = False
    ran: bool | None = None
    scanned_before: int = 0
    was_beside: bool = False
    is_overtaken: bool = False
    is_held: bool = False
    parts: list[ScanOrder] = field(default_factory=list)

    @property
    def has_run(self) -> bool:
        """Whether the scan is known to have run, once its section is still.

        It was seen at it, or Plex had nothing to do at two looks: between the request and the
        start of the scanner it shows nothing for a second (0.93 s in a recorded log).
        """
        return self.was_seen_running or self.idle_looks > 1

    @property
    def loses(self) -> bool:
        """Whether something at or below the directory is gone, whatever else came there."""
        return not self.brings_files or any(wish.gone for wish in self.expected.values())

    @property
    def arrives(self) -> bool:
        """Whether something at or below the directory came, whatever else is gone from there."""
        there = not self.expected or any(not wish.gone for wish in self.expected.values())
        return self.brings_files and there

    def brings_to(self, directory: str) -> bool:
        """Whether something came to a directory itself that Plex does not show yet."""
        if self.was_told or self.is_held or not paths.is_within(directory, self.directory):
            return False
        wishes = self.expected.values()
        return any(not wish.gone and paths.parent(wish.file) == directory for wish in wishes)

    @property
    def turn(self) -> int:
        """Whose turn it is: what only came goes first, what is only gone last.

        What is gone from one place may be what came to another, and Plex keeps the item of a file
        that it sees in its new place first.
        """
        return self.loses + (not self.arrives)

    def __str__(self) -> str:
        """Say what is asked for."""
        return f"scan {self.directory}"

    def back_off(self, until: float) -> None:
        """Leave Plex alone about this until a time."""
        self.not_before = self.look_at = until

    def covers(self, other: ScanOrder) -> bool:
        """Whether this order can speak for another.

        One for what is gone cannot speak for one that brings files below it: a Plex that
        trashes before it adds, and empties its trash, would drop what only moved and make a new
        item.
        """
        below = paths.is_within(other.directory, self.directory)
        return below and not self.is_held and (not self.loses or not other.arrives)

    def absorb(self, other: ScanOrder) -> None:
        """Let this order speak for another that it covers."""
        if not self.parts:
            self.parts = [self._alone()]
        self.parts += other.parts or [other._alone()]
        self._add(other)

    def _alone(self) -> ScanOrder:
        return replace(self, serials=set(self.serials), expected=dict(self.expected), parts=[])

    def _add(self, other: ScanOrder) -> None:
        self.wanted_at = min(self.wanted_at, other.wanted_at)
        self.serials |= other.serials
        self.expected.update(other.expected)
        self.brings_files = self.brings_files or other.brings_files

    def part_with(self) -> list[ScanOrder]:
        """Give back what only came to places below, if something is gone from here.

        As in `covers`: what came may be what is gone.
        """
        if not self.loses:
            return []
        own = self.directory
        leaving = [part for part in self.parts if not part.loses and part.directory != own]
        if leaving:
            staying = [part for part in self.parts if part.loses or part.directory == own]
            self.serials, self.expected, self.parts = set(), {}, staying
            self.brings_files = False
            for part in staying:
                self._add(part)
        return leaving
