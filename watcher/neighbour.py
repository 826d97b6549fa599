"""The question of a command to the running daemon: what it says of itself over server.listen."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watcher.config_types import Listen

WAIT_S = 5.0


def url_of(listen: Listen) -> str:
    """Say where the running daemon answers."""
    return f"http://{listen.host}:{listen.port}/status"


def ask(listen: Listen, wait_s: float = WAIT_S) -> dict[str, Any]:
    """Ask without proxies: the daemon is on this host.

    Raises OSError where nobody answers, ValueError where it is somebody else who does.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url_of(listen), timeout=wait_s) as answer:
        state = json.load(answer)
    if not isinstance(state, dict):
        raise ValueError("that is not plexnudge")  # noqa: TRY004 - of an answer, not of a caller
    return state
