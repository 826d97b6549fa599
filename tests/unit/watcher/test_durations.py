"""Durations and sizes: what is read, what is refused, and that writing reads back the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.durations import (
    duration_s,
    meant_duration,
    meant_size,
    size_bytes,
    write_duration,
    write_size,
)

DURATIONS = {
    "500ms": 0.5,
    "5s": 5.0,
    "0s": 0.0,
    "1.5s": 1.5,
    "2m": 120.0,
    "1h": 3600.0,
    "24h": 86400.0,
    "7d": 604800.0,
    "0.1m": 6.0,
}
NO_DURATIONS = (
    "",
    "5",
    "5 s",
    "-5s",
    "5S",
    "5sec",
    "1h30m",
    "s",
    "1e3s",
    "\u0665s",
    "5s\n",
    "5.s",
    "1w",
)

SIZES = {
    "64MB": 64_000_000,
    "256MB": 256_000_000,
    "1.5GB": 1_500_000_000,
    "64MiB": 67_108_864,
    "1kb": 1000,
    "2TB": 2 * 10**12,
    "7B": 7,
}
NO_SIZES = ("", "64", "64 MB", "-1MB", "64M", "MB", "64PB", "\u0666MB", "64MB\n")


@pytest.mark.parametrize(("text", "seconds"), DURATIONS.items())
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", NO_DURATIONS)
def test_anything_else_is_no_duration(text: str) -> None:
    assert duration_s(text) is None


@pytest.mark.parametrize(("text", "count"), SIZES.items())
def test_a_size_is_a_number_and_a_unit(text: str, count: int) -> None:
    assert size_bytes(text) == count


@pytest.mark.parametrize("text", NO_SIZES)
def test_anything_else_is_no_size(text: str) -> None:
    assert size_bytes(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [("30", "30s"), ("5 sec", "5s"), ("2Min", "2m"), ("1 hour", "1h"), ("3x", None), ("-5", None)],
)
def test_a_near_duration_is_guessed(text: str, meant: str | None) -> None:
    assert meant_duration(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [("256", "256MB"), ("64 mb", "64MB"), ("1G", "1GB"), ("5 parsecs", None), ("", None)],
)
def test_a_near_size_is_guessed(text: str, meant: str | None) -> None:
    assert meant_size(text) == meant


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0s"), (0.5, "500ms"), (5.0, "5s"), (90.0, "90s"), (120.0, "2m"), (86400.0, "24h")],
)
def test_a_duration_is_written_in_the_largest_whole_unit(seconds: float, text: str) -> None:
    assert write_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (256_000_000, "256MB"),
        (67_108_864, "64MiB"),
        (1_500_000_000, "1500MB"),
        (0, "0B"),
        (7, "7B"),
    ],
)
def test_a_size_is_written_in_the_largest_whole_unit(count: int, text: str) -> None:
    assert write_size(count) == text


@settings(deadline=None)
@given(
    st.integers(0, 10**6 - 1),
    st.sampled_from(["", ".5", ".25", ".001"]),
    st.sampled_from(["ms", "s", "m", "h", "d"]),
)
def test_a_written_duration_reads_back_the_same(whole: int, part: str, unit: str) -> None:
    seconds = duration_s(f"{whole}{part}{unit}")
    assert seconds is not None
    assert duration_s(write_duration(seconds)) == seconds


@settings(deadline=None)
@given(st.integers(0, 10**6 - 1), st.sampled_from(["B", "KB", "MB", "KiB", "MiB"]))
def test_a_written_size_reads_back_the_same(whole: int, unit: str) -> None:
    count = size_bytes(f"{whole}{unit}")
    assert count is not None
    assert size_bytes(write_size(count)) == count


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_read_or_not_and_never_an_error(text: str) -> None:
    duration_s(text)
    size_bytes(text)
    meant_duration(text)
    meant_size(text)
