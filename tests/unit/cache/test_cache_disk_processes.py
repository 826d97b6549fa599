"""Several processes have one store open: the daemon, and `cache clear` beside it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from waiting import wait_until

import cache
from cache.disk import open_disk_store, open_raw_cache
from cache.durable import DurableStore
from cache.place import Place
from cache.store import StoreError

SOURCES = Path(cache.__file__).parents[1]

OPEN = """
import sys
from pathlib import Path
from cache.disk import open_disk_store
def report(sentence):
    sys.exit(sentence)
store = open_disk_store(Path(sys.argv[1]), "store", size_limit_bytes=None, report=report)
"""
WRITE = (
    OPEN
    + """
for number in range(200):
    store.set(f"{sys.argv[2]} {number}", number)
store.close()
"""
)
CLEAR = (
    OPEN
    + """
print(store.clear())
store.close()
"""
)
DIE = (
    OPEN
    + """
import os, signal
store.set("done", 1)
batch = store.batch()
batch.__enter__()
store.set("half done", 1)
os.kill(os.getpid(), signal.SIGKILL)
"""
)


def _start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _output(*children: subprocess.Popen[str]) -> list[str]:
    """Wait for the children; what they printed."""
    texts = []
    for child in children:
        out, err = child.communicate(timeout=50)
        assert (child.returncode, err) == (0, "")
        texts.append(out.strip())
    return texts


def test_processes_that_make_and_fill_a_store_at_once_lose_nothing(tmp_path: Path) -> None:
    _output(*(_start(WRITE, str(tmp_path), str(number)) for number in range(4)))

    store = open_disk_store(tmp_path, "store", size_limit_bytes=None, report=pytest.fail)
    assert store.statistics().entries == 800
    assert len(list(store.items())) == 800
    store.close()


def test_what_another_process_clears_and_writes_is_seen_at_once(tmp_path: Path) -> None:
    store = open_disk_store(tmp_path, "store", size_limit_bytes=None, report=pytest.fail)
    store.set("key", 1)
    store.set("other", 1)

    assert _output(_start(CLEAR, str(tmp_path))) == ["2"]
    assert store.get("key") is None
    assert store.statistics().entries == 0
    _output(_start(WRITE, str(tmp_path), "new"))
    assert store.get("new 7") == 7
    store.close()


def test_a_write_waits_for_another_process_that_is_writing(tmp_path: Path) -> None:
    store = open_disk_store(tmp_path, "store", size_limit_bytes=None, report=pytest.fail)
    with store.batch():
        store.set("key", 1)
        child = _start(WRITE, str(tmp_path), "child")
        # The child has come as far as it can once it has the database open, too.
        wait_until(lambda: _has_open(child.pid, tmp_path / "store" / "cache.db"))
    _output(child)

    assert store.get("child 199") == 199
    assert store.get("key") == 1
    store.close()


def _has_open(pid: int, path: Path) -> bool:
    descriptors = Path(f"/proc/{pid}/fd")
    try:
        return any(one.readlink() == path for one in descriptors.iterdir())
    except FileNotFoundError:
        return False  # one that was closed meanwhile: look again


def test_a_killed_process_leaves_what_it_wrote_and_no_half_of_a_batch(tmp_path: Path) -> None:
    child = _start(DIE, str(tmp_path))
    child.communicate(timeout=50)
    assert child.returncode == -9

    store = open_disk_store(tmp_path, "store", size_limit_bytes=None, report=pytest.fail)
    assert list(store.items()) == [("done", 1)]
    store.set("key", 1)
    store.close()


def test_a_lock_that_nobody_lets_go_of_is_a_store_error_and_reads_go_on(tmp_path: Path) -> None:
    impatient = partial(open_raw_cache, size_limit_bytes=None, lock_timeout_s=0.05)
    store = DurableStore(Place(tmp_path, "store"), impatient, time.time, pytest.fail)
    store.set("key", 1)
    with closing(sqlite3.connect(tmp_path / "store" / "cache.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreError, match="another process does not let go"):
            store.set("key", 2)
        with pytest.raises(StoreError, match="another process does not let go"), store.batch():
            pytest.fail("the block was entered without a transaction")
        assert store.get("key") == 1
        other.execute("ROLLBACK")

    store.set("key", 2)
    assert store.get("key") == 2
    store.close()
