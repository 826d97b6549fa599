"""The door to Plex: the one module that imports plexapi and requests.

    PlexLibrary   one server: `questions` over this wire
    _Session      requests' session with limits: nothing of the environment, no redirects, a cap on
                  bytes and time, one repetition where a kept connection had gone stale
    _TABLE        every foreign exception and what it is called inside

plexapi's `PlexServer` is the connection: it makes urls, sends, and reads XML. Its objects are not
used: an attribute that is None reloads its item, and a listed episode takes 16 kB.
"""

from __future__ import annotations

import os
import re
import ssl
import time
from dataclasses import dataclass, field
from http.client import HTTPException, RemoteDisconnected
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree.ElementTree import ParseError

import requests
import urllib3
from requests import exceptions as http
from requests.adapters import HTTPAdapter

from matcher import answers, routes
from matcher.credential import Credential
from matcher.errors import (
    PlexError,
    PlexNonsense,
    PlexRefused,
    PlexUnanswered,
    PlexUnavailable,
)
from matcher.faults import DONE, Answered, Missing, from_status, reason_in, sentence
from matcher.questions import Questions
from matcher.wire import CappedBody, Connections, Haste, pools

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from matcher.answers import Page
    from matcher.routes import Ask

    OnRequest = Callable[[str, str, float, int | None], None]

# plexapi reads a configuration of its own when it is imported, from the home directory and from
# the environment; `log.show_secrets` in there puts the token into every url.
for _name in [name for name in os.environ if name.startswith("PLEXAPI_")]:
    del os.environ[_name]
os.environ["PLEXAPI_CONFIG_PATH"] = os.devnull
os.environ["PLEXAPI_PLEXAPI_AUTORELOAD"] = "false"
from plexapi import exceptions as plexapi_errors  # noqa: E402 - only after the lines above
from plexapi.server import PlexServer  # noqa: E402 - only after the lines above

T = TypeVar("T")

_CONNECT_S = 10.0
"""A server on the same network takes a connection in milliseconds, or not at all."""
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class PlexSettings:
    """Where Plex is and how to speak to it.

    `token` is asked for before the first request, and again when Plex refuses the one in use.
    `verify_tls` is True, False, or the path of a CA bundle. `timeout_s` limits each wait,
    and an answer that only drips; `answer_s` any answer, `answer_bytes` its decoded length.
    """

    url: str
    token: Callable[[], str] = field(repr=False)
    client_identifier: str
    timeout_s: float = 30.0
    verify_tls: bool | str = True
    answer_s: float = 120.0
    answer_bytes: int = 32 * 1024 * 1024
    version: str = ""
    device_name: str = "plexnudge"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went over the wire since the start: requests, and bytes of bodies as received."""

    requests: int
    bytes_received: int


class PlexLibrary(Questions):
    """One Plex server as a Library and as Requests.

    Making one asks nothing of the server, so it can be made while Plex is down; there is nothing
    to connect again after a failure. One thread at a time calls; `close` may come from another,
    and breaks off a request that waits. `on_request` is told of each request when it ends: method,
    route template, seconds, and status (None: no answer); it must not raise.
    """

    def __init__(self, settings: PlexSettings, on_request: OnRequest | None = None) -> None:
        self._session = _Session(settings, on_request)
        super().__init__(_PlexWire(settings, self._session))

    def traffic(self) -> Traffic:
        """Say what went over the wire so far; any thread may ask."""
        return Traffic(self._session.requests_sent, self._session.bytes_received)

    def close(self) -> None:
        """Break off what runs and close every connection; any thread may call this."""
        self._session.close()


class _PlexWire:
    """Sends through plexapi's connection, and is where foreign exceptions end."""

    def __init__(self, settings: PlexSettings, session: _Session) -> None:
        self._session = session
        # The token is the session's alone: plexapi never holds it, so it cannot show it.
        self._plex: Any = PlexServer(  # type: ignore[no-untyped-call]  # plexapi has no types
            settings.url, session=session, timeout=settings.timeout_s
        )
        session.introducing = False

    def read(self, ask: Ask, read: Callable[[Element], T]) -> T:
        tree = self._asked(ask, self._query)
        if tree is None:
            raise self._unavailable(ask, "an empty answer where data was asked for")
        try:
            return read(tree)
        except answers.BadAnswerError as error:
            raise self._unavailable(ask, str(error)) from None

    def page(self, ask: Ask, section: int) -> Page:
        body = self._asked(ask, self._fetch)
        try:
            return answers.part_page(body, section)
        except answers.BadAnswerError as error:
            raise self._unavailable(ask, str(error)) from None

    def request(self, ask: Ask) -> None:
        self._asked(ask, self._query)

    def _query(self, ask: Ask) -> Element | None:
        send = self._session.put if ask.method == "PUT" else self._session.get
        tree: Element | None = self._plex.query(ask.path, method=send, headers=dict(ask.headers))
        return tree

    def _fetch(self, ask: Ask) -> bytes:
        url: str = self._plex.url(ask.path)
        return self._session.get(url, headers=dict(ask.headers)).content

    def _asked(self, ask: Ask, call: Callable[[Ask], T]) -> T:
        """Make one call; if the token is refused and there is another by now, make it again."""
        session = self._session
        session.asking = ask
        try:
            session.credential.take(anew=False)
            try:
                return call(ask)
            except Answered as answered:
                if answered.status != 401 or not session.credential.take(anew=True):
                    raise
            return call(ask)
        except Answered as answered:
            raise from_status(answered, str(ask), session.credential.secrets) from None
        except FOREIGN as error:
            raise translated(error, str(ask), session.credential.secrets) from None

    def _unavailable(self, ask: Ask, text: str) -> PlexUnavailable:
        return PlexUnavailable(sentence(f"{ask}: {text}", self._session.credential.secrets))


# --- what foreign exceptions are called inside


class TooMuchError(http.RequestException):
    """An answer is longer than the cap."""


class WebPageError(http.RequestException):
    """A web page came where data was asked for."""


class ClosedError(http.RequestException):
    """The session was closed."""


_TLS_CURE = (
    "the server's certificate is not accepted ({cause}): use the name that it is for in plex.url, "
    "or give its CA's file as plex.verify_tls"
)
_TABLE: tuple[tuple[tuple[type[Exception], ...], type[PlexError], str], ...] = (
    ((TooMuchError,), PlexNonsense, "the answer is longer than any of Plex should be"),
    ((WebPageError,), PlexUnavailable, answers.looks_like(b"<html")),
    ((ClosedError,), PlexUnavailable, "the connection was closed here"),
    ((http.SSLError, ssl.SSLError), PlexUnavailable, _TLS_CURE),
    ((http.ProxyError,), PlexUnavailable, "a proxy failed ({cause})"),
    ((http.ConnectTimeout,), PlexUnavailable, "no connection in time"),
    ((http.ReadTimeout, http.Timeout), PlexUnanswered, "no answer in time"),
    ((http.ChunkedEncodingError,), PlexUnanswered, "the answer broke off ({cause})"),
    ((http.ContentDecodingError,), PlexUnavailable, "the compressed answer is damaged"),
    ((http.InvalidHeader,), PlexNonsense, "a header cannot be sent"),
    (
        (http.URLRequired, http.MissingSchema, http.InvalidSchema, http.InvalidURL),
        PlexNonsense,
        "plex.url is not a url that can be asked: write http://host:32400",
    ),
    ((http.TooManyRedirects,), PlexNonsense, "Plex redirected to another place"),
    ((http.ConnectionError, http.RetryError), PlexUnanswered, "{cause}"),
    ((http.InvalidJSONError, ParseError), PlexUnavailable, "the answer is damaged ({cause})"),
    ((http.HTTPError, http.StreamConsumedError), PlexNonsense, "{cause}"),
    ((http.UnrewindableBodyError, http.RequestException), PlexNonsense, "{cause}"),
    ((plexapi_errors.Unauthorized,), PlexRefused, "the token is not valid"),
    ((plexapi_errors.NotFound,), Missing, "Plex does not have it"),
    ((plexapi_errors.PlexApiException,), PlexNonsense, "plexapi: {cause}"),
    ((urllib3.exceptions.LocationValueError,), PlexNonsense, "plex.url is not a url"),
    ((urllib3.exceptions.HTTPError, HTTPException), PlexUnanswered, "{cause}"),
    ((UnicodeError,), PlexNonsense, "the answer or the request is in no known encoding"),
    ((OSError,), PlexUnanswered, "{cause}"),
    ((AttributeError, LookupError, TypeError, ValueError), PlexNonsense, "unreadable ({cause})"),
)
"""The first row that fits counts, so what is special stands before what is general. The last row
is what plexapi raises when it stumbles over an answer: it looks before it asks what came."""
FOREIGN = tuple(kind for kinds, _, _ in _TABLE for kind in kinds)

_BAD_REQUEST = re.compile(r"\((\d{3})\) (.*)", re.DOTALL)
"""How plexapi's BadRequest begins. It is the same class for 400, 429, 500 and 503."""


def translated(error: Exception, what: str, secrets: tuple[str, ...] = ()) -> PlexError:
    """Say what a foreign exception is called inside; `what` names the request."""
    status = _BAD_REQUEST.match(str(error))
    if type(error) is plexapi_errors.BadRequest and status:
        return from_status(Answered(int(status[1]), status[2]), what, secrets)
    for kinds, meaning, text in _TABLE:
        if isinstance(error, kinds):
            return meaning(sentence(f"{what}: {text.format(cause=_cause(error))}", secrets))
    raise TypeError(f"not a foreign exception: {type(error)!r}")


def _cause(error: Exception) -> str:
    """Find the few words that say what happened, below requests' and urllib3's wrappings."""
    root = _root(error)
    if isinstance(root, ssl.SSLCertVerificationError):
        return root.verify_message
    if isinstance(root, RemoteDisconnected):
        return "closed without an answer"
    text = root.strerror if isinstance(root, OSError) and root.strerror else str(root)
    return text or type(root).__name__


def _root(error: BaseException) -> BaseException:
    """Follow the wrappings down: requests and urllib3 keep the cause in `args` or `reason`."""
    for _ in range(10):
        inner = getattr(error, "reason", None), *error.args, error.__cause__
        below = next((each for each in inner if isinstance(each, BaseException)), None)
        if below is None:
            return error
        error = below
    return error


# --- the session


class _Session(requests.Session):
    """Sends with limits. `asking` is the request under way, for reports."""

    def __init__(self, settings: PlexSettings, on_request: OnRequest | None) -> None:
        super().__init__()
        self._settings = settings
        self._on_request = on_request
        self._connections = Connections()
        self._closed = False
        self.credential = Credential(settings.token)
        self.introducing = True
        self.asking = routes.SERVER
        self.requests_sent = 0
        self.bytes_received = 0
        # With it REQUESTS_CA_BUNDLE overrides `verify`, HTTP_PROXY is given the token, and
        # ~/.netrc adds a password.
        self.trust_env = False
        self.verify = settings.verify_tls
        if settings.verify_tls is False:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        haste = Haste(settings.answer_s, settings.timeout_s)
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(self._connections, haste))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Make a request, once there is somebody to make it for."""
        return _blank() if self.introducing else super().request(*args, **kwargs)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Say who asks, over what plexapi says.

        It says "controller", which lists us among the remote controls (Kometa#2894), and names us
        by a MAC address, which is another one in every new container.
        """
        prepared = super().prepare_request(request)
        prepared.headers.pop("X-Plex-Provides", None)
        settings = self._settings
        who = {
            "X-Plex-Client-Identifier": settings.client_identifier,
            "X-Plex-Product": "plexnudge",
            "X-Plex-Device-Name": settings.device_name,
            "X-Plex-Version": settings.version,
            "X-Plex-Token": self.credential.token,
        }
        prepared.headers.update({name: value for name, value in who.items() if value})
        return prepared

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send once, or twice where a kept connection had been closed; read the whole answer.

        Plex closes a connection that was idle for 20 s. The second time is harmless: reading
        changes nothing, and of two equal scans or refreshes the later finds nothing to do.
        """
        wait_s = self._settings.timeout_s
        kwargs |= {
            "stream": True,
            "allow_redirects": False,  # requests would send the token along to any other host
            "proxies": {},
            "timeout": (min(wait_s, _CONNECT_S), wait_s),
        }
        try:
            return self._sent(request, kwargs)
        except http.ConnectionError as error:
            gone = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)
            if self._closed or not isinstance(_root(error), gone):
                raise
        return self._sent(request, kwargs)

    def _sent(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> requests.Response:
        if self._closed:
            raise ClosedError
        started, status = time.perf_counter(), None
        self.requests_sent += 1
        try:
            response = super().send(request, **kwargs)
            status = response.status_code
            self._receive(response)
        finally:
            if self._on_request is not None:
                seconds = time.perf_counter() - started
                self._on_request(self.asking.method, self.asking.template, seconds, status)
        return response

    def _receive(self, response: requests.Response) -> None:
        """Read the body within the limits, and raise for what is no answer to use."""
        raw = response.raw
        response.raw = CappedBody(raw, self._settings.answer_bytes, TooMuchError)
        done = response.status_code in DONE
        try:
            body = response.content if done else next(response.iter_content(_PIECE_BYTES), b"")
        finally:
            self.bytes_received += raw.tell()
        if not done:
            response.close()
            raise Answered(response.status_code, reason_in(body))
        if answers.is_web_page(body):
            raise WebPageError
        if "charset" not in response.headers.get("Content-Type", ""):
            response.encoding = "utf-8"  # requests would take text/xml for Latin-1

    def close(self) -> None:
        """Close for good, and break off a request that another thread waits for."""
        self._closed = True
        self._connections.abort()
        super().close()


def _blank() -> requests.Response:
    """Answer the question of PlexServer's constructor without asking anyone.

    It asks `GET /` and raises if that fails: nothing could start while Plex is down, and each
    start would cost 10 kB that nobody reads.
    """
    response = requests.Response()
    response.status_code = 200
    response.encoding = "utf-8"
    response.raw = BytesIO(b"<MediaContainer/>")
    return response


class _Adapter(HTTPAdapter):
    """requests' adapter over connections that are known, and that read under a deadline."""

    def __init__(self, connections: Connections, haste: Haste) -> None:
        self._pools = pools(connections, haste)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools
