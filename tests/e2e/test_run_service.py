"""The installed command as a service manager runs it: ready, working, reloading, stopping."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from waiting import wait_until

from watcher.simulated_plex.faults import Fault, Kind
from watcher.simulated_plex.server import SimulatedPlex
from watcher.simulated_plex.settings import Behaviour, SimLocation, SimSection

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "s3cr3t-Token-of-the-test"
PLEXNUDGE = Path(sys.executable).with_name("plexnudge")


@dataclass
class Service:
    """A running `plexnudge run` with its notify socket and its log."""

    process: subprocess.Popen[bytes]
    notify: socket.socket
    log: Path
    heard: list[str] = field(default_factory=list)

    def hears(self, word: str, deadline_s: float = 20.0) -> None:
        """Wait until systemd would have been told `word`."""

        def said() -> bool:
            with contextlib.suppress(BlockingIOError):
                while True:
                    self.heard += self.notify.recv(65_536).decode().splitlines()
            assert self.process.poll() is None or word in self.heard, self.log.read_text()
            return word in self.heard

        wait_until(said, deadline_s, f"{word} in {self.heard}; log: {self.log.read_text()}")

    def logs(self, text: str, deadline_s: float = 20.0) -> None:
        """Wait until the log holds `text`."""
        wait_until(
            lambda: text in self.log.read_text(errors="replace"),
            deadline_s,
            f"{text!r} in the log: {self.log.read_text(errors='replace')}",
        )

    def stop(self) -> int:
        """Stop as systemd does, and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@dataclass
class House:
    """A NAS with two libraries, their Plex, and a way to start the service."""

    place: Path
    plex: SimulatedPlex
    url: str

    @property
    def movies(self) -> Path:
        return self.place / "nas" / "Movies"

    @property
    def tv(self) -> Path:
        return self.place / "nas" / "TV"

    def write_config(self, **extra: str) -> Path:
        path = self.place / "config.yaml"
        path.write_text(
            f"""
plex: {{url: {extra.get("url", self.url)}, timeout: {extra.get("timeout", "5s")}}}
folders:
  - {{path: {self.movies}, plex_path: /data/Movies}}
  - {{path: {self.tv}, plex_path: /data/TV}}
settle: {{quiet: {extra.get("quiet", "300ms")}, max_wait: 5s, deletions: 600ms}}
cache: {{directory: {self.place / "state"}}}
logging: {{level: {extra.get("level", "DEBUG")}, stats_every: 1h}}
server: {{listen: {extra.get("listen", "null")}}}
"""
        )
        return path

    @contextlib.contextmanager
    def service(self, *words: str, token: str = TOKEN, **extra: str) -> Iterator[Service]:
        notify_path = self.place / "notify"
        notify_path.unlink(missing_ok=True)
        log = self.place / "log"
        with (
            contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as notify,
            log.open("wb") as out,
        ):
            notify.bind(str(notify_path))
            notify.setblocking(False)
            process = subprocess.Popen(
                [PLEXNUDGE, "run", "-c", self.write_config(**extra), *words],
                cwd="/",
                stdout=out,
                stderr=out,
                env={
                    "PATH": os.environ["PATH"],
                    "PLEX_TOKEN": token,
                    "NOTIFY_SOCKET": str(notify_path),
                    "PYTHONUNBUFFERED": "1",
                },
            )
            try:
                yield Service(process, notify, log)
            finally:
                process.kill()
                process.wait()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    for name in ("Movies", "TV"):
        (tmp_path / "nas" / name).mkdir(parents=True)
    (tmp_path / "nas/Movies/Alien (1979)").mkdir()
    (tmp_path / "nas/Movies/Alien (1979)/Alien (1979).mkv").write_bytes(b"a" * 100)
    sections = [
        SimSection("Films", "movie", (SimLocation("/data/Movies", tmp_path / "nas/Movies"),)),
        SimSection("Series", "show", (SimLocation("/data/TV", tmp_path / "nas/TV"),)),
    ]
    with SimulatedPlex(sections, token=TOKEN, behaviour=Behaviour()) as plex:
        plex.scan()
        assert plex.wait_until_idle()
        plex.record.clear()
        yield House(tmp_path, plex, plex.url)


def arrive(directory: Path, *names: str, size: int = 1000) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).write_bytes(os.urandom(size))


def files(house: House) -> set[str]:
    return {file for section in (1, 2) for file in house.plex.files(section)}


def test_files_that_ordinary_tools_write_become_visible_with_one_scan_a_folder(
    house: House, tmp_path: Path
) -> None:
    incoming = tmp_path / "incoming"
    arrive(incoming / "Severance/Season 01", *(f"Severance - S01E{n:02}.mkv" for n in range(1, 11)))
    arrive(incoming / "Heat (1995)", "Heat (1995).mkv")
    with house.service() as service:
        service.hears("READY=1")
        subprocess.run(["cp", "-r", incoming / "Heat (1995)", house.movies], check=True)
        (house.tv / "Severance").mkdir()
        subprocess.run(["mv", incoming / "Severance/Season 01", house.tv / "Severance"], check=True)
        wait_until(lambda: len(files(house)) == 12, 20, f"{files(house)}")
        service.logs("visible: " + str(house.tv / "Severance/Season 01"))

        assert service.stop() == 0
        # Behind what it said before, which may be a status of any moment.
        service.hears("STOPPING=1")
    scans = [scan.path for scan in house.plex.scans]
    assert set(scans) == {"/data/Movies/Heat (1995)", "/data/TV/Severance/Season 01"}
    assert len(scans) == 2
    assert house.plex.violations == ()
    assert TOKEN not in service.log.read_text(errors="replace")


def test_starts_while_plex_is_down_and_catches_up_when_it_comes(house: House) -> None:
    house.plex.refuse()
    with house.service() as service:
        service.hears("READY=1")
        arrive(house.movies / "Ran (1985)", "Ran (1985).mkv")
        service.logs("Plex is away")
        house.plex.accept()
        wait_until(
            lambda: "/data/Movies/Ran (1985)/Ran (1985).mkv" in files(house), 30, "the movie"
        )
        service.logs("visible:")
        assert service.stop() == 0
    assert service.log.read_text(errors="replace").count("Plex is away") == 1


def test_a_kill_loses_no_settled_job(house: House) -> None:
    house.plex.refuse()
    with house.service() as service:
        service.hears("READY=1")
        arrive(house.movies / "Ran (1985)", "Ran (1985).mkv")
        service.logs("settled: " + str(house.movies / "Ran (1985)"))
        service.process.kill()
        service.process.wait()
    house.plex.accept()
    with house.service() as service:
        service.hears("READY=1")
        wait_until(
            lambda: "/data/Movies/Ran (1985)/Ran (1985).mkv" in files(house), 20, "the movie"
        )


def test_a_poster_that_was_there_before_its_film_and_goes_after_a_kill_is_missed(
    house: House,
) -> None:
    """Nothing was asked for the poster; the scan of the film showed it to Plex."""
    ran = house.movies / "Ran (1985)"
    with house.service() as service:
        service.hears("READY=1")
        arrive(ran, "poster.jpg")
        service.logs("nothing to do: " + str(ran))
        arrive(ran, "Ran (1985).mkv")
        service.logs("visible: " + str(ran))
        service.process.kill()
        service.process.wait()
    assert house.plex.in_step_with_disk(local_files=True) == []
    (ran / "poster.jpg").unlink()
    with house.service() as service:
        service.hears("READY=1")
        wait_until(lambda: house.plex.in_step_with_disk(local_files=True) == [], 20)
        assert service.stop() == 0


def test_a_refused_token_does_not_end_the_daemon(house: House) -> None:
    with house.service(token="wrong-Token-1234567") as service:
        service.hears("READY=1")
        arrive(house.movies / "Ran (1985)", "Ran (1985).mkv")
        service.logs("Plex refuses the token")
        assert service.stop() == 0
    assert "wrong-Token-1234567" not in service.log.read_text(errors="replace")


def test_reload_reads_the_configuration_again_and_keeps_the_old_one_if_it_is_wrong(
    house: House,
) -> None:
    with house.service() as service:
        service.hears("READY=1")
        config = house.place / "config.yaml"
        good = config.read_text()
        config.write_text(good.replace("quiet: 300ms", "quiet: soon"))
        service.process.send_signal(signal.SIGHUP)
        service.logs("settle.quiet")
        service.logs("stays as it was")
        service.heard.clear()
        config.write_text(good.replace("quiet: 300ms", "quiet: 200ms"))
        service.process.send_signal(signal.SIGHUP)
        service.hears("RELOADING=1")
        service.hears("READY=1")
        arrive(house.movies / "Ran (1985)", "Ran (1985).mkv")
        service.logs("visible:")
        assert service.stop() == 0


def test_dry_run_asks_nothing_that_changes_plex(house: House) -> None:
    with house.service("--dry-run") as service:
        service.hears("READY=1")
        arrive(house.movies / "Ran (1985)", "Ran (1985).mkv")
        service.logs("dry run: ")
        assert service.stop() == 0
    assert house.plex.scans == ()


def test_names_that_steer_terminals_or_forge_lines_are_shown_as_escapes(house: House) -> None:
    with house.service() as service:
        service.hears("READY=1")
        name = os.fsdecode(b"Caf\xe9 \x1b[2J\n<0>FAKE (2001)")
        arrive(house.movies / name, f"{name}.mkv")
        service.logs("Caf\\xe9 \\x1b[2J\\n<0>FAKE (2001)")
        assert service.stop() == 0
    text = service.log.read_bytes()
    assert b"\x1b[2J" not in text
    assert not any(line.startswith(b"<0>") for line in text.splitlines())


def test_status_shows_the_running_daemon_and_what_plex_did_not_accept(house: House) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"

    def status(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(PLEXNUDGE), "status", "-c", str(house.place / "config.yaml"), *words]
        environ = {"PATH": os.environ["PATH"], "PLEX_TOKEN": TOKEN}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)

    with house.service(listen=listen) as service:
        service.hears("READY=1")
        arrive(house.movies / "Ran (1985)", "Ran (1985).mkv")
        service.logs("visible:")
        done = status("--json")
        assert done.returncode == 0, done.stderr
        state = json.loads(done.stdout)
        assert state["plex"] == "up"
        assert [each["path"] for each in state["folders"]] == [str(house.movies), str(house.tv)]
        assert state["last"][-1]["result"] == "visible"
        assert TOKEN not in done.stdout
        assert str(house.tv) in status().stdout
        foreign = urllib.request.Request(f"http://{listen}/status", headers={"Host": "evil.test"})
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            urllib.request.urlopen(foreign)  # noqa: S310 - our own loopback address
        refused.value.close()
        assert service.stop() == 0
    assert status().returncode == 1


def test_stops_soon_although_plex_leaves_a_request_hanging(house: House) -> None:
    with house.service(timeout="60s") as service:
        service.hears("READY=1")
        hang = Fault(Kind.HANG)
        house.plex.faults.set("/library/sections/*/refresh", hang)
        arrive(house.movies / "Ran (1985)", "Ran (1985).mkv")
        assert hang.hanging.wait(10)
        assert service.stop() == 0  # within 15 s, or it raises


def test_stacks_are_written_to_the_log_on_request(house: House) -> None:
    with house.service() as service:
        service.hears("READY=1")
        service.process.send_signal(signal.SIGUSR1)
        service.logs("stack of thread worker")
        assert service.stop() == 0


def test_a_copy_tool_that_renames_at_the_end_leads_to_one_scan(house: House) -> None:
    if shutil.which("rsync") is None:
        pytest.skip("rsync is not installed")
    source = house.place / "incoming"
    arrive(source, "Ran (1985).mkv", size=300_000)
    target = house.movies / "Ran (1985)"
    target.mkdir()
    with house.service() as service:
        service.hears("READY=1")
        subprocess.run(["rsync", "-a", f"{source}/", f"{target}/"], check=True)
        service.logs("visible:")
        assert service.stop() == 0
    assert [scan.path for scan in house.plex.scans] == ["/data/Movies/Ran (1985)"]


def test_a_second_daemon_does_not_work_off_the_same_journal(house: House) -> None:
    with house.service() as service:
        service.hears("READY=1")
        environ = {"PATH": os.environ["PATH"], "PLEX_TOKEN": TOKEN}
        second = subprocess.run(
            [PLEXNUDGE, "run", "-c", house.place / "config.yaml"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert second.returncode == 1
        assert f"(process {service.process.pid})" in second.stderr
        assert str(house.place / "state") in second.stderr
        assert "Traceback" not in second.stderr
        assert service.process.poll() is None
        assert service.stop() == 0
    with house.service() as service:
        service.hears("READY=1")
        service.process.kill()
    with house.service() as service:
        service.hears("READY=1")
        service.process.send_signal(signal.SIGHUP)
        service.logs("again")
        service.hears("READY=1")
        assert service.stop() == 0
