"""An event: what the kernel, or a comparison with what was known, said about a watched folder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """What was seen.

    CREATED: the name appeared (made, linked, moved in from where nobody watches).
    REPLACED: it appeared like that where there was another file of the name, or may have been.
    WRITTEN: the content grew or changed and the writer still has it open, as far as is known.
    CLOSED: a writer closed the file.
    DELETED: the name is gone. MOVED: it has another name now, `dest`.
    """

    CREATED = "created"
    REPLACED = "replaced"
    WRITTEN = "written"
    CLOSED = "closed"
    DELETED = "deleted"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing seen.

    `path` and `dest` are absolute host paths below a watched folder, spelled by way of that
    folder's configured path; names that are not UTF-8 carry lone surrogates (`os.fsdecode`).
    """

    what: What
    path: str
    is_dir: bool = False
    dest: str | None = None
