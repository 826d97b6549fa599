"""The shipped unit, as systemd's own tools see it, alone and with each drop-in of its README.

`systemd-analyze verify` complains where the command of ExecStart= does not exist, and the one of
the unit exists on a finished installation only. So a copy is verified, in which that path, and
nothing else, is exchanged for an executable stand-in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from watcher.token import CREDENTIAL

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "plexnudge.service"
README = ROOT / "systemd" / "README.md"
COMMAND = "/opt/plexnudge/venv/bin/plexnudge"
DROP_INS = dict(
    re.findall(
        r"^### (?P<name>[^\n]+)\n(?:(?!^###).)*?^```ini\n(?P<text>.*?)^```",
        README.read_text(),
        flags=re.DOTALL | re.MULTILINE,
    )
)

needs_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def settings(name: str) -> list[str]:
    """Every value that the unit gives to a directive."""
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), flags=re.MULTILINE)


def installed(directory: Path, drop_in: str | None = None) -> Path:
    """Copy the unit to where its command exists, with a drop-in beside it."""
    stand_in = directory / "plexnudge"
    stand_in.write_text("#!/bin/sh\n")
    stand_in.chmod(0o755)
    unit = directory / UNIT.name
    unit.write_text(UNIT.read_text().replace(COMMAND, str(stand_in)))
    if drop_in is not None:
        beside = directory / f"{UNIT.name}.d"
        beside.mkdir()
        (beside / "own.conf").write_text(drop_in)
    return unit


def analyze(unit: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on a unit, with the machine's units to resolve its neighbours."""
    environ = os.environ | {
        "SYSTEMD_UNIT_PATH": f"{unit.parent}:",
        "SYSTEMD_PAGER": "",
        "SYSTEMD_COLORS": "0",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(
        ["systemd-analyze", *arguments, str(unit)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@needs_analyze
def test_the_unit_verifies_without_a_word(tmp_path: Path) -> None:
    """No unknown directive, no bad value, no deprecated spelling."""
    result = analyze(installed(tmp_path), "verify")

    assert (result.stdout, result.stderr) == ("", "")
    assert result.returncode == 0


@needs_analyze
def test_the_unit_is_hardly_exposed() -> None:
    """2.0 of 10 is the limit; a bare unit has 9.6."""
    result = analyze(UNIT, "security", "--offline=true", "--threshold=20")

    assert result.returncode == 0, result.stdout
    found = re.search(r"Overall exposure level for plexnudge.service: ([\d.]+)", result.stdout)
    assert found is not None
    assert float(found[1]) <= 2.0


@needs_analyze
@pytest.mark.parametrize("name", DROP_INS)
def test_each_drop_in_verifies_without_a_word(tmp_path: Path, name: str) -> None:
    """What the README tells people to write is understood, and really read."""
    unit = installed(tmp_path, DROP_INS[name])

    result = analyze(unit, "verify")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)

    (unit.parent / f"{UNIT.name}.d" / "own.conf").write_text(DROP_INS[name] + "Nonsense=yes\n")
    assert "Nonsense" in analyze(unit, "verify").stderr


def test_the_readme_has_its_drop_ins() -> None:
    """The pattern above finds them; it would be silent about one that it misses."""
    assert list(DROP_INS) == [
        "Media group",
        "Static user",
        "Media in /home",
        "LXC without nesting",
        "Local network only",
        "Wait for a disk",
    ]


def test_the_command_of_the_unit_is_understood(tmp_path: Path) -> None:
    """ExecStart= calls the command as it is, and a wrong configuration is not tried again."""
    (start,) = settings("ExecStart")
    command, *arguments = start.split()
    assert command == COMMAND
    arguments = [argument.replace("/etc/plexnudge", str(tmp_path)) for argument in arguments]

    result = subprocess.run(
        [sys.executable, "-m", "watcher", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert result.returncode == 78, result.stderr
    assert settings("RestartPreventExitStatus") == ["2 64 78"]


def test_the_credential_has_the_name_that_the_daemon_looks_for() -> None:
    """The token's only way into the service."""
    (credential,) = settings("LoadCredential")

    assert credential == f"{CREDENTIAL}:/etc/plexnudge/token"


def test_nothing_keeps_the_daemon_from_its_work() -> None:
    """Settings that score well and break something: each one was tried."""
    text = UNIT.read_text()

    assert "ProcSubset=pid" not in text.replace("not ProcSubset=pid", "")  # hides inotify limits
    assert settings("ProtectHome") == ["read-only"]  # media in /home
    assert settings("Type") == ["notify"]  # notify-reload is ignored before systemd 253
    assert "AF_UNIX" in settings("RestrictAddressFamilies")[0]  # READY=1 goes over it
    assert settings("PrivateNetwork") == []
