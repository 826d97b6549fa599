"""What the daemon tells systemd: ready, status, reloading, stopping, and that it is alive.

The protocol is one datagram of `NAME=value` lines to the socket that NOTIFY_SOCKET names
(sd_notify(3)); the standard library is all it takes. Without that variable nothing is sent, and
a socket that is gone is no reason to stop working: nothing here raises.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING

from matcher.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE_S = 5.0
"""How long a word that systemd waits for may wait for room in its queue. The others do not wait:
the next status, or the next sign of life, says as much."""

STATUS_LIMIT = 200
"""Characters of a status text that are sent; `systemctl status` shows them in one line."""


class Notifier:
    """Speaks to the systemd that started this process, if one did. Any thread may call it."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        pid: int | None = None,
    ) -> None:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from `environ`."""
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._clock_ns = clock_ns
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._status = ""
        self.watchdog_interval_s = _interval_s(environ, os.getpid() if pid is None else pid)
        """How often to call `watchdog`: half the time after which systemd gives up on us
        (sd_watchdog_enabled(3) advises half). None where nobody waits for it."""

    @property
    def enabled(self) -> bool:
        """Whether anybody listens."""
        return self._address is not None

    def ready(self) -> None:
        """Say that the start, or a reload, is complete."""
        self._send("READY=1", PATIENCE_S)

    def status(self, text: str) -> None:
        """Show a text in `systemctl status`, as one printable line. The same again is not sent."""
        line = printable(text, STATUS_LIMIT)  # a newline in a file name must not say more
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def reloading(self) -> None:
        """Say that the configuration is being read again; `ready` must follow."""
        # The time stamp tells systemd which reload this answers; it counts in CLOCK_MONOTONIC.
        stamp = self._clock_ns() // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={stamp}", PATIENCE_S)

    def stopping(self) -> None:
        """Say that the stop has begun."""
        self._send("STOPPING=1", PATIENCE_S)

    def watchdog(self) -> None:
        """Say that the daemon makes progress. Only call it where that is known to be true."""
        self._send("WATCHDOG=1")

    def extend_timeout(self, seconds: float) -> None:
        """Ask for this long from now until the start, reload or stop has to be complete."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def close(self) -> None:
        """Let go of the socket. Whatever is said afterwards opens it again."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    def _send(self, message: str, patience_s: float = 0.0) -> None:
        if self._address is None:
            return
        with self._lock:
            try:
                if self._socket is None:
                    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
                    self._socket = socket.socket(socket.AF_UNIX, kind)
                self._socket.settimeout(patience_s)
                self._socket.sendto(message.encode("utf-8", "replace"), self._address)
            except OSError:
                # It vanished, it is full, or it never was there. systemd would notice a missing
                # READY or WATCHDOG by itself; for the rest there is nobody to tell.
                return


def _address(text: str) -> str | bytes | None:
    """Translate NOTIFY_SOCKET: a path, or `@` and a name in the abstract namespace."""
    if text.startswith("@"):
        return b"\0" + os.fsencode(text[1:])
    return text if text.startswith("/") else None


def _interval_s(environ: Mapping[str, str], pid: int) -> float | None:
    """Half of WATCHDOG_USEC, where it is meant for this process."""
    limit, meant_for = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(pid))
    if not (limit.isascii() and limit.isdigit()) or meant_for != str(pid) or int(limit) == 0:
        return None
    return int(limit) / 2_000_000
