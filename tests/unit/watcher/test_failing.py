"""What `status` says of what fails by itself."""

from __future__ import annotations

from watcher.failing import FORGOTTEN_S, MOST, Failing, Failure


class Wall:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_what_fails_is_named_with_its_first_and_last_time_until_it_goes_through() -> None:
    wall = Wall()
    failing = Failing(wall)
    failing.failed("scan /data/A", 1, "HTTP 500")
    wall.now = 1060.0
    failing.failed("scan /data/A", 2, "HTTP 502")
    failing.failed("scan /data/B", 1, "HTTP 500")
    assert failing.all() == (
        Failure("scan /data/A", 2, "HTTP 502", 1000.0, 1060.0),
        Failure("scan /data/B", 1, "HTTP 500", 1060.0, 1060.0),
    )
    failing.over("scan /data/A")
    failing.over("never failed")
    assert [one.what for one in failing.all()] == ["scan /data/B"]


def test_what_nobody_tries_any_more_is_forgotten() -> None:
    wall = Wall()
    failing = Failing(wall)
    failing.failed("scan /data/A", 1, "HTTP 500")
    wall.now += FORGOTTEN_S - 1
    assert failing.all()
    wall.now += 1
    assert not failing.all()


def test_the_latest_ones_are_kept() -> None:
    failing = Failing()
    for n in range(MOST + 5):
        failing.failed(f"scan {n}", 1, "HTTP 500")
    failing.failed("scan 5", 2, "HTTP 500")
    assert [one.what for one in failing.all()][:: MOST - 1] == ["scan 6", "scan 5"]
