"""What a single value of the configuration may be: one check for each kind of value.

A check takes whatever the file holds and returns the value in the program's form, or raises
`Wrong`. Checks are plain validators for pydantic: it adds nothing of its own to them, and texts
with lone surrogates (names that are not UTF-8) pass, which pydantic's own text type refuses.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic import PlainValidator, ValidationInfo

from watcher.durations import duration_s, meant_duration, meant_size, size_bytes, write_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Kept = TypeVar("Kept")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|(?:\\\\|//)[^\\/]+[\\/][^\\/]")
_LISTEN = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_BACKSLASHES = "inside double quotes a backslash begins an escape: use single quotes"
_PATH = "expected an absolute path such as /volume1/media/Movies"


class Wrong(ValueError):  # noqa: N818 - what a value is
    """A value that cannot be used: what was expected, and what to write instead (`cure`).

    What stands there is added by whoever knows the place, unless `shows` is False.
    """

    def __init__(self, says: str, cure: str = "", *, shows: bool = True) -> None:
        super().__init__(says)
        self.says = says
        self.cure = cure
        self.shows = shows


class Listen(NamedTuple):
    """An address to listen on; port 0 lets the system choose one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that a mistyped word comes closest to, if any comes close."""
    folded = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(word[:60].casefold().replace("-", "_"), folded, n=1)
    return folded[close[0]] if close else None


def either(words: Iterable[str]) -> str:
    """Write a choice as people say it: a, b or c."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def optional(check: Callable[[object], Kept]) -> PlainValidator:
    """Let a key be empty (null), which is the same as leaving it out."""
    return PlainValidator(lambda value: None if value is None else check(value))


def text(value: object, expected: str) -> str:
    """Require text that is not empty and holds no control characters."""
    if not isinstance(value, str):
        quote = isinstance(value, bool | int | float)
        raise Wrong(f"expected {expected}", "put it in quotes" if quote else "")
    if not value.strip():
        raise Wrong(f"expected {expected}", "remove the key if it is not needed")
    if _CONTROL.search(value):
        raise Wrong("a control character cannot be part of this", _BACKSLASHES)
    return value


def switch(value: object) -> bool:
    """Require true or false."""
    if not isinstance(value, bool):
        raise Wrong("expected true or false")
    return value


def one_of(*choices: str) -> Callable[[object], str]:
    """Require one of some words; capitals do not matter."""
    folded = {choice.casefold(): choice for choice in choices}

    def check(value: object) -> str:
        if isinstance(value, str) and value.casefold() in folded:
            return folded[value.casefold()]
        meant = nearest(value, choices) if isinstance(value, str) else None
        raise Wrong(f"expected {either(choices)}", f"did you mean {meant}?" if meant else "")

    return check


def duration(least: str, most: str, *, off: bool = False) -> Callable[[object], float]:
    """Require a duration within bounds, in seconds; with `off`, `0s` is good as well."""
    least_s, most_s = duration_s(least) or 0.0, duration_s(most) or 0.0

    def check(value: object) -> float:
        seconds = duration_s(value) if isinstance(value, str) else None
        if seconds is None:
            loose = value if isinstance(value, str) else repr(value)
            meant = meant_duration(loose)
            raise Wrong("expected a duration such as 5s", f"write {meant}" if meant else "")
        if not (least_s <= seconds <= most_s or (off and seconds == 0)):
            never = " (or 0s for never)" if off else ""
            raise Wrong(f"expected a duration from {least} to {most}{never}")
        return seconds

    return check


def whole(least: int, most: int) -> Callable[[object], int]:
    """Check a whole number within bounds."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong(f"expected a whole number from {least} to {most}")
        if not least <= value <= most:
            raise Wrong(f"has to be from {least} to {most}")
        return value

    return check


def size(least: int, most: int) -> Callable[[object], int]:
    """Require a size within bounds, in bytes."""

    def check(value: object) -> int:
        count = size_bytes(value) if isinstance(value, str) else None
        if count is None:
            meant = meant_size(value if isinstance(value, str) else repr(value))
            raise Wrong("expected a size such as 256MB", f"write {meant}" if meant else "")
        if not least <= count <= most:
            raise Wrong(f"expected a size from {write_size(least)} to {write_size(most)}")
        return count

    return check


def absolute(value: str, home: str | None, expected: str = _PATH) -> str:
    """Normalise a host path as text; `~/` stands for `home` where that is given.

    The result is absolute, with no `.`, no `..`, no doubled and no trailing slash, and can be
    given to the system: its lone surrogates are those of `os.fsdecode`.
    """
    if home and (value == "~" or value.startswith("~/")):
        value = home + value[1:]
    if not value.startswith("/"):
        raise Wrong(expected)
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        pass
    else:
        return "/" + posixpath.normpath(value).lstrip("/")
    raise Wrong("this is no name that a file can have")


def folder_path(value: object) -> str:
    """Require the absolute host path of a folder other than the root."""
    path = absolute(text(value, _PATH.removeprefix("expected ")), None)
    if path == "/":
        raise Wrong("the whole file system cannot be watched", "name the media folders in it")
    return path


def own_path(expected: str) -> Callable[[object, ValidationInfo], str]:
    """Require an absolute host path, `~/` allowed: HOME comes as the context's `home`."""

    def check(value: object, info: ValidationInfo) -> str:
        home = info.context.get("home") if isinstance(info.context, dict) else None
        return absolute(text(value, expected), home, f"expected {expected}")

    return check


def plex_side_path(value: object) -> str:
    r"""Require an absolute path as Plex spells it: POSIX, `D:\Media` or `\\nas\share`.

    A trailing separator goes, except a root's.
    """
    expected = r"an absolute path as Plex sees it, such as /data/TV or D:\Media"
    path = text(value, expected)
    if not _WINDOWS.match(path):
        return absolute(path, None, f"expected {expected}")
    if ".." in re.split(r"[\\/]", path):
        raise Wrong("a path with .. is ambiguous", "write it out")
    return path[:2] + path[2] + path[3:].rstrip("\\/")


def path_below(value: object) -> str:
    """Require a path below the folder, as normalised text."""
    expected = "a path below the folder, such as .mounted"
    path = posixpath.normpath(text(value, expected))
    if path.startswith("/") or path == "." or ".." in path.split("/"):
        raise Wrong(f"expected {expected}")
    return path


def items(expected: str, example: str) -> Callable[[object], tuple[object, ...]]:
    """Require a list that is not empty; what its items may be is another check's question."""

    def check(value: object) -> tuple[object, ...]:
        if not isinstance(value, list) or not value:
            raise Wrong(f"expected a list of {expected}", f"write {example}")
        return tuple(value)

    return check


def listening(value: object) -> Listen:
    """Require an address and a port to listen on."""
    expected = "an address and a port such as 127.0.0.1:9797"
    match = _LISTEN.fullmatch(text(value, expected)) if isinstance(value, str) else None
    if match is None:
        bare = re.fullmatch("[0-9]{1,5}", str(value))
        raise Wrong(f"expected {expected}", f"write 127.0.0.1:{bare[0]}" if bare else "")
    if int(match[2]) > 65535:
        raise Wrong("the port has to be at most 65535")
    return Listen(match[1].strip("[]"), int(match[2]))
