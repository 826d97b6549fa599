"""Where a path leads: every link on the way resolved, also while somebody changes the links."""

from __future__ import annotations

import os
from typing import Final

_TRIES: Final = 3


def where_it_leads(path: bytes) -> bytes:
    """Resolve every link of an absolute path as far as it exists.

    A link that is taken away between being seen and being read makes `os.path.realpath` raise
    (Python 3.11), also where it is not asked to be strict. Where that goes on, the path stands for
    itself: whoever changes the links will be heard of.
    """
    for _ in range(_TRIES):
        try:
            return os.path.realpath(path)
        except OSError:
            continue
    return os.path.normpath(path)
