"""Much at once: what people wait for does not wait behind what they do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from closed_loop import QUICK, Loop, closed_loop
from waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 240
EPISODES = {
    f"TV/Dallas/Season {number // 30:02}/Dallas - s{number // 30:02}e{number % 30:02}.mkv": 4000
    for number in range(COUNT)
}
BUSY = replace(QUICK, analyze_s=0.02)
NEW = "TV/Dark/Season 01/Dark - s01e01.mkv"


def analyses(loop: Loop) -> int:
    return len(loop.plex.record.requests("PUT /library/metadata/*/analyze"))


def test_a_new_file_does_not_wait_behind_hundreds_of_analyses(tmp_path: Path) -> None:
    """A remux of everything, in place and of the same size: each file needs an analysis."""
    with closed_loop(tmp_path, BUSY, EPISODES) as loop:
        for below in EPISODES:
            loop.put(below, 4000, seed=1)
        wait_until(lambda: analyses(loop) >= COUNT // 6, 30, loop.story)
        loop.put(NEW)
        wait_until(lambda: loop.has(NEW), 30, loop.story)
        asked_before_it_came = analyses(loop)
        loop.rest(60)

        assert asked_before_it_came < COUNT, loop.story()
        loop.judge(most_scans=12)


def test_subtitles_of_a_directory_with_too_many_changes_to_count_are_read(tmp_path: Path) -> None:
    """Beyond 10,000 changes at once a directory speaks for its files: a scan finds no subtitle."""
    episodes = {f"TV/Dark/Season 01/Dark - s01e{number:02}.mkv": 4000 for number in (1, 2, 3)}
    with closed_loop(tmp_path, QUICK, episodes) as loop:
        directory = loop.path("TV/Dark/Season 01")
        for number in range(10_100):
            (directory / f"{number}.txt").write_bytes(b"1")
        loop.put("TV/Dark/Season 01/Dark - s01e01.en.srt", 30)
        loop.rest(120)

        assert loop.told.lines("settled", "Season 01"), loop.story()
        loop.judge(most_scans=4)
