"""File names and foreign texts made fit to be shown: one line, no control characters."""

from __future__ import annotations

import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\x1b"}
_ODD = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co"})
"""Unicode categories that move the cursor, hide or reverse text, or cannot be encoded."""
_JOINERS = frozenset({"\u200d", "\ufe0f"})
"""They only join or colour emoji, and stand in real names."""


def printable(text: str, most: int | None = None) -> str:
    r"""Show `text` on one line: what could forge a line or steer a terminal becomes an escape.

    Bytes that were not UTF-8 (lone surrogates) show as `\xNN`. With `most`, the result is cut to
    about that many characters.
    """
    if most is not None and len(text) > most:
        text = text[: most - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(char) in _ODD:
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return char
