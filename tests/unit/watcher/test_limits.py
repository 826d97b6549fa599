"""The kernel's limits: read, counted, and said with the cure."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from watcher import limits
from watcher.limits import Limits


@pytest.fixture
def kernel(tmp_path: Path) -> tuple[str, str]:
    host, namespace = tmp_path / "inotify", tmp_path / "user"
    host.mkdir()
    namespace.mkdir()
    (host / "max_user_watches").write_text("8192\n")
    (host / "max_user_instances").write_text("128\n")
    (host / "max_queued_events").write_text("16384\n")
    (namespace / "max_inotify_watches").write_text("2147483647\n")
    (namespace / "max_inotify_instances").write_text("16\n")
    return str(host), str(namespace)


def test_the_lower_of_host_and_namespace_counts(kernel: tuple[str, str]) -> None:
    assert limits.read(*kernel) == Limits(
        watches=8192,
        instances=16,
        queue=16384,
        watches_key="fs.inotify.max_user_watches",
        instances_key="user.max_inotify_instances",
    )


def test_where_both_grant_as_much_the_hosts_is_named(kernel: tuple[str, str]) -> None:
    for name in ("max_inotify_watches", "max_inotify_instances"):
        host = name.replace("inotify", "user")
        Path(kernel[1], name).write_text(Path(kernel[0], host).read_text())

    assert limits.read(*kernel) == Limits(8192, 128, 16384)


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "max_user_watches").write_text("nonsense")

    assert limits.read(str(tmp_path), str(tmp_path)) == Limits(None, None, None)


COUNTING = """
import os, sys
from watcher import limits
from watcher.kernel import BELOW, Notifier
from watcher.observe import CALLS
counts = [limits.held()]
notifier = Notifier(CALLS)
assert notifier.add(os.fsencode(sys.argv[1]), BELOW) > 0
counts.append(limits.held())
notifier.close()
counts.append(limits.held())
print([(one.watches, one.instances) for one in counts])
"""


def test_what_a_process_holds_is_counted(tmp_path: Path) -> None:
    """In one of its own: what other tests held here may be let go of at any moment."""
    command = [sys.executable, "-c", COUNTING, str(tmp_path)]
    counted = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert counted == "[(0, 0), (1, 1), (0, 0)]\n"
    assert limits.held("/nowhere") == limits.Held(0, 0)


def test_the_cure_is_a_round_number_with_room() -> None:
    assert limits.enough_for(1) == 65_536
    assert limits.enough_for(65_536) == 131_072
    cure = limits.cure(150_000, Limits(8192, 128, 16384))
    assert cure.startswith("sysctl fs.inotify.max_user_watches=196608 (")
    assert "namespace" not in cure


def test_sentences_name_number_key_and_cure() -> None:
    refused = limits.watches_refused("/media", 9000, 60.0, Limits(8192, 128, 16384))
    assert re.search(r"^/media: .* 8192 watches .*every 60s.*sysctl fs\.inotify", refused)
    instances = limits.instances_refused("/media", 60.0, Limits(8192, 128, 16384))
    assert "128 inotify instances" in instances
    assert "sysctl fs.inotify.max_user_instances=512" in instances
    unknown = limits.watches_refused("/media", 9000, 60.0, Limits(None, None, None))
    assert "an unknown number of watches" in unknown


def test_the_limit_of_a_namespace_is_named_with_its_own_key() -> None:
    granted = Limits(40, 2, 16384, "user.max_inotify_watches", "user.max_inotify_instances")

    refused = limits.watches_refused("/media", 61, 60.0, granted)
    assert "40 watches (user.max_inotify_watches)" in refused
    assert "sysctl user.max_inotify_watches=65536" in refused
    assert "container or user namespace; fs.inotify.max_user_watches of its host" in refused
    assert "(user.max_inotify_watches)" in str(limits.nearly_used(39, granted))
    instances = limits.instances_refused("/media", 60.0, granted)
    assert "2 inotify instances (user.max_inotify_instances)" in instances
    assert "sysctl user.max_inotify_instances=8" in instances


def test_a_limit_that_comes_near_is_warned_of() -> None:
    assert limits.nearly_used(100, Limits(8192, None, None)) is None
    assert limits.nearly_used(100, Limits(None, None, None)) is None
    assert "7000 of the 8192" in str(limits.nearly_used(7000, Limits(8192, None, None)))
