"""A directory in the place of a file, a file in the place of a directory: Plex sees both ends."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from closed_loop import QUICK, closed_loop

if TYPE_CHECKING:
    from pathlib import Path

EPISODES = {
    f"TV/{show}/Season 01/{show} - s01e0{number}.mkv": 4000 + number
    for show in ("Dark", "Lost")
    for number in (1, 2, 3)
}


def test_where_a_file_takes_a_directorys_name_the_directory_above_is_scanned(
    tmp_path: Path,
) -> None:
    with closed_loop(tmp_path, QUICK, EPISODES) as loop:
        shutil.rmtree(loop.path("TV/Dark/Season 01"))
        loop.put("TV/Dark/Season 01", 100)
        loop.rest()

        assert not loop.has("TV/Dark/Season 01/Dark - s01e01.mkv")
        assert set(loop.scans()) == {"/data/TV/Dark"}
        loop.judge(most_scans=2)
