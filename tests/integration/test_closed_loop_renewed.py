"""Directories that go and come again, names that change hands: what was in them is not what is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest
from closed_loop import QUICK, closed_loop, write
from exchanging import exchange
from waiting import wait_until

from watcher.simulated_plex.faults import Fault, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from closed_loop import Loop

    from watcher.simulated_plex.settings import VanishedFolder

ANALYZE = "PUT /library/metadata/*/analyze"
FOLDER = "Movies/Heat (1995)"
FILM = f"{FOLDER}/Heat (1995).mkv"
SUBTITLE = f"{FOLDER}/Heat (1995).en.srt"
POSTER = f"{FOLDER}/poster.jpg"
BETTER = f"{FOLDER}/Heat (1995) - 2160p.mkv"
FILES = {FILM: 4000, SUBTITLE: 40, POSTER: 50, "Movies/Alien (1979)/Alien (1979).mkv": 4100}


def analyses(loop: Loop) -> int:
    return sum(one.path.endswith("/analyze") for one in loop.plex.log)


def test_a_directory_made_anew_without_its_sidecars_has_none_in_plex(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        shutil.rmtree(loop.path(FOLDER))
        loop.put(FILM)
        loop.rest()

        assert loop.item(FILM).sidecars == {}
        loop.judge(most_scans=3)


def test_a_directory_made_anew_with_other_content_is_looked_into(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        shutil.rmtree(loop.path(FOLDER))
        loop.put(FILM, seed=1)
        loop.rest()

        assert analyses(loop) >= 1, loop.story()
        loop.judge(most_scans=3)


@pytest.mark.parametrize("when", ["before", "at once", "after it was heard of"])
def test_a_sidecar_that_goes_as_its_directory_is_renamed_is_missed(
    tmp_path: Path, when: str
) -> None:
    renamed = "Movies/Heat (1995) {edition-Cut}"
    with closed_loop(tmp_path, QUICK, {FILM: 4000, SUBTITLE: 40}) as loop:
        if when == "before":
            loop.remove(SUBTITLE)
        loop.move(FOLDER, renamed)
        if when == "after it was heard of":
            wait_until(lambda: loop.daemon.intake.pending() >= 3, 20, loop.story)
        if when != "before":
            loop.remove(f"{renamed}/Heat (1995).en.srt")
        loop.rest()

        assert loop.item(f"{renamed}/Heat (1995).mkv").sidecars == {}
        loop.judge(most_scans=4)


def test_what_takes_the_name_of_a_file_that_moved_on_is_looked_into(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        loop.move(FILM, BETTER)
        loop.put(FILM, seed=1)
        loop.rest()

        assert analyses(loop) >= 1, loop.story()
        loop.judge(most_scans=3)


@pytest.mark.parametrize("noticed", ["scan", "analyze"])
def test_an_upgrade_of_one_file_and_the_loss_of_another_do_not_wait_for_each_other(
    tmp_path: Path, noticed: Literal["scan", "analyze"]
) -> None:
    """Two jobs of one directory: what is gone waits for what came, its analysis for both."""
    behaviour = replace(QUICK, replaced_noticed=noticed)
    with closed_loop(tmp_path, behaviour, {FILM: 4000, BETTER: 5000}) as loop:
        loop.plex.faults.set(ANALYZE, Fault(Kind.STATUS, status=503))
        replace_by_rename(loop, FILM, 6000)
        wait_until(lambda: analyses(loop) >= 1, 20, loop.story)
        replace_by_rename(loop, FILM, 7000)
        loop.remove(BETTER)
        wait_until(lambda: len(loop.told.lines("settled")) == 2, 20, loop.story)
        loop.plex.faults.clear()
        loop.rest(40)

        assert not loop.has(BETTER)
        loop.judge(most_scans=8)


def replace_by_rename(loop: Loop, path: str, size: int) -> None:
    name = loop.path(path).name
    temporary = path.replace(name, f".{name}.Xy12Zq")
    loop.put(temporary, size)
    loop.move(temporary, path)


SEASON = "TV/Dark/Season 01"
EPISODE = f"{SEASON}/Dark - s01e01.mkv"
SHOW = {
    EPISODE: 4000,
    f"{SEASON}/Dark - s01e01.en.srt": 40,
    f"{SEASON}/Dark - s01e02.mkv": 4100,
    f"{SEASON}/Dark - s01e02.en.srt": 41,
}


def take_out(loop: Loop, directory: str) -> None:
    loop.path(directory).rename(loop.place / "aside")


def put_in(loop: Loop, directory: str, files: dict[str, int]) -> None:
    """Make a directory outside, and move it in as a whole."""
    for below, size in files.items():
        write(loop.place / "new" / below, size, seed=1)
    (loop.place / "new").rename(loop.path(directory))


def is_looked_into(loop: Loop, below: str, key: int | None) -> bool:
    """Whether Plex was asked to, or had dropped the item meanwhile: it looks into a new one."""
    return analyses(loop) > 0 or loop.key(below) != key


@pytest.mark.parametrize("size", [4000, 4001], ids=["same size", "other size"])
def test_a_directory_that_takes_the_name_of_one_that_moved_out_is_another_one(
    tmp_path: Path, size: int
) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        key = loop.key(FILM)
        take_out(loop, FOLDER)
        put_in(loop, FOLDER, {"Heat (1995).mkv": size})
        loop.rest()

        assert loop.item(FILM).sidecars == {}
        assert is_looked_into(loop, FILM, key), loop.story()
        loop.judge(most_scans=3)


def test_a_season_in_the_place_of_another_one_keeps_nothing_of_it(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, SHOW) as loop:
        key = loop.key(EPISODE)
        take_out(loop, SEASON)
        put_in(loop, SEASON, {"Dark - s01e01.mkv": 4000, "Dark - s01e03.mkv": 4200})
        loop.rest()

        assert loop.item(EPISODE).sidecars == {}
        assert is_looked_into(loop, EPISODE, key), loop.story()
        loop.judge(most_scans=3)


@pytest.mark.parametrize("how", ["deleted", "moved out"])
def test_a_directory_made_anew_while_plex_is_away_has_none_of_the_old_sidecars(
    tmp_path: Path, how: str
) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:
        loop.plex.faults.set("*", Fault(Kind.STATUS, status=503))
        if how == "deleted":
            shutil.rmtree(loop.path(FOLDER))
        else:
            take_out(loop, FOLDER)
        wait_until(lambda: loop.told.lines("settled"), 20, loop.story)
        loop.put(FILM)
        wait_until(lambda: len(loop.told.lines("settled")) >= 2, 20, loop.story)
        loop.plex.faults.clear()
        loop.rest()

        assert loop.item(FILM).sidecars == {}
        loop.judge(most_scans=4)


@pytest.mark.parametrize(
    ("other", "then"),
    [
        ("Anime/Dark/Season 01", "nothing"),
        ("TV/Dark/Season 02", "a subtitle goes"),
        ("TV/Dark/Season 01 (Extended)", "a file is replaced"),
    ],
)
def test_directories_that_change_places_change_all_that_they_had(
    tmp_path: Path, other: str, then: str
) -> None:
    files = {**SHOW, f"{other}/Dark - s01e01.mkv": 4000, f"{other}/Lost - s01e02.mkv": 4100}
    with closed_loop(tmp_path, QUICK, files) as loop:
        exchange(loop.path(SEASON), loop.path(other))
        if then == "a subtitle goes":
            loop.remove(f"{other}/Dark - s01e02.en.srt")
        elif then == "a file is replaced":
            replace_by_rename(loop, f"{other}/Dark - s01e01.mkv", 4000)
        loop.rest()

        loop.judge(most_scans=8)


SHOW_POSTER = "TV/Dark/poster.jpg"


@pytest.mark.parametrize(
    ("old", "new", "files", "vanished"),
    [
        (FOLDER, "Movies/Heat (1995) {edition-Cut}", FILES, "ignored"),
        ("TV/Dark", "TV/Dark (2017)", {**SHOW, SHOW_POSTER: 60}, "trashed"),
    ],
    ids=["a film", "a show"],
)
def test_what_lay_beside_what_moved_while_nobody_watched_is_read_in_its_new_place(
    tmp_path: Path, old: str, new: str, files: dict[str, int], vanished: VanishedFolder
) -> None:
    behaviour = replace(QUICK, vanished_folder=vanished)
    with closed_loop(tmp_path, behaviour, {**files, "TV/Lost/Season 01/Lost.mkv": 90}) as loop:
        loop.restart(lambda: loop.move(old, new))
        loop.rest()

        loop.judge(most_scans=6)


@pytest.mark.parametrize("sidecar", ["poster.jpg", "Heat (1995).en.srt"])
def test_what_is_put_beside_a_film_that_moved_by_itself_is_read(
    tmp_path: Path, sidecar: str
) -> None:
    """As who sorts films into folders moves them: file by file."""
    with closed_loop(tmp_path, QUICK, {FILM: 4000}) as loop:
        loop.move(FILM, "Movies/Heat (1995) {edition-Cut}/Heat (1995).mkv")
        loop.put(f"Movies/Heat (1995) {{edition-Cut}}/{sidecar}", 40)
        loop.rest()

        loop.judge(most_scans=4)


def test_what_lies_beside_what_is_new_is_read_with_its_scan(tmp_path: Path) -> None:
    with closed_loop(tmp_path, QUICK, FILES) as loop:

        def meanwhile() -> None:
            for below, size in SHOW.items():
                loop.put(below, size)

        loop.restart(meanwhile)
        loop.rest()

        assert refreshes(loop) == 0, loop.story()
        loop.judge(most_scans=2)


def refreshes(loop: Loop) -> int:
    return sum(one.path.endswith("/refresh") and one.method == "PUT" for one in loop.plex.log)
