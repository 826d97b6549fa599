"""The token in use: asked for when it is needed, and again when Plex refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.errors import PlexRefused
from matcher.faults import sentence

if TYPE_CHECKING:
    from collections.abc import Callable


class Credential:
    """Holds the token that requests carry. Its `repr` does not show it."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._token = ""

    @property
    def token(self) -> str:
        """The token, or nothing while none was taken."""
        return self._token

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be in any text."""
        return (self._token,) if self._token else ()

    def take(self, *, anew: bool) -> bool:
        """Ask for the token if there is none yet or if `anew`; True if it is another than before.

        Raises:
            PlexRefused: It is not there, or is no token: an exception of an HTTP library about a
                header that cannot be sent would show the header.
        """
        if self._token and not anew:
            return False
        try:
            token = self._ask().strip()
        except OSError as error:
            raise PlexRefused(sentence(f"the token cannot be read: {error}")) from None
        if not (token and token.isascii() and token.isprintable() and " " not in token):
            raise PlexRefused("the token is empty, or holds characters that no token has")
        before, self._token = self._token, token
        return token != before
