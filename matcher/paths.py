r"""Path algebra: paths as components, on text alone; the disk is never touched.

A host path is absolute POSIX text from `os.fsdecode`: names that are not UTF-8 carry lone
surrogates. A Plex path is whatever the server's system writes: POSIX, or Windows with a drive
(`D:\a`), a share (`\\nas\share\a`), their long forms (`\\?\D:\a`, `\\?\UNC\nas\share\a`), with
either separator.

How two names compare:

- POSIX: byte for byte. A Mac or an NFD disk can spell a name differently from Plex, so callers
  that find nothing equal may compare once more in NFC, where that leaves one candidate (`fold`).
- Windows: in NFC and without case.

Nothing here ever compares text prefixes: `/media/TV` does not hold `/media/TV-4K`.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONG = re.compile(r"[\\/]{2}[?.][\\/]")
_LONG_UNC = re.compile(r"[\\/]{2}[?.][\\/]UNC[\\/]", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:(?:[\\/]|$)")
_REMEMBERED = 4096
"""Paths come again and again, locations with each of them: taking them apart is remembered."""
_SLASHES = {"posix": "/", "windows": "\\/"}
_SEPARATORS = re.compile(r"[\\/]+")


class Flavor(StrEnum):
    """Whose rules a path follows."""

    POSIX = "posix"
    WINDOWS = "windows"


@lru_cache(maxsize=_REMEMBERED)
def flavor_of(path: str) -> Flavor:
    r"""Say whose rules a path follows, by its beginning: a drive, `\\` and `//?/` are Windows."""
    if path.startswith("/") and not path.startswith(("//?/", "//./")):
        return Flavor.POSIX
    if path.startswith("\\\\") or _DRIVE.match(path) or _LONG.match(path):
        return Flavor.WINDOWS
    return Flavor.POSIX


def is_absolute(path: str) -> bool:
    """Say whether a path of either flavor begins at a root."""
    return path.startswith("/") or flavor_of(path) is Flavor.WINDOWS


def normalise(path: str) -> str:
    """Return a host path in its one form: absolute, without `.`, `..`, `//` or a last slash.

    `..` is resolved as text: symbolic links are not followed, and above the root is the root.

    Raises:
        ValueError: The path is relative, empty, or holds a NUL.
    """
    if not path.startswith("/"):
        raise ValueError(f"not an absolute path: {path!r}")
    if "\0" in path:
        raise ValueError(f"a path cannot hold a NUL: {path!r}")
    return "/" + "/".join(_resolved(path.split("/")))


def normalise_plex(path: str) -> str:
    r"""Return a Plex path without `.`, `..`, doubled or last separators, else as it is spelled.

    The separator stays (`/` in a Windows path that has no `\`), and so does the `\\?\` prefix.

    Raises:
        ValueError: The path is not absolute in either flavor, or holds a NUL.
    """
    if flavor_of(path) is Flavor.POSIX:
        return normalise(path)
    if "\0" in path:
        raise ValueError(f"a path cannot hold a NUL: {path!r}")
    root, below = _windows_root(path)
    return _joined(root, _resolved(_SEPARATORS.split(below)), _separator(path))


@lru_cache(maxsize=_REMEMBERED)
def components(path: str) -> tuple[str, ...]:
    r"""Split a path of either flavor into its names, resolved as `normalise` does.

    The root of a Windows path is its first component, without the long prefix: `D:` or
    `\\nas\share`. The POSIX root has no components.
    """
    if flavor_of(path) is Flavor.POSIX:
        return tuple(_resolved(path.split("/")))
    root, below = _windows_root(path)
    return (_plain_root(root), *_resolved(_SEPARATORS.split(below)))


def relative(path: str, ancestor: str) -> tuple[str, ...] | None:
    """Return the names by which `path` lies below `ancestor`, or None if it does not.

    Equal paths give the empty tuple. POSIX compares exactly, Windows in NFC without case; paths
    of different flavors are never within each other. The names keep the spelling of `path`.
    """
    flavor = flavor_of(path)
    if flavor is not flavor_of(ancestor) or is_absolute(path) is not is_absolute(ancestor):
        return None
    names, above = components(path), components(ancestor)
    if len(names) < len(above):
        return None
    head = names[: len(above)]
    if head == above or (
        flavor is Flavor.WINDOWS and list(map(_caseless, head)) == list(map(_caseless, above))
    ):
        return names[len(above) :]
    return None


def is_within(path: str, ancestor: str) -> bool:
    """Say whether `path` is `ancestor` or lies below it (see `relative`)."""
    return relative(path, ancestor) is not None


def join(base: str, *names: str) -> str:
    r"""Append names to a path of either flavor, with the separator that the path itself uses.

    Raises:
        ValueError: A name is not one name there: empty, `.`, `..`, or with a separator in it. A
            Linux file may well be called `a\b`, but no Windows path can say so.
    """
    flavor = flavor_of(base)
    for each in names:
        if not is_name(each, flavor):
            raise ValueError(f"not a file name: {each!r}")
    return _joined(base.rstrip(_SLASHES[flavor]), names, _separator(base))


def is_name(name: str, flavor: Flavor) -> bool:
    r"""Say whether `name` can be one component of a path of that flavor.

    A Linux file may be called `..\..\x`; written into a Windows path it would lead elsewhere.
    """
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        return False
    return flavor is Flavor.POSIX or "\\" not in name


def parent(path: str) -> str:
    """Return the directory that holds a path, in the path's own spelling; a root is its own."""
    flavor = flavor_of(path)
    if flavor is Flavor.POSIX:
        names = _resolved(path.split("/"))
        return "/" + "/".join(names[:-1])
    root, below = _windows_root(path)
    return _joined(root, _resolved(_SEPARATORS.split(below))[:-1], _separator(path))


def name(path: str) -> str:
    """Return the last name of a path of either flavor; "" for a root."""
    names = components(path)
    least = 0 if flavor_of(path) is Flavor.POSIX else 1
    return names[-1] if len(names) > least else ""


def split_name(name: str) -> tuple[str, str]:
    """Split a file name into its stem and its extension, lower-cased and with its dot.

    A name that only begins with a dot has no extension (`.srt`), nor has one that ends in a dot
    or whose last dot is followed by a space (`Vol. 2`).
    """
    stem, dot, ext = name.rpartition(".")
    if not dot or not ext or not stem.strip(".") or any(map(str.isspace, ext)):
        return name, ""
    return stem, "." + ext.lower()


@lru_cache(maxsize=_REMEMBERED)
def fold(path: str) -> tuple[str, ...]:
    """Return a path's components in the form in which its flavor compares them.

    POSIX: NFC. Windows: NFC without case. Two different files of a POSIX disk can fold to the
    same form (NFC and NFD twins): a caller that has several candidates prefers the equal one.
    """
    if flavor_of(path) is Flavor.WINDOWS:
        return tuple(map(_caseless, components(path)))
    return tuple(map(nfc, components(path)))


def fold_case(path: str) -> tuple[str, ...]:
    """Return a path's components in NFC without case, for servers and disks that fold case."""
    return tuple(map(_caseless, components(path)))


def same(a: str, b: str) -> bool:
    """Say whether two Plex paths name one file by the rules of their flavor, in NFC at least."""
    return a == b or (flavor_of(a) is flavor_of(b) and fold(a) == fold(b))


def nfc(text: str) -> str:
    """Return text in Unicode's composed form; lone surrogates stay as they are."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def may_be_spelled_otherwise(text: str) -> bool:
    """Say whether a text has a letter that Unicode can also compose, or take apart."""
    forms = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    return not text.isascii() and any(form != text for form in forms)


def caseless(text: str) -> str:
    """Return text in NFC without case, letter by letter as file systems do it.

    `str.casefold` would make "Straße" and "Strasse" one name; NTFS, APFS and ext4 do not.
    """
    return _caseless(text)


@lru_cache(maxsize=_REMEMBERED)
def _caseless(text: str) -> str:
    if text.isascii():
        return text.lower()
    return nfc("".join(map(_caseless_letter, nfc(text))))


def _caseless_letter(letter: str) -> str:
    upper = letter.upper()
    lower = (upper if len(upper) == 1 else letter).lower()
    return lower if len(lower) == 1 else letter


def _resolved(names: list[str]) -> list[str]:
    if ".." not in names:
        return [each for each in names if each and each != "."]
    kept: list[str] = []
    for each in names:
        if each == "..":
            del kept[-1:]
        elif each and each != ".":
            kept.append(each)
    return kept


def _separator(path: str) -> str:
    if flavor_of(path) is Flavor.POSIX or ("/" in path and "\\" not in path):
        return "/"
    return "\\"


def _joined(base: str, names: Sequence[str], separator: str) -> str:
    """Join to a base without last separator; a bare root gets the one that it needs."""
    if not names and (not base or base.endswith(":")):
        return base + separator
    return separator.join((base, *names))


def _windows_root(path: str) -> tuple[str, str]:
    """Split a Windows path into its root as spelled, without last separator, and the rest."""
    if match := _LONG_UNC.match(path):
        return _take(path, match.end(), 2)
    if match := _LONG.match(path):
        return _take(path, match.end(), 1)
    if path.startswith("\\\\"):
        return _take(path, 2, 2)
    return path[:2], path[2:]


def _take(path: str, start: int, count: int) -> tuple[str, str]:
    """Split a path behind the next `count` names from `start` on."""
    end = start
    for index in range(count):
        if match := _SEPARATORS.match(path, end):
            end = match.end() if index else end
        following = _SEPARATORS.search(path, end)
        if following is None:
            return path, ""
        end = following.start() if index == count - 1 else following.end()
    return path[:end], path[end:]


def _plain_root(root: str) -> str:
    r"""Return a root as `D:` or `\\server\share`, without the long prefix."""
    if match := _LONG_UNC.match(root):
        return "\\\\" + "\\".join(_SEPARATORS.split(root[match.end() :]))
    if (match := _LONG.match(root)) and _DRIVE.match(root, match.end()):
        return root[match.end() :]
    if root.startswith("\\\\") and not _LONG.match(root):
        return "\\\\" + "\\".join(_SEPARATORS.split(root[2:]))
    return root
