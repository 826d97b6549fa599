"""What can go wrong on the wire: faults by route, for so many requests or until taken back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum

from watcher.simulated_plex.record import route_matches


class Kind(StrEnum):
    """How an answer goes wrong. Before its work is done: the first group; after it: the second.

    STATUS refuses with a status (503 in the words of startup maintenance). HTML answers 200 with
    a page. EMPTY answers 200 with nothing. CLOSED and RESET end the connection without an answer,
    STALE does so only to a request that is not the first one on its connection. REDIRECT points
    elsewhere. HUGE streams a body of `size` bytes. HANG waits until it is released.

    TRUNCATED promises more than it sends. DRIP sends a byte at a time. BAD_XML puts a forbidden
    character into the body. CHARSET names another charset than the body has. UNANSWERED does the
    work and ends the connection.
    """

    STATUS = "status"
    HTML = "html"
    EMPTY = "empty"
    CLOSED = "closed"
    RESET = "reset"
    STALE = "stale"
    REDIRECT = "redirect"
    HUGE = "huge"
    HANG = "hang"
    TRUNCATED = "truncated"
    DRIP = "drip"
    BAD_XML = "bad xml"
    CHARSET = "charset"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """One fault: `status` for STATUS, `to` for REDIRECT, `size` for HUGE, `every_s` for DRIP.

    `hanging` is set as soon as a request hangs, `released` lets it go on; `broken_off`, set before,
    ends it without an answer.
    """

    kind: Kind
    status: int = 503
    to: str = ""
    size: int = 64 * 1024 * 1024
    every_s: float = 0.05
    hanging: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    broken_off: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _Set:
    pattern: str
    fault: Fault
    left: int | None


class Faults:
    """The faults that are set; any thread may set and clear them."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._lock = threading.Lock()
        self._set: list[_Set] = []

    def set(self, pattern: str, fault: Fault, *, times: int | None = None) -> Fault:
        """Let requests whose "METHOD /path" or "/path" matches a glob go wrong, `times` times."""
        with self._lock:
            self._set.append(_Set(pattern, fault, times))
        return fault

    def clear(self) -> None:
        """Take all faults back and let go of what hangs."""
        with self._lock:
            taken, self._set = self._set, []
        for one in taken:
            one.fault.released.set()

    def break_off(self) -> None:
        """End what hangs now, as a server that goes down does."""
        with self._lock:
            hanging = [one.fault for one in self._set if one.fault.hanging.is_set()]
        for fault in hanging:
            fault.broken_off.set()
            fault.released.set()

    def take(self, method: str, path: str, *, turn: int) -> Fault | None:
        """Answer the fault that meets this request, counting it; the one set last wins."""
        with self._lock:
            for one in reversed(self._set):
                if one.left == 0 or not route_matches(one.pattern, method, path):
                    continue
                if one.fault.kind is Kind.STALE and turn == 1:
                    continue
                if one.left is not None:
                    one.left -= 1
                return one.fault
        return None
