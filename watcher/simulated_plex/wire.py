"""One connection: reads requests, lets faults meet them, sends answers, keeps the connection."""

from __future__ import annotations

import gzip
import itertools
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from watcher.simulated_plex.answers import Answer, html, maintenance
from watcher.simulated_plex.asking import Question, question
from watcher.simulated_plex.faults import Fault, Faults, Kind
from watcher.simulated_plex.record import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.simulated_plex.inside import Inside

_ENDED = {Kind.CLOSED, Kind.RESET, Kind.STALE}
_PAGE = b"<!DOCTYPE html><html><head><meta charset=utf-8><title>Sign in</title></head><br></html>"
_FILLER = b" " * 65_536


class Wire:
    """Serves connections: `answer` does the work of one request."""

    def __init__(
        self, inside: Inside, faults: Faults, answer: Callable[[Question], Answer]
    ) -> None:
        """Serve with these faults; nothing is sent once `stopping` is set."""
        self.inside = inside
        self.faults = faults
        self.answer = answer
        self.stopping = threading.Event()
        self._numbers = itertools.count(1)

    def serve(self, connection: socket.socket) -> None:
        """Serve one connection until either side ends it, or it was idle for too long."""
        _Connection(connection, self, next(self._numbers))

    def record(self, asked: Question, meeting: tuple[int, int], status: int, fault: str) -> None:
        """Write a request down, without its token."""
        hidden = "x-plex-token"
        self.inside.record.asked(
            Asked(
                at=self.inside.clock(),
                method=asked.method,
                path=asked.path,
                query={k: v for k, v in asked.query.items() if k.lower() != hidden},
                headers={k: v for k, v in asked.headers.items() if k != hidden},
                token_in_url=any(name.lower() == hidden for name in asked.query),
                connection=meeting[0],
                turn=meeting[1],
                status=status,
                fault=fault,
            )
        )


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, connection: socket.socket, wire: Wire, number: int) -> None:
        self.wire = wire
        self.number = number
        self.turn = 0
        connection.settimeout(wire.inside.behaviour.keep_alive_s)
        # the base class wants a server and an address for logging, which is off here
        super().__init__(connection, ("127.0.0.1", 0), None)  # type: ignore[arg-type]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Write nothing: the record has it."""

    def do_any(self) -> None:
        """Serve one request, whatever its method."""
        self.turn += 1
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = question(self.command, self.path, headers)
        fault = self.wire.faults.take(asked.method, asked.path, turn=self.turn)
        if fault is not None and fault.kind is Kind.HANG:
            fault.hanging.set()
            fault.released.wait()
            if fault.broken_off.is_set():
                self.close_connection = True
                return
            fault = None
        early = self._early(asked, fault)
        answer = early or self.wire.answer(asked)
        unanswered = fault is not None and fault.kind in (_ENDED | {Kind.UNANSWERED})
        self.wire.record(
            asked,
            (self.number, self.turn),
            0 if unanswered else answer.status,
            fault.kind if fault else "",
        )
        if unanswered and fault is not None:
            self._end(fault)
        else:
            self._send(asked, answer, fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_any  # noqa: N815 - the base's names

    def _early(self, asked: Question, fault: Fault | None) -> Answer | None:
        """Answer what a fault puts in place of the work, if this one does."""
        if fault is None:
            return None
        if fault.kind is Kind.STATUS:
            return maintenance(asked.form) if fault.status == 503 else html(fault.status)
        table = {
            Kind.HTML: Answer(200, _PAGE, "text/html;charset=utf-8"),
            Kind.EMPTY: Answer(200),
            Kind.REDIRECT: Answer(302, headers={"Location": fault.to}),
            Kind.HUGE: Answer(200, b"", "text/xml;charset=utf-8"),
        }
        return Answer(0) if fault.kind in _ENDED else table.get(fault.kind)

    def _end(self, fault: Fault) -> None:
        if fault.kind in (Kind.RESET, Kind.STALE):
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def _send(self, asked: Question, answer: Answer, fault: Fault | None) -> None:
        kind = fault.kind if fault else None
        body, headers = self._packed(asked, answer, plain=fault is not None)
        if kind is Kind.BAD_XML:
            body = body.replace(b'title="', b'title="\x01', 1).replace(b'":"', b'":"\x01', 1)
        if kind is Kind.CHARSET:
            headers["Content-Type"] = "text/xml;charset=utf-16"
        promised = fault.size if fault and kind is Kind.HUGE else len(body)
        self._head(answer.status, headers, promised)
        if asked.method == "HEAD":
            return
        if fault is None or kind in (Kind.BAD_XML, Kind.CHARSET):
            self.wfile.write(body)
        else:
            self._send_badly(body, fault)

    def _send_badly(self, body: bytes, fault: Fault) -> None:
        if fault.kind is Kind.TRUNCATED:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif fault.kind is Kind.HUGE:
            self._stream(fault.size)
        elif fault.kind is Kind.DRIP:
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                if self.wire.stopping.wait(fault.every_s):
                    return
        else:
            self.wfile.write(body)

    def _stream(self, size: int) -> None:
        start = b'<?xml version="1.0" encoding="UTF-8"?>\n<MediaContainer size="0">'
        self.wfile.write(start)
        left = size - len(start)
        while left > 0 and not self.wire.stopping.is_set():
            self.wfile.write(_FILLER[:left])
            left -= len(_FILLER)

    def _packed(
        self, asked: Question, answer: Answer, *, plain: bool
    ) -> tuple[bytes, dict[str, str]]:
        headers = {"Content-Type": answer.content_type, **answer.headers}
        accepts = "gzip" in asked.headers.get("accept-encoding", "")
        if plain or not accepts or not answer.body or not self.wire.inside.behaviour.compress:
            return answer.body, headers
        packed = gzip.compress(answer.body, 1)
        headers |= {
            "Content-Encoding": "gzip",
            "X-Plex-Content-Original-Length": str(len(answer.body)),
            "X-Plex-Content-Compressed-Length": str(len(packed)),
        }
        return packed, headers

    def _head(self, status: int, headers: dict[str, str], length: int) -> None:
        keep = f"timeout={self.wire.inside.behaviour.keep_alive_s:.0f}"
        self.send_response_only(status)
        for name, value in {
            "X-Plex-Protocol": "1.0",
            "Cache-Control": "no-cache",
            "Connection": "Keep-Alive",
            "Keep-Alive": keep,
            "Content-Length": str(length),
            **headers,
            "Date": self.date_time_string(),
        }.items():
            self.send_header(name, value)
        self.end_headers()
