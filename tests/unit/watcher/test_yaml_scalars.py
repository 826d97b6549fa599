"""Plain words in YAML: what is read as what, and which words are refused as ambiguous."""

from __future__ import annotations

import pytest

from watcher.yaml_scalars import Ambiguous, Scalar, is_text_unquoted, resolve

READ: dict[str, Scalar] = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "0": 0,
    "-7": -7,
    "+12": 12,
    "1.5": 1.5,
    "0.5": 0.5,
    "-.5": -0.5,
    "1e3": 1000.0,
    "5.": 5.0,
    "tRUE": "tRUE",
    "yesterday": "yesterday",
    "5s": "5s",
    "127.0.0.1:9797": "127.0.0.1:9797",
    "localhost:80": "localhost:80",
    "2024-01-31": "2024-01-31",
    "=": "=",
    "-": "-",
    ".": ".",
    "1.2.3": "1.2.3",
    "D:\\Media": "D:\\Media",
    "snake_case": "snake_case",
    "TV_1": "TV_1",
}

REFUSED = (
    *("yes", "Yes", "YES", "yEs", "no", "No", "on", "ON", "off", "Off", "y", "Y", "n", "N"),
    *("010", "-010", "+08", "00", "007.5"),
    *("12:30", "12:30:45", "-1:30", "1:30.5", "001:2"),
    *("0o17", "0x1F", "0b101"),
    *("1_000", "1_0.5", "0_1"),
    *(".inf", "-.INF", "+.Inf", ".nan", ".NaN"),
    *("9" * 19, "9" * 5000, "1e999", "0." + "1" * 60),
)


@pytest.mark.parametrize(("text", "value"), READ.items())
def test_a_plain_word_is_read_by_the_core_rules(text: str, value: Scalar) -> None:
    read = resolve(text)

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", REFUSED)
def test_a_word_that_readers_disagree_on_is_refused(text: str) -> None:
    assert isinstance(resolve(text), Ambiguous)


def test_only_a_text_that_reads_as_itself_may_go_without_quotes() -> None:
    assert is_text_unquoted("TV Shows")
    assert not any(map(is_text_unquoted, ("5", "true", "", "yes", "010", "0o17", "1e3")))
