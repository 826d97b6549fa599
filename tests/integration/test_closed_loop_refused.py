"""What Plex does not take is listed with its reason, over restarts, until it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from closed_loop import QUICK, closed_loop
from waiting import wait_until

from watcher.status import status

if TYPE_CHECKING:
    from pathlib import Path

    from watcher.app import Daemon

FILES = {"TV/Show/Season 01/Show - S01E01.mkv": 2000, "Movies/Heat (1995)/Heat (1995).mkv": 3000}
ODD = "TV/Show/Season 01/Making of.mkv"


def listed(daemon: Daemon) -> list[tuple[Any, Any]]:
    return [(one.get("path"), one["reason"]) for one in status(daemon)["not_accepted"]]


def test_a_file_that_plex_does_not_take_stays_listed_until_it_changes(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        loop.put(ODD)
        wait_until(lambda: listed(loop.daemon), 15, loop.story)
        [(path, reason)] = listed(loop.daemon)
        assert path == str(loop.path(ODD))
        assert "its name holds no episode number" in reason

        loop.put("TV/Show/Season 01/Show - S01E02.mkv")
        wait_until(lambda: loop.has("TV/Show/Season 01/Show - S01E02.mkv"), 10, loop.story)
        wait_until(loop.is_still, 10, loop.story)
        assert listed(loop.daemon) == [(path, reason)]

        loop.restart()
        assert listed(loop.daemon) == [(path, reason)]
        scans = len(loop.plex.scans)
        loop.daemon.reconciler.ask(None, "test")
        wait_until(lambda: loop.told.lines("compared disk and Plex (test): 0"), 10, loop.story)
        assert len(loop.plex.scans) == scans, loop.story()

        loop.move(ODD, "TV/Show/Season 01/Show - S01E03.mkv")
        loop.rest()
        assert listed(loop.daemon) == [], loop.story()
