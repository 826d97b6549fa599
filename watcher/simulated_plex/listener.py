"""The listening socket: accepts connections in threads of its own, refuses, comes back, closes."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable

Serve = Callable[[socket.socket], None]


class Listener:
    """One port on loopback. `serve` is called in a new thread for each connection.

    `break_off` ends what hangs in those threads, when the connections have to end.
    """

    def __init__(self, serve: Serve, break_off: Callable[[], None]) -> None:
        """Listen to nobody yet."""
        self._serve = serve
        self._break_off = break_off
        self._changed = threading.Condition()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._counted = 0
        self._socket: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._wake: socket.socket | None = None
        self.port = 0

    def open(self) -> int:
        """Listen on a free port, or on the one listened on before; which one that is."""
        if self._socket is None:
            self._socket = _bound(self.port)
        self._socket.setblocking(False)  # a client that is gone again must not hold the acceptor
        self._socket.listen(128)
        self.port = self._socket.getsockname()[1]
        heard, self._wake = socket.socketpair()
        self._acceptor = threading.Thread(
            target=self._accept, args=(self._socket, heard), name="simulated-plex-listener"
        )
        self._acceptor.start()
        return self.port

    def refuse(self) -> None:
        """Refuse new connections and end those there are; the port stays reserved."""
        self._stop_accepting()
        self._end_connections()
        self._socket = _bound(self.port)

    def close(self) -> None:
        """Stop for good: no thread and no socket is left."""
        self._stop_accepting()
        self._end_connections()

    def wait_until_quiet(self, deadline_s: float) -> bool:
        """Wait until no connection is open; False at the deadline."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._connections, deadline_s)

    def _accept(self, listening: socket.socket, heard: socket.socket) -> None:
        with selectors.DefaultSelector() as selector, heard:
            selector.register(listening, selectors.EVENT_READ)
            selector.register(heard, selectors.EVENT_READ)
            while heard not in {key.fileobj for key, _ in selector.select()}:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    continue
                self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        with self._changed:
            self._counted += 1
            thread = threading.Thread(
                target=self._attend, args=(connection,), name=f"simulated-plex-{self._counted}"
            )
            self._connections[connection] = thread
            thread.start()

    def _attend(self, connection: socket.socket) -> None:
        try:
            connection.setblocking(True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._serve(connection)
        except OSError:
            pass  # the client went away, or this connection was ended from here
        finally:
            connection.close()
            with self._changed:
                self._connections.pop(connection, None)
                self._changed.notify_all()

    def _stop_accepting(self) -> None:
        if self._wake is not None:
            self._wake.close()
            self._wake = None
        if self._acceptor is not None:
            self._acceptor.join()
            self._acceptor = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _end_connections(self) -> None:
        with self._changed:
            ending = dict(self._connections)
            for connection in ending:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
        for thread in ending.values():
            while thread.is_alive():
                self._break_off()  # again, since a request may have begun to hang meanwhile
                thread.join(0.1)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound
