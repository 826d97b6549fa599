"""plexapi and plain HTTP read the simulated server: shapes, pages, filters, trimming, refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import requests
from plexapi.exceptions import BadRequest, NotFound, Unauthorized
from simulated_house import MOVIES, MUSIC, SHOWS, House, house

from watcher.simulated_plex.record import Wrong
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILM = "/data/Movies/Film (2001)/Film (2001) 1080p.mkv"
EPISODES = "D:\\TV\\Show\\Season 01\\Show - S01E01-E02.mkv"


@pytest.fixture
def full(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as built:
        built.put("movies/Film (2001)/Film (2001) 1080p.mkv", 1234)
        built.put("movies/Film (2001)/Film (2001) 720p.mkv")
        built.put("movies/Other (1999)/Other (1999).mkv")
        built.put("shows/Show/Season 01/Show - S01E01-E02.mkv")
        built.put("shows/Show/Season 02/Show - S02E01.mkv")
        built.put("music/Art/Album/01 - Song.mp3")
        built.scan_everything()
        yield built


def _get(full: House, path: str, **headers: str) -> requests.Response:
    return requests.get(
        full.sim.url + path, headers={"X-Plex-Token": full.sim.token, **headers}, timeout=10
    )


def _json(full: House, path: str, **headers: str) -> dict[str, object]:
    answer = _get(full, path, Accept="application/json", **headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    container = json.loads(answer.text)["MediaContainer"]
    assert isinstance(container, dict)
    return container


def test_plexapi_sees_sections_with_their_locations(full: House) -> None:
    sections = full.plex().library.sections()
    assert [(one.key, one.type, one.title, one.locations) for one in sections] == [
        (MOVIES, "movie", "Movies", ["/data/Movies"]),
        (SHOWS, "show", "TV Shows", ["D:\\TV"]),
        (MUSIC, "artist", "Music", ["/data/Music"]),
    ]
    assert sections[0].agent == "tv.plex.agents.movie"
    assert sections[0].uuid
    assert not sections[0].refreshing


def test_versions_are_media_of_one_movie(full: House) -> None:
    movies = full.plex().library.sectionByID(MOVIES).all()
    assert [movie.title for movie in movies] == ["Film", "Other"]
    assert [part.file.rpartition("/")[2] for part in movies[0].iterParts()] == [
        "Film (2001) 1080p.mkv",
        "Film (2001) 720p.mkv",
    ]
    assert next(movies[0].iterParts()).size == 1234


def test_a_file_with_two_episodes_is_a_part_of_both(full: House) -> None:
    episodes = full.plex().library.sectionByID(SHOWS).search(libtype="episode")
    assert [(one.seasonEpisode, one.locations[0]) for one in episodes[:2]] == [
        ("s01e01", EPISODES),
        ("s01e02", EPISODES),
    ]
    show = full.plex().library.sectionByID(SHOWS).all()[0]
    assert episodes[0].grandparentRatingKey == show.ratingKey
    assert [season.title for season in show.seasons()] == ["Season 1", "Season 2"]
    assert len(show.episodes()) == 3


def test_music_has_artist_album_and_track(full: House) -> None:
    track = full.plex().library.sectionByID(MUSIC).search(libtype="track")[0]
    assert (track.grandparentTitle, track.parentTitle, track.title) == ("Art", "Album", "Song")
    assert track.index == 1


def test_plexapi_sorts_and_filters_with_the_described_fields(full: House) -> None:
    section = full.plex().library.sectionByID(MOVIES)
    assert [one.title for one in section.search(sort="year:asc")] == ["Other", "Film"]
    assert [one.title for one in section.search(filters={"title": "oth"})] == ["Other"]
    assert len(section.search(sort="random")) == 2
    shows = full.plex().library.sectionByID(SHOWS)
    found = shows.search(libtype="episode", filters={"show.title": "show", "season.title": "n 2"})
    assert [one.seasonEpisode for one in found] == ["s02e01"]


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("Film (2001) 1080p.mkv", 1),
        ("/Film (2001)/", 1),
        ("720p,Other", 2),
        ("nothing", 0),
        ("film", 1),
        ("%", 0),
    ],
)
def test_the_file_filter_finds_what_a_path_contains(full: House, value: str, count: int) -> None:
    answer = _json_params(full, {"type": "1", "file": value})
    assert answer["size"] == count


def _json_params(full: House, params: dict[str, str]) -> dict[str, object]:
    answer = requests.get(
        f"{full.sim.url}/library/sections/1/all",
        params=params,
        headers={"X-Plex-Token": full.sim.token, "Accept": "application/json"},
        timeout=10,
    )
    answer.raise_for_status()
    container = answer.json()["MediaContainer"]
    assert isinstance(container, dict)
    return container


@pytest.mark.parametrize(
    ("behaviour", "value", "count"),
    [
        (Behaviour(comma_is_or=False), "720p,Other", 0),
        (Behaviour(filter_folds_case=False), "film", 0),
        (Behaviour(filter_knows_wildcards=True), "Film (2001)%720_.mkv", 1),
        (Behaviour(file_filter="missing_ignored"), "nothing", 2),
    ],
)
def test_the_file_filter_differs_between_servers(
    full: House, behaviour: Behaviour, value: str, count: int
) -> None:
    full.sim.behaviour = behaviour
    assert _json_params(full, {"type": "1", "file": value})["size"] == count


def test_a_server_may_refuse_the_file_filter(full: House) -> None:
    full.sim.behaviour = Behaviour(file_filter="missing_400")
    assert _get(full, "/library/sections/1/all?type=1&file=x").status_code == 400


def test_plexapi_fetches_by_file(full: House) -> None:
    found = full.plex().fetchItems("/library/sections/1/all?type=1&file=720p.mkv")
    assert [one.title for one in found] == ["Film"]


def test_the_file_filter_without_a_type_breaks_a_show_section(full: House) -> None:
    assert _get(full, "/library/sections/2/all?file=x").status_code == 500
    assert full.wrongs() == {Wrong.NO_TYPE}


def test_pages_say_their_place_and_unpaged_lists_do_not(full: House) -> None:
    page = _get(
        full,
        "/library/sections/2/all?type=4&X-Plex-Container-Start=1&X-Plex-Container-Size=1",
        Accept="application/json",
    )
    container = page.json()["MediaContainer"]
    assert (container["size"], container["totalSize"], container["offset"]) == (1, 3, 1)
    assert page.headers["X-Plex-Container-Start"] == "1"
    assert page.headers["X-Plex-Container-Total-Size"] == "3"
    assert "totalSize" not in _json(full, "/library/sections/2/all?type=4")
    by_header = _json(
        full,
        "/library/sections/2/all?type=4",
        **{"X-Plex-Container-Start": "2", "X-Plex-Container-Size": "5"},
    )
    assert (by_header["size"], by_header["offset"]) == (1, 2)


def test_a_page_of_nothing_counts(full: House) -> None:
    counted = _json(full, "/library/sections/2/all?type=4&X-Plex-Container-Size=0")
    assert (counted["size"], counted["totalSize"]) == (0, 3)
    section = full.plex().library.sectionByID(SHOWS)
    assert section.totalViewSize(libtype="episode", includeCollections=False) == 3


def test_a_server_may_force_pages(full: House) -> None:
    full.sim.behaviour = Behaviour(page_limit=2)
    assert _json(full, "/library/sections/2/all?type=4")["size"] == 2
    second = _json(full, "/library/sections/2/all?type=4&X-Plex-Container-Start=2")
    assert (second["size"], second["offset"], second["totalSize"]) == (1, 2, 3)


def test_head_tells_the_total_without_a_body(full: House) -> None:
    answer = requests.head(
        f"{full.sim.url}/library/sections/2/all?type=4&X-Plex-Container-Size=0",
        headers={"X-Plex-Token": full.sim.token},
        timeout=10,
    )
    assert answer.headers["X-Plex-Container-Total-Size"] == "3"
    assert answer.content == b""


def test_headers_are_those_of_a_recorded_answer(full: House) -> None:
    answer = _get(full, "/library/sections")
    assert answer.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert answer.headers["Keep-Alive"] == "timeout=20"
    assert answer.headers["X-Plex-Protocol"] == "1.0"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["X-Plex-Content-Original-Length"]) == len(answer.content)
    assert "Server" not in answer.headers


def test_answers_can_be_trimmed_to_what_a_client_needs(full: House) -> None:
    query = "/library/sections/1/all?type=1&includeElements=Media&includeFields=ratingKey,file"
    modern = {"X-Plex-Pms-Api-Version": "1.2.0"}
    item = _first(_json(full, query, **modern))
    assert sorted(item) == ["Media", "ratingKey"]
    assert "title" in _first(_json(full, query))
    full.sim.behaviour = Behaviour(trimming="deep")
    assert _first(_json(full, f"{query},size", **modern))["Media"] == [{}, {}]
    full.sim.behaviour = Behaviour(trimming="ignored")
    assert "title" in _first(_json(full, query, **modern))
    full.sim.behaviour = Behaviour()
    without = _first(_json(full, "/library/sections/1/all?type=1&excludeFields=summary"))
    assert "summary" not in without


def _first(container: dict[str, object]) -> dict[str, object]:
    items = container["Metadata"]
    assert isinstance(items, list)
    assert isinstance(items[0], dict)
    return items[0]


def test_json_keeps_the_recorded_kinds(full: House) -> None:
    item = _first(_json(full, "/library/sections/1/all?type=1"))
    media = item["Media"]
    assert isinstance(media, list)
    assert isinstance(item["ratingKey"], str)
    assert isinstance(media[0]["id"], int)
    assert isinstance(media[0]["Part"][0]["size"], int)
    sections = _json(full, "/library/sections")["Directory"]
    assert isinstance(sections, list)
    assert sections[0]["refreshing"] is False
    assert sections[0]["key"] == "1"
    assert sections[0]["Location"] == [{"id": 1, "path": "/data/Movies"}]


def test_unknown_keys_are_left_out_and_only_unknown_ones_are_not_found(full: House) -> None:
    keys = [item.key for item in full.sim.catalogue.sections[MOVIES].everything()]
    found = full.plex().fetchItems([*keys, 9999])
    assert len(found) == 2
    with pytest.raises(NotFound):
        full.plex().fetchItem(9999)
    assert _get(full, "/library/sections/77/all?type=1").status_code == 404


def test_a_wrong_token_is_refused_in_html_and_identity_needs_none(full: House) -> None:
    with pytest.raises(Unauthorized):
        full.plex_with("wrong")
    refused = requests.get(
        f"{full.sim.url}/library/sections", headers={"Accept": "application/json"}, timeout=10
    )
    assert refused.status_code == 401
    assert len(refused.content) == 91
    known = requests.get(f"{full.sim.url}/identity", timeout=10)
    assert known.status_code == 200
    assert full.sim.machine in known.text


def test_what_is_not_served_is_not_found_in_html(full: House) -> None:
    answer = _get(full, "/hubs/search?query=x", Accept="application/json")
    assert answer.status_code == 404
    assert answer.text.endswith("<h1>404 Not Found</h1></body></html>")


def test_a_token_in_the_url_works_is_noted_and_never_kept(full: House) -> None:
    token = full.sim.token
    answer = requests.get(f"{full.sim.url}/activities?X-Plex-Token={token}", timeout=10)
    assert answer.status_code == 200
    assert full.wrongs() == {Wrong.TOKEN_IN_URL}
    assert full.sim.log[-1].token_in_url
    assert token not in repr(full.sim.log)


def test_a_plain_get_of_an_item_is_noted_and_refreshes_it(full: House) -> None:
    item = full.item("movies/Other (1999)/Other (1999).mkv")
    full.put("movies/Other (1999)/Other (1999).en.srt")
    full.plex().fetchItem(f"/library/metadata/{item.key}?skipRefresh=1")
    assert full.sim.wait_until_idle()
    assert not full.wrongs()
    assert not item.sidecars
    full.plex().fetchItem(item.key)
    assert full.sim.wait_until_idle()
    assert full.wrongs() == {Wrong.ITEM_GET}
    assert list(item.sidecars) == ["/data/Movies/Other (1999)/Other (1999).en.srt"]


def test_check_files_looks_at_the_disk(full: House) -> None:
    item = full.item("movies/Other (1999)/Other (1999).mkv")
    (full.root / "movies/Other (1999)/Other (1999).mkv").unlink()
    answer = _json(full, f"/library/metadata/{item.key}?checkFiles=1&skipRefresh=1")
    media = _first(answer)["Media"]
    assert isinstance(media, list)
    assert media[0]["Part"][0]["exists"] is False


def test_sessions_show_what_is_played(full: House) -> None:
    item = full.item("movies/Other (1999)/Other (1999).mkv")
    assert full.plex().sessions() == []
    full.sim.play(item.key)
    assert [one.title for one in full.plex().sessions()] == ["Other"]


def test_prefs_and_folders_can_be_looked_at(full: House) -> None:
    assert full.plex().settings.get("autoEmptyTrash").value is True
    paths = full.plex().browse("/data/Movies", includeFiles=False)
    assert [one.path for one in paths] == ["/data/Movies/Film (2001)", "/data/Movies/Other (1999)"]


def test_sections_and_locations_come_and_go_at_run_time(full: House, tmp_path: Path) -> None:
    more = tmp_path / "more"
    (more / "Third (2003)").mkdir(parents=True)
    (more / "Third (2003)" / "Third (2003).mkv").write_bytes(b"x")
    sim = full.sim
    sim.add_location(MOVIES, SimLocation("/mnt/more", more))
    sim.rename_section(MOVIES, "Films")
    key = sim.add_section(SimSection("Again", "movie", (SimLocation("/again", more),)))
    full.scan_everything()
    assert "/mnt/more/Third (2003)/Third (2003).mkv" in sim.files(MOVIES)
    assert list(sim.files(key)) == ["/again/Third (2003)/Third (2003).mkv"]
    assert full.plex().library.sections()[0].title == "Films"
    sim.remove_location(MOVIES, "/mnt/more")
    assert "/mnt/more/Third (2003)/Third (2003).mkv" not in sim.files(MOVIES)
    sim.remove_section(key)
    assert _get(full, f"/library/sections/{key}/all?type=1").status_code == 404


def test_made_up_libraries_are_listed_like_others(full: House) -> None:
    full.sim.fill(movies=300, episodes=250)
    assert len(full.plex().library.sectionByID(MOVIES).all()) == 302
    assert len(full.plex().library.sectionByID(SHOWS).search(libtype="episode")) == 253
    full.scan_everything()
    assert len(full.sim.files(MOVIES)) == 303, "a scan leaves alone what never had a file"


def test_deleting_is_refused_and_noted(full: House) -> None:
    movie = full.plex().library.sectionByID(MOVIES).all()[0]
    with pytest.raises(BadRequest):
        movie.delete()
    assert full.wrongs() == {Wrong.DELETE}
    assert FILM in full.sim.files(MOVIES)


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "Film (2001).mkv").write_bytes(b"x")
    command = [sys.executable, "-m", "watcher.simulated_plex", "--section", f"movie:/m={tmp_path}"]
    with subprocess.Popen(
        [*command, "--movies", "3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        answer = requests.get(
            f"{told['url']}/library/sections/1/all?type=1&X-Plex-Container-Size=0",
            headers={"X-Plex-Token": told["token"]},
            timeout=10,
        )
        assert 'totalSize="3"' in answer.text
        process.stdin.close()
        assert process.wait(10) == 0
