"""The status server: read-only answers over HTTP on the configured address, loopback by default.

GET /status gives JSON, GET /health 200 or 503. The Host header is checked, so that a web page in
somebody's browser cannot read it by a name of its own (DNS rebinding).
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.config_types import Listen
    from watcher.report import Report

IDLE_S = 5.0
"""A connection that asks nothing for so long is closed."""
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})


class StatusServer:
    """Owns the thread "status". A port that is taken is told and not insisted upon."""

    def __init__(
        self,
        listen: Listen | None,
        state: Callable[[], dict[str, Any]],
        is_well: Callable[[], bool],
        report: Report,
    ) -> None:
        self._listen = listen
        self._report = report
        self._state = state
        self._is_well = is_well
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, if there is an address to listen on."""
        if self._listen is None:
            return
        where = f"{self._listen.host}:{self._listen.port}"
        try:
            self._server = _Server((self._listen.host, self._listen.port), _Handler)
        except OSError as error:
            self._report(
                "WARNING",
                f"the status server cannot listen on {where}: {error.strerror}. Everything else "
                "works; set server.listen to a free address, or server: null",
            )
            return
        self._server.state, self._server.is_well = self._state, self._is_well  # type: ignore[attr-defined] # set here only
        self._server.hosts = LOCAL | {self._listen.host.lower()}  # type: ignore[attr-defined] # as above
        self._thread = threading.Thread(target=self._server.serve_forever, name="status")
        self._thread.start()
        self._report("DEBUG", f"status at http://{where}/status")

    def stop(self) -> None:
        """Close the port and join the thread."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a client that hangs must not hold up the stop; IDLE_S ends it
    block_on_close = False
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    timeout = IDLE_S
    server_version = "plexnudge"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one question."""
        server: Any = self.server
        host = (self.headers.get("Host") or "").lower().rpartition(":")[0]
        if (host or self.headers.get("Host", "").lower()) not in server.hosts:
            self._answer(HTTPStatus.FORBIDDEN, {"error": "unknown Host header"})
        elif self.path == "/status":
            self._answer(HTTPStatus.OK, server.state())
        elif self.path == "/health":
            well = server.is_well()
            status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
            self._answer(status, {"well": well})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "try /status or /health"})

    def _answer(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        with suppress(ConnectionError):  # who asked may have gone
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: the log is for changes."""
