"""How rooms speak: a level name and one sentence, to whoever gave them this."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Report: TypeAlias = Callable[[str, str], None]
"""Called with a level (TRACE to ERROR) and a sentence; from any thread; never raises."""
