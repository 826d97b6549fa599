"""The garbage collector, told that most of what the daemon makes is there to stay.

A library of 150,000 directories is half a million objects that live as long as the process. With
the interpreter's own thresholds they are walked through again and again while they are made, which
is a tenth of the time that watching them takes (`bench/watch_start.py`).
"""

from __future__ import annotations

import gc
from typing import Final

_THRESHOLDS: Final = (50_000, 20, 20)
"""How many new objects, and passes over the younger ones, until a pass; 700, 10, 10 are usual."""


def expect_a_lot() -> None:
    """Set what there is by now aside for good, and look for garbage less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
