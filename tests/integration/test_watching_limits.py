"""What the kernel does not grant: too few watches, too few instances, directories that are shut."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from waiting import wait_until
from watched import write

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).parent.parent / "watch_in_a_process.py"
LIMIT = "/proc/sys/user/max_inotify_{}"


class Watcher:
    """A process that watches one folder, see `watch_in_a_process`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, word: str) -> Any:
        """Put a word to it, and read the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def told(self, path: Path) -> bool:
        """Whether anything was told of a path."""
        return any(str(path) == one[1] for one in self.ask("events"))

    def warnings(self) -> list[str]:
        """What was reported as more than a remark."""
        return [text for level, text in self.ask("reports") if level != "INFO"]


@contextmanager
def watcher(root: Path, *command: str) -> Iterator[Watcher]:
    with subprocess.Popen(
        [*command, sys.executable, str(PROGRAM), str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Watcher(process)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait(10) == 0


def limited(what: str, number: int) -> list[str]:
    """A command that runs another one with a lower limit, or a skipped test."""
    setting = LIMIT.format(what)
    command = ["unshare", "-Ur", "sh", "-c", f'echo {number} > {setting} && exec "$@"', "sh"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not make a user namespace, in which limits can be lowered")
    return command


def powerless() -> list[str]:
    """A command that runs another one without root's power to read everything."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        return []  # not root: no powers to take away
    return command


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    for n in range(30):
        write(root / f"Show {n:02}" / "S01" / "e.mkv")
    return root


def test_at_the_watch_limit_the_rest_is_polled_and_it_is_said_with_number_and_cure(
    root: Path,
) -> None:
    with watcher(root, *limited("watches", 40)) as seen:
        state = seen.ask("states")
        assert state["method"] == "inotify"
        assert state["directories"] == 61
        assert 30 <= state["watches"] < 40
        assert state["polled"] == 61 - state["watches"]
        warnings = seen.warnings()
        assert len(warnings) == 1
        assert "40 watches (user.max_inotify_watches)" in warnings[0]
        assert "sysctl user.max_inotify_watches=65536" in warnings[0]
        for n in range(30):
            write(root / f"Show {n:02}" / "S01" / "new.mkv")
        wait_until(
            lambda: all(seen.told(root / f"Show {n:02}" / "S01" / "new.mkv") for n in range(30))
        )
        edited = write(root / "Show 29" / "S01" / "e.mkv", "changed in place")
        wait_until(lambda: seen.told(edited))
        new = write(root / "Show 30" / "S01" / "e.mkv")
        wait_until(lambda: seen.told(new))
        later = write(root / "Show 30" / "S01" / "f.mkv")
        wait_until(lambda: seen.told(later))


def test_when_the_limit_is_raised_everything_is_watched_again(root: Path) -> None:
    with watcher(root, *limited("watches", 40)) as seen:
        assert seen.ask("states")["polled"]
        seen.ask("raise 10000")
        wait_until(lambda: seen.ask("states")["watches"] == 61)
        assert seen.ask("states")["polled"] == 0
        assert seen.ask("states")["problem"] is None
        new = write(root / "Show 29" / "S01" / "new.mkv")
        wait_until(lambda: ["closed", str(new)] in seen.ask("events"))
        assert len(seen.warnings()) == 1


def test_without_an_instance_the_folder_is_polled_and_it_is_said(root: Path) -> None:
    with watcher(root, *limited("instances", 0)) as seen:
        state = seen.ask("states")
        assert (state["watches"], state["polled"]) == (0, 61)
        assert any("(user.max_inotify_instances)" in text for text in seen.warnings())
        assert "sysctl user.max_inotify_instances=512" in state["problem"]
        new = write(root / "Show 29" / "S01" / "new.mkv")
        wait_until(lambda: seen.told(new))


def test_an_unreadable_directory_is_named_once_and_watched_when_it_can_be_read(root: Path) -> None:
    secret = root / "Secret"
    write(secret / "S01" / "e.mkv")
    secret.chmod(0)
    with watcher(root, *powerless()) as seen:
        assert seen.ask("states")["problem"] == "1 directories cannot be read"
        assert [text for text in seen.warnings() if str(secret) in text]
        new = write(root / "Show 29" / "S01" / "new.mkv")
        wait_until(lambda: seen.told(new))
        secret.chmod(0o700)
        wait_until(lambda: seen.ask("states")["problem"] is None)
        later = write(secret / "S01" / "later.mkv")
        wait_until(lambda: seen.told(later))
        assert len(seen.warnings()) == 1


def test_an_unreadable_folder_is_said_and_watched_when_it_can_be_read(root: Path) -> None:
    root.chmod(0)
    with watcher(root, *powerless()) as seen:
        assert seen.ask("states")["problem"]
        assert len(seen.warnings()) == 1
        root.chmod(0o700)
        wait_until(lambda: seen.ask("states")["watches"] == 61)
        new = write(root / "Show 29" / "S01" / "new.mkv")
        wait_until(lambda: seen.told(new))


def test_many_unreadable_directories_are_not_a_flood_of_lines(root: Path) -> None:
    for n in range(30):
        (root / f"Show {n:02}").chmod(0)
    try:
        with watcher(root, *powerless()) as seen:
            assert seen.ask("states")["problem"] == "30 directories cannot be read"
            assert len(seen.warnings()) == 11
    finally:
        for n in range(30):
            (root / f"Show {n:02}").chmod(0o700)
