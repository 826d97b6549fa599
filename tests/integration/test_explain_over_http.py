"""Every decision of `decisions.txt` once more, through the real door, from a small server's XML.

The server is as plain as Plex may be: its filter compares code points, ignores the case of ASCII
letters as SQL's LIKE does, takes a comma for OR, and wants the right `type=`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr

import pytest
from decisions import case_of, lines, match_of, requests_of
from door import opened
from town import FOLDERS, MAPPINGS, PARTS, SECTIONS

from cache.memory import MemoryStore
from matcher.cached import CachedLibrary
from matcher.explain import Context, explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.library import Library
    from matcher.model import Part, Section

_TYPES = {"movie": "1", "show": "4", "artist": "10", "photo": "13"}


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests that reading needs; everything else is 404."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {k: v[-1] for k, v in parse_qs(url.query, errors="surrogateescape").items()}
        names = url.path.strip("/").split("/")
        if url.path == "/":
            self._say('<MediaContainer friendlyName="x" machineIdentifier="m" version="1.43"/>')
        elif names == ["library", "sections"]:
            self._say(f"<MediaContainer>{''.join(map(_directory, SECTIONS))}</MediaContainer>")
        elif names[:2] == ["library", "sections"] and names[3:] == ["all"]:
            self._say(_leaves(int(names[2]), query, dict(self.headers)))
        else:
            self.send_error(404)

    def _say(self, text: str) -> None:
        body = text.encode("utf-8", "surrogateescape")
        self.send_response(200)
        self.send_header("Content-Type", "text/xml;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _directory(section: Section) -> str:
    places = "".join(
        f"<Location id={quoteattr(str(n))} path={quoteattr(path)}/>"
        for n, path in enumerate(section.locations)
    )
    attributes = " ".join(
        f"{name}={quoteattr(str(value))}"
        for name, value in (
            ("key", section.key), ("title", section.title), ("type", section.type),
            ("agent", section.agent), ("contentChangedAt", 7),
        )
    )  # fmt: skip
    return f"<Directory {attributes}>{places}</Directory>"


def _leaves(section: int, query: dict[str, str], headers: dict[str, str]) -> str:
    kind = next(each.type for each in SECTIONS if each.key == section)
    found: list[Part] = []
    if query.get("type") == _TYPES[kind]:
        pieces = list(map(_lower, query.get("file", "").split(",")))
        mine = [part for part in PARTS if part.section == section]
        found = [part for part in mine if any(x in _lower(part.file) for x in pieces)]
    start = int(query.get("X-Plex-Container-Start", headers.get("X-Plex-Container-Start", 0)))
    size = int(query.get("X-Plex-Container-Size", headers.get("X-Plex-Container-Size", 9999)))
    items = "".join(map(_video, found[start : start + size]))
    return f'<MediaContainer totalSize="{len(found)}" offset="{start}">{items}</MediaContainer>'


def _lower(text: str) -> str:
    return "".join(each.lower() if each.isascii() else each for each in text)


def _video(part: Part) -> str:
    values = {
        "ratingKey": part.key, "type": part.type, "title": part.title, "year": part.year,
        "index": part.index, "parentRatingKey": part.parent, "parentTitle": part.parent_title,
        "parentIndex": part.parent_index, "grandparentRatingKey": part.grandparent,
        "grandparentTitle": part.grandparent_title, "deletedAt": 1 if part.deleted else None,
    }  # fmt: skip
    said = " ".join(f"{k}={quoteattr(str(v))}" for k, v in values.items() if v not in {None, ""})
    file = f"<Part id='1' file={quoteattr(part.file)} size='{part.size}'/>"
    return f"<Video {said}><Media id='1'>{file}</Media></Video>"


@contextmanager
def _served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, name="small plex")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def library() -> Iterator[Library]:
    with _served() as url, opened(url, timeout_s=5.0) as door:
        yield CachedLibrary(door, MemoryStore(), MemoryStore(), 3600.0)


def test_what_was_decided_in_memory_is_decided_over_a_socket(library: Library) -> None:
    context = Context(library, library.sections(), MAPPINGS, FOLDERS)
    wrong = []
    for line in lines():
        case = case_of(line)
        explanation = explain(case.change, context)
        told = (explanation.kind.value, match_of(explanation), requests_of(explanation))
        if told != (case.kind, case.match, case.requests):
            wrong.append((line, told))

    assert wrong == []
