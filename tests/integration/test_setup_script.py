"""The set-up script under dash, with a small stand-in for Python that only says what it was told.

What it does with real Pythons, real package indexes and real users was tried by hand; here stand
its decisions: which Python, when to install, what to believe, and how it ends.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "setup"
TOOLS = ["cat", "cksum", "cp", "chmod", "dirname", "id", "mkdir", "mv", "rm", "sed", "sh", "sleep"]
SHELL = shutil.which("dash") or shutil.which("sh") or ""

PYTHON = """#!/bin/sh
case $* in
    "-c import sys, venv, ensurepip;"*) exit ${NO_ENSUREPIP:-0} ;;
    "-c import sys, venv;"*) exit 0 ;;
    '-c import sys; print("%d.%d"'*) echo 3.12 ;;
    "-c import sys; print(sys.version"*) echo "$VERSION $0" ;;
    "--version") echo "Python $VERSION" ;;
    "-m venv "*)
        mkdir -p "$3/bin"
        cp "$0" "$3/bin/python"
        printf '#!/bin/sh\\necho plexnudge "$@"\\n' >"$3/bin/plexnudge"
        chmod +x "$3/bin/plexnudge"
        echo "venv" >>"$LOG"
        ;;
    "-m pip install "*)
        echo "$*" >>"$LOG"
        exit ${PIP_ENDS:-0}
        ;;
    "-m pytest"*) echo "$* in $(pwd)" ;;
esac
"""


class House:
    """A checkout in a path with spaces, and a PATH with next to nothing on it."""

    def __init__(self, directory: Path) -> None:
        self.checkout = directory / "a place" / "plexnudge"
        self.checkout.mkdir(parents=True)
        shutil.copy(SCRIPT, self.checkout / "setup")
        self.pyproject = self.checkout / "pyproject.toml"
        self.pyproject.write_text("[project]\n")
        self.bin = directory / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        self.log = directory / "log"

    def has(self, name: str, script: str = PYTHON) -> None:
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the script from elsewhere, and forget what was logged before."""
        self.log.write_text("")
        script = self.checkout / "setup"
        # The two absolute names are this machine's own Pythons, which must not be found here.
        text = script.read_text().replace(" /usr/bin/python3 /usr/local/bin/python3", "")
        script.write_text(text)
        return subprocess.run(
            [SHELL, str(script), *arguments],
            env={"PATH": str(self.bin), "LOG": str(self.log), "VERSION": "3.12.1", **environ},
            cwd=self.bin,
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )

    def did(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.has("python3")
    return house


RUN = "-m pip install --quiet -e ."
DEV = "-m pip install --quiet -e .[dev]"


def test_the_demo_is_set_up_once(house: House) -> None:
    """The second time it only runs; what it says goes to standard error."""
    first = house.run("demo", "--keep")
    assert (first.returncode, first.stdout) == (0, "plexnudge demo --keep\n")
    assert house.did() == ["venv", RUN]
    assert "about a minute" in first.stderr

    second = house.run("demo")
    assert (second.stdout, second.stderr, house.did()) == ("plexnudge demo\n", "", [])


def test_the_tests_bring_their_tools_and_run_in_the_checkout(house: House) -> None:
    """Arguments reach pytest as they are; the demo needs nothing more afterwards."""
    result = house.run("test", "-k", "watching or observe")

    wanted = f"-m pytest -n 4 --dist worksteal -k watching or observe in {house.checkout}\n"
    assert result.stdout == wanted
    assert house.did() == ["venv", DEV]
    house.run("demo")
    assert house.did() == []


def test_a_demo_environment_is_completed_for_the_tests(house: House) -> None:
    """It is not made anew."""
    house.run("demo")
    house.run("test")

    assert house.did() == [DEV]


def test_a_changed_project_is_installed_again(house: House) -> None:
    """A new dependency after `git pull`."""
    house.run("demo")
    house.pyproject.write_text("[project]\nname = 'x'\n")
    house.run("demo")

    assert house.did() == [RUN]


def test_another_python_and_another_place_make_it_anew(house: House) -> None:
    """An environment knows both by heart."""
    house.run("demo")
    house.run("demo", VERSION="3.13.0")
    assert house.did() == ["venv", RUN]

    moved = house.checkout.rename(house.checkout.with_name("moved"))
    house.checkout = moved
    house.run("demo", VERSION="3.13.0")
    assert house.did() == ["venv", RUN]


def test_a_failed_installation_is_not_believed(house: House) -> None:
    """It says what to do, and the next run begins at the beginning."""
    failed = house.run("demo", PIP_ENDS="1")
    assert failed.returncode == 69
    assert "PIP_INDEX_URL" in failed.stderr

    again = house.run("demo")
    assert (again.returncode, house.did()) == (0, ["venv", RUN])


def test_somebody_elses_environment_is_left_alone(house: House) -> None:
    """A `.venv` that was not made here may hold anything."""
    (house.checkout / ".venv").mkdir()
    (house.checkout / ".venv" / "mine").touch()

    assert house.run("demo").returncode == 0
    assert [path.name for path in (house.checkout / ".venv").iterdir()] == ["mine"]


def test_another_watchdog_has_an_environment_of_its_own(house: House) -> None:
    """Both lines of watchdog can be tested side by side."""
    house.run("test")
    result = house.run("test", PLEXNUDGE_WATCHDOG="6.0.0")

    assert result.returncode == 0
    assert house.did() == ["venv", f"{DEV} watchdog==6.0.0"]
    assert (house.checkout / ".venv-watchdog-6.0.0").is_dir()
    assert house.run("test", PLEXNUDGE_WATCHDOG="6; rm -r /").returncode == 2


def test_a_shim_for_a_python_that_is_not_there_is_passed_over(house: House) -> None:
    """Pyenv has names for all versions that any of its Pythons has."""
    house.has("python3", "#!/bin/sh\necho not installed >&2\nexit 127\n")
    house.has("python3.13")

    assert house.run("demo").returncode == 0
    assert house.did() == ["venv", RUN]


def test_without_a_python_it_names_the_cure(house: House) -> None:
    """69: something that is needed is not available."""
    (house.bin / "python3").unlink()
    result = house.run("demo")

    assert result.returncode == 69
    assert "apt install python3 python3-venv" in result.stderr


def test_without_ensurepip_it_names_the_package(house: House) -> None:
    """Debian keeps it in a package of its own; nothing half-made stays behind."""
    result = house.run("demo", NO_ENSUREPIP="1")

    assert result.returncode == 69
    assert "apt install python3.12-venv" in result.stderr
    assert not (house.checkout / ".venv").exists()


def test_the_lock_of_a_run_that_was_killed_is_taken_over(house: House) -> None:
    """Where there is no flock, the lock is a directory that names its owner."""
    held = house.checkout / ".venv-lock" / "held"
    held.mkdir(parents=True)
    finished = subprocess.run([SHELL, "-c", "echo $$"], capture_output=True, text=True, check=True)
    (held / "pid").write_text(finished.stdout)

    assert house.run("demo").returncode == 0
    assert not held.exists()


@pytest.mark.parametrize(("words", "code"), [((), 2), (("dmeo",), 2), (("--help",), 0)])
def test_it_explains_itself(house: House, words: tuple[str, ...], code: int) -> None:
    """Without a word, or with a wrong one, nothing is installed."""
    result = house.run(*words)

    assert result.returncode == code
    for word in ("demo", "test", "check"):
        assert f"./setup {word}" in result.stderr
    assert house.did() == []
