"""The connections below requests: how long an answer may take as a whole, how much it may be.

A socket's timeout limits one wait. A peer that sends a byte now and then is never late by it, and
holds the caller for hours; a peer that never stops fills the memory.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


SLOWEST = 10_000
"""A peer that sends fewer bytes a second, beyond the time of one wait, is as good as hanging."""


@dataclass(frozen=True, slots=True)
class Haste:
    """How long an answer may take: `answer_s` at most, and `wait_s` beside what has arrived."""

    answer_s: float
    wait_s: float

    def allows_s(self, received: int) -> float:
        """How long an answer may have taken of which so many bytes are here."""
        return min(self.answer_s, self.wait_s + received / SLOWEST)


class DeadlineReader(io.RawIOBase):
    """A raw stream that raises TimeoutError once it has taken longer than it may."""

    def __init__(self, raw: io.RawIOBase, haste: Haste) -> None:
        super().__init__()
        self._raw = raw
        self._haste = haste
        self._began_at = time.monotonic()
        self._received = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what is there, waiting as long as the socket's own timeout allows."""
        if time.monotonic() - self._began_at > self._haste.allows_s(self._received):
            raise TimeoutError("the answer as a whole took too long")
        count: int | None = self._raw.readinto(buffer)
        self._received += count or 0
        return count

    def fileno(self) -> int:
        """Return the socket's number."""
        return self._raw.fileno()

    def close(self) -> None:
        """Close the stream beneath as well."""
        self._raw.close()
        super().close()


class DeadlineResponse(HTTPResponse):
    """The standard library's response, reading its head and body under one deadline."""

    def __init__(self, sock: socket.socket, *args: Any, haste: Haste, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(DeadlineReader(self.fp.detach(), haste))


class CappedBody:
    """A response's raw stream that stops after `most_bytes` decoded bytes.

    Decoded, because 32 kB of gzip can hold 32 MB. Everything but `stream` is the stream beneath.
    """

    def __init__(self, raw: Any, most_bytes: int, too_much: Callable[[], Exception]) -> None:
        self._raw = raw
        self._most_bytes = most_bytes
        self._too_much = too_much

    def stream(self, size: int, *, decode_content: bool = True) -> Iterator[bytes]:
        """Yield the body piece by piece; raise `too_much()` where it is more than the cap."""
        seen = 0
        for piece in self._raw.stream(size, decode_content=decode_content):
            seen += len(piece)
            if seen > self._most_bytes:
                self._raw.close()
                raise self._too_much()
            yield piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


class Connections:
    """The connections that are open, so that another thread can end what waits on them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: WeakSet[HTTPConnection] = WeakSet()

    def opened(self, connection: HTTPConnection) -> None:
        """Note a connection; it is forgotten when nobody holds it any more."""
        with self._lock:
            self._open.add(connection)

    def abort(self) -> None:
        """Shut every connection; who waits on one gets an error. Any thread may call this."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            # A connection that is closed already has no socket, or one that is not connected.
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)


def pools(connections: Connections, haste: Haste) -> dict[str, Any]:
    """Make urllib3's pools by scheme, whose connections are known and read under a deadline."""
    response: Any = partial(DeadlineResponse, haste=haste)

    class Plain(HTTPConnection):
        response_class = response

        def connect(self) -> None:
            super().connect()
            connections.opened(self)

    class Secure(HTTPSConnection):
        response_class = response

        def connect(self) -> None:
            super().connect()
            connections.opened(self)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
