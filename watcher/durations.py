"""Durations and sizes as people write them: `500ms`, `5s`, `24h`, `64MB`."""

from __future__ import annotations

import re
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?)([A-Za-z]+)")
_LOOSE = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]{1,3})?)\s*([A-Za-z]*)\s*")

_SECONDS: Mapping[str, Decimal] = MappingProxyType(
    {
        "d": Decimal(86400),
        "h": Decimal(3600),
        "m": Decimal(60),
        "s": Decimal(1),
        "ms": Decimal("0.001"),
    }
)
_BYTES: Mapping[str, Decimal] = MappingProxyType(
    {
        "TB": Decimal(1000**4),
        "GB": Decimal(1000**3),
        "MB": Decimal(1000**2),
        "KB": Decimal(1000),
        "TiB": Decimal(1024**4),
        "GiB": Decimal(1024**3),
        "MiB": Decimal(1024**2),
        "KiB": Decimal(1024),
        "B": Decimal(1),
    }
)
_SIZE_UNITS = {unit.casefold(): unit for unit in _BYTES}
_MEANT = {
    **dict.fromkeys(("", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("msec", "millis", "milliseconds"), "ms"),
    **{unit: unit for unit in _SECONDS},
}


def duration_s(text: str) -> float | None:
    """Read a duration in seconds; None where the text is none, a bare number included."""
    match = _AMOUNT.fullmatch(text)
    if match is None or match[2] not in _SECONDS:
        return None
    return float(Decimal(match[1]) * _SECONDS[match[2]])


def meant_duration(text: str) -> str | None:
    """Guess what was meant by `30`, `5 s` or `2min`: a duration in the right spelling, or None."""
    match = _LOOSE.fullmatch(text)
    unit = _MEANT.get(match[2].casefold()) if match else None
    return f"{match[1]}{unit}" if match and unit else None


def write_duration(seconds: float) -> str:
    """Write a duration so that `duration_s` reads the same: in the largest unit that is whole.

    A day is written 24h, as people do.
    """
    exact = Decimal(repr(seconds))
    for unit in ("h", "m", "s"):
        if exact % _SECONDS[unit] == 0 and (exact or unit == "s"):
            return f"{int(exact / _SECONDS[unit])}{unit}"
    return f"{(exact * 1000).normalize():f}ms"


def size_bytes(text: str) -> int | None:
    """Read a size in bytes; None where the text is none, a bare number included.

    MB is 1000 x 1000 bytes and MiB is 1024 x 1024, as disks and IEC 80000-13 have it; capitals
    do not matter.
    """
    match = _AMOUNT.fullmatch(text)
    unit = _SIZE_UNITS.get(match[2].casefold()) if match else None
    return int(Decimal(match[1]) * _BYTES[unit]) if match and unit else None


def meant_size(text: str) -> str | None:
    """Guess what was meant by `256`, `64 mb` or `1G`: a size in the right spelling, or None."""
    match = _LOOSE.fullmatch(text)
    if match is None:
        return None
    letters = match[2].casefold() or "mb"
    unit = _SIZE_UNITS.get(letters) or _SIZE_UNITS.get(f"{letters}b")
    return f"{match[1]}{unit}" if unit else None


def write_size(count: int) -> str:
    """Write a size so that `size_bytes` reads the same: in the largest unit that is whole."""
    for unit, each in _BYTES.items():
        if count and count % each == 0:
            return f"{int(count / each)}{unit}"
    return f"{count}B"
