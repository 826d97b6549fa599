"""The mount table: reading it, finding a path's file system, deciding how to watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from watcher.mounts import (
    Mount,
    Verdict,
    below,
    decide,
    holding,
    is_unmounted,
    is_within,
    missing,
    parse,
    point_of,
    read,
)

if TYPE_CHECKING:
    from pathlib import Path

TABLE = b"""\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
40 27 0:50 / /volume1/My\\040Media rw shared:5 master:1 - nfs4 nas:/media rw,vers=4.2
41 27 8:17 /sub /volume1 rw - btrfs /dev/sdb1 rw
42 27 0:60 / /odd\\012\\134name rw - fuse.sshfs me@host: rw
43 41 8:33 / /volume1/usb rw - ext4 /dev/sdc1 rw
44 41 8:34 / /volume1/usb rw - xfs /dev/sdd1 rw
not a mount at all
45 short line - ext4
"""


def test_lines_are_read_with_their_escapes_and_others_left_out() -> None:
    mounts = parse(TABLE)

    assert [mount.mount_id for mount in mounts] == [22, 27, 40, 41, 42, 43, 44]
    assert mounts[2] == Mount(40, b"/volume1/My Media", "nfs4", "nas:/media", b"0:50")
    assert mounts[4].point == b"/odd\n\\name"


def test_the_table_of_this_process_can_be_read() -> None:
    assert any(mount.point == b"/" for mount in read())
    assert read("/nowhere/at/all") == ()


@pytest.mark.parametrize(
    ("path", "fstype"),
    [
        (b"/home", "ext4"),
        (b"/volume1", "btrfs"),
        (b"/volume1/TV", "btrfs"),
        (b"/volume1/My Media/x", "nfs4"),
        (b"/volume1/My Media2", "btrfs"),
        (b"/volume1/usb/x", "xfs"),
        (b"/", "ext4"),
    ],
)
def test_the_longest_and_last_mount_point_holds_a_path(path: bytes, fstype: str) -> None:
    mount = holding(path, parse(TABLE))

    assert mount is not None
    assert mount.fstype == fstype


def test_without_a_table_nothing_holds_a_path() -> None:
    assert holding(b"/x", ()) is None


def test_mounts_below_a_path_are_relative_and_the_topmost_counts() -> None:
    found = below(b"/volume1", parse(TABLE))

    assert {name: mount.fstype for name, mount in found.items()} == {
        b"My Media": "nfs4",
        b"usb": "xfs",
    }
    assert b"volume1/usb" in below(b"/", parse(TABLE))
    assert below(b"/volume1/usb", parse(TABLE)) == {}


def test_being_within_goes_by_whole_names() -> None:
    assert is_within(b"/media/TV", b"/media")
    assert is_within(b"/media", b"/media")
    assert is_within(b"/media", b"/")
    assert not is_within(b"/media2", b"/media")


@pytest.mark.parametrize("fstype", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk"])
def test_what_tells_everything_is_watched_only(fstype: str) -> None:
    verdict = decide(fstype, "auto")

    assert (verdict.watches, verdict.polls, verdict.stable_inodes) == (True, False, True)


@pytest.mark.parametrize(
    "fstype",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "9p",
        "virtiofs",
        "vboxsf",
        "fuse.sshfs",
        "fuse.rclone",
        "fuse.mergerfs",
        "fuse.shfs",
        "fuse.anything",
        "fuse",
    ],
)
def test_what_keeps_silent_is_watched_and_polled_and_says_why(fstype: str) -> None:
    verdict = decide(fstype, "auto")

    assert (verdict.watches, verdict.polls, verdict.stable_inodes) == (True, True, False)
    assert fstype in verdict.reason


def test_a_wish_overrides_and_is_warned_of_where_it_loses_changes() -> None:
    assert decide("ext4", "polling") == Verdict(
        watches=False, polls=True, stable_inodes=True, reason="as configured"
    )
    forced = decide("nfs4", "inotify")
    assert (forced.watches, forced.polls) == (True, False)
    assert "nfs4" in forced.reason
    assert decide("ext4", "inotify").reason == "as configured"


def test_what_fstab_wants_mounted_and_is_not_is_missing(tmp_path: Path) -> None:
    table = tmp_path / "fstab"
    table.write_text(
        "# a comment\nUUID=1 /there ext4 defaults 0 2\n\n"
        "LABEL=x /mnt/two\\040words ext4 noauto 0 0\nUUID=2 none swap sw 0 0\nnonsense\n"
    )
    there = (Mount(1, b"/there", "ext4", "/dev/sda1"),)

    assert missing(str(table), there) == ("/mnt/two words",)
    assert missing(str(tmp_path / "none"), there) == ()


PROTECTED = b"""\
27 1 254:0 / / rw - ext4 /dev/vda rw
50 27 254:0 /home /home ro - ext4 /dev/vda rw
51 50 254:0 /home/anna/movies /home/anna/movies ro - ext4 /dev/vda rw
52 27 254:0 /disks/one /srv/one rw - ext4 /dev/vda rw
53 27 8:17 / /srv/two rw - ext4 /dev/sdb1 rw
"""
"""As systemd shows it to a service: some directories are mounted on themselves."""


@pytest.mark.parametrize(
    ("path", "point"),
    [
        (b"/opt/x", b"/"),
        (b"/home/anna/movies/x", b"/"),
        (b"/srv/one/x", b"/srv/one"),
        (b"/srv/two", b"/srv/two"),
    ],
)
def test_a_place_depends_on_what_is_mounted_but_not_on_itself(path: bytes, point: bytes) -> None:
    assert point_of(path, parse(PROTECTED)) == point


@pytest.mark.parametrize(
    ("point", "is_so"),
    [("/srv/two", False), ("/srv/three", True), ("/", False), (None, False)],
)
def test_what_is_noted_may_not_be_mounted_any_more(point: str | None, is_so: bool) -> None:
    assert is_unmounted(point, parse(PROTECTED)) is is_so
    assert not is_unmounted(point, ())  # nobody can tell
