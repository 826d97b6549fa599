"""A server of bytes: what it sends for each request is written down beforehand, good or bad."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

HANG = b"<hang>"
"""Sends nothing, and keeps the connection until the server ends."""
CLOSE = b"<close>"
RESET = b"<reset>"


def answer(body: bytes | str, status: str = "200 OK", *headers: str) -> bytes:
    """Write an answer as Plex's own head would be, with the right length."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: text/xml;charset=utf-8")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


Step = "bytes | Callable[[socket.socket], None]"


class RawServer:
    """Answers each request with the next step; the last one again and again.

    A step is bytes to send (the connection stays open), HANG, CLOSE, RESET, or a function that
    is given the connection, after which the connection is closed. `heard` are the requests.
    """

    def __init__(self, *steps: bytes | Callable[[socket.socket], None]) -> None:
        self._steps = list(steps)
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self.heard: list[bytes] = []
        self.hearing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)

    def _start(self, act: Callable[[], None]) -> None:
        thread = threading.Thread(target=act, name="raw-server")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._ended.is_set():
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                self._start(lambda connection=connection: self._serve(connection))  # type: ignore[misc]  # a default binds the loop's value

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while not self._ended.is_set():
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    head += piece
                with self._lock:
                    self.heard.append(head)
                    step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
                self.hearing.set()
                if not self._act(step, connection):
                    return

    def _act(
        self, step: bytes | Callable[[socket.socket], None], connection: socket.socket
    ) -> bool:
        if callable(step):
            step(connection)
            return False
        if step == HANG:
            self._ended.wait(20)
        elif step == RESET:
            linger = struct.pack("ii", 1, 0)  # close without the courtesies
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif step != CLOSE:
            connection.sendall(step)
            return True
        return False
