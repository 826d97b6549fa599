"""Two spellings of one name, composed and decomposed: one thing on some disks, two on others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from closed_loop import QUICK, closed_loop

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
