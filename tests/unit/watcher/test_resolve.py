"""Resolving links while somebody else changes them."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from watcher.resolve import where_it_leads

if TYPE_CHECKING:
    from pathlib import Path


def test_links_are_resolved_as_far_as_the_path_exists(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    top = os.fsencode(tmp_path.resolve())

    assert where_it_leads(top + b"/link/../link") == top + b"/real"
    assert where_it_leads(top + b"/link/nothing") == top + b"/real/nothing"


def test_a_link_that_comes_and_goes_meanwhile_is_no_error(tmp_path: Path) -> None:
    link = tmp_path / "link"
    path, target = os.fsencode(link), os.fsencode(tmp_path.resolve())
    is_over = threading.Event()

    def blink() -> None:
        while not is_over.is_set():
            link.symlink_to(tmp_path)
            link.unlink()

    thread = threading.Thread(target=blink)
    thread.start()
    try:
        found = {where_it_leads(path) for _ in range(20_000)}
    finally:
        is_over.set()
        thread.join()

    assert found <= {path, target + b"/link", target}
