"""Every exception of the foreign libraries is called something inside, and none is forgotten."""

from __future__ import annotations

import http.client
import inspect
import ssl
from xml.etree.ElementTree import ParseError

import plexapi.exceptions
import pytest
import requests.exceptions
import urllib3.exceptions

from matcher.errors import (
    PlexError,
    PlexNonsense,
    PlexRefused,
    PlexUnanswered,
    PlexUnavailable,
)
from matcher.faults import MOST_CHARACTERS, Missing, kind_of, reason_in, sentence
from matcher.plex import FOREIGN, translated

EXPECTED: dict[str, type[PlexError]] = {
    "BadRequest": PlexNonsense,
    "NotFound": Missing,
    "PlexApiException": PlexNonsense,
    "TwoFactorRequired": PlexRefused,
    "Unauthorized": PlexRefused,
    "UnknownType": PlexNonsense,
    "Unsupported": PlexNonsense,
    "ChunkedEncodingError": PlexUnanswered,
    "ConnectTimeout": PlexUnavailable,
    "ConnectionError": PlexUnanswered,
    "ContentDecodingError": PlexUnavailable,
    "HTTPError": PlexNonsense,
    "InvalidHeader": PlexNonsense,
    "InvalidJSONError": PlexUnavailable,
    "InvalidProxyURL": PlexNonsense,
    "InvalidSchema": PlexNonsense,
    "InvalidURL": PlexNonsense,
    "JSONDecodeError": PlexUnavailable,
    "MissingSchema": PlexNonsense,
    "ProxyError": PlexUnavailable,
    "ReadTimeout": PlexUnanswered,
    "RequestException": PlexNonsense,
    "RetryError": PlexUnanswered,
    "SSLError": PlexUnavailable,
    "StreamConsumedError": PlexNonsense,
    "Timeout": PlexUnanswered,
    "TooManyRedirects": PlexNonsense,
    "URLRequired": PlexNonsense,
    "UnrewindableBodyError": PlexNonsense,
}


def _exported(module: object) -> list[type[Exception]]:
    name = getattr(module, "__name__", "")
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and not issubclass(kind, Warning) and kind.__module__ == name
    ]


EXPORTED = [*_exported(plexapi.exceptions), *_exported(requests.exceptions)]


def _made(kind: type[Exception]) -> Exception:
    if issubclass(kind, requests.exceptions.JSONDecodeError):
        return kind("bad", "{", 0)
    return kind("something happened")


@pytest.mark.parametrize("kind", EXPORTED, ids=lambda kind: kind.__name__)
def test_every_exported_exception_has_its_meaning(kind: type[Exception]) -> None:
    """One that a later version adds fails here, until somebody says what it means."""
    assert issubclass(kind, FOREIGN)
    error = translated(_made(kind), "GET /x")

    assert type(error) is EXPECTED[kind.__name__]
    assert str(error).startswith("GET /x: ")


@pytest.mark.parametrize("kind", _exported(urllib3.exceptions), ids=lambda kind: kind.__name__)
def test_every_exception_below_requests_is_one_that_is_caught(kind: type[Exception]) -> None:
    """Those that requests does not wrap come through as they are."""
    assert issubclass(kind, FOREIGN)


@pytest.mark.parametrize(
    ("error", "meaning", "words"),
    [
        (ParseError("mismatched tag"), PlexUnavailable, "damaged"),
        (http.client.IncompleteRead(b"x"), PlexUnanswered, "IncompleteRead"),
        (UnicodeDecodeError("utf-8", b"secret", 0, 1, "bad"), PlexNonsense, "encoding"),
        (OSError(113, "No route to host"), PlexUnanswered, "No route to host"),
        (ssl.SSLError(1, "wrong version number"), PlexUnavailable, "certificate"),
        (AttributeError("'NoneType' object has no attribute 'attrib'"), PlexNonsense, "unreadable"),
        (TypeError("'NoneType' object is not subscriptable"), PlexNonsense, "unreadable"),
    ],
)
def test_what_plexapi_lets_through_has_its_meaning(
    error: Exception, meaning: type[PlexError], words: str
) -> None:
    """Parse errors, sockets, and what it stumbles over itself."""
    told = translated(error, "GET /x")

    assert type(told) is meaning
    assert words in str(told)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, PlexNonsense),
        (401, PlexRefused),
        (403, PlexRefused),
        (404, Missing),
        (429, PlexUnavailable),
        (498, PlexRefused),
        (500, PlexUnavailable),
        (502, PlexUnavailable),
        (503, PlexUnavailable),
        (504, PlexUnavailable),
    ],
)
def test_a_bad_request_of_plexapi_is_what_its_status_is(
    status: int, meaning: type[PlexError]
) -> None:
    """It calls a server that is starting the same as a request that makes no sense."""
    error = translated(plexapi.exceptions.BadRequest(f"({status}) word; http://h/ text"), "GET /x")

    assert isinstance(error, meaning)
    assert str(status) in str(error)
    assert issubclass(kind_of(status), meaning)


def test_what_is_not_foreign_is_not_translated() -> None:
    """A bug of ours keeps its own name."""
    with pytest.raises(TypeError, match="not a foreign exception"):
        translated(Exception("ours"), "GET /x")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'<Response code="503" title="Maintenance" status="3 &amp; more"/>', "3 & more"),
        (b'{"code":503,"title":"Maintenance","status":"Starting."}', "Starting."),
        (b"<html><head><title>Unauthorized</title></head>", "Unauthorized"),
        (b"plain words", "plain words"),
        (b"", ""),
    ],
)
def test_the_reason_is_found_in_the_body(body: bytes, reason: str) -> None:
    """XML, JSON, or one of Plex's small pages."""
    assert reason_in(body) == reason


def test_a_sentence_is_one_short_printable_line_without_secrets() -> None:
    """Whatever a server sends."""
    text = sentence("a\nb\x1b[31m \u202e tok/en tok%2Fen " + "x" * 500, ("tok/en",))

    assert len(text) <= MOST_CHARACTERS
    assert text.isprintable()
    assert text.startswith("a b")
    assert "tok" not in text
