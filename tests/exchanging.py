"""Two paths that change places in one step, as renameat2(2) does it and no shell command."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


def exchange(one: Path, other: Path) -> None:
    """Exchange two paths of one file system; skips the test where nothing can do that."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        pytest.skip("this libc has no renameat2")
    names = os.fsencode(one), os.fsencode(other)
    assert libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0
