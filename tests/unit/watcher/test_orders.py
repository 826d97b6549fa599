"""What Plex must know after a scan: the disk has the last word about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.orders import as_on_disk
from watcher.scan_order import Expectation

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_is_gone_by_now_is_expected_to_be_gone(tmp_path: Path) -> None:
    wish = Expectation("/data/x.mkv", size=3, host=str(tmp_path / "x.mkv"))

    assert as_on_disk(wish) == Expectation("/data/x.mkv", gone=True, host=wish.host)


def test_a_file_that_was_written_since_is_expected_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.mkv").write_bytes(b"12345")

    found = as_on_disk(Expectation("/data/x.mkv", size=3, host=str(tmp_path / "x.mkv")))

    assert found is not None
    assert (found.size, found.gone) == (5, False)


def test_of_what_is_back_nothing_is_expected(tmp_path: Path) -> None:
    (tmp_path / "x.mkv").touch()

    assert as_on_disk(Expectation("/x", gone=True, host=str(tmp_path / "x.mkv"))) is None


def test_what_is_gone_stays_gone_and_what_has_no_place_here_is_left_alone(tmp_path: Path) -> None:
    gone = Expectation("/x", gone=True, host=str(tmp_path / "x.mkv"))
    elsewhere = Expectation("/x", size=3)

    assert as_on_disk(gone) == gone
    assert as_on_disk(elsewhere) == elsewhere
