"""The door goes by its settings and by nothing that lies around: environment, home, redirects."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from door import TOKEN, opened
from raw_server import RawServer, answer

from matcher.errors import PlexUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECTIONS = '<MediaContainer size="1"><Directory key="1" type="movie" title="M"/></MediaContainer>'
TLS = Path(__file__).parent / "tls"
"""A certificate for `localhost`, its own CA, good until 2124; made by `openssl req -x509`."""


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would be given the token."""
    with (
        RawServer(answer(SECTIONS)) as proxy,
        RawServer(answer(SECTIONS)) as server,
        opened(server.url) as door,
    ):
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        door.sections()

        assert proxy.heard == []
        assert len(server.heard) == 1


def test_a_password_of_netrc_is_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of itself, requests adds `Authorization: Basic` for a host that ~/.netrc names."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with RawServer(answer(SECTIONS)) as server, opened(server.url) as door:
        door.sections()

        assert b"authorization" not in server.heard[0].lower()


def test_the_server_is_told_who_asks_and_no_remote_control() -> None:
    """One name that stays the same: Plex lists each identifier as a device of its own."""
    with RawServer(answer(SECTIONS)) as server, opened(server.url) as door:
        door.sections()
        head = server.heard[0].decode()

        assert "X-Plex-Client-Identifier: a-test\r\n" in head
        assert "X-Plex-Product: plexnudge\r\n" in head
        assert "X-Plex-Device-Name: plexnudge\r\n" in head
        assert "provides" not in head.lower()
        assert f"X-Plex-Token: {TOKEN}\r\n" in head
        assert "Token" not in head.splitlines()[0]


def test_making_a_door_asks_nothing_and_shows_nothing() -> None:
    """It is made before Plex is up, and may be printed by anyone."""
    with RawServer(answer(SECTIONS)) as server, opened(server.url) as door:
        assert server.heard == []
        door.sections()

        assert "canary" not in repr(door) + repr(vars(door)) + str(door)


IMPORTED = """
import json, os
import matcher.plex
import plexapi
print(json.dumps({
    "left": sorted(name for name in os.environ if name.startswith("PLEXAPI_")),
    "timeout": plexapi.TIMEOUT,
    "show_secrets": plexapi.CONFIG.get("log.show_secrets", ""),
    "token": plexapi.CONFIG.get("auth.server_token"),
}))
"""


def test_plexapi_reads_no_configuration_of_its_own(tmp_path: Path) -> None:
    """`log.show_secrets` in ~/.config/plexapi/config.ini puts the token into every url."""
    config = tmp_path / ".config" / "plexapi" / "config.ini"
    config.parent.mkdir(parents=True)
    config.write_text(
        "[plexapi]\ntimeout = 77\n[log]\nshow_secrets = true\n[auth]\nserver_token = not-mine\n"
    )
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PLEXAPI_PLEXAPI_TIMEOUT": "66",
        "PLEXAPI_AUTH_SERVER_TOKEN": "not-mine-either",
        "PLEXAPI_CONFIG_PATH": str(config),
    }
    printed = subprocess.run(
        [sys.executable, "-c", IMPORTED], env=environment, capture_output=True, check=True
    )

    assert json.loads(printed.stdout) == {
        "left": ["PLEXAPI_CONFIG_PATH", "PLEXAPI_PLEXAPI_AUTORELOAD"],
        "timeout": 30,
        "show_secrets": "",
        "token": None,
    }


@contextmanager
def tls_server() -> Iterator[tuple[int, list[bytes]]]:
    """Answer one request after the other over TLS, as `localhost`; the port and what was heard."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem", TLS / "localhost.key")
    heard: list[bytes] = []

    def begin(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            heard.append(secure.recv(65536))
            secure.sendall(answer(SECTIONS))

    with _listening(begin) as port:
        yield port, heard


@contextmanager
def _listening(begin: Callable[[socket.socket], None]) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def accept() -> None:
        with suppress(OSError):
            while not ended.is_set():
                begin(listener.accept()[0])

    thread = threading.Thread(target=accept, name="tls-server")
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        with suppress(OSError):
            listener.shutdown(2)
        listener.close()
        thread.join(5)


@pytest.mark.parametrize(
    ("host", "verify", "words"),
    [
        ("localhost", True, "plex.verify_tls"),
        ("127.0.0.1", str(TLS / "localhost.pem"), "name"),
        ("localhost", "/no/such/bundle.pem", "bundle"),
    ],
)
def test_a_certificate_that_is_not_accepted_names_its_cures(
    host: str, verify: bool | str, words: str
) -> None:
    """A certificate of its own, of another name, or a bundle that is not there."""
    with tls_server() as (port, heard):
        with (
            opened(f"https://{host}:{port}", verify_tls=verify, timeout_s=5.0) as door,
            pytest.raises(PlexUnavailable, match=words),
        ):
            door.sections()

        assert heard in ([], [b""])


@pytest.mark.parametrize("verify", [str(TLS / "localhost.pem"), False])
def test_the_environment_has_no_say_about_certificates(
    verify: bool | str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of itself, requests lets REQUESTS_CA_BUNDLE override both a bundle and `False`."""
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(junk))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(junk))
    with (
        tls_server() as (port, _),
        opened(f"https://localhost:{port}", verify_tls=verify, timeout_s=5.0) as door,
    ):
        assert [section.key for section in door.sections()] == [1]
