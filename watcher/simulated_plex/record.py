"""What a judge can ask for afterwards: requests, scans, and calls that no good client makes."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import dataclass
from enum import StrEnum


class ScanResult(StrEnum):
    """What became of a scan that was asked for."""

    WAITING = "waiting"
    RUNNING = "running"
    SCANNED = "scanned"
    IGNORED = "ignored"
    LOST = "lost"
    MERGED = "merged"
    ROOT_MISSING = "root missing"
    ROOT_EMPTY = "root empty"


class Wrong(StrEnum):
    """A call that no good client makes."""

    DELETE = "DELETE"
    WHOLE_SECTION = "scan of a whole section"
    FILE_PATH = "scan of a file path"
    OUTSIDE = "scan outside every location"
    ROOT_GONE = "scan of a location whose root is missing or empty"
    UNKNOWN_SECTION = "scan of an unknown section"
    FORCED = "scan with force=1"
    ITEM_GET = "item GET without skipRefresh=1"
    TOKEN_IN_URL = "token in the URL"  # noqa: S105 - a sentence, not a token
    NO_TYPE = "filtered list without type="
    ANALYZE_DURING_SCAN = "analyze while a scan of its section runs"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: `path` and `query` decoded, `headers` without the token.

    `at` is a time of the server's clock. `connection` counts connections, `turn` the requests
    on one of them. `status` is 0 where no answer was sent.
    """

    at: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    token_in_url: bool
    connection: int
    turn: int
    status: int
    fault: str = ""


@dataclass(slots=True)
class ScanRecord:
    """One scan that was asked for; times are of the server's clock, None while not reached."""

    section: int
    path: str | None
    requested_at: float
    started_at: float | None = None
    ended_at: float | None = None
    result: ScanResult = ScanResult.WAITING
    reason: str = ""
    directories: int = 0


@dataclass(frozen=True, slots=True)
class Violation:
    """One wrong call and what it named."""

    at: float
    what: Wrong
    detail: str


class Record:
    """Everything that was asked of the server since it was made; any thread may write and read."""

    def __init__(self) -> None:
        """Begin with an empty record."""
        self._lock = threading.Lock()
        self._log: list[Asked] = []
        self._scans: list[ScanRecord] = []
        self._violations: list[Violation] = []

    def asked(self, one: Asked) -> None:
        """Write down a request."""
        with self._lock:
            self._log.append(one)

    def scan(self, one: ScanRecord) -> ScanRecord:
        """Write down a scan; its fields are filled in as it goes on."""
        with self._lock:
            self._scans.append(one)
        return one

    def violation(self, at: float, what: Wrong, detail: str) -> None:
        """Write down a wrong call."""
        with self._lock:
            self._violations.append(Violation(at, what, detail))

    @property
    def log(self) -> tuple[Asked, ...]:
        """Every request that was answered or refused, in the order of its end."""
        with self._lock:
            return tuple(self._log)

    @property
    def scans(self) -> tuple[ScanRecord, ...]:
        """Every scan that was asked for, in order."""
        with self._lock:
            return tuple(self._scans)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every wrong call, in order."""
        with self._lock:
            return tuple(self._violations)

    def requests(self, pattern: str) -> tuple[Asked, ...]:
        """Every request whose "METHOD /path" or "/path" matches a glob."""
        return tuple(one for one in self.log if route_matches(pattern, one.method, one.path))

    def clear(self) -> None:
        """Forget everything, for a test that begins a new act."""
        with self._lock:
            self._log.clear()
            self._scans.clear()
            self._violations.clear()


def route_matches(pattern: str, method: str, path: str) -> bool:
    """Tell whether a glob such as "PUT /library/*" or "/library/*" names this request."""
    subject = f"{method} {path}" if " " in pattern else path
    return fnmatch.fnmatchcase(subject, pattern)
