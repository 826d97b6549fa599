"""The envelope of a stored value: JSON text that says when it was stored and when it expires."""

from __future__ import annotations

import json
import math

from cache.store import JSON, Entry


def _no_such_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


# ASCII only, so that lone surrogates (names that are not UTF-8) survive as \udcXX escapes: SQLite
# takes no text with them. Python's own NaN and Infinity are refused both ways.
_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=True, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_no_such_number)
_FIELDS = {"stored_at", "expires_at", "value"}


def seal(value: JSON, *, now: float, ttl_s: float | None) -> str:
    """Write a value and its times as one line of ASCII.

    Raises ValueError (NaN, a circle) or TypeError (no JSON type) for what JSON cannot say.
    """
    expires_at = None if ttl_s is None else now + ttl_s
    return _ENCODER.encode({"stored_at": now, "expires_at": expires_at, "value": value})


def unseal(text: str) -> Entry:
    """Read what `seal` wrote; raises ValueError for anything else."""
    try:
        envelope = _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply for an envelope") from None
    if not isinstance(envelope, dict) or envelope.keys() != _FIELDS:
        raise ValueError("not an envelope")
    stored_at, expires_at = envelope["stored_at"], envelope["expires_at"]
    if not _is_time(stored_at) or not (expires_at is None or _is_time(expires_at)):
        raise ValueError("an envelope with times that are none")
    return Entry(envelope["value"], stored_at, expires_at)


def _is_time(value: object) -> bool:
    # bool is an int in Python and no time; 1e999 is valid JSON and becomes infinity.
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]  # checked
