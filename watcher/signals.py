"""Signals: what the system or a person asks of the process, handed to the main thread."""

from __future__ import annotations

import enum
import os
import signal
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


class Asked(enum.Enum):
    """What a signal asks for."""

    STOP = enum.auto()
    RELOAD = enum.auto()
    STACKS = enum.auto()


_MEANING = {
    signal.SIGTERM: Asked.STOP,
    signal.SIGINT: Asked.STOP,
    signal.SIGHUP: Asked.RELOAD,
    signal.SIGUSR1: Asked.STACKS,
}


class Signals:
    """Catches the signals that mean something; one process has one. For the main thread only.

    A handler runs in the main thread, between any two of its instructions. One that sets a
    `threading.Event` waits for ever where it interrupted that event's own `wait`, which holds the
    same lock; a `SimpleQueue` may be put to from within its own `get` (its documentation says
    so).
    """

    def __init__(self) -> None:
        self._came: SimpleQueue[Asked] = SimpleQueue()
        self._stopping = False

    def catch(self) -> None:
        """Handle the signals from now on, until the process ends."""
        for number in _MEANING:
            signal.signal(number, self._on_signal)

    def next(self) -> Asked:
        """Wait for what is asked for next. A stop goes before all else, and stays."""
        asked = Asked.STOP if self._stopping else self._came.get()
        return Asked.STOP if self._stopping else asked

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Note it and no more. A second stop is not for us: it ends the process at once."""
        asked = _MEANING[signal.Signals(number)]
        if asked is Asked.STOP:
            if self._stopping:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            self._stopping = True
        self._came.put(asked)
