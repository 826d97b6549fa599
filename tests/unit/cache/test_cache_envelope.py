"""The envelope gives back what was put in, and takes nothing else for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.envelope import seal, unseal
from cache.store import JSON, Entry

TEXTS = st.text(st.characters(exclude_characters=[chr(code) for code in range(0xD800, 0xDC00)]))
"""Any text with the lone surrogates that file names bring (U+DC80 to U+DCFF are low ones)."""

JSONS: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)  # fmt: skip


@settings(deadline=None)
@given(value=JSONS, now=st.floats(0, 4e9), ttl_s=st.none() | st.floats(-1e6, 1e9))
def test_what_was_sealed_comes_back_the_same(value: JSON, now: float, ttl_s: float | None) -> None:
    sealed = seal(value, now=now, ttl_s=ttl_s)

    assert sealed.isascii()
    assert unseal(sealed) == Entry(value, now, None if ttl_s is None else now + ttl_s)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '"text"',
        '{"value":1}',
        '{"stored_at":1,"expires_at":null,"value":1,"more":2}',
        '{"stored_at":null,"expires_at":null,"value":1}',
        '{"stored_at":true,"expires_at":null,"value":1}',
        '{"stored_at":"1","expires_at":null,"value":1}',
        '{"stored_at":1,"expires_at":[],"value":1}',
        '{"stored_at":1e999,"expires_at":null,"value":1}',
        '{"stored_at":NaN,"expires_at":null,"value":1}',
        '{"stored_at":1,"expires_at":Infinity,"value":1}',
        '{"stored_at":1,"expires_at":null,"value":NaN}',
        '{"stored_at":1,"expires_at":null,"value":1',
        '{"stored_at":1,"expires_at":null,"value":' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"stored_at":1,"expires_at":null,"value":' + "[" * 100_000,
        "\x80\x04\x95",
    ],
)
def test_anything_else_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any words, json's among them
        unseal(text)


@settings(deadline=None)
@given(text=st.text() | JSONS.map(json.dumps))
def test_no_text_raises_anything_but_a_value_error(text: str) -> None:
    try:
        entry = unseal(text)
    except ValueError:
        return
    assert isinstance(entry, Entry)


def test_it_expires_when_its_time_has_come_or_before_it_was_stored() -> None:
    entry = Entry(1, stored_at=100.0, expires_at=110.0)

    assert [entry.expired(now) for now in (99.0, 100.0, 109.9, 110.0)] == [True, False, False, True]
    assert not Entry(1, stored_at=100.0, expires_at=None).expired(0.0)
