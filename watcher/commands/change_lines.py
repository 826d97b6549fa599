"""Changes as people and programs name them: a line of JSON, a path that leads through links."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from matcher import paths
from matcher.change import Change, Happened

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_TYPES = ", ".join(each.value for each in Happened)


class NotAChangeError(ValueError):
    """A line says no change; the text says why, `head` is the caller's `id` as far as it said it.

    The text may hold anything that stood in the line: it is to be made printable.
    """

    def __init__(self, text: str, head: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.head = head or {}


@dataclass(frozen=True, slots=True)
class Line:
    """What one line asks: `head` is to stand before the answer, {} where the line has no `id`."""

    head: dict[str, Any]
    change: Change


def read_line(line: bytes) -> Line:
    """Read one JSON object that says what changed.

    Bytes of file names may stand in it as they are, or as the escapes of `os.fsdecode`. Where
    `is_dir` is not said, a last slash says it, or the disk.

    Raises:
        NotAChangeError: It is no JSON, or not of a change.
    """
    asked = _parsed(line)
    head = {"id": asked["id"]} if "id" in asked else {}
    try:
        return Line(head, _change_of(asked))
    except ValueError as error:
        raise NotAChangeError(str(error), head) from None


def _parsed(line: bytes) -> dict[str, Any]:
    text = line.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        asked = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise NotAChangeError("nested too deep") from None
    except ValueError as error:
        raise NotAChangeError(f"not JSON: {error}") from None
    if not isinstance(asked, dict):
        raise NotAChangeError("a change is a JSON object, such as {...}")
    return asked


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _change_of(asked: dict[str, Any]) -> Change:
    happened = _happened(asked)
    path, dest = _path(asked, "path"), None
    if happened is Happened.MOVED:
        dest = _path(asked, "dest")
    elif asked.get("dest"):
        raise ValueError("dest goes with type moved alone")
    is_dir = _one_of(asked, "is_dir", bool)
    if is_dir is None:
        is_dir = str(asked.get("dest") or asked["path"]).endswith("/") or _is_directory(
            dest or path, happened
        )
    size = _one_of(asked, "size", int)
    if size is not None and size < 0:
        raise ValueError("size: expected a number of bytes")
    return Change(happened, path, dest, is_dir=is_dir, size=None if is_dir else size)


def _happened(asked: dict[str, Any]) -> Happened:
    said = asked.get("type", asked.get("event"))
    if said is None:
        raise ValueError(f"type is missing: one of {_TYPES}")
    if not isinstance(said, str) or said not in set(Happened):
        raise ValueError(f"type: expected one of {_TYPES}, not {said!r}")
    return Happened(said)


def _path(asked: dict[str, Any], name: str) -> str:
    said = asked.get(name)
    if said is None or said == "":
        raise ValueError(f"{name} is missing: an absolute path here")
    if not isinstance(said, str):
        raise ValueError(f"{name}: expected text, not {said!r}")  # noqa: TRY004 - bad input, as all
    return host_path(said)


def _one_of(asked: dict[str, Any], name: str, kind: type[T]) -> T | None:
    said = asked.get(name)
    if said is None:
        return None
    if type(said) is not kind:
        raise ValueError(f"{name}: expected {_WORDS[kind]}, not {said!r}")
    return said


_WORDS: dict[type, str] = {bool: "true or false", int: "a whole number"}


def host_path(path: str) -> str:
    """Return a path in the one form of host paths.

    Raises:
        ValueError: It is relative, holds a NUL, or no file can be called so.
    """
    try:
        return paths.normalise(os.fsdecode(os.fsencode(path)))
    except UnicodeEncodeError:
        raise ValueError(f"no file can be called so: {path!r}") from None


def _is_directory(path: str, happened: Happened) -> bool:
    return happened is not Happened.DELETED and os.path.isdir(path)  # noqa: PTH112 - text


class Roots:
    """The watched folders, and where they really lie."""

    def __init__(self, folders: Iterable[str]) -> None:
        """Look where each folder lies; `folders` are normalised host paths."""
        self._real = {each: os.path.realpath(each) for each in folders}

    def watched(self, path: str) -> str:
        """Spell a path as the watched folder does that holds it through links; else as it is.

        A link within a watched folder stays: Plex sees what lies behind it by that name, too.
        """
        if any(paths.relative(path, each) is not None for each in self._real):
            return path
        parent, _, name = path.rpartition("/")
        real = f"{os.path.realpath(parent or '/').rstrip('/')}/{name}"
        inner = sorted(self._real.items(), key=lambda each: -len(each[1]))
        for folder, place in inner:
            below = paths.relative(real, place)
            if below is not None:
                return paths.join(folder, *below)
        return path
