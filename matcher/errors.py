"""The few ways in which asking Plex can fail; the Plex door translates every foreign error to one.

    PlexError
    ├── PlexUnavailable   it cannot be reached, is starting, or broke off: it may work later
    │   └── PlexUnanswered    and may have done what it was asked for
    ├── PlexRefused       it answered that this token may not: a person has to act
    └── PlexNonsense      it answered, but not with what was asked: HTML, half a body, a 400

"Not found" is a result (None, False, an empty tuple), not an error.
"""

from __future__ import annotations


class PlexError(Exception):
    """Asking Plex failed. The text is one printable line, at most 200 characters, with no token."""


class PlexUnavailable(PlexError):  # noqa: N818 - the words of the vocabulary
    """No answer, a broken one, or a server that says it is not ready: worth another try."""


class PlexUnanswered(PlexUnavailable):
    """No answer, or half of one, to a request that may have reached Plex."""


class PlexRefused(PlexError):  # noqa: N818
    """The token is wrong, expired or not allowed to do this."""


class PlexNonsense(PlexError):  # noqa: N818
    """An answer that makes no sense for the call: retrying at once gives the same."""
