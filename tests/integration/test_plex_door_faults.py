"""Every way in which an answer of Plex can go wrong is one of few kinds, said in one clean line."""

from __future__ import annotations

import gzip
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from door import TOKEN, opened
from raw_server import CLOSE, HANG, RESET, RawServer, answer

from matcher.errors import PlexError, PlexNonsense, PlexRefused, PlexUnavailable
from matcher.model import Section
from matcher.wire import SLOWEST, Haste

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.plex import PlexLibrary

SECTIONS = '<MediaContainer size="1"><Directory key="1" type="movie" title="M"/></MediaContainer>'
MOVIES = Section(1, "M", "movie", ("/data/Movies",))

MAINTENANCE_XML = (
    '<Response code="503" title="Maintenance" status="Startup maintenance: 3 tasks."/>'
)
MAINTENANCE_JSON = '{"code":503,"title":"Maintenance","status":"Startup maintenance: 3 tasks."}'
UNAUTHORIZED = (
    "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"
)
PAGE = "<!DOCTYPE html>\n<html><head><title>Router login</title></head><body/></html>"

CALLS: dict[str, Callable[[PlexLibrary], object]] = {
    "server": lambda door: door.server(),
    "sections": lambda door: door.sections(),
    "parts": lambda door: door.parts_containing(MOVIES, "Alien (1979).mkv"),
    "all parts": lambda door: list(door.all_parts(MOVIES)),
    "item": lambda door: door.item_parts(MOVIES, 7),
    "activities": lambda door: door.activities(),
    "scan": lambda door: door.scan(1, "/data/Movies/A"),
    "refresh": lambda door: door.refresh(7),
}


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    pause = threading.Event()
    with suppress(OSError):
        for _ in range(400):
            connection.sendall(b"<")
            pause.wait(0.02)


def _drip_head(connection: socket.socket) -> None:
    pause = threading.Event()
    with suppress(OSError):
        for _ in range(400):
            connection.sendall(b"X")
            pause.wait(0.02)


def _endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<MediaContainer>")
    with suppress(OSError):
        for _ in range(1600):
            connection.sendall(b" " * 65536)


FAULTS: dict[str, tuple[bytes | Callable[[socket.socket], None], type[PlexError], str]] = {
    "hangs": (HANG, PlexUnavailable, "in time"),
    "closes": (CLOSE, PlexUnavailable, "closed without an answer"),
    "resets": (RESET, PlexUnavailable, "reset"),
    "drips its body": (_drip, PlexUnavailable, "too long"),
    "drips its head": (_drip_head, PlexUnavailable, ""),
    "never ends": (_endless, PlexNonsense, "longer than"),
    "400": (answer("<html><title>Bad Request</title></html>", "400 Bad"), PlexNonsense, "400"),
    "401": (answer(UNAUTHORIZED, "401 Unauthorized"), PlexRefused, "token"),
    "403": (answer("", "403 Forbidden"), PlexRefused, "owner"),
    "414": (answer("", "414 URI Too Long"), PlexNonsense, "414"),
    "429": (answer("", "429 Too Many"), PlexUnavailable, "429"),
    "498": (answer("", "498 Token Expired"), PlexRefused, "expired"),
    "500 with 200 kB of escapes": (
        answer("\x1b[31m\x07evil\n" * 20_000, "500 Oops"),
        PlexUnavailable,
        "500",
    ),
    "502": (answer("<html><title>Bad Gateway</title></html>", "502 B"), PlexUnavailable, "Gateway"),
    "503 in XML": (answer(MAINTENANCE_XML, "503 S"), PlexUnavailable, "Startup maintenance: 3"),
    "503 in JSON": (
        answer(MAINTENANCE_JSON, "503 S", "Content-Type: application/json"),
        PlexUnavailable,
        "Startup maintenance: 3",
    ),
    "520": (answer("", "520 Whatever"), PlexUnavailable, "520"),
    "web page": (answer(PAGE, "200 OK", "Content-Type: text/html"), PlexUnavailable, "web page"),
    "empty": (answer(""), PlexUnavailable, "empty"),
    "promises more": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nConnection: close\r\n\r\n" + SECTIONS.encode(),
        PlexUnavailable,
        "",
    ),
    "half an XML": (answer(SECTIONS[:40]), PlexUnavailable, "damaged"),
    "not XML": (answer("\x00\x01\x02 hello"), PlexUnavailable, ""),
    "other XML": (answer("<rss/>"), PlexUnavailable, ""),
    "broken gzip": (
        answer(b"\x1f\x8b\x08nonsense", "200 OK", "Content-Encoding: gzip"),
        PlexUnavailable,
        "damaged",
    ),
    "bad head": (b"SMTP ready\r\n\r\n", PlexUnavailable, ""),
    "redirect": (
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        PlexNonsense,
        "redirected",
    ),
}
NO_FAULT = {
    ("scan", "empty"),
    ("scan", "other XML"),
    ("refresh", "empty"),
    ("refresh", "other XML"),
    ("activities", "other XML"),
    ("activities", "400"),
    ("activities", "403"),
    ("activities", "500 with 200 kB of escapes"),
    ("item", "other XML"),
}
"""Requests for work are answered by nothing; what holds no item or activity has none; and a server
need not tell what it is doing."""
MET = [(call, fault) for call in CALLS for fault in FAULTS if (call, fault) not in NO_FAULT]


@pytest.mark.parametrize(("call", "fault"), MET)
def test_a_fault_is_one_kind_and_one_clean_line(call: str, fault: str) -> None:
    """Whatever is asked, whatever goes wrong: a PlexError that can be shown and has no token."""
    step, kind, words = FAULTS[fault]
    slow = {"answer_s": 0.4} if "drips" in fault else {}
    capped = {"answer_bytes": 1_000_000, "timeout_s": 5.0} if fault == "never ends" else {}

    with RawServer(step) as server, opened(server.url, **slow, **capped) as door:
        with pytest.raises(kind) as raised:
            CALLS[call](door)
        text = str(raised.value)

        assert words in text
        assert len(text) <= 200
        assert text.isprintable()
        assert "canary" not in text
        assert TOKEN.encode() in server.heard[0]


@pytest.mark.parametrize("fault", ["drips its body", "drips its head"])
def test_an_answer_that_drips_is_given_up_like_one_that_hangs(fault: str) -> None:
    """Long before an answer that arrives, and shows that it does, would be late as a whole."""
    step, kind, _ = FAULTS[fault]

    with (
        RawServer(step) as server,
        opened(server.url, timeout_s=0.4, answer_s=1e6) as door,
        pytest.raises(kind),
    ):
        door.sections()


def test_a_big_answer_has_the_time_that_its_bytes_take() -> None:
    haste = Haste(answer_s=120.0, wait_s=30.0)

    assert haste.allows_s(0) == 30.0
    assert haste.allows_s(50 * SLOWEST) == 80.0
    assert haste.allows_s(1000 * SLOWEST) == 120.0


def test_a_refused_connection_is_unavailable_and_says_so() -> None:
    """A daemon that starts before Plex makes its door, and learns at the first request."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with (
        opened(f"http://127.0.0.1:{port}") as door,
        pytest.raises(PlexUnavailable, match="Connection refused"),
    ):
        door.sections()


def test_an_unknown_name_is_unavailable() -> None:
    """A name that does not resolve may resolve later: at boot there is no network yet."""
    with opened("http://plex.invalid:32400") as door, pytest.raises(PlexUnavailable):
        door.sections()


@pytest.mark.parametrize("url", ["plex:32400", "ftp://127.0.0.1/", "http://", "http://[::1"])
def test_a_url_that_cannot_be_asked_says_so(url: str) -> None:
    """The making of a door does not ask; the first request tells what is wrong with the url."""
    with opened(url) as door, pytest.raises(PlexNonsense, match="url"):
        door.sections()


def test_nothing_of_404_is_an_error_where_it_is_a_result() -> None:
    """Not found is an answer: no such item, section or part."""
    with RawServer(answer("", "404 Not Found")) as server, opened(server.url) as door:
        assert door.item_parts(MOVIES, 7) is None
        assert door.scan(1, "/data/Movies/A") is False
        assert door.refresh(7) is False
        assert door.analyze(7) is False
        assert door.empty_trash(1) is False
        for call in (door.sections, lambda: door.parts_containing(MOVIES, "x")):
            with pytest.raises(PlexNonsense):  # no Plex, where not even the sections are there
                call()


def test_a_section_that_is_not_listed_any_more_has_no_parts() -> None:
    steps = (answer("", "404 Not Found"), answer(SECTIONS.replace('key="1"', 'key="2"')))
    with RawServer(*steps) as server, opened(server.url) as door:
        assert door.parts_containing(MOVIES, "x") == ()


def test_a_server_that_lists_no_library_at_all_is_not_ready() -> None:
    """Else every job would end, as one of a library that was removed."""
    step = answer('<MediaContainer size="0"/>')
    with RawServer(step) as server, opened(server.url) as door, pytest.raises(PlexUnavailable) as e:
        door.sections()

    assert "no libraries at all" in str(e.value)


@pytest.mark.parametrize("gone", [CLOSE, RESET])
def test_a_connection_that_went_stale_is_replaced_once(gone: bytes) -> None:
    """Plex closes a kept connection after 20 s; the request that meets that is made again."""
    steps = (answer(SECTIONS), gone, answer(SECTIONS))
    with RawServer(*steps) as server, opened(server.url) as door:
        door.sections()

        assert [section.key for section in door.sections()] == [1]
        assert len(server.heard) == 3
        assert door.traffic().requests == 3


def test_a_put_over_a_stale_connection_is_replaced_as_well() -> None:
    """To refresh an item twice is to refresh it."""
    with RawServer(answer(""), CLOSE, answer("")) as server, opened(server.url) as door:
        assert door.refresh(7) is True
        assert door.refresh(7) is True
        assert len(server.heard) == 3


def test_a_connection_that_always_closes_is_tried_twice_and_not_more() -> None:
    """Whoever retries further is the worker, which knows for how long Plex is away."""
    with RawServer(CLOSE) as server, opened(server.url) as door:
        with pytest.raises(PlexUnavailable):
            door.sections()

        assert len(server.heard) == 2


def test_a_timeout_is_not_repeated() -> None:
    """Plex may still be at it."""
    with RawServer(HANG) as server, opened(server.url) as door:
        with pytest.raises(PlexUnavailable):
            door.sections()

        assert len(server.heard) == 1


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_a_redirect_takes_no_token_anywhere(status: str) -> None:
    """Of itself, requests would send X-Plex-Token along to any host that the answer names."""
    with RawServer(answer(SECTIONS)) as other:
        head = f"HTTP/1.1 {status}\r\nLocation: {other.url}/library/sections\r\n"
        moved = f"{head}Content-Length: 0\r\n\r\n".encode()
        with RawServer(moved) as server, opened(server.url) as door:
            with pytest.raises(PlexNonsense, match="the url is wrong"):
                door.sections()

            assert other.heard == []


def test_a_refused_token_is_asked_for_again_and_used() -> None:
    """A token that was replaced while the daemon runs needs no restart."""
    tokens = iter(["old-token", "new-token"])
    steps = (answer(UNAUTHORIZED, "401 Unauthorized"), answer(SECTIONS))
    with RawServer(*steps) as server, opened(server.url, token=lambda: next(tokens)) as door:
        assert [section.key for section in door.sections()] == [1]
        assert b"old-token" in server.heard[0]
        assert b"new-token" in server.heard[1]
        assert b"old-token" not in server.heard[1]


def test_the_same_token_is_not_tried_twice() -> None:
    """One 401 is an answer; two are a nuisance."""
    with RawServer(answer(UNAUTHORIZED, "401 Unauthorized")) as server, opened(server.url) as door:
        with pytest.raises(PlexRefused):
            door.sections()

        assert len(server.heard) == 1


def _unreadable() -> str:
    raise PermissionError(13, "Permission denied", "/etc/plexnudge/token")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (_unreadable, "cannot be read"),
        (lambda: "", "empty"),
        (lambda: "two\nlines", "characters"),
        (lambda: "smörgås", "characters"),
    ],
)
def test_a_token_that_is_none_is_refused_before_anything_is_sent(
    token: Callable[[], str], words: str
) -> None:
    """An exception of requests about a bad header would show the header."""
    with RawServer(answer(SECTIONS)) as server, opened(server.url, token=token) as door:
        with pytest.raises(PlexRefused, match=words):
            door.sections()

        assert server.heard == []


def test_a_body_that_names_the_token_is_not_repeated() -> None:
    """Whatever a server echoes, the token stays out of sight: raw, quoted, or in a url."""
    echo = f"bad {TOKEN} canary-Tok3n%2Fah%2Bx http://h/?X-Plex-Token=another-one&x=1"
    with RawServer(answer(echo, "500 Oops")) as server, opened(server.url) as door:
        with pytest.raises(PlexUnavailable) as raised:
            door.sections()

        assert "canary" not in str(raised.value)
        assert "another-one" not in str(raised.value)
        assert raised.value.__suppress_context__


def test_characters_that_xml_forbids_are_passed_over() -> None:
    """Plex writes them where titles have them; the rest of the answer is good."""
    title = "A\x0bB\x1f &#x8; C"
    movie = (
        f'<Video ratingKey="5" type="movie" title="{title}">'
        '<Media id="1"><Part id="2" file="/data/Movies/A\x0b.mkv" size="3"/></Media></Video>'
    )
    page = f'<MediaContainer size="1" totalSize="1">{movie}</MediaContainer>'
    with RawServer(answer(page)) as server, opened(server.url) as door:
        (part,) = door.all_parts(MOVIES)

        assert (part.key, part.file, part.size) == (5, "/data/Movies/A.mkv", 3)


def test_bytes_that_are_not_utf8_come_back_as_they_would_from_the_disk() -> None:
    """A name in Latin-1 on the disk is a name in Latin-1 in the answer."""
    movie = b'<Video ratingKey="5"><Media><Part file="/d/caf\xe9.mkv"/></Media></Video>'
    page = b'<MediaContainer totalSize="1">' + movie + b"</MediaContainer>"
    with RawServer(answer(page)) as server, opened(server.url) as door:
        (part,) = door.all_parts(MOVIES)

        assert part.file == "/d/caf\udce9.mkv"


def test_an_answer_without_a_charset_is_utf8() -> None:
    """Of itself, requests takes text/xml without one for Latin-1."""
    body = (
        '<MediaContainer><Directory key="1" type="movie" title="Krabbelbücher"/></MediaContainer>'
    )
    said = answer(body, "200 OK", "Content-Type: text/xml")
    with RawServer(said) as server, opened(server.url) as door:
        assert door.sections()[0].title == "Krabbelbücher"


def test_a_compressed_answer_is_read_and_counted_as_it_came() -> None:
    """What is measured is what went over the wire."""
    packed = gzip.compress(SECTIONS.encode() + b" " * 5000)
    said = answer(packed, "200 OK", "Content-Encoding: gzip")
    with RawServer(said) as server, opened(server.url) as door:
        assert [section.key for section in door.sections()] == [1]
        assert door.traffic().bytes_received == len(packed)


def test_a_compressed_bomb_meets_the_cap() -> None:
    """The cap is on what comes out, not on what comes in."""
    bomb = gzip.compress(b" " * 50_000_000)
    said = answer(bomb, "200 OK", "Content-Encoding: gzip")
    with (
        RawServer(said) as server,
        opened(server.url, answer_bytes=1_000_000, timeout_s=5.0) as door,
        pytest.raises(PlexNonsense, match="longer"),
    ):
        door.sections()


BILLION = (
    '<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "'
    + "&a;" * 100
    + '"><!ENTITY c "'
    + "&b;" * 100
    + '"><!ENTITY d "'
    + "&c;" * 100
    + '"><!ENTITY e "'
    + "&d;" * 100
    + '">]>'
)


@pytest.mark.parametrize(
    "prolog", [BILLION, '<!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/passwd">]>']
)
@pytest.mark.parametrize("call", ["sections", "all parts"])
def test_entities_are_no_way_in(prolog: str, call: str) -> None:
    """Neither a small text that grows, nor a file of ours that is sent along."""
    body = f"{prolog}<MediaContainer>&e;</MediaContainer>"
    with RawServer(answer(body)) as server, opened(server.url, timeout_s=5.0) as door:
        try:
            found = CALLS[call](door)
        except PlexUnavailable:
            return
        assert not found


def test_closing_from_another_thread_ends_a_request_that_waits() -> None:
    """A stop of the service does not wait for Plex."""
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            door.sections()
        except PlexError as error:
            caught.append(error)

    with RawServer(HANG) as server, opened(server.url, timeout_s=30.0) as door:
        asking = threading.Thread(target=ask)
        asking.start()
        assert server.hearing.wait(5)
        door.close()
        asking.join(5)

        assert not asking.is_alive()
        assert isinstance(caught[0], PlexUnavailable)
        assert len(server.heard) == 1
        with pytest.raises(PlexUnavailable, match="closed here"):
            door.sections()
