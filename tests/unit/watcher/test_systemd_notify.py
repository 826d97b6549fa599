"""What systemd would receive, on a real datagram socket."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from watcher.systemd import STATUS_LIMIT, Notifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Listener:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, address: str | bytes, name: str) -> None:
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(5)

    def heard(self) -> str:
        """Return the next message."""
        return self.socket.recv(65536).decode()

    def silent(self) -> bool:
        """Whether nothing more was sent: datagrams on a local socket are there at once."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(65536)
        except BlockingIOError:
            return True
        return False


@contextmanager
def listening(address: str | bytes, name: str) -> Iterator[Listener]:
    listener = Listener(address, name)
    try:
        yield listener
    finally:
        listener.socket.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    address = os.path.relpath(tmp_path / "notify")  # the absolute one may be too long for a socket
    with listening(address, f"{tmp_path}/notify") as one:
        yield one


@pytest.fixture
def notifier(listener: Listener) -> Iterator[Notifier]:
    one = Notifier({"NOTIFY_SOCKET": listener.name})
    yield one
    one.close()


SAYINGS: list[tuple[Callable[[Notifier], None], str]] = [
    (lambda notifier: notifier.ready(), "READY=1"),
    (lambda notifier: notifier.stopping(), "STOPPING=1"),
    (lambda notifier: notifier.watchdog(), "WATCHDOG=1"),
    (lambda notifier: notifier.extend_timeout(1.5), "EXTEND_TIMEOUT_USEC=1500000"),
    (lambda notifier: notifier.status("3 folders, 2 jobs"), "STATUS=3 folders, 2 jobs"),
]


@pytest.mark.parametrize(("say", "expected"), SAYINGS, ids=[text for _, text in SAYINGS])
def test_it_says(
    listener: Listener, notifier: Notifier, say: Callable[[Notifier], None], expected: str
) -> None:
    """Each word of the protocol is one datagram."""
    say(notifier)

    assert listener.heard() == expected
    assert listener.silent()


def test_a_reload_carries_the_time_of_its_begin(listener: Listener, notifier: Notifier) -> None:
    """Type=notify-reload refuses a RELOADING without CLOCK_MONOTONIC in microseconds."""
    before = time.monotonic_ns() // 1000
    notifier.reloading()
    after = time.monotonic_ns() // 1000

    word, stamp = listener.heard().split("\n")
    assert word == "RELOADING=1"
    assert before <= int(stamp.removeprefix("MONOTONIC_USEC=")) <= after


@pytest.mark.parametrize(
    "text", ["a\nREADY=1", "a\0b", "a\x1b[31mb", "a\u2028b", "a\udcffb", "a\rb"]
)
def test_a_status_is_one_printable_line(listener: Listener, notifier: Notifier, text: str) -> None:
    """A file name in a status cannot say anything else to systemd."""
    notifier.status(text)

    heard = listener.heard()
    assert heard.isprintable()
    assert heard.startswith("STATUS=a\\")


def test_a_long_status_is_cut(listener: Listener, notifier: Notifier) -> None:
    """`systemctl status` shows one line."""
    notifier.status("x" * 10_000)

    assert listener.heard() == "STATUS=" + "x" * (STATUS_LIMIT - 1) + "…"


def test_the_same_status_is_sent_once(listener: Listener, notifier: Notifier) -> None:
    """Progress may be reported as often as one likes."""
    for text in ("one", "one", "two", "one"):
        notifier.status(text)

    assert [listener.heard() for _ in range(3)] == ["STATUS=one", "STATUS=two", "STATUS=one"]
    assert listener.silent()


def test_the_abstract_namespace_is_understood() -> None:
    """Systemd in containers hands out a name that begins with @."""
    name = f"plexnudge-test-{os.getpid()}"
    with listening(b"\0" + name.encode(), f"@{name}") as listener:
        notifier = Notifier({"NOTIFY_SOCKET": listener.name})
        notifier.ready()
        notifier.close()

        assert notifier.enabled
        assert listener.heard() == "READY=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_a_socket_nothing_is_said(environ: dict[str, str]) -> None:
    """Started by hand, or by a system that speaks another way, the daemon works all the same."""
    notifier = Notifier(environ)
    notifier.ready()
    notifier.status("x")
    notifier.close()

    assert not notifier.enabled
    assert notifier.watchdog_interval_s is None


@pytest.mark.parametrize("name", ["gone", "a" * 300])
def test_a_socket_that_is_not_there_does_not_stop_the_daemon(tmp_path: Path, name: str) -> None:
    """Nothing is raised, whatever the address is."""
    notifier = Notifier({"NOTIFY_SOCKET": f"{tmp_path}/{name}"})
    notifier.ready()
    notifier.close()


def test_it_speaks_again_when_the_socket_is_back(tmp_path: Path) -> None:
    """Systemd that was restarted is found again."""
    path = tmp_path / "notify"
    address = os.path.relpath(path)
    notifier = Notifier({"NOTIFY_SOCKET": str(path)})
    with listening(address, str(path)) as listener:
        notifier.watchdog()
        assert listener.heard() == "WATCHDOG=1"
    path.unlink()
    notifier.watchdog()
    with listening(address, str(path)) as listener:
        notifier.watchdog()
        notifier.close()
        assert listener.heard() == "WATCHDOG=1"


def test_a_listener_that_does_not_read_does_not_stop_the_daemon(
    listener: Listener, notifier: Notifier
) -> None:
    """A full queue swallows words, it does not block the thread that speaks."""
    for number in range(5000):
        notifier.status(str(number))

    assert listener.heard() == "STATUS=0"


def test_a_word_that_systemd_waits_for_waits_for_room(
    listener: Listener, notifier: Notifier
) -> None:
    """READY=1 is not swallowed by a queue that is full of status texts."""
    for number in range(5000):
        notifier.status(str(number))
    ready = threading.Thread(target=notifier.ready)
    ready.start()
    heard = [listener.heard()]
    while heard[-1] != "READY=1":
        heard.append(listener.heard())
    ready.join()

    assert heard[0] == "STATUS=0"


WATCHDOGS: list[tuple[dict[str, str], float | None]] = [
    ({"WATCHDOG_USEC": "60000000"}, 30.0),
    ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 30.0),
    ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
    ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "x"}, None),
    ({"WATCHDOG_USEC": "0"}, None),
    ({"WATCHDOG_USEC": "-1"}, None),
    ({"WATCHDOG_USEC": "often"}, None),
    ({"WATCHDOG_USEC": "٣"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("environ", "expected"), WATCHDOGS, ids=[str(env) for env, _ in WATCHDOGS])
def test_the_watchdog_is_fed_twice_in_its_time(
    environ: dict[str, str], expected: float | None
) -> None:
    """Half the time, if it is given and meant for this process."""
    assert Notifier(environ, pid=7).watchdog_interval_s == expected
