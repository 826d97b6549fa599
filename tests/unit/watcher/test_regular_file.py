"""Reading small files: what is no regular file is refused, and nothing is ever waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from watcher.regular_file import Unreadable, read_small


def test_content_and_mode_are_read_through_a_symbolic_link(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    file.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(file)

    read = read_small(link, 7)

    assert (read.content, read.mode) == (b"content", 0o640)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 2049)

    with pytest.raises(Unreadable, match=r"^is larger than 2 KiB$"):
        read_small(file, 2048)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"^does not exist$"):
        read_small(tmp_path / "file", 10)


def test_a_path_through_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Unreadable, match="a part of its path is no directory"):
        read_small(tmp_path / "file" / "below", 10)


def test_a_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is a directory"):
        read_small(tmp_path, 10)


def test_a_fifo_without_a_writer_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(Unreadable, match="not a regular file"):
        read_small(tmp_path / "fifo", 10)


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("socket")

        with pytest.raises(Unreadable, match="not a regular file"):
            read_small(tmp_path / "socket", 10)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/full"])
def test_a_device_is_refused(device: str) -> None:
    with pytest.raises(Unreadable, match="not a regular file"):
        read_small(Path(device), 10)


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    with pytest.raises(Unreadable, match="go in a circle"):
        read_small(tmp_path / "a", 10)


@pytest.mark.parametrize(("name", "says"), [("a\0b", "holds a NUL"), ("x" * 300, "too long")])
def test_an_impossible_name_is_told(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_small(tmp_path / name, 10)


def test_a_file_that_opens_and_cannot_be_read_is_told() -> None:
    """The kernel lets /proc/self/clear_refs be opened and refuses every read, even to root."""
    with pytest.raises(Unreadable, match="cannot be read"):
        read_small(Path("/proc/self/clear_refs"), 10)


def test_a_file_without_the_right_to_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    file.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(Unreadable, match="permission denied"):
            read_small(file, 10)
    finally:
        if root:
            os.seteuid(0)
