"""Errors of a disk are sorted into refusals, damage and doubt, and told in one sentence."""

from __future__ import annotations

import errno
import sqlite3

import pytest

from cache.faults import Damage, Fault, in_brief, judge, refusal


def _sqlite(code: int, words: str = "words") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (_sqlite(sqlite3.SQLITE_FULL), Fault.REFUSED),
        (_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), Fault.REFUSED),
        (_sqlite(sqlite3.SQLITE_IOERR_WRITE), Fault.REFUSED),
        (_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), Fault.REFUSED),
        (_sqlite(sqlite3.SQLITE_CANTOPEN), Fault.REFUSED),
        (OSError(errno.ENOSPC, "No space left on device"), Fault.REFUSED),
        (_sqlite(sqlite3.SQLITE_NOTADB), Fault.DAMAGED),
        (_sqlite(sqlite3.SQLITE_CORRUPT_INDEX), Fault.DAMAGED),
        (sqlite3.OperationalError("Could not decode to UTF-8 column"), Fault.DAMAGED),
        (Damage("its tables are not ours"), Fault.DAMAGED),
        (_sqlite(sqlite3.SQLITE_ERROR, "no such table: Cache"), Fault.DOUBTFUL),
        (ValueError("not enough values to unpack"), Fault.DOUBTFUL),
    ],
    ids=str,
)
def test_each_error_has_a_consequence(error: Exception, fault: Fault) -> None:
    assert judge(error) is fault


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (_sqlite(sqlite3.SQLITE_FULL), "full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "full"),
        (OSError(errno.EROFS, "Read-only file system"), "read-only"),
        (PermissionError(errno.EACCES, "Permission denied"), "may not"),
        (_sqlite(sqlite3.SQLITE_BUSY), "another process"),
        (_sqlite(sqlite3.SQLITE_PROTOCOL), "local disk"),
        (OSError(errno.ENOTDIR, "Not a directory"), "Not a directory"),
    ],
    ids=str,
)
def test_the_sentence_names_place_cause_and_cure(error: Exception, words: str) -> None:
    sentence = refusal(error, "/var/lib/x/\udcff\n")

    assert "'/var/lib/x/\\udcff\\n'" in sentence
    assert words in sentence
    assert "; " in sentence
    assert sentence.isprintable()


def test_words_out_of_a_damaged_file_cannot_steer_a_terminal_or_fill_the_log() -> None:
    brief = in_brief(Damage("\x1b[31m\n\udcff" + "x" * 1000))

    assert brief.isascii()
    assert brief.isprintable()
    assert len(brief) <= 120
