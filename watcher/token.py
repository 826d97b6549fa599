"""The Plex token: where it comes from, and that it never shows."""

from __future__ import annotations

import hmac
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from matcher.printable import printable
from watcher.config_problems import ConfigError, Problem
from watcher.regular_file import SmallFile, Unreadable, read_small

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BYTES = 4096
ENVIRONMENT = "PLEX_TOKEN"
CREDENTIAL = "plex-token"

_MASK = "***"
_NOT_VISIBLE = re.compile(r"[^!-~]")
_NONE_FOUND = (
    "no token found: write it into a file and name that in plex.token_file, or pass it as the "
    f"systemd credential {CREDENTIAL} or in the environment as {ENVIRONMENT}, or write plex.token"
)


class Secret:
    """A text that only `reveal` gives away: not repr, str, format, copy, pickle or JSON."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself: for the request's header and for the log's redactor only."""
        return self._text

    def __repr__(self) -> str:
        return _MASK

    def __format__(self, _spec: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


@dataclass(frozen=True, slots=True)
class Token:
    """The token in use, where it came from in words, and what is not well about that place."""

    value: Secret
    source: str
    warnings: tuple[str, ...] = ()

    def reveal(self) -> str:
        """Return the token itself: for the request's header and for the log's redactor only."""
        return self.value.reveal()


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """What the configuration says of the token: itself, or the absolute path of a file with it."""

    token: Secret | None = None
    token_file: str | None = None


_FAULTS: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda text: not text, "is empty"),
    (lambda text: not text.strip("*"), "holds the mask that hides a token, not a token"),
    (lambda text: len(text) > MAX_BYTES, f"is longer than {MAX_BYTES} characters"),
    (
        lambda text: "\n" in text or "\r" in text,
        "holds more than one line: write the token and nothing else",
    ),
    (
        _NOT_VISIBLE.search,
        "holds blanks or characters that no token has: write the token and nothing else",
    ),
    (
        lambda text: text.startswith("claim-"),
        "holds a claim code, which only sets up a new server: an access token is needed",
    ),
)


def complaint(text: str) -> str | None:
    """Say why a text cannot be an access token, without a character of it; None if it can."""
    return next((says for wrong, says in _FAULTS if wrong(text)), None)


def resolve_token(keys: TokenKeys, environ: Mapping[str, str]) -> Token:
    """Find the token: environment, systemd credential, plex.token_file, plex.token.

    The first place that has one decides; a later one is not even read. An empty environment
    variable counts as none, as service managers and containers leave them behind.

    Raises:
        ConfigError: there is none, or the one that counts cannot be used.

    """
    value = environ.get(ENVIRONMENT, "").strip()
    if value:
        return _accepted(
            value, f"environment {ENVIRONMENT}", "", f"the environment's {ENVIRONMENT}"
        )
    directory = environ.get("CREDENTIALS_DIRECTORY", "")
    if directory:
        path = Path(directory, CREDENTIAL)
        if os.path.lexists(path):
            text, _file = _read(path, "", "the systemd credential")
            return _accepted(text, "systemd credential", "", f"the systemd credential {CREDENTIAL}")
    if keys.token_file is not None:
        return _from_file(Path(keys.token_file))
    if keys.token is not None:
        return _accepted(keys.token.reveal(), "plex.token", "plex.token", "it")
    raise _error("plex.token", _NONE_FOUND)


def open_to_others(mode: int) -> bool:
    """Whether permission bits let anyone but the owner read or write."""
    return bool(mode & 0o066)


def warn_of_others(where: str, path: Path, mode: int) -> str:
    """Say that a file with a token is open to other users, and how to close it."""
    name = printable(shlex.quote(str(path)))
    return (
        f"{where}: other users may read or write {name} (mode {mode:04o}), and with it the token; "
        f"close it: chmod 600 {name}"
    )


def _from_file(path: Path) -> Token:
    where = "plex.token_file"
    name = printable(str(path))
    text, file = _read(path, where, f"the file {name}")
    token = _accepted(text, f"file {name}", where, f"the file {name}")
    if not open_to_others(file.mode):
        return token
    return Token(token.value, token.source, (warn_of_others(where, path, file.mode),))


def _read(path: Path, where: str, name: str) -> tuple[str, SmallFile]:
    """Read a file's text without the blanks and line ends around it."""
    try:
        file = read_small(path, MAX_BYTES)
    except Unreadable as error:
        raise _error(where, f"{name} {error}") from None
    try:
        return file.content.decode("utf-8-sig").strip(), file
    except UnicodeDecodeError:
        pass
    raise _error(where, f"{name} is not UTF-8 text: write the token and nothing else")


def _accepted(text: str, source: str, where: str, name: str) -> Token:
    trouble = complaint(text)
    if trouble:
        raise _error(where, f"{name} {trouble}")
    return Token(Secret(text), source)


def _error(where: str, what: str) -> ConfigError:
    return ConfigError((Problem(where, None, what),))
