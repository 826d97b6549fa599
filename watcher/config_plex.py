"""What the values that lead to Plex may be: its address, the trust in it, the token."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from watcher.config_types import Wrong, own_path, text
from watcher.regular_file import Unreadable, read_small
from watcher.token import Secret, complaint

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import ValidationInfo

CA_BUNDLE_BYTES = 16 * 1024 * 1024

_HOST = re.compile(r"[\w.-]+|[0-9A-Fa-f:.]+")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
_URL = "expected the address of Plex, such as http://127.0.0.1:32400"
_NOT_HERE = "a token does not belong into the address: write it into plex.token_file's file"
_WEB_PAGE = "this is the address of the web page: leave out /web and what follows it"


def _port(url: SplitResult) -> int | None:
    """Return the port; 0 for one that is out of range or no number, None for none."""
    try:
        return url.port
    except ValueError:
        return 0


_URL_FAULTS: tuple[tuple[Callable[[SplitResult], object], str], ...] = (
    (lambda url: "token" in url.query.casefold() + url.fragment.casefold(), _NOT_HERE),
    (lambda url: "@" in url.netloc, "a user or a password does not belong into the address"),
    (lambda url: url.scheme not in {"http", "https"}, f"{_URL}; begin it with http:// or https://"),
    (lambda url: not _HOST.fullmatch(url.hostname or ""), _URL),
    (lambda url: _port(url) == 0, f"{_URL}; the port has to be from 1 to 65535"),
    (lambda url: re.match("/web(/|$)", url.path), _WEB_PAGE),
    (lambda url: url.query or url.fragment, "leave out everything from the ? or # on"),
    (
        lambda url: not _PREFIX.fullmatch(url.path) or ".." in url.path,
        f"{_URL}; leave out what follows the port",
    ),
)


def address(value: object) -> str:
    """Require http(s)://host[:port][/prefix] and write it evenly, without a trailing slash.

    The text itself is never part of the complaint: it may hold a token or a password.
    """
    written = text(value, _URL.removeprefix("expected "))
    try:
        url = urlsplit(written.replace(" ", "%20"))
        fault = next((says for wrong, says in _URL_FAULTS if wrong(url)), None)
    except ValueError:  # an IPv6 address that lacks its bracket, as urlsplit says
        raise Wrong(_URL, shows=False) from None
    if fault:
        raise Wrong(fault, shows=False)
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    port = "" if url.port is None else f":{url.port}"
    return f"{url.scheme}://{host}{port}{url.path.rstrip('/')}"


def trust(value: object, info: ValidationInfo) -> bool | str:
    """Require true, false, or the path of a file with the certificates to trust."""
    if isinstance(value, bool):
        return value
    path = own_path("true, false, or the absolute path of a CA bundle")(value, info)
    try:
        read_small(Path(path), CA_BUNDLE_BYTES)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except Unreadable as error:
        raise Wrong(f"the CA bundle {error}", shows=False) from None
    except OSError:  # ssl.SSLError among them
        raise Wrong("the CA bundle holds no certificate in PEM form", shows=False) from None
    return path


def secret(value: object) -> Secret:
    """Require something that can be an access token, without ever showing it."""
    if not isinstance(value, str):
        raise Wrong("expected a token", "put it in quotes")
    trouble = complaint(value)
    if trouble:
        raise Wrong(f"it {trouble}", shows=False)
    return Secret(value)
