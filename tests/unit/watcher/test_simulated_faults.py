"""Which request a fault meets."""

from __future__ import annotations

from watcher.simulated_plex.faults import Fault, Faults, Kind


def test_a_fault_meets_its_route_so_many_times() -> None:
    faults = Faults()
    fault = faults.set("/library/sections/*/all", Fault(Kind.STATUS, status=500), times=2)
    assert faults.take("GET", "/identity", turn=1) is None
    met = [faults.take("GET", "/library/sections/1/all", turn=1) for _ in range(3)]
    assert met == [fault, fault, None]


def test_a_pattern_may_name_the_method() -> None:
    faults = Faults()
    fault = faults.set("PUT *", Fault(Kind.CLOSED))
    assert faults.take("GET", "/library/metadata/1/refresh", turn=1) is None
    assert faults.take("PUT", "/library/metadata/1/refresh", turn=1) is fault


def test_a_stale_connection_fails_only_from_its_second_request_on() -> None:
    faults = Faults()
    fault = faults.set("*", Fault(Kind.STALE), times=1)
    assert faults.take("GET", "/", turn=1) is None
    assert faults.take("GET", "/", turn=2) is fault


def test_clearing_lets_go_of_what_hangs() -> None:
    faults = Faults()
    fault = faults.set("*", Fault(Kind.HANG))
    faults.clear()
    assert fault.released.is_set()
    assert faults.take("GET", "/", turn=1) is None
