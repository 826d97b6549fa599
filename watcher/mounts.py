r"""The mount table: which file system holds a path, and whether it tells of all its changes.

Source: proc(5) for `/proc/<pid>/mountinfo`, whose fields are `id parent major:minor root point
options [tags] - type source superoptions`, with space, tab, newline and backslash as `\ooo`.
A reader may wait for a change of the table with `poll()` and POLLPRI.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import partial
from typing import Final

MOUNTINFO: Final = "/proc/self/mountinfo"
BOOT: Final = "/proc/sys/kernel/random/boot_id"
FSTAB: Final = "/etc/fstab"
_OCTAL: Final = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the mount table. `point` is the real host path as bytes, without escapes.

    `device` says which file system it is, and `root` which directory of that is mounted.
    """

    mount_id: int
    point: bytes
    fstype: str
    source: str
    device: bytes = b""
    root: bytes = b"/"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a file system is watched, and why.

    `watches`: the kernel is asked to tell of changes. `polls`: we look for ourselves as well,
    since the kernel does not tell of everything. `stable_inodes`: inode numbers mean the same
    after the next mount, so that a replaced file can be known by its number. `may_hang`: who
    answers for it is elsewhere, on another host or in another process. `is_plain`: the kernel
    tells of every change, and nobody has to be waited for.
    """

    watches: bool
    polls: bool
    stable_inodes: bool
    reason: str
    may_hang: bool = False
    is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        """Put together what is asked of each directory."""
        is_plain = self.watches and not (self.polls or self.may_hang)
        object.__setattr__(self, "is_plain", is_plain)


REMOTE: Final = "changes made elsewhere raise no event on this host"
"""Source: inotify(7): "The API reports only events that a user-space program triggers through the
filesystem API. As a result, it does not catch remote events that occur on network filesystems."""

_DEAF: Final = {
    "nfs": REMOTE,
    "nfs4": REMOTE,
    "cifs": REMOTE,
    "smb3": REMOTE,
    "smbfs": REMOTE,
    "9p": REMOTE,
    "afs": REMOTE,
    "ceph": REMOTE,
    "ncpfs": REMOTE,
    "coda": REMOTE,
    "glusterfs": REMOTE,
    "lustre": REMOTE,
    "gfs2": REMOTE,
    "ocfs2": REMOTE,
    "davfs": REMOTE,
    "vboxsf": "changes made by the host of this virtual machine raise no event in it",
    "vmhgfs": "changes made by the host of this virtual machine raise no event in it",
    "prl_fs": "changes made by the host of this virtual machine raise no event in it",
    "virtiofs": "changes made by the host of this virtual machine raise no event in it",
    "aufs": "changes made in its branches raise no event in the union",
    "unionfs": "changes made in its branches raise no event in the union",
    "mergerfs": "changes made in its branches, not through the pool, raise no event in the pool",
    "shfs": "changes made by the mover or through a disk share raise no event in the user share",
    "sshfs": REMOTE,
    "rclone": REMOTE,
    "autofs": "it is a place for mounts that come and go",
}
"""File system types that keep silent about some changes; for FUSE the part after `fuse.`."""

_TELLING_FUSE: Final = frozenset({"fuseblk", "fuse.ntfs-3g", "fuse.exfat", "fuse.lowntfs-3g"})
"""FUSE in front of a disk of this host: everything that changes it goes through the mount."""


def parse(table: bytes) -> tuple[Mount, ...]:
    """Read a mount table; lines that do not look like mounts are left out."""
    mounts = []
    for line in table.split(b"\n"):
        left, dash, right = line.partition(b" - ")
        fields, rest = left.split(b" "), right.split(b" ")
        if not dash or len(fields) < 6 or len(rest) < 2 or not fields[0].isdigit():
            continue
        kind, source = (_plain(word).decode("utf-8", "surrogateescape") for word in rest[:2])
        root, point = _plain(fields[3]), _plain(fields[4])
        mounts.append(Mount(int(fields[0]), point, kind, source, fields[2], root))
    return tuple(mounts)


def _plain(word: bytes) -> bytes:
    return _OCTAL.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), word)


def read(path: str = MOUNTINFO) -> tuple[Mount, ...]:
    """Read the mount table of this process; empty where there is none to read."""
    try:
        with open(path, "rb") as table:  # noqa: PTH123 - a kernel file, read as it stands
            return parse(table.read())
    except OSError:
        return ()


def missing(table: str = FSTAB, mounted: tuple[Mount, ...] | None = None) -> tuple[str, ...]:
    """List the places where /etc/fstab wants something mounted, and nothing is (fstab(5))."""
    try:
        with open(table, "rb") as lines:  # noqa: PTH123 - bytes, as the mount table
            rows = [line.split() for line in lines if not line.lstrip().startswith(b"#")]
    except OSError:
        return ()
    there = {mount.point for mount in (read() if mounted is None else mounted)}
    wanted = (_plain(row[1]) for row in rows if len(row) > 2 and row[1].startswith(b"/"))
    return tuple(os.fsdecode(point) for point in wanted if point not in there)


def is_within(path: bytes, top: bytes) -> bool:
    """Whether a path is a directory itself or something below it, by whole names."""
    return top in {path, b"/"} or path.startswith(top + b"/")


def holding(path: bytes, mounts: tuple[Mount, ...]) -> Mount | None:
    """Find the mount that holds a real path: the longest mount point, the last one of equals."""
    best: Mount | None = None
    for mount in mounts:
        if is_within(path, mount.point) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def point_of(path: bytes, mounts: tuple[Mount, ...]) -> bytes:
    """Name the mount point that a real path depends on; the root's if it depends on none.

    A directory that is mounted on itself, as systemd does to protect it, is none: without that
    mount the same would be there.
    """
    mount = holding(path, mounts)
    while mount is not None and mount.point != b"/":
        around = holding(mount.point.rpartition(b"/")[0] or b"/", mounts)
        if around is None or not _is_on_itself(mount, around):
            return mount.point
        mount = around
    return b"/"


def _is_on_itself(mount: Mount, around: Mount) -> bool:
    below = mount.point[len(around.point.rstrip(b"/")) :]
    return mount.device == around.device and mount.root == around.root.rstrip(b"/") + below


def is_unmounted(point: object, mounts: tuple[Mount, ...]) -> bool:
    """Whether nothing is mounted at a point of which the memory says that something was."""
    if not isinstance(point, str) or point == "/" or not mounts:
        return False
    return all(os.fsdecode(mount.point) != point for mount in mounts)


def description(path: bytes, mounts: tuple[Mount, ...], boot: str = BOOT) -> str | None:
    """Say what holds a real path so that the same words mean the same mount; None if unknown.

    Device numbers are given out anew at each boot, so that is said as well (random(4)). Numbers of
    mounts are left out: systemd gives a service a copy of the table.
    """
    mount = holding(path, mounts)
    try:
        with open(boot) as file:  # noqa: PTH123 - a kernel file, read as it stands
            booted = file.read().strip()
    except OSError:
        return None
    if mount is None:
        return None
    root, device = os.fsdecode(mount.root), os.fsdecode(mount.device)
    return f"{mount.fstype} {mount.source!r} {root!r} {device} {booted}"


def below(path: bytes, mounts: tuple[Mount, ...]) -> dict[bytes, Mount]:
    """Map the mount points strictly below a real path, relative to it, to what is on top there."""
    prefix = b"/" if path == b"/" else path + b"/"
    return {
        mount.point[len(prefix) :]: mount
        for mount in mounts
        if mount.point.startswith(prefix) and mount.point != path and len(mount.point) > len(prefix)
    }


def silence_of(fstype: str) -> str | None:
    """Say what a file system type does not tell of; None for one that tells everything."""
    if fstype in _TELLING_FUSE:
        return None
    name = fstype.removeprefix("fuse.")
    if name in _DEAF:
        return _DEAF[name]
    if fstype == "fuse" or fstype.startswith("fuse."):
        return "changes made behind its back raise no event in it"
    return None


def decide(fstype: str, wish: str) -> Verdict:
    """Choose how to watch a file system of a type; `wish` is auto, inotify or polling.

    Where a file system tells of some changes only, `auto` does both: what is done through this
    mount is told at once, and the rest is found by looking.
    """
    silence = silence_of(fstype)
    verdict = partial(Verdict, stable_inodes=silence is None, may_hang=silence is not None)
    if wish == "polling":
        return verdict(watches=False, polls=True, reason="as configured")
    if wish == "inotify":
        warning = f", although on {fstype} {silence}" if silence else ""
        return verdict(watches=True, polls=False, reason=f"as configured{warning}")
    if silence:
        return verdict(watches=True, polls=True, reason=f"{fstype}: {silence}")
    reason = f"{fstype or 'the file system'} tells of every change"
    return verdict(watches=True, polls=False, reason=reason)
