"""What went wrong with a store on disk: the disk refuses, the file is damaged, or it is unclear."""

from __future__ import annotations

import errno
import os
import sqlite3
from enum import Enum, auto
from typing import NamedTuple


class Fault(Enum):
    """What can be done about an error.

    REFUSED: nothing here; a person or time has to (disk full, read-only, held by another).
    DAMAGED: the file is no good; set it aside and start again.
    DOUBTFUL: look at the file again before deciding.
    """

    REFUSED = auto()
    DAMAGED = auto()
    DOUBTFUL = auto()


class Damage(Exception):  # noqa: N818 - a finding as much as an error
    """The files of a store are not what we make. The text says in a few words why."""


class _Refusal(NamedTuple):
    what: str
    cure: str


_FULL = _Refusal("the disk is full", "free some space on it")
_READ_ONLY = _Refusal(
    "it is read-only", "mount the file system read-write, or give this user the right to write"
)
_FORBIDDEN = _Refusal("this user may not", "give this user the right to read and write it")
_CLOSED_TO_US = _Refusal(
    "its files cannot be opened",
    "make sure that the disk is neither full nor read-only and that this user may write it",
)
_FAILING = _Refusal(
    "the disk reports an error", "look for a quota or a failing disk (dmesg), or use another disk"
)
_HELD = _Refusal("another process does not let go of it", "end that process, or wait for it")
_NO_LOCKS = _Refusal("its file system cannot lock files", "use a directory on a local disk")
_NO_MEMORY = _Refusal("the process is out of memory", "give it more memory")

# Primary result codes. Source: https://www.sqlite.org/rescode.html
_SQLITE_REFUSALS = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _FORBIDDEN,
    sqlite3.SQLITE_AUTH: _FORBIDDEN,
    sqlite3.SQLITE_CANTOPEN: _CLOSED_TO_US,
    sqlite3.SQLITE_IOERR: _FAILING,
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_PROTOCOL: _NO_LOCKS,
    sqlite3.SQLITE_NOLFS: _NO_LOCKS,
    sqlite3.SQLITE_NOMEM: _NO_MEMORY,
}
_SQLITE_DAMAGES = {
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_MISMATCH,
}
_OS_REFUSALS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
}


def judge(error: BaseException) -> Fault:
    """Say what can be done about an error that reading or writing a store raised."""
    if isinstance(error, OSError):
        return Fault.REFUSED
    if isinstance(error, Damage):
        return Fault.DAMAGED
    if isinstance(error, sqlite3.Error):
        return _judge_sqlite(error)
    return Fault.DOUBTFUL


def _judge_sqlite(error: sqlite3.Error) -> Fault:
    code = primary_code(error)
    if code in _SQLITE_REFUSALS:
        return Fault.REFUSED
    if code in _SQLITE_DAMAGES or code is None:
        # Without a code it is Python that could not read a column: text that is not UTF-8.
        return Fault.DAMAGED
    return Fault.DOUBTFUL


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's result code without its refinements, where the error came from SQLite."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def refusal(error: BaseException, path: str | os.PathLike[str]) -> str:
    """One sentence for a person: which store, what the disk said, what to do."""
    if isinstance(error, sqlite3.Error):
        found = _SQLITE_REFUSALS.get(primary_code(error) or 0)
    elif isinstance(error, OSError):
        found = _OS_REFUSALS.get(error.errno or 0)
    else:
        found = None
    where = printable(path)
    if found is None:
        return (
            f"the store {where} cannot be used: {in_brief(error)}; see to it or use another place"
        )
    return f"the store {where} cannot be used: {found.what}; {found.cure}, or use another place"


def in_brief(error: BaseException) -> str:
    """The error's own words, printable and short: they may quote what stood in the file."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ascii(words or type(error).__name__)[1:-1][:120]


def printable(path: str | os.PathLike[str]) -> str:
    """A path as it can stand in a sentence: quoted, with no control character or lone surrogate."""
    return repr(os.fspath(path))
