"""One directory that is configured by two names, each the location of a library of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from closed_loop import Told, write
from waiting import wait_until

from watcher.app import Daemon
from watcher.config import load_config
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import SimLocation, SimSection
from watcher.systemd import Notifier

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
plex: {{url: "{url}", token: "{token}"}}
folders:
  - {{path: "{place}/Movies", plex_path: /data/Movies}}
  - {{path: "{place}/link", plex_path: /data/Kids}}
settle: {{quiet: 200ms, max_wait: 4s, deletions: 500ms}}
cache: {{directory: "{place}/state"}}
reconcile: {{at_start: false, every: 0s}}
server: null
"""
FILM = "Heat (1995)/Heat (1995).mkv"


@pytest.mark.parametrize("name", ["Movies", "link"])
def test_every_library_hears_of_what_changes_whatever_name_it_was_written_by(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "Movies").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "Movies")
    sections = [
        SimSection("Films", "movie", (SimLocation("/data/Movies", tmp_path / "Movies"),)),
        SimSection("Kids", "movie", (SimLocation("/data/Kids", tmp_path / "link"),)),
    ]
    with SimulatedPlex(sections) as plex:
        config = tmp_path / "config.yaml"
        config.write_text(CONFIG.format(url=plex.url, token=plex.token, place=tmp_path))
        config.chmod(0o600)
        daemon = Daemon(load_config(config, {}), Told(), Notifier({}))
        daemon.start()
        try:
            write(tmp_path / name / FILM, 4000)
            wait_until(lambda: f"/data/Movies/{FILM}" in plex.files(1), 20)
            wait_until(lambda: f"/data/Kids/{FILM}" in plex.files(2), 20)
        finally:
            daemon.stop()
