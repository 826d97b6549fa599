"""The kernel's limits on watching: how high they are, how much is used, and how to raise them.

Source: inotify(7), "/proc interfaces". The watches that a process holds stand in its
`/proc/self/fdinfo/<fd>` as lines that begin with `inotify wd:` (proc(5)); this works inside a
hardened systemd unit as well.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

WHERE: Final = "/proc/sys/fs/inotify"
IN_NAMESPACE: Final = "/proc/sys/user"
"""What the user namespace grants, a container's for one; the lower limit counts (namespaces(7))."""
_ROOM: Final = 1.25
_NEAR: Final = 0.8
_STEP: Final = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """What the kernel grants one user, all processes together; None where it does not say."""

    watches: int | None
    instances: int | None
    queue: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds."""

    watches: int
    instances: int


def read(directory: str = WHERE, namespace: str = IN_NAMESPACE) -> Limits:
    """Read the limits as they are now."""
    return Limits(
        watches=_lower(f"{directory}/max_user_watches", f"{namespace}/max_inotify_watches"),
        instances=_lower(f"{directory}/max_user_instances", f"{namespace}/max_inotify_instances"),
        queue=_number(f"{directory}/max_queued_events"),
    )


def _lower(*paths: str) -> int | None:
    return min((one for one in map(_number, paths) if one is not None), default=None)


def _number(path: str) -> int | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a kernel file, read as it stands
            return int(file.read())
    except (OSError, ValueError):
        return None


def held(directory: str = "/proc/self/fdinfo") -> Held:
    """Count the watches and instances of this process."""
    watches = instances = 0
    try:
        names = os.listdir(directory)  # noqa: PTH208 - a kernel directory, names only
    except OSError:
        return Held(0, 0)
    for name in names:
        try:
            with open(f"{directory}/{name}", "rb") as file:  # noqa: PTH123 - as above
                found = sum(line.startswith(b"inotify wd:") for line in file)
                link = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115 - not a path at all
        except OSError:
            continue
        watches += found
        instances += link.startswith("anon_inode:") and "inotify" in link
    return Held(watches, instances)


def enough_for(needed: int) -> int:
    """Return a limit with room to grow for a number of watches, as a round number."""
    return -(-int(needed * _ROOM) // _STEP) * _STEP


def cure(needed: int, key: str = "max_user_watches") -> str:
    """Spell out the command that raises a limit now, and for every start to come."""
    value = enough_for(needed) if key == "max_user_watches" else needed
    setting = f"fs.inotify.{key}={value}"
    return f"sysctl {setting} (to keep it: echo {setting} > /etc/sysctl.d/60-plexnudge.conf)"


def nearly_used(watches: int, limits: Limits) -> str | None:
    """Warn in one sentence if a number of watches comes near the limit; None if it does not."""
    if limits.watches is None or watches <= limits.watches * _NEAR:
        return None
    return (
        f"{watches} of the {limits.watches} watches that the kernel grants this user, all programs "
        f"together, are used (fs.inotify.max_user_watches). To have room: {cure(watches)}"
    )


def watches_refused(path: str, needed: int, every_s: float, limits: Limits) -> str:
    """Say in one sentence that the watches ran out, with number, cause and cure.

    `needed` is how many directories are known so far.
    """
    allowed = "an unknown number of" if limits.watches is None else f"{limits.watches}"
    return (
        f"{path}: the kernel grants this user {allowed} watches (fs.inotify.max_user_watches), "
        f"all programs together, and they are used up: the remaining directories are looked at "
        f"every {every_s:g}s instead. To watch all of them: {cure(needed)}"
    )


def instances_refused(path: str, every_s: float, limits: Limits) -> str:
    """Say in one sentence that the kernel gave no inotify instance, with number, cause and cure."""
    allowed = "an unknown number of" if limits.instances is None else f"{limits.instances}"
    return (
        f"{path}: the kernel grants this user {allowed} inotify instances "
        f"(fs.inotify.max_user_instances), all programs together, and they are used up: the folder "
        f"is looked at every {every_s:g}s instead. To watch it: "
        f"{cure((limits.instances or 128) * 4, 'max_user_instances')}"
    )
