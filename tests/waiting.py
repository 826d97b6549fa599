"""Waiting in tests: for a condition, with a deadline, never for a fixed time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_EVERY_S = 0.01


def wait_until(
    predicate: Callable[[], object],
    deadline_s: float = 10.0,
    what: str | Callable[[], str] = "",
) -> None:
    """Return as soon as the predicate holds; AssertionError once `deadline_s` seconds are over.

    `what` says what was waited for, or is asked for it when it did not come. Where the code under
    test offers an Event or a Condition, wait on that instead.
    """
    ends = time.monotonic() + deadline_s
    never = threading.Event()
    while not predicate():
        if time.monotonic() >= ends:
            told = what() if callable(what) else what
            raise AssertionError(f"not within {deadline_s} s: {told or predicate}")
        never.wait(_LOOK_EVERY_S)
