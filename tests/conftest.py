"""For every test: no thread outlives it, and the environment says nothing of Plex or plexnudge."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = ("PLEX_TOKEN", "PLEXNUDGE_CONFIG", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "NO_COLOR")
"""What a developer's own environment may hold that would change what a test sees."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let chaos go on for longer, and be played again."""
    parser.addoption("--chaos-seconds", type=float, default=60.0, help="how long chaos reigns")
    parser.addoption("--chaos-seed", type=int, default=None, help="play one seed of chaos again")


@pytest.fixture(autouse=True)
def _plain_environment() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in FOREIGN if name in os.environ}
    yield
    os.environ.update(kept)


@pytest.fixture(autouse=True)
def _no_thread_survives() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(timeout=5)
    survivors = [thread.name for thread in left if thread.is_alive()]
    assert not survivors, f"threads outlived the test: {survivors}"
