"""What this host's disks let be asked for: no scan that would miss what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matcher.folders import Folder, Folders
from matcher.mapping import configured, mappings_of
from matcher.model import Section
from watcher.host_side import Here, HostSide

if TYPE_CHECKING:
    from pathlib import Path

SECTION = Section(1, "Films", "movie", ("/data",))


@pytest.mark.parametrize(
    ("path", "is_held"),
    [("/data", True), ("/data/usb", True), ("/data/usb/Stray", False), ("/data/Own", False)],
)
@pytest.mark.parametrize("is_dead", [False, True])
def test_a_scan_of_all_of_what_is_doubted_is_held(
    tmp_path: Path, path: str, is_held: bool, is_dead: bool
) -> None:
    """A disk below the folder is away, and its mount point holds something."""
    for name in ("usb/Stray", "Own"):
        (tmp_path / name).mkdir(parents=True)
    tops = (str(tmp_path / "usb"),)
    here = Here(doubted=lambda: tops, dead=lambda: tops if is_dead else ())
    mappings = mappings_of([configured(str(tmp_path), "/data")])
    side = HostSide(here, Folders((Folder(str(tmp_path)),)), lambda: mappings, lambda: (SECTION,))

    assert (side.held(1, path) is not None) is (is_held and not is_dead)
    assert (side.guarded("/data") or "").startswith(f"{tmp_path}/usb is not what is known of it")
