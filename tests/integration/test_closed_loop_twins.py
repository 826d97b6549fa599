"""Two spellings of one name, composed and decomposed: one thing on some disks, two on others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from closed_loop import QUICK, closed_loop
from waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


@pytest.mark.parametrize(("known", "comes"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
@pytest.mark.parametrize("name", ["Film (2000).mkv", "Another (2001).mkv"])
def test_a_directory_beside_one_of_the_other_spelling_is_scanned_itself(
    tmp_path: Path, known: str, comes: str, name: str
) -> None:
    old = f"Movies/{known}/Film (2000).mkv"
    with closed_loop(tmp_path, QUICK, {old: 4000}) as loop:
        if loop.path(f"Movies/{comes}").exists():
            pytest.skip("this disk takes both spellings for one name")
        loop.put(f"Movies/{comes}/{name}", 4001)
        loop.rest()
        assert loop.scans() == [f"/data/Movies/{comes}"]
        loop.put(f"Movies/{comes}/{name}", 4002, seed=1)
        loop.put(f"Movies/{known}/Third (2002).mkv", 4003)
        loop.rest()
        loop.remove(f"Movies/{comes}/{name}")
        loop.rest()
        assert loop.has(old)
        loop.judge(most_scans=5)


@pytest.mark.parametrize(("before", "after"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
@pytest.mark.parametrize("is_down", [False, True], ids=["while running", "while stopped"])
def test_a_directory_that_is_renamed_to_the_other_spelling_is_scanned_by_that(
    tmp_path: Path, before: str, after: str, *, is_down: bool
) -> None:
    """Plex is known to spell names as the disk does, from a file that it has."""
    old, new = (f"Movies/Films/{name}/Film (2000).mkv" for name in (before, after))
    with closed_loop(tmp_path, QUICK, {old: 4000, f"Movies/Films/{before} 2.mkv": 4001}) as loop:
        loop.daemon.reconciler.ask(None, "as at any start")
        wait_until(lambda: loop.told.lines("compared disk and Plex"), 20, loop.story)
        key = loop.key(old)

        def rename() -> None:
            loop.move(f"Movies/Films/{before}", f"Movies/Films/{after}")
            if loop.path(f"Movies/Films/{before}").exists():
                pytest.skip("this disk takes both spellings for one name")

        if is_down:
            loop.restart(rename)
        else:
            rename()
        loop.rest()

        assert loop.key(new) == key, loop.story()
        assert not loop.has(old)
        loop.judge(most_scans=3)
        assert "/data/Movies" not in loop.scans(), loop.story()
        assert loop.scans()[0] == f"/data/Movies/Films/{after}"
