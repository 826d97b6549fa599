"""Speaks to systemd: ready, status, life signs, reloading, stopping; silent where nobody listens.

Source: sd_notify(3). The datagram protocol is a few words over one socket; the packages that offer
it are older than the protocol's last word (MONOTONIC_USEC).
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from typing import TYPE_CHECKING

from matcher.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_STATUS = 200


class Notifier:
    """Tells the service manager how the daemon stands. Any thread may call it; it never raises."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_interval_s = _watchdog_interval_s(environ)

    def ready(self) -> None:
        """Say that every folder is watched (or its failure is known) and the worker runs."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """Say in one line what is going on, for `systemctl status`."""
        self._send(f"STATUS={printable(text, LONGEST_STATUS)}")

    def watchdog(self) -> None:
        """Give a sign of life."""
        self._send("WATCHDOG=1")

    def extend_start(self, seconds: float) -> None:
        """Ask for so much more time to start."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1e6)}")

    def reloading(self) -> None:
        """Say that the configuration is being read again; `ready` ends it."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={now}")

    def stopping(self) -> None:
        """Say that the daemon is about to end."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # A vanished manager is no reason to stop watching.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
        ):
            sender.connect(self._address)
            sender.send(text.encode("utf-8", "backslashreplace"))


def _watchdog_interval_s(environ: Mapping[str, str]) -> float | None:
    """Return half of the time within which systemd wants a sign of life; None if it wants none."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        microseconds = int(environ["WATCHDOG_USEC"])
    except (KeyError, ValueError):
        return None
    return microseconds / 2e6 if microseconds > 0 else None
