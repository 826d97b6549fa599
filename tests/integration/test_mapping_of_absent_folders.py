"""Folders of which Plex's files prove nothing yet: empty libraries, disks that come later."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from closed_loop import IMPATIENT, QUICK, Told, write
from waiting import wait_until

from watcher.app import Daemon
from watcher.config import load_config
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import SimLocation, SimSection
from watcher.systemd import Notifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
plex: {{url: "{url}", token: "{token}", timeout: 700ms}}
folders: ["{folder}"]
settle: {{quiet: 200ms, max_wait: 4s, deletions: 500ms}}
cache: {{directory: "{place}/state"}}
reconcile: {{at_start: {at_start}, every: 0s}}
server: null
"""


@contextmanager
def daemon_of(
    place: Path, folder: Path, plex: SimulatedPlex, *, at_start: str = "false"
) -> Iterator[Told]:
    """Run the daemon for one folder, of which it is not said what Plex calls it."""
    config = place / "config.yaml"
    config.write_text(
        CONFIG.format(url=plex.url, token=plex.token, folder=folder, place=place, at_start=at_start)
    )
    config.chmod(0o600)
    told = Told()
    daemon = Daemon(load_config(config, {}), told, Notifier({}), patience=IMPATIENT)
    daemon.start()
    try:
        assert daemon.plex.known.wait(10)
        yield told
    finally:
        daemon.stop()


def wait_for_scan(plex: SimulatedPlex, directory: str, told: Told) -> None:
    """Wait for a scan of a directory, or of the one around it, which came at the same time."""
    enough = {directory, directory.rpartition("/")[0]}
    wait_until(
        lambda: enough & {str(scan.path) for scan in plex.scans},
        what=lambda: "\n".join((directory, *map(str, plex.scans), *told.lines())),
    )


def test_an_absent_folder_of_an_empty_library_is_taken_for_what_its_path_says(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "TV"
    section = SimSection("Series", "show", (SimLocation(str(folder), folder),))
    with (
        SimulatedPlex([section], behaviour=QUICK) as plex,
        daemon_of(tmp_path, folder, plex) as told,
    ):
        write(folder / "Dark" / "Season 01" / "Dark - s01e01.mkv", 4000)

        wait_for_scan(plex, str(folder / "Dark" / "Season 01"), told)


def test_a_folder_that_shows_none_of_the_librarys_files_is_taken_for_what_its_path_says(
    tmp_path: Path,
) -> None:
    """A new disk in the place of the old one, whose items Plex still has."""
    folder = tmp_path / "TV"
    write(folder / "Old" / "Season 01" / "Old - s01e01.mkv", 4000)
    section = SimSection("Series", "show", (SimLocation(str(folder), folder),))
    with SimulatedPlex([section], behaviour=QUICK) as plex:
        plex.scan()
        assert plex.wait_until_idle()
        plex.record.clear()
        (folder / "Old").rename(tmp_path / "away")
        write(folder / "New" / "Season 01" / "New - s01e01.mkv", 4000)
        with daemon_of(tmp_path, folder, plex) as told:
            write(folder / "New" / "Season 01" / "New - s01e02.mkv", 4000)

            wait_for_scan(plex, str(folder / "New" / "Season 01"), told)


@pytest.mark.parametrize("spelled", ["/data/TV", "D:\\TV"])
def test_a_folder_that_was_absent_at_the_first_start_is_found_when_its_disk_is_there(
    spelled: str, tmp_path: Path
) -> None:
    folder, away = tmp_path / "Series", tmp_path / "away"
    for number in range(1, 6):
        write(folder / "Dark" / "Season 01" / f"Dark - s01e0{number}.mkv", 4000 + number)
    section = SimSection("Series", "show", (SimLocation(spelled, folder),))
    with SimulatedPlex([section], behaviour=QUICK) as plex:
        plex.scan()
        assert plex.wait_until_idle()
        plex.record.clear()
        folder.rename(away)
        with daemon_of(tmp_path, folder, plex) as told:
            away.rename(folder)
            wait_until(lambda: told.lines("location", str(folder)), what="\n".join(told.lines()))
            write(folder / "Dark" / "Season 01" / "Dark - s01e06.mkv", 4006)

            slash = "\\" if "\\" in spelled else "/"
            wait_for_scan(plex, slash.join((spelled, "Dark", "Season 01")), told)


def test_what_is_missing_on_another_disk_is_not_taken_for_deleted_by_the_comparison(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "TV"
    write(folder / "Old" / "Season 01" / "Old - s01e01.mkv", 4000)
    section = SimSection("Series", "show", (SimLocation(str(folder), folder),))
    with SimulatedPlex([section], behaviour=QUICK) as plex:
        plex.scan()
        assert plex.wait_until_idle()
        plex.record.clear()
        with daemon_of(tmp_path, folder, plex):
            pass
        folder.rename(tmp_path / "away")
        write(folder / "nothing for Plex.txt", 100)
        with daemon_of(tmp_path, folder, plex, at_start="true") as told:
            wait_until(lambda: told.lines("compared disk and Plex"))

            assert told.lines("compared disk and Plex", "0 differences")
