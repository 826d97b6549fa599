"""Experiments of test_cache_disk_full.py, in a process of their own whose disk is small.

Arguments: the name of an experiment, and its directory. Ends with 0 if the assertions hold.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cache.disk import open_disk_store
from cache.store import StoreError
from cache.sturdy import SturdyStore

if TYPE_CHECKING:
    from cache.store import Store

BALLAST = "ballast"


class Clock:
    """Seconds since the epoch, as the experiment sets them."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def _open(directory: Path, clock: Clock | None = None, *, lazily: bool = False) -> Store:
    """Open a store in which nothing is ever damaged."""
    return open_disk_store(
        directory / "state",
        "store",
        clock=clock or Clock(),
        size_limit_bytes=None,
        report=pytest.fail,
        lazily=lazily,
    )


def _fill(directory: Path) -> None:
    """Leave no free block on the disk."""
    with (directory / BALLAST).open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return


def _write_until_refused(store: Store) -> str:
    try:
        for number in range(300):
            store.set(f"many {number}", "x" * 5000)
    except StoreError as error:
        return str(error)
    raise AssertionError("a full disk took all of it")


def _write_too_much(store: Store) -> None:
    with store.batch():
        store.set("a", "x" * 5000)
        store.set("b", "x" * 5_000_000)


def _write_too_much_and_go_on(store: Store) -> None:
    with store.batch():
        with pytest.raises(StoreError, match="the disk is full"):
            store.set("b", "x" * 5_000_000)
        with pytest.raises(StoreError, match="the disk is full"):
            store.set("a", 1)


def full(directory: Path) -> None:
    """A full disk refuses writes in a sentence, can be read, and is used again once it is not."""
    store = _open(directory)
    store.set("before", 1)
    _fill(directory)
    for _ in range(50):
        sentence = _write_until_refused(store)
        assert "the disk is full; free some space" in sentence
        assert str(directory / "state" / "store") in sentence
        assert store.get("before") == 1
    kept = len(list(store.items()))

    (directory / BALLAST).unlink()
    store.set("after", 2)
    assert (store.get("before"), store.get("after")) == (1, 2)
    store.close()
    again = _open(directory)
    assert len(list(again.items())) == kept + 1
    again.close()


def full_in_a_batch(directory: Path) -> None:
    """A batch that does not fit is refused whole, also where its block goes on regardless."""
    store = _open(directory)
    store.set("before", 1)
    _fill(directory)
    for writing in (_write_too_much, _write_too_much_and_go_on):
        with pytest.raises(StoreError, match="the disk is full"):
            writing(store)
    assert list(store.items()) == [("before", 1)]

    (directory / BALLAST).unlink()
    with store.batch():
        store.set("a", 1)
    assert list(store.items()) == [("before", 1), ("a", 1)]
    store.close()


def full_from_the_start(directory: Path) -> None:
    """A store that cannot be made says why; lazily and sturdily opened, the work goes on."""
    _fill(directory)
    with pytest.raises(StoreError, match="full"):
        _open(directory)

    clock, said = Clock(), list[str]()
    store = SturdyStore(_open(directory, clock, lazily=True), report=said.append, clock=clock)
    for number in range(100):
        store.set(str(number), "x" * 100)
        clock.now += 20
    assert len(list(store.items())) == 100
    assert len(said) == 1, said
    assert "full" in said[0], said

    (directory / BALLAST).unlink()
    clock.now += 31
    store.set("last", 1)
    assert len(said) == 2, said
    store.close()
    again = _open(directory)
    assert len(list(again.items())) == 101
    again.close()


def limited(directory: Path) -> None:
    """What the system lets this process write is used up: a refusal, and memory takes over."""
    clock, said = Clock(), list[str]()
    below = _open(directory, clock)
    store = SturdyStore(below, report=said.append, clock=clock)
    store.set("before", 1)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    for number in range(100):
        store.set(str(number), "x" * 5000)
    assert len(list(store.items())) == 101
    assert len(said) == 1, said
    with pytest.raises(StoreError, match="the disk"):
        below.set("more", "x" * 300_000)

    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    clock.now += 31
    store.set("after", 1)
    assert len(said) == 2, said
    assert len(list(below.items())) == 102
    store.close()


def read_only(directory: Path) -> None:
    """A read-only disk is a refusal with its cure, whether the store is there or not."""
    with pytest.raises(StoreError, match=r"cannot be used: .*read-only"):
        _open(directory)
    with pytest.raises(StoreError, match="read-only; mount the file system read-write"):
        open_disk_store(directory / "state", "new", size_limit_bytes=None, report=pytest.fail)


EXPERIMENTS = {
    experiment.__name__: experiment
    for experiment in (full, full_in_a_batch, full_from_the_start, limited, read_only)
}

if __name__ == "__main__":
    EXPERIMENTS[sys.argv[1]](Path(sys.argv[2]))
