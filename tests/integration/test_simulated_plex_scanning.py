"""What scans, refreshes and analyses of the simulated server do, under each of its variants."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from simulated_house import MOVIES, SHOWS, House, house
from waiting import wait_until

from watcher.simulated_plex.record import ScanResult, Wrong
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection
from watcher.simulated_plex.shelves import Happening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILM = "movies/Film (2001)/Film (2001).mkv"
PLEX_FILM = "/data/Movies/Film (2001)/Film (2001).mkv"
FOLDER = "/data/Movies/Film (2001)"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as built:
        yield built


def _behave(home: House, **changes: Any) -> None:
    home.sim.behaviour = replace(home.sim.behaviour, **changes)


def test_a_scan_of_a_folder_finds_its_files_and_nothing_else(home: House) -> None:
    home.put(FILM, 77)
    home.put("movies/Other (1999)/Other (1999).mkv")
    scan = home.scan(MOVIES, FOLDER)
    assert home.sim.files(MOVIES) == {PLEX_FILM: 77}
    assert (scan.result, scan.directories) == (ScanResult.SCANNED, 1)
    assert home.sim.in_step_with_disk() == [
        "Movies: not in the library: '/data/Movies/Other (1999)/Other (1999).mkv'"
    ]
    assert not home.wrongs()


def test_a_scan_is_answered_before_it_is_done(home: House) -> None:
    _behave(home, start_delay_s=60.0)
    home.put(FILM)
    section = home.plex().library.sectionByID(MOVIES)
    section.update(FOLDER)
    assert home.sim.files(MOVIES) == {}
    activity = home.plex().activities[0]
    assert (activity.type, activity.title) == ("library.update.section", "Scanning")


def test_some_servers_show_nothing_of_a_scan_that_has_not_begun(home: House) -> None:
    _behave(home, start_delay_s=60.0, start_shows=False)
    home.put(FILM)
    section = home.plex().library.sectionByID(MOVIES)
    section.update(FOLDER)
    assert home.plex().activities == []
    assert not section.reload().refreshing


def test_a_running_scan_shows_in_sections_and_activities(home: House) -> None:
    _behave(home, scan_s=60.0)
    home.put(FILM)
    home.plex().library.sectionByID(MOVIES).update(FOLDER)
    wait_until(lambda: home.sim.scans[0].result is ScanResult.RUNNING)
    assert home.plex().library.sectionByID(MOVIES).refreshing
    assert home.plex().activities[0].title == "Scanning Movies"
    assert home.sim.catalogue.sections[MOVIES].scanned_at == 0


def test_delays_are_those_of_the_clock_that_was_passed_in(tmp_path: Path) -> None:
    now = [100.0]
    (tmp_path / "Film (2001)").mkdir()
    (tmp_path / "Film (2001)" / "a.mkv").write_bytes(b"x")
    sections = [SimSection("Movies", "movie", (SimLocation("/m", tmp_path),))]
    behaviour = Behaviour(start_delay_s=3600.0)
    with SimulatedPlex(sections, behaviour=behaviour, clock=lambda: now[0]) as sim:
        sim.scan(1, "/m")

        def an_hour_later() -> bool:
            now[0] += 3601.0
            sim.wake()
            return sim.idle()

        wait_until(an_hour_later)
        assert len(sim.files(1)) == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/data/Movies2/Film", "not inside any known location"),
        ("D:\\TV\\Show", "not inside any known location"),
        (PLEX_FILM, "not a directory"),
        ("/data/Movies/Gone (2000)", "no such file or directory"),
    ],
)
def test_a_path_that_plex_cannot_scan_is_accepted_and_ignored(
    home: House, path: str, reason: str
) -> None:
    home.put(FILM)
    scan = home.scan(MOVIES, path)
    assert (scan.result, scan.reason) == (ScanResult.IGNORED, reason)
    assert home.sim.files(MOVIES) == {}


def test_wrong_scans_are_noted(home: House) -> None:
    home.put(FILM)
    home.scan(MOVIES, PLEX_FILM)
    home.scan(MOVIES, "/elsewhere")
    home.plex().library.sectionByID(MOVIES).update()
    home.plex().library.sectionByID(MOVIES).refresh()
    assert home.wrongs() == {
        Wrong.FILE_PATH,
        Wrong.OUTSIDE,
        Wrong.WHOLE_SECTION,
        Wrong.FORCED,
    }


def test_windows_paths_are_scanned_whatever_their_case(home: House) -> None:
    home.put("shows/Show/Season 01/Show S01E01.mkv")
    home.scan(SHOWS, "d:\\tv\\show\\SEASON 01")
    assert list(home.sim.files(SHOWS)) == ["D:\\TV\\Show\\Season 01\\Show S01E01.mkv"]


def test_names_that_are_not_utf8_are_scanned_by_their_bytes(home: House) -> None:
    folder = "caf\udce9 (2001)"
    home.put(f"movies/{folder}/{folder}.mkv", 5)
    path = "/library/sections/1/refresh?path=/data/Movies/caf%E9%20(2001)"
    home.plex().query(path)
    assert home.sim.wait_until_idle()
    assert home.sim.files(MOVIES) == {f"/data/Movies/{folder}/{folder}.mkv": 5}
    movie = home.plex().library.sectionByID(MOVIES).all()[0]
    assert movie.locations == ["/data/Movies/caf\ufffd (2001)/caf\ufffd (2001).mkv"]


def test_characters_that_xml_forbids_are_sent_as_they_are(home: House) -> None:
    home.put("movies/Bell\x07 & <Co> (2001).mkv")
    home.scan()
    movie = home.plex().library.sectionByID(MOVIES).all()[0]
    assert movie.locations == ["/data/Movies/Bell & <Co> (2001).mkv"]


def test_a_new_version_keeps_the_item_and_a_purge_forgets_it(home: House) -> None:
    home.put(FILM)
    home.scan()
    key = home.item(FILM).key
    home.put("movies/Film (2001)/Film (2001) - 4K.mkv")
    (home.root / FILM).unlink()
    home.scan(MOVIES, FOLDER)
    assert home.item("movies/Film (2001)/Film (2001) - 4K.mkv").key == key
    shutil.rmtree(home.root / "movies/Film (2001)")
    home.put("movies/Other (1999)/Other (1999).mkv")
    home.scan()
    home.put(FILM)
    home.scan()
    assert home.item(FILM).key > key


@pytest.mark.parametrize(
    ("trash_first", "auto_empty", "kept"),
    [(False, True, True), (False, False, True), (True, False, True), (True, True, False)],
)
def test_an_upgrade_keeps_its_item_unless_trash_goes_first_and_for_good(
    home: House, trash_first: bool, auto_empty: bool, kept: bool
) -> None:
    _behave(home, trash_before_additions=trash_first, auto_empty_trash=auto_empty)
    home.put("shows/Show/Season 01/Show S01E01 720p.mkv")
    home.scan(SHOWS, "D:\\TV\\Show")
    key = home.item("shows/Show/Season 01/Show S01E01 720p.mkv").key
    (home.root / "shows/Show/Season 01/Show S01E01 720p.mkv").unlink()
    home.put("shows/Show/Season 01/Show S01E01 1080p.mkv")
    home.scan(SHOWS, "D:\\TV\\Show\\Season 01")
    assert (home.item("shows/Show/Season 01/Show S01E01 1080p.mkv").key == key) is kept


def test_without_automatic_emptying_what_is_gone_is_listed_as_deleted(home: House) -> None:
    _behave(home, auto_empty_trash=False)
    home.put(FILM)
    home.put("movies/Other (1999)/Other (1999).mkv")
    home.scan()
    key = home.item(FILM).key
    (home.root / FILM).unlink()
    home.scan(MOVIES, FOLDER)
    movies = home.plex().library.sectionByID(MOVIES)
    film = next(one for one in movies.all() if one.title == "Film")
    assert film.media[0].parts[0]._data.get("deletedAt")
    assert film._data.get("deletedAt")
    assert len(home.plex().fetchItems("/library/sections/1/all?type=1&trash=1")) == 1
    assert PLEX_FILM not in home.sim.files(MOVIES)
    home.put(FILM)
    home.scan(MOVIES, FOLDER)
    assert home.item(FILM).key == key
    (home.root / FILM).unlink()
    home.scan(MOVIES, FOLDER)
    movies.emptyTrash()
    assert [one.title for one in home.plex().library.sectionByID(MOVIES).all()] == ["Other"]


def test_a_show_goes_with_its_last_episode(home: House) -> None:
    home.put("shows/Show/Season 01/Show S01E01.mkv")
    home.put("shows/Other/Season 01/Other S01E01.mkv")
    home.scan(SHOWS, "D:\\TV")
    shutil.rmtree(home.root / "shows/Show")
    home.scan(SHOWS, "D:\\TV")
    assert [one.title for one in home.plex().library.sectionByID(SHOWS).all()] == ["Other"]
    levels = [item.type for item in home.sim.catalogue.items.values()]
    assert sorted(levels) == ["episode", "season", "show"]


@pytest.mark.parametrize("target", ["movies/Moved (2001)/Moved (2001).mkv", "movies/x/Film.mkv"])
def test_a_moved_file_keeps_its_item_if_the_new_place_is_seen_first(
    home: House, target: str
) -> None:
    home.put(FILM)
    home.put("movies/Other (1999)/Other (1999).mkv")
    home.scan()
    key = home.item(FILM).key
    (home.root / target).parent.mkdir(parents=True)
    (home.root / FILM).rename(home.root / target)
    home.scan(MOVIES, "/data/" + os.path.dirname(target).replace("movies", "Movies"))  # noqa: PTH120
    assert home.item(target).key == key
    assert home.sim.in_step_with_disk() == []


def test_a_moved_file_is_new_if_the_old_place_was_purged_first(home: House) -> None:
    home.put(FILM)
    home.put("movies/Other (1999)/Other (1999).mkv")
    home.scan()
    key = home.item(FILM).key
    (home.root / "movies/Moved (2001)").mkdir()
    (home.root / FILM).rename(home.root / "movies/Moved (2001)/Moved (2001).mkv")
    home.scan(MOVIES, FOLDER)
    home.scan(MOVIES, "/data/Movies/Moved (2001)")
    assert home.item("movies/Moved (2001)/Moved (2001).mkv").key != key


def test_a_hard_link_is_a_second_file_and_no_move(home: House) -> None:
    home.put(FILM)
    (home.root / "movies/Copy (2002)").mkdir()
    os.link(home.root / FILM, home.root / "movies/Copy (2002)/Copy (2002).mkv")
    home.scan(MOVIES, FOLDER)
    home.scan(MOVIES, "/data/Movies/Copy (2002)")
    assert len(home.sim.files(MOVIES)) == 2


def test_an_episode_moved_to_another_show_keeps_its_item(home: House) -> None:
    home.put("shows/Show/Season 01/Show S01E01.mkv")
    home.scan(SHOWS, "D:\\TV")
    key = home.item("shows/Show/Season 01/Show S01E01.mkv").key
    target = "shows/Show (2010)/Season 01/Show S01E01.mkv"
    (home.root / target).parent.mkdir(parents=True)
    (home.root / "shows/Show/Season 01/Show S01E01.mkv").rename(home.root / target)
    home.scan(SHOWS, "D:\\TV\\Show (2010)")
    assert home.sim.in_step_with_disk() == []
    assert home.item(target).key == key
    assert len(home.plex().library.sectionByID(SHOWS).all()) == 1


@pytest.mark.parametrize(
    ("rule", "movies_left", "shows_left"),
    [("ignored", 2, 2), ("trashed", 1, 1), ("by_type", 1, 2)],
)
def test_a_scan_of_a_vanished_folder_differs_between_servers(
    home: House, rule: str, movies_left: int, shows_left: int
) -> None:
    _behave(home, vanished_folder=rule)
    home.put(FILM)
    home.put("movies/Other (1999)/Other (1999).mkv")
    home.put("shows/Show/Season 01/Show S01E01.mkv")
    home.put("shows/Other/Season 01/Other S01E01.mkv")
    home.scan_everything()
    shutil.rmtree(home.root / "movies/Film (2001)")
    shutil.rmtree(home.root / "shows/Show")
    home.scan(MOVIES, FOLDER)
    home.scan(SHOWS, "D:\\TV\\Show")
    assert len(home.sim.files(MOVIES)) == movies_left
    assert len(home.sim.files(SHOWS)) == shows_left


def test_a_missing_root_removes_nothing_and_an_empty_one_everything(home: House) -> None:
    home.put(FILM)
    home.scan()
    (home.root / "movies").rename(home.root / "away")
    assert home.scan().result is ScanResult.ROOT_MISSING
    assert list(home.sim.files(MOVIES)) == [PLEX_FILM]
    (home.root / "movies").mkdir()
    assert home.scan(MOVIES, FOLDER).result is ScanResult.ROOT_EMPTY
    assert list(home.sim.files(MOVIES)) == [PLEX_FILM]
    assert home.wrongs() == {Wrong.ROOT_GONE}
    assert home.scan().result is ScanResult.ROOT_EMPTY
    assert home.sim.files(MOVIES) == {}


def test_an_empty_library_may_be_scanned(home: House) -> None:
    assert home.scan().result is ScanResult.ROOT_EMPTY
    assert not home.wrongs()


def test_a_replaced_file_is_noticed_by_scan_or_by_analysis(home: House) -> None:
    home.put(FILM, 10)
    home.scan()
    item = home.item(FILM)
    home.put(FILM, 20)
    _behave(home, replaced_noticed="analyze")
    home.scan(MOVIES, FOLDER)
    assert home.sim.files(MOVIES) == {PLEX_FILM: 10}
    _behave(home, replaced_noticed="scan")
    home.scan(MOVIES, FOLDER)
    assert home.sim.files(MOVIES) == {PLEX_FILM: 20}
    part = next(item.parts())
    assert part.analyzed_size == 10
    home.plex().fetchItem(f"/library/metadata/{item.key}?skipRefresh=1").analyze()
    assert home.sim.wait_until_idle()
    assert (part.analyzed_size, item.analyses) == (20, 1)
    assert home.sim.in_step_with_disk(local_files=True) == []
    assert not home.wrongs()


def test_analysis_alone_notices_a_replaced_file(home: House) -> None:
    _behave(home, replaced_noticed="analyze")
    home.put(FILM, 10)
    home.scan()
    home.put(FILM, 20)
    home.plex().query(f"/library/metadata/{home.item(FILM).key}/analyze", _put(home))
    assert home.sim.wait_until_idle()
    assert home.sim.files(MOVIES) == {PLEX_FILM: 20}


def _put(home: House) -> object:
    return home.plex()._session.put


def test_an_unchanged_directory_may_be_skipped(home: House) -> None:
    _behave(home, skip_unchanged_directories=True)
    path = home.put(FILM, 10)
    folder = path.parent
    long_ago = 1_000_000_000
    os.utime(folder, (long_ago, long_ago))
    home.scan(MOVIES, FOLDER)
    path.write_bytes(b"x" * 20)
    os.utime(folder, (long_ago, long_ago))
    home.scan(MOVIES, FOLDER)
    assert home.sim.files(MOVIES) == {PLEX_FILM: 10}
    os.utime(folder, (long_ago + 1, long_ago + 1))
    home.scan(MOVIES, FOLDER)
    assert home.sim.files(MOVIES) == {PLEX_FILM: 20}


def test_a_scan_leaves_a_new_subtitle_to_a_refresh(home: House) -> None:
    home.put(FILM)
    home.scan()
    home.put("movies/Film (2001)/Film (2001).en.srt")
    home.scan(MOVIES, FOLDER)
    item = home.item(FILM)
    assert not item.sidecars
    assert len(home.sim.in_step_with_disk(local_files=True)) == 1
    home.plex().fetchItem(f"/library/metadata/{item.key}?skipRefresh=1").refresh()
    assert home.sim.wait_until_idle()
    assert list(item.sidecars) == ["/data/Movies/Film (2001)/Film (2001).en.srt"]
    streams = home.plex().fetchItem(f"/library/metadata/{item.key}?skipRefresh=1")
    assert len(streams.subtitleStreams()) == 1
    assert item.refreshes == 1


def test_a_scan_may_take_up_a_subtitle_and_does_for_a_new_video(home: House) -> None:
    _behave(home, subtitle_by_scan=True)
    home.put(FILM)
    home.put("movies/Film (2001)/Film (2001).de.srt")
    home.scan()
    assert len(home.item(FILM).sidecars) == 1
    home.put("movies/Film (2001)/Film (2001).en.srt")
    home.scan(MOVIES, FOLDER)
    assert len(home.item(FILM).sidecars) == 2


def test_a_show_refresh_reads_its_own_local_files_and_those_below(home: House) -> None:
    home.put("shows/Show/Season 01/Show S01E01.mkv")
    home.scan(SHOWS, "D:\\TV")
    episode = home.item("shows/Show/Season 01/Show S01E01.mkv")
    assert episode.parent is not None
    assert episode.parent.parent is not None
    season, show = episode.parent, episode.parent.parent
    for name in ("poster.jpg", "theme.mp3", "season01-poster.jpg", "Trailers/one.mkv"):
        home.put(f"shows/Show/{name}")
    home.put("shows/Show/Season 01/Show S01E01.en.srt")
    home.plex().fetchItem(f"/library/metadata/{show.key}?skipRefresh=1").refresh()
    assert home.sim.wait_until_idle()
    assert sorted(path.rpartition("\\")[2] for path in show.sidecars) == [
        "one.mkv",
        "poster.jpg",
        "theme.mp3",
    ]
    assert "D:\\TV\\Show\\season01-poster.jpg" in season.sidecars
    assert len(episode.sidecars) == 1


def test_a_changed_subtitle_is_out_of_step_until_a_refresh(home: House) -> None:
    home.put(FILM)
    subtitle = home.put("movies/Film (2001)/Film (2001).srt", 10)
    home.scan()
    assert home.sim.in_step_with_disk(local_files=True) == []
    subtitle.write_bytes(b"another")
    assert len(home.sim.in_step_with_disk(local_files=True)) == 1


def test_scans_run_one_at_a_time_in_order(home: House) -> None:
    _behave(home, scan_s=0.01)
    home.put(FILM)
    home.put("shows/Show/Season 01/Show S01E01.mkv")
    plex = home.plex()
    for section, path in ((MOVIES, FOLDER), (SHOWS, "D:\\TV\\Show"), (MOVIES, "/data/Movies")):
        plex.library.sectionByID(section).update(path)
    assert home.sim.wait_until_idle()
    times = [(scan.started_at or 0.0, scan.ended_at or 0.0) for scan in home.sim.scans]
    assert all(start <= end for start, end in times)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(times))


def test_equal_scans_that_wait_may_be_merged(home: House) -> None:
    _behave(home, merge_equal_scans=True, start_delay_s=60.0)
    home.put(FILM)
    section = home.plex().library.sectionByID(MOVIES)
    section.update("/data/Movies")
    wait_until(lambda: home.plex().activities)
    section.update(FOLDER)
    section.update(FOLDER)
    assert home.sim.scans[-1].result is ScanResult.MERGED


def test_a_scan_may_be_lost_while_one_of_its_section_runs(home: House) -> None:
    _behave(home, lose_scan_while_one_runs=True, start_delay_s=60.0)
    home.put(FILM)
    library = home.plex().library
    library.sectionByID(MOVIES).update(FOLDER)
    wait_until(lambda: home.plex().activities)
    library.sectionByID(MOVIES).update(FOLDER)
    library.sectionByID(SHOWS).update("D:\\TV")
    assert [scan.result for scan in home.sim.scans] == [
        ScanResult.WAITING,
        ScanResult.LOST,
        ScanResult.WAITING,
    ]


def test_analysis_during_a_scan_is_noted(home: House) -> None:
    home.put(FILM)
    home.scan()
    key = home.item(FILM).key
    _behave(home, scan_s=60.0)
    home.plex().library.sectionByID(MOVIES).update(FOLDER)
    wait_until(lambda: home.sim.scans[-1].result is ScanResult.RUNNING)
    home.plex().query(f"/library/metadata/{key}/analyze", _put(home))
    assert home.wrongs() == {Wrong.ANALYZE_DURING_SCAN}


def test_the_content_counter_moves_with_content_only(home: House) -> None:
    home.put(FILM)
    home.scan()
    section = home.sim.catalogue.sections[MOVIES]
    before, updated = section.content_changed_at, home.item(FILM).updated_at
    home.scan(MOVIES, FOLDER)
    home.plex().fetchItem(f"/library/metadata/{home.item(FILM).key}?skipRefresh=1").refresh()
    assert home.sim.wait_until_idle()
    assert section.content_changed_at == before
    home.put("movies/Film (2001)/Film (2001) 4K.mkv")
    home.scan(MOVIES, FOLDER)
    assert section.content_changed_at > before
    assert home.item(FILM).updated_at >= updated


def test_listeners_hear_what_happens_in_order(home: House) -> None:
    home.put(FILM)
    home.scan()
    (home.root / FILM).unlink()
    home.put("movies/Other (1999)/Other (1999).mkv")
    home.scan()
    assert [(event.what, event.title) for event in home.events] == [
        (Happening.SCAN_STARTED, "Movies"),
        (Happening.ADDED, "Film (2001)"),
        (Happening.SCAN_ENDED, "Movies"),
        (Happening.SCAN_STARTED, "Movies"),
        (Happening.ADDED, "Other (1999)"),
        (Happening.TRASHED, "Film (2001)"),
        (Happening.REMOVED, "Film (2001)"),
        (Happening.SCAN_ENDED, "Movies"),
    ]
    assert {event.path for event in home.events if event.what is Happening.REMOVED} == {PLEX_FILM}


def test_a_server_can_be_asked_and_changed_from_many_threads(home: House) -> None:
    for number in range(20):
        home.put(f"movies/Film {number} (2001)/Film {number} (2001).mkv")
    failed: list[str] = []

    def ask() -> None:
        section = home.plex().library.sectionByID(MOVIES)
        for number in range(10):
            section.update(f"/data/Movies/Film {number} (2001)")
            if any(not movie.locations for movie in section.all()):
                failed.append("a movie without a file")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert home.sim.wait_until_idle()
    assert not failed
    assert len(home.sim.files(MOVIES)) == 10


def test_a_restart_loses_what_waits_and_runs_and_keeps_what_is_known(home: House) -> None:
    home.put(FILM)
    home.scan()
    home.put("movies/Other (1999)/Other (1999).mkv")
    _behave(home, scan_s=60.0)
    section = home.plex().library.sectionByID(MOVIES)
    section.update("/data/Movies")
    section.update("/data/Movies/Other (1999)")
    wait_until(lambda: home.sim.scans[1].result is ScanResult.RUNNING)
    with home.sim.restarting():
        assert home.sim.wait_until_idle()
    assert [scan.result for scan in home.sim.scans[1:]] == [ScanResult.LOST, ScanResult.LOST]
    assert not home.plex().library.sectionByID(MOVIES).refreshing
    assert list(home.sim.files(MOVIES)) == [PLEX_FILM]
    _behave(home, scan_s=0.0)
    home.scan()
    assert home.sim.in_step_with_disk() == []
