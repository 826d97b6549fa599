"""Gaps by folder: several threads may have lost events of one, and it has a gap until none has."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Gaps:
    """Passes on when the first gap of a folder opens and the last one closes. Any thread may call.

    `told` gets the folder's path and whether there is a gap; it must not call back.
    """

    def __init__(self, told: Callable[[str, bool], None]) -> None:
        self._told = told
        self._open: dict[str, int] = {}
        self._lock = threading.Lock()

    def tell(self, folder: str, is_open: bool) -> None:
        """Hear of a gap that opens or closes."""
        with self._lock:
            before = self._open.get(folder, 0)
            self._open[folder] = before + (1 if is_open else -1)
            if is_open or before == 1:
                self._told(folder, is_open)
