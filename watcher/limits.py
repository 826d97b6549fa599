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
WATCHES: Final = "fs.inotify.max_user_watches"
INSTANCES: Final = "fs.inotify.max_user_instances"
_ROOM: Final = 1.25
_NEAR: Final = 0.8
_STEP: Final = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """What the kernel grants one user, all processes together; None where it does not say.

    The keys are the sysctls that have these numbers. Where a user namespace grants less than the
    host, its own has.
    """

    watches: int | None
    instances: int | None
    queue: int | None
    watches_key: str = WATCHES
    instances_key: str = INSTANCES


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds."""

    watches: int
    instances: int


def read(directory: str = WHERE, namespace: str = IN_NAMESPACE) -> Limits:
    """Read the limits as they are now."""
    watches, watches_key = _lower(
        (f"{directory}/max_user_watches", WATCHES),
        (f"{namespace}/max_inotify_watches", "user.max_inotify_watches"),
    )
    instances, instances_key = _lower(
        (f"{directory}/max_user_instances", INSTANCES),
        (f"{namespace}/max_inotify_instances", "user.max_inotify_instances"),
    )
    queue = _number(f"{directory}/max_queued_events")
    return Limits(watches, instances, queue, watches_key, instances_key)


def _lower(host: tuple[str, str], namespace: tuple[str, str]) -> tuple[int | None, str]:
    """Return the lower of two limits with its key; the host's where they are equal.

    Outside of any namespace made for a container both are one and the same number.
    """
    here, inside = _number(host[0]), _number(namespace[0])
    if inside is not None and (here is None or inside < here):
        return inside, namespace[1]
    return here, host[1]


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


def cure(needed: int, limits: Limits) -> str:
    """Spell out the command that grants a number of watches now, and for every start to come."""
    return _raise(limits.watches_key, WATCHES, enough_for(needed))


def cure_of_instances(limits: Limits) -> str:
    """Spell out the command that grants more inotify instances."""
    return _raise(limits.instances_key, INSTANCES, (limits.instances or 128) * 4)


def _raise(key: str, host_key: str, value: int) -> str:
    setting = f"{key}={value}"
    text = f"sysctl {setting} (to keep it: echo {setting} > /etc/sysctl.d/60-plexnudge.conf)"
    if key == host_key:
        return text
    return f"{text}, in this container or user namespace; {host_key} of its host is another limit"


def nearly_used(watches: int, limits: Limits) -> str | None:
    """Warn in one sentence if a number of watches comes near the limit; None if it does not."""
    if limits.watches is None or watches <= limits.watches * _NEAR:
        return None
    return (
        f"{watches} of the {limits.watches} watches that the kernel grants this user, all programs "
        f"together, are used ({limits.watches_key}). To have room: {cure(watches, limits)}"
    )


def watches_refused(path: str, needed: int, every_s: float, limits: Limits) -> str:
    """Say in one sentence that the watches ran out, with number, cause and cure.

    `needed` is how many directories are known so far.
    """
    allowed = "an unknown number of" if limits.watches is None else f"{limits.watches}"
    return (
        f"{path}: the kernel grants this user {allowed} watches ({limits.watches_key}), "
        f"all programs together, and they are used up: the remaining directories are looked at "
        f"every {every_s:g}s instead. To watch all of them: {cure(needed, limits)}"
    )


def instances_refused(path: str, every_s: float, limits: Limits) -> str:
    """Say in one sentence that the kernel gave no inotify instance, with number, cause and cure."""
    allowed = "an unknown number of" if limits.instances is None else f"{limits.instances}"
    return (
        f"{path}: the kernel grants this user {allowed} inotify instances "
        f"({limits.instances_key}), all programs together, and they are used up: the folder "
        f"is looked at every {every_s:g}s instead. To watch it: "
        f"{cure_of_instances(limits)}"
    )
