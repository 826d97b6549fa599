"""What goes wrong on the wire when a fault is set, as plexapi and plain HTTP meet it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import pytest
import requests
from plexapi.exceptions import BadRequest, NotFound, Unauthorized
from requests.exceptions import ChunkedEncodingError, ConnectionError, ReadTimeout  # noqa: A004
from simulated_house import MOVIES, House, house

from watcher.simulated_plex.faults import Fault, Kind
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import Behaviour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECTIONS = "/library/sections"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as built:
        yield built


def _get(home: House, timeout: float = 10.0, session: requests.Session | None = None) -> str:
    answer = (session or requests).get(
        home.sim.url + SECTIONS, headers={"X-Plex-Token": home.sim.token}, timeout=timeout
    )
    answer.raise_for_status()
    return answer.text


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(Kind.STATUS, status=401), Unauthorized),
        (Fault(Kind.STATUS, status=403), BadRequest),
        (Fault(Kind.STATUS, status=404), NotFound),
        (Fault(Kind.STATUS, status=429), BadRequest),
        (Fault(Kind.STATUS, status=500), BadRequest),
        (Fault(Kind.STATUS, status=503), BadRequest),
        (Fault(Kind.HTML), ParseError),
        (Fault(Kind.TRUNCATED), ChunkedEncodingError),
        (Fault(Kind.CLOSED), ConnectionError),
        (Fault(Kind.RESET), ConnectionError),
        (Fault(Kind.UNANSWERED), ConnectionError),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else "",
)
def test_a_fault_meets_its_route_for_so_many_times(
    home: House, fault: Fault, error: type[Exception]
) -> None:
    plex = home.plex()
    home.sim.faults.set(SECTIONS, fault, times=1)
    with pytest.raises(error):
        plex.query(SECTIONS)
    assert plex.query(SECTIONS).tag == "MediaContainer"
    assert home.sim.record.requests(SECTIONS)[0].fault == fault.kind


def test_an_empty_answer_is_nothing_to_plexapi(home: House) -> None:
    home.sim.faults.set(SECTIONS, Fault(Kind.EMPTY), times=1)
    assert home.plex().query(SECTIONS) is None


def test_maintenance_is_said_in_both_forms_until_it_ends(tmp_path: Path) -> None:
    with SimulatedPlex(behaviour=Behaviour(startup_maintenance=True)) as sim:
        plain = requests.get(f"{sim.url}/identity", timeout=10)
        assert plain.status_code == 503
        assert '<Response code="503" title="Maintenance"' in plain.text
        as_json = requests.get(
            f"{sim.url}/", headers={"Accept": "application/json"}, timeout=10
        ).text
        assert json.loads(as_json)["title"] == "Maintenance"
        sim.maintenance(False)
        assert requests.get(f"{sim.url}/identity", timeout=10).status_code == 200


def test_a_server_that_is_down_refuses_and_comes_back_on_its_port(home: House) -> None:
    plex, url = home.plex(), home.sim.url
    with home.sim.refusing(), pytest.raises(ConnectionError):
        plex.query(SECTIONS)
    assert home.sim.url == url
    assert plex.query(SECTIONS).tag == "MediaContainer"


def test_a_stale_connection_breaks_and_a_new_one_works(home: House) -> None:
    home.sim.faults.set("*", Fault(Kind.STALE), times=1)
    with requests.Session() as session:
        _get(home, session=session)
        with pytest.raises(ConnectionError):
            _get(home, session=session)
        _get(home, session=session)
    assert [one.turn for one in home.sim.log] == [1, 2, 1]


def test_an_idle_connection_is_closed_after_its_time(tmp_path: Path) -> None:
    with house(tmp_path, Behaviour(keep_alive_s=0.05)) as home, requests.Session() as session:
        for _ in range(2):
            assert "MediaContainer" in _get(home, session=session)
            assert home.sim.wait_until_quiet()
    assert [one.turn for one in home.sim.log] == [1, 1]


def test_a_hanging_request_goes_on_when_it_is_released(home: House) -> None:
    fault = home.sim.faults.set(SECTIONS, Fault(Kind.HANG), times=1)
    with pytest.raises(ReadTimeout):
        _get(home, timeout=0.1)
    assert fault.hanging.is_set()
    fault.released.set()
    assert "MediaContainer" in _get(home)


def test_stopping_lets_go_of_what_hangs(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.sim.faults.set("*", Fault(Kind.HANG))
        with pytest.raises(ReadTimeout):
            _get(home, timeout=0.1)


def test_a_dripping_answer_is_whole_in_the_end(home: House) -> None:
    home.sim.faults.set(SECTIONS, Fault(Kind.DRIP, every_s=0.0), times=1)
    assert _get(home).endswith("</MediaContainer>\n")


def test_a_huge_answer_can_be_broken_off(home: House) -> None:
    home.sim.faults.set(SECTIONS, Fault(Kind.HUGE, size=1_000_000_000))
    headers = {"X-Plex-Token": home.sim.token}
    with requests.get(home.sim.url + SECTIONS, headers=headers, stream=True, timeout=10) as answer:
        assert len(next(answer.iter_content(100_000))) == 100_000
        assert answer.headers["Content-Length"] == "1000000000"


def test_forbidden_characters_and_wrong_charsets_come_through(home: House) -> None:
    home.sim.faults.set(SECTIONS, Fault(Kind.BAD_XML), times=1)
    assert 'title="\x01Movies"' in _get(home)
    assert home.plex().library.sections()[0].title.endswith("Movies")
    home.sim.faults.set(SECTIONS, Fault(Kind.CHARSET), times=1)
    assert "MediaContainer" not in _get(home)


def test_a_redirect_points_elsewhere(home: House) -> None:
    home.sim.faults.set(SECTIONS, Fault(Kind.REDIRECT, to=f"{home.sim.url}/identity"), times=1)
    assert home.sim.machine in _get(home)


def test_work_is_not_done_when_a_scan_is_refused_but_is_when_its_answer_is_lost(
    home: House,
) -> None:
    section = home.plex().library.sectionByID(MOVIES)
    home.sim.faults.set("*/refresh", Fault(Kind.CLOSED), times=1)
    with pytest.raises(ConnectionError):
        section.update("/data/Movies")
    assert home.sim.scans == ()
    home.sim.faults.set("*/refresh", Fault(Kind.UNANSWERED), times=1)
    with pytest.raises(ConnectionError):
        section.update("/data/Movies")
    assert len(home.sim.scans) == 1
