"""A disk that is really full or read-only: the store says so, and the sturdy store works on.

The disks are small tmpfs mounts, seen by one child process only. Making one takes root and a
kernel that lets it; the limit on what a process may write stands in for it everywhere else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cache
from cache.disk import open_disk_store

CHILD = Path(__file__).with_name("full_disk_child.py")
SOURCES = Path(cache.__file__).parents[1]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def _in_own_mounts(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script whose mounts nobody else sees, and which end with it."""
    unshare = ("unshare", "--mount", "--propagation", "private")
    return _run(*unshare, "sh", "-euc", script, "sh", *arguments)


@pytest.fixture(scope="module")
def _mounts(tmp_path_factory: pytest.TempPathFactory) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    try:
        tried = _in_own_mounts('mount -t tmpfs none "$1"', str(tmp_path_factory.mktemp("mount")))
    except FileNotFoundError:
        pytest.skip("mounting a small disk takes the command unshare")
    if tried.returncode != 0:
        pytest.skip(f"this system does not let root mount a small disk: {tried.stderr.strip()}")


@pytest.mark.usefixtures("_mounts")
@pytest.mark.parametrize("experiment", ["full", "full_in_a_batch", "full_from_the_start"])
def test_a_full_disk_refuses_in_a_sentence_and_is_used_again_once_it_is_not(
    tmp_path: Path, experiment: str
) -> None:
    done = _in_own_mounts(
        'mount -t tmpfs -o size=400k none "$4"; exec "$1" -W error "$2" "$3" "$4"',
        *(sys.executable, str(CHILD), experiment, str(tmp_path)),
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("_mounts")
def test_a_read_only_disk_refuses_in_a_sentence(tmp_path: Path) -> None:
    open_disk_store(tmp_path / "state", "store", size_limit_bytes=None, report=pytest.fail).close()
    done = _in_own_mounts(
        'mount --bind "$4" "$4"; mount -o remount,bind,ro "$4"; exec "$1" -W error "$2" "$3" "$4"',
        *(sys.executable, str(CHILD), "read_only", str(tmp_path)),
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_process_that_may_write_no_more_goes_on_in_memory(tmp_path: Path) -> None:
    done = _run(sys.executable, "-W", "error", str(CHILD), "limited", str(tmp_path))

    assert (done.returncode, done.stderr) == (0, "")
