"""What a failed request is, in this project's words: kinds by status, and one clean sentence.

The table of foreign exceptions is in the Plex door, beside the libraries that raise them; here is
everything that needs none of them.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote, quote_plus

from matcher.errors import PlexError, PlexNonsense, PlexRefused, PlexUnavailable
from matcher.printable import printable

MOST_CHARACTERS = 200
"""How long an error's text may be: a line of a log. A 500 with 200 kB of text has been seen."""

DONE = frozenset({200, 201, 204})
"""What Plex answers when it did or accepted what was asked; nothing else of 2xx is known of it."""

_REFUSED = frozenset({401, 403, 498})
"""498 is plex.tv's "token expired"; whether a server passes it on is not known."""
_PASSING = frozenset({408, 425, 429})
"""4xx that say "not now"."""


class Answered(Exception):  # noqa: N818 - an answer, which is an error only to who expected another
    """An HTTP status other than done. `reason` is what the body says, cut but not yet cleaned."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


class StatusUnavailable(PlexUnavailable):
    """A PlexUnavailable that came as an HTTP status."""

    status = 0


class StatusRefused(PlexRefused):
    """A PlexRefused that came as an HTTP status."""

    status = 0


class StatusNonsense(PlexNonsense):
    """A PlexNonsense that came as an HTTP status."""

    status = 0


class Missing(StatusNonsense):
    """404. For most calls that is a result; where it is none, it is nonsense."""


def kind_of(status: int) -> type[StatusUnavailable | StatusRefused | StatusNonsense]:
    """Say which kind of failure a status is.

    5xx may pass: plexapi calls a 503 during start-up the same as a 400, and whoever does not tell
    them apart gives up on a server that is just starting.
    """
    if status in _REFUSED:
        return StatusRefused
    if status == 404:
        return Missing
    if status >= 500 or status in _PASSING:
        return StatusUnavailable
    return StatusNonsense


NOT_UNDERSTOOD = frozenset({400, 422, 500, 501})
"""How a server may say that it does not know a query argument; PMS says 500 to some."""

_CURES = {
    401: "the token is not (or no longer) valid: get a new one and put it where the old one is",
    403: "this token may not do that: the server's owner's token is needed",
    498: "the token has expired: get a new one and put it where the old one is",
}


def from_status(answered: Answered, what: str, secrets: tuple[str, ...]) -> PlexError:
    """Make the error for an HTTP status; `what` names the request, as a route without values."""
    status = answered.status
    if 300 <= status < 400:
        text = f"{what}: Plex redirected ({status}) to another place; the url is wrong"
    else:
        said = _CURES.get(status) or answered.reason or "no reason given"
        text = f"{what}: Plex answered {status}: {said}"
    error = kind_of(status)(sentence(text, secrets))
    error.status = status
    return error


def status_of(error: PlexError) -> int | None:
    """Return the HTTP status that an error came from, or None where there was no answer."""
    return getattr(error, "status", None)


_REASONS = (
    re.compile(rb'<Response\b[^>]*?\bstatus="([^"]*)"', re.IGNORECASE),
    re.compile(rb'"status"\s*:\s*"((?:[^"\\]|\\.)*)"'),
    re.compile(rb"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL),
)
"""Where Plex says why: XML `<Response code title status>`, its JSON twin during start-up
maintenance, and the title of its small web pages ("Unauthorized")."""


def reason_in(body: bytes) -> str:
    """Find the reason in the body of a failed answer: at most a few words of its first 4 KB."""
    begin = body[:4096]
    for pattern in _REASONS:
        found = pattern.search(begin)
        if found and found[1].strip():
            return html.unescape(found[1].decode("utf-8", "replace"))
    return re.sub(rb"<[^>]*>", b" ", begin).decode("utf-8", "replace")


_TOKEN = re.compile(r"(X-Plex-Token['\"]?\s*[=:]\s*['\"]?)[^&\s'\"<>]+", re.IGNORECASE)
"""Also a token that is not ours is nobody's business."""


def sentence(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Make a text fit to be shown: secrets out, one line, printable, at most 200 characters."""
    for secret in secrets:
        if len(secret) < 4:  # shorter is no token, and would tear words apart
            continue
        for form in {secret, quote(secret, safe=""), quote_plus(secret), quote(secret)}:
            text = text.replace(form, "***")
    text = _TOKEN.sub(r"\1***", text)
    return printable(" ".join(text.split()), MOST_CHARACTERS)[:MOST_CHARACTERS]
