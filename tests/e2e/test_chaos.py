"""Chaos for a minute: whatever happens to files, disks, network, Plex and the daemon itself.

Seeds are played from 1 on, about a quarter of a minute each, until `--chaos-seconds S` are over.
A failure names its seed: `./setup test tests/e2e/test_chaos.py --chaos-seed SEED` plays it again.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from chaos import chaos
from closed_loop import QUICK
from watched import Mounts, mounts_or_skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from watcher.simulated_plex.settings import Behaviour

STEPS = 60
"""So many deeds, then calm: about fifteen seconds."""
VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"lose_scan_while_one_runs": True, "vanished_folder": "trashed"},
    {"skip_unchanged_directories": True, "replaced_noticed": "analyze", "merge_equal_scans": True},
    {"trash_before_additions": True, "auto_empty_trash": False, "lose_scan_while_one_runs": True},
    {"auto_empty_trash": False, "vanished_folder": "by_type", "scan_s": 0.05},
)


def behaviour_of(seed: int) -> Behaviour:
    """Let one seed stand for one variant of Plex as well."""
    return replace(QUICK, **VARIANTS[seed % len(VARIANTS)])


def by_renaming(disk: Path, point: Path, there: bool) -> None:
    """Show a disk at a place where this user may not mount: rename it there, and away."""
    if there:
        if point.exists():
            point.rmdir()
        disk.rename(point)
    else:
        point.rename(disk)
        point.mkdir()


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Callable[[Path, Path, bool], None]]:
    """How a disk is shown at a place, and taken away from there."""
    try:
        with mounts_or_skip(tmp_path) as mounts:
            yield lambda disk, point, there: by_mounting(mounts, disk, point, there=there)
    except pytest.skip.Exception:
        yield by_renaming


def by_mounting(mounts: Mounts, disk: Path, point: Path, *, there: bool) -> None:
    if there:
        mounts.bind(disk, point)
    else:
        mounts.take_away(point)


@pytest.mark.timeout(0)
def test_in_the_end_plex_and_disk_agree(
    tmp_path: Path, pytestconfig: pytest.Config, show: Callable[[Path, Path, bool], None]
) -> None:
    seconds = pytestconfig.getoption("chaos_seconds")
    seed = pytestconfig.getoption("chaos_seed")
    if seed is not None:
        play(tmp_path / f"{seed}", seed, show)
        return
    ends = time.monotonic() + seconds
    for one in itertools.count(1):
        play(tmp_path / f"{one}", one, show)
        if time.monotonic() >= ends:
            return


def play(place: Path, seed: int, show: Callable[[Path, Path, bool], None]) -> None:
    place.mkdir()
    try:
        with chaos(place, seed, show, behaviour_of(seed)) as made:
            for _ in range(STEPS):
                made.step()
            made.calm_down()
            made.rest(60)
            made.judge()
    except Exception as error:
        raise AssertionError(f"--chaos-seed {seed}: {error}") from error
