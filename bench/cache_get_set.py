"""How fast the disk store is, next to a plain diskcache.Cache and to a dict, in one run.

Usage: python bench/cache_get_set.py [--quick]

Prints a Markdown table: the median of each operation, in microseconds and as ratios. Each round
measures all three in turn, so that a busy machine is unfair to none.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import diskcache

from cache.disk import open_disk_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cache.store import JSON, Store

_ENTRIES = 1000
_BATCH = 100
_VALUE: JSON = {"section": 2, "key": 1234, "level": "episode", "part": 99, "size": 1 << 31}


def _key(number: int) -> str:
    return f"2:/data/TV Shows/A Show/Season 01/A Show - S01E{number:04}.mkv"


@dataclass
class _Subject:
    """One thing that is measured, through the same few calls."""

    name: str
    get: Callable[[str], object]
    put: Callable[[str], object]
    batch: Callable[[], AbstractContextManager[object]]
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def time(self, operation: str, act: Callable[[str], object], keys: list[str]) -> None:
        """Measure each call on its own."""
        samples = self.seconds.setdefault(operation, [])
        for key in keys:
            start = time.perf_counter()
            act(key)
            samples.append(time.perf_counter() - start)

    def time_batch(self, keys: list[str]) -> None:
        """Measure a whole batch, begin and commit included, and note the share of one set."""
        start = time.perf_counter()
        with self.batch():
            for key in keys:
                self.put(key)
        share = (time.perf_counter() - start) / len(keys)
        self.seconds.setdefault("set in batch", []).append(share)


def _measure(subject: _Subject, first: int, count: int) -> None:
    known = [_key((first + i) % _ENTRIES) for i in range(count)]
    unknown = [_key(_ENTRIES + first + i) for i in range(count)]
    subject.time("get hit", subject.get, known)
    subject.time("get miss", subject.get, unknown)
    subject.time("set", subject.put, known)
    subject.time_batch([_key((first + i) % _ENTRIES) for i in range(_BATCH)])


@contextmanager
def _subjects(directory: Path) -> Iterator[list[_Subject]]:
    store: Store = open_disk_store(directory, "ours", size_limit_bytes=1 << 28, report=print)
    plain = diskcache.Cache(str(directory / "plain"))
    plain_get: Callable[[str], object] = plain.get
    table: dict[str, JSON] = {}
    subjects = [
        _Subject("disk store", store.get, lambda key: store.set(key, _VALUE), store.batch),
        _Subject("diskcache", plain_get, lambda key: plain.set(key, _VALUE), plain.transact),
        _Subject("dict", table.get, lambda key: table.update({key: _VALUE}), nullcontext),
    ]
    for subject in subjects:
        with subject.batch():
            for number in range(_ENTRIES):
                subject.put(_key(number))
    try:
        yield subjects
    finally:
        store.close()
        plain.close()


def _table(subjects: list[_Subject]) -> str:
    ours, plain, table = (
        {name: statistics.median(times) * 1e6 for name, times in subject.seconds.items()}
        for subject in subjects
    )
    lines = [
        "| operation | disk store, µs | diskcache, µs | dict, µs | ÷ diskcache | ÷ dict |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {ours[name]:.1f} | {plain[name]:.1f} | {table[name]:.2f} "
        f"| {ours[name] / plain[name]:.2f} | {ours[name] / table[name]:.0f} |"
        for name in ours
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a second instead of ten")
    rounds = 3 if parser.parse_args().quick else 30
    with (
        tempfile.TemporaryDirectory(prefix="bench-cache-") as directory,
        _subjects(Path(directory)) as subjects,
    ):
        for number in range(rounds):
            for subject in subjects:
                _measure(subject, number * 100, 100)
    print(_table(subjects))


if __name__ == "__main__":
    main()
