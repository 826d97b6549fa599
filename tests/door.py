"""A door to open in tests: settings with a short timeout, closed when the test ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from matcher.plex import PlexLibrary, PlexSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "canary-Tok3n/ah+x"
"""A token that looks otherwise when it is quoted for a url."""


def settings(url: str, **changes: Any) -> PlexSettings:
    """Settings for a server of this test: a short timeout, and the canary token."""
    values: dict[str, Any] = {
        "token": lambda: TOKEN,
        "client_identifier": "a-test",
        "timeout_s": 0.3,
        **changes,
    }
    return PlexSettings(url, **values)


@contextmanager
def opened(url: str, **changes: Any) -> Iterator[PlexLibrary]:
    """Open the door, and close it."""
    door = PlexLibrary(settings(url, **changes))
    try:
        yield door
    finally:
        door.close()
