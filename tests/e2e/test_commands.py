"""The installed one-shot commands against a simulated Plex: what they print and how they end."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from watched import watched

from watcher.config_types import Listen
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import SimLocation, SimSection
from watcher.status_server import StatusServer

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "s3cr3t-Token-of-the-test"
PLEXNUDGE = Path(sys.executable).with_name("plexnudge")


@dataclass
class Scene:
    """Two libraries on disk, their Plex, and a configuration without any plex_path."""

    place: Path
    plex: SimulatedPlex

    def run(
        self, *words: str, token: str = TOKEN, given: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [PLEXNUDGE, *words, "-c", self.place / "config.yaml"],
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
            input=given,
            env={"PATH": os.environ["PATH"], "PLEX_TOKEN": token},
            cwd="/",
        )
        assert "Traceback" not in done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    movies, tv = tmp_path / "nas/Movies", tmp_path / "nas/TV"
    for number in range(1, 5):
        folder = movies / f"Film {number} (200{number})"
        folder.mkdir(parents=True)
        (folder / f"Film {number} (200{number}).mkv").write_bytes(b"f" * (1000 + number))
        season = tv / "Severance/Season 01"
        season.mkdir(parents=True, exist_ok=True)
        (season / f"Severance - S01E0{number}.mkv").write_bytes(b"e" * (2000 + number))
    sections = [
        SimSection("Films", "movie", (SimLocation("/data/Movies", movies),)),
        SimSection("Series", "show", (SimLocation("/data/TV", tv),)),
    ]
    with SimulatedPlex(sections, token=TOKEN) as plex:
        plex.scan()
        assert plex.wait_until_idle()
        plex.record.clear()
        (tmp_path / "config.yaml").write_text(
            f"""
plex: {{url: "{plex.url}", timeout: 5s}}
folders: ["{movies}", "{tv}"]
cache: {{directory: "{tmp_path / "state"}"}}
server: null
"""
        )
        yield Scene(tmp_path, plex)


def said(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_explain_says_what_would_be_done_and_changes_nothing(scene: Scene) -> None:
    known = scene.place / "nas/Movies/Film 1 (2001)/Film 1 (2001).en.srt"

    done = scene.run("explain", str(known), "--json")

    assert done.returncode == 0, done.stderr
    answer = said(done)
    assert answer["kind"] == "subtitle"
    assert answer["plex_paths"] == ["/data/Movies/Film 1 (2001)/Film 1 (2001).en.srt"]
    assert answer["match"]["confidence"] == "stem"
    assert [action["action"] for action in answer["actions"]] == ["refresh"]
    assert scene.plex.scans == ()
    assert scene.plex.violations == ()


def test_explain_reads_thousands_of_lines_in_one_process_and_answers_in_order(
    scene: Scene,
) -> None:
    lines = [
        json.dumps(
            {
                "id": number,
                "type": "created",
                "path": f"{scene.place}/nas/TV/Severance/Season 02/Severance - S02E{number}.mkv",
            }
        )
        for number in range(2000)
    ]
    lines.insert(7, "this is no JSON")
    lines.insert(9, '{"id": "x", "type": "vanished", "path": "/a"}')

    done = scene.run("explain", "--stdin", "--json", given="\n".join(lines))

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    good = [answer for answer in answers if "error" not in answer]
    assert [answer["id"] for answer in good] == list(range(2000))
    assert len(answers) == 2002
    assert done.returncode == 1
    scans = {a["path"] for answer in good for a in answer["actions"]}
    assert scans == {"/data/TV/Severance/Season 02"}


def test_explain_for_people_names_event_match_request_and_reason(scene: Scene) -> None:
    done = scene.run("explain", str(scene.place / "nas/TV/Severance/Season 02/S02E01.mkv"))

    for word in ("event:", "in Plex:", "match:", "would ask:", "because:", "scan /data/TV"):
        assert word in done.stdout, done.stdout


def test_check_finds_the_mapping_and_every_folder_good(scene: Scene) -> None:
    done = scene.run("check", "--json")

    notes = said(done)["notes"]
    assert done.returncode == 0, done.stdout
    assert not [note for note in notes if note["grade"] == "error"]
    location = next(note for note in notes if note["about"].startswith("location /data/Movies"))
    assert str(scene.place / "nas/Movies") in location["what"]
    assert "for example /data/Movies/" in location["what"]


def test_check_proves_that_events_arrive_and_writes_into_folders_only_if_asked(
    scene: Scene,
) -> None:
    folders = [scene.place / "nas/Movies", scene.place / "nas/TV"]
    before = [(folder.stat().st_mtime_ns, sorted(folder.iterdir())) for folder in folders]

    proven = _proven(said(scene.run("check", "--json")))
    untouched = [(folder.stat().st_mtime_ns, sorted(folder.iterdir())) for folder in folders]
    proven_in_folders = _proven(said(scene.run("check", "--json", "--write")))

    assert len(proven) == 1
    assert untouched == before
    assert set(proven_in_folders) == {*proven, *(f"events in {folder}" for folder in folders)}
    assert [sorted(folder.iterdir()) for folder in folders] == [names for _, names in before]


def _proven(answer: dict[str, Any]) -> list[str]:
    return [
        note["about"]
        for note in answer["notes"]
        if note["about"].startswith("events in ") and "was noticed after" in note["what"]
    ]


def test_check_names_uncovered_libraries_and_folders_with_their_cure(scene: Scene) -> None:
    config = scene.place / "config.yaml"
    other = scene.place / "other"
    other.mkdir()
    config.write_text(config.read_text().replace(str(scene.place / "nas/TV"), str(other)))

    done = scene.run("check")

    assert done.returncode == 1
    assert f"folder {other}: serves no library of Plex" in done.stdout
    assert "no folder covers /data/TV" in done.stdout
    assert "-> " in done.stdout


@pytest.mark.parametrize("command", ["check", "explain /a", "reconcile"])
def test_one_shot_commands_tell_an_absent_plex_and_a_refused_token_apart(
    scene: Scene, command: str
) -> None:
    assert scene.run(*command.split(), token="wrong-Token-1234567").returncode == 77
    scene.plex.refuse()
    assert scene.run(*command.split()).returncode == 69


def test_reconcile_brings_plex_into_step_and_a_dry_run_only_says_so(scene: Scene) -> None:
    movies = scene.place / "nas/Movies"
    (movies / "Ran (1985)").mkdir()
    (movies / "Ran (1985)/Ran (1985).mkv").write_bytes(b"r" * 500)
    (movies / "Film 2 (2002)/Film 2 (2002).mkv").unlink()
    (movies / "Film 3 (2003)/Film 3 (2003).mkv").write_bytes(b"longer" * 500)

    dry = scene.run("reconcile", "--dry-run", "--json")

    films = next(place for place in said(dry)["places"] if place["title"] == "Films")
    assert films["missing"] == [str(movies / "Ran (1985)/Ran (1985).mkv")]
    assert films["gone"] == [str(movies / "Film 2 (2002)/Film 2 (2002).mkv")]
    assert films["replaced"] == [str(movies / "Film 3 (2003)/Film 3 (2003).mkv")]
    assert scene.plex.scans == ()

    done = scene.run("reconcile")

    assert done.returncode == 0, done.stdout + done.stderr
    assert scene.plex.in_step_with_disk() == []
    assert scene.plex.violations == ()


def test_an_unmounted_disk_is_never_reconciled_away(scene: Scene) -> None:
    assert scene.run("explain", "/a").returncode == 0  # the mapping is known from now on
    (scene.place / "nas/Movies").rename(scene.place / "nas/elsewhere")
    (scene.place / "nas/Movies").mkdir()

    done = scene.run("reconcile")

    assert "deletions are held" in done.stdout, done.stdout + done.stderr
    assert scene.plex.scans == ()


def test_reconcile_tells_every_outcome(scene: Scene) -> None:
    """Its exit code counts them, too; the daemon keeps the last 200, for its status."""
    movies = scene.place / "nas/Movies"
    for number in range(230):
        film = movies / f"More {number:03} (2000)"
        film.mkdir()
        (film / f"{film.name}.mkv").write_bytes(b"m" * (3000 + number))

    done = scene.run("reconcile", "--json")

    outcomes = said(done)["outcomes"]
    assert len({each["directory"] for each in outcomes}) == 230
    assert {each["result"] for each in outcomes} == {"visible"}
    assert scene.plex.in_step_with_disk() == []


def put_another_in_its_place(scene: Scene, flat: str | None = None) -> Path:
    """Let a library be known, and then another directory stand in its place, with a film in it."""
    movies = scene.place / "nas/Movies"
    assert scene.run("explain", "/a").returncode == 0  # the mapping is known from now on
    with watched(movies, scene.place / "nas/TV", state=scene.place / "state"):
        pass
    movies.rename(scene.place / "nas/elsewhere")
    stray = movies / "Stray (1999)" if flat is None else movies
    stray.mkdir(parents=True)
    (stray / (flat or "Stray (1999).mkv")).write_bytes(b"s" * 700)
    return movies


def films(done: subprocess.CompletedProcess[str]) -> Any:
    return next(place for place in said(done)["places"] if place["title"] == "Films")


def test_a_disk_whose_place_holds_something_else_is_not_reconciled_away(scene: Scene) -> None:
    movies = put_another_in_its_place(scene)

    dry = films(scene.run("reconcile", "--dry-run", "--json"))
    assert dry["gone"] == []
    assert "0 of 4 known entries" in dry["deletions_held"]
    done = scene.run("reconcile")

    assert "4 files are missing, and not taken for deleted" in done.stdout
    assert [str(scan.path) for scan in scene.plex.scans] == ["/data/Movies/Stray (1999)"]
    assert len(scene.plex.files(1)) == 5
    assert (movies / "Stray (1999)").exists()


def test_what_a_person_says_is_meant_is_asked_for(scene: Scene) -> None:
    put_another_in_its_place(scene)

    done = scene.run("reconcile", "--believe-deletions")

    assert done.returncode == 0, done.stdout + done.stderr
    assert scene.plex.in_step_with_disk() == []


def test_a_scan_that_would_miss_what_is_held_is_given_up_and_told(scene: Scene) -> None:
    put_another_in_its_place(scene, flat="Flat (2020).mkv")

    done = scene.run("reconcile", "--json")

    assert done.returncode == 1
    assert [each["result"] for each in said(done)["outcomes"]] == ["held"]
    assert scene.plex.scans == ()


def test_what_the_running_daemon_doubts_is_not_reconciled_away(scene: Scene) -> None:
    """It may have seen a disk go of which nothing is remembered."""
    movies, told = scene.place / "nas/Movies", []
    film = movies / "Film 2 (2002)/Film 2 (2002).mkv"
    film.unlink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = scene.place / "config.yaml"
    text = config.read_text().replace("server: null", f'server: {{listen: "127.0.0.1:{port}"}}')
    config.write_text(text)
    state = {"doubted": [str(movies)], "folders": [], "deletions_held": {}}
    server = StatusServer(
        Listen("127.0.0.1", port), lambda: state, lambda: True, lambda *words: told.append(words)
    )
    server.start()
    try:
        doubted = films(scene.run("reconcile", "--json"))
        state["doubted"], state["deletions_held"] = [], {str(movies): "much is gone at once"}
        held = films(scene.run("reconcile", "--json"))
        state["deletions_held"] = {}
        believed = films(scene.run("reconcile", "--dry-run", "--json"))
    finally:
        server.stop()

    assert doubted["gone"] == []
    assert "the running daemon" in doubted["deletions_held"]
    assert held["deletions_held"] == "much is gone at once"
    assert scene.plex.scans == ()
    assert (believed["gone"], believed["deletions_held"]) == ([str(film)], None)


def test_a_library_of_which_nothing_is_left_is_held_where_nobody_knows_it(scene: Scene) -> None:
    movies = scene.place / "nas/Movies"
    assert scene.run("explain", "/a").returncode == 0  # the mapping is known from now on
    movies.rename(scene.place / "nas/elsewhere")
    (movies / "Stray (1999)").mkdir(parents=True)
    (movies / "Stray (1999)/Stray (1999).mkv").write_bytes(b"s" * 700)

    done = scene.run("reconcile")

    assert "none of the 4 files that Plex has there" in done.stdout
    assert [str(scan.path) for scan in scene.plex.scans] == ["/data/Movies/Stray (1999)"]


def test_what_is_gone_from_a_folder_that_is_known_is_believed(scene: Scene) -> None:
    movies = scene.place / "nas/Movies"
    assert scene.run("explain", "/a").returncode == 0  # the mapping is known from now on
    with watched(movies, scene.place / "nas/TV", state=scene.place / "state"):
        pass
    for film in movies.iterdir():
        shutil.rmtree(film)
    (movies / "Stray (1999)").mkdir()
    (movies / "Stray (1999)/Stray (1999).mkv").write_bytes(b"s" * 700)

    done = scene.run("reconcile")

    assert done.returncode == 0, done.stdout + done.stderr
    assert scene.plex.in_step_with_disk() == []


def test_cache_stats_and_clear(scene: Scene) -> None:
    scene.run("explain", str(scene.place / "nas/Movies/Film 1 (2001)/Film 1 (2001).mkv"))

    before = said(scene.run("cache", "stats", "--json"))
    cleared = said(scene.run("cache", "clear", "--json"))
    after = said(scene.run("cache", "stats", "--json"))

    assert before["caches"]["matches"]["entries"] > 0
    assert cleared["cleared"]["matches"] == before["caches"]["matches"]["entries"]
    assert after["caches"]["matches"]["entries"] == 0


def test_version_help_and_usage() -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([PLEXNUDGE, *words], capture_output=True, text=True, check=False)

    assert run("--version").stdout.startswith("plexnudge ")
    assert run().returncode == 2
    assert run("fly").returncode == 2
    for command in ("run", "demo", "check", "explain", "reconcile", "cache", "config"):
        done = run(command, "--help")
        assert done.returncode == 0
        assert len(done.stdout.splitlines()) > 8


def test_a_wrong_configuration_ends_with_78_and_all_its_problems(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("plex: {url: nas}\nfoldres: []\nsettle: {quiet: yes, max_wait: 010}\n")

    for command in (["run"], ["config"], ["check"], ["explain", "/a"]):
        done = subprocess.run(
            [PLEXNUDGE, *command, "-c", config],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "PLEX_TOKEN": TOKEN},
        )
        assert done.returncode == 78
        assert "Traceback" not in done.stderr
        for place in ("plex.url", "foldres", "settle.quiet", "settle.max_wait"):
            assert place in done.stderr
