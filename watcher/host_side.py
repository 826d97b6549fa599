"""What this host's disks say of Plex-side paths: are they there, at rest, and to be believed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cache.memory import MemoryStore
from matcher import paths
from matcher.noise import is_noise
from matcher.tree import OsTree
from watcher.directories import around
from watcher.spelled_alike import SpelledAlike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matcher.folders import Folders
    from matcher.mapping import Mappings
    from matcher.model import Section
    from matcher.tree import Tree


HANGS = "the file system of {} does not answer"


@dataclass(frozen=True, slots=True)
class Here:
    """What is known of this host's disks; called by the worker thread."""

    believe: Callable[[str], str | None] = lambda _path: None
    """Why the deletion of a host path must not be believed now, or None."""
    settling: Callable[[], frozenset[str] | None] = frozenset
    """The host directories that have not come to rest; None while nobody can tell."""
    absent: Callable[[], tuple[str, ...]] = tuple
    """The host directories that are not there: folders, and what is mounted below them."""
    doubted: Callable[[], tuple[str, ...]] = tuple
    """The host directories that are absent, or others than what is known of them: what is missing
    below them was not deleted for certain."""
    dead: Callable[[], tuple[str, ...]] = tuple
    """Those of them that are links whose target was deleted or renamed, as far as one can tell."""
    lost_in: Callable[[str], bool] = lambda _directory: False
    """Whether something whose deletion is not believed lies in a host directory."""
    answers: Callable[[str], bool] = lambda _path: True
    """Whether the file system of a host path answers now."""
    loses: Callable[[], bool] = lambda: False
    """Whether something that is gone has not settled yet."""
    disks: Tree = field(default_factory=OsTree)
    """Names and sizes, without what does not answer."""
    unplaced: Callable[[str], None] = lambda _directory: None
    """Hear of a host directory in which something changed for which no Plex path is known."""


class HostSide:
    """Answers for this host; used by the thread that uses Plex.

    `mappings` and `sections` are asked each time, since both change; `sections` may ask Plex and
    raise PlexError, and so does `shown`, which lists the files that Plex shows at or below a
    Plex-side directory of a section, and may list more.
    """

    def __init__(
        self,
        here: Here,
        folders: Folders,
        mappings: Callable[[], Mappings],
        sections: Callable[[], tuple[Section, ...]],
        shown: Callable[[Section, str], Iterable[str]] = lambda _section, _directory: (),
        alike: SpelledAlike | None = None,
    ) -> None:
        self._shown = shown
        self._here = here
        self._folders = folders
        self._mappings = mappings
        self._sections = sections
        self.believe = here.believe
        self.alike = alike or SpelledAlike(MemoryStore())

    def exists(self, path: str) -> bool | None:
        """Say whether a host directory is there; None while its whole folder is absent or empty.

        Then nobody knows what is there: an unmounted disk shows as an empty directory. A file of
        its name is not that directory.
        """
        held = self._folders.holding(path)
        if held is None or not self._here.answers(path) or not holds_something(held[0].path):
            return None
        return os.path.isdir(path)  # noqa: PTH112 - paths are text throughout

    def _are_apart(self, path: str, other: str, *, is_alike: bool) -> bool:
        if not self._here.answers(path):
            return False
        try:
            found = os.lstat(other)
        except OSError:
            return is_alike  # then it is a name that was there, and else one that never was
        try:
            own = os.lstat(path)
        except OSError:
            return True
        return (own.st_dev, own.st_ino) != (found.st_dev, found.st_ino)

    def apart(self, file: str, other: str) -> bool:
        """Say of a Plex-side path and of another spelling of it whether that is something else.

        A disk may take both for one name, or keep two things by them. And Plex may see another
        spelling than this host does, or the one that it had before it was renamed.
        """
        hosts, others = (self._mappings().to_host(each) for each in (file, other))
        is_alike = self.alike.holds(file)
        return any(
            self._are_apart(host, twin, is_alike=is_alike)
            for host, twin in zip(hosts, others, strict=False)
        )

    def is_there(self, directory: str) -> bool:
        """Whether a Plex-side directory is there here; True where nobody can tell."""
        hosts = self._mappings().to_host(directory)
        return not hosts or any(self._may_be_there(host) for host in hosts)

    def _may_be_there(self, host: str) -> bool:
        return not self._here.answers(host) or os.path.isdir(host)  # noqa: PTH112 - as above

    def answers(self, path: str) -> bool:
        """Whether the file systems of a Plex-side path answer here now."""
        return all(self._here.answers(host) for host in self._mappings().to_host(path))

    def settling(self) -> Callable[[str], bool]:
        """Say of Plex-side directories whether something at or below them is not at rest here."""
        unsettled = self._here.settling()
        if unsettled is None:
            return lambda _directory: True
        tops = {each.rstrip("/") for each in unsettled}
        restless = tops.union(*map(around, tops))
        return lambda directory: any(
            host.rstrip("/") in restless for host in self._mappings().to_host(directory)
        )

    def guarded(self, location: str) -> str | None:
        """Say why a Plex-side location is not to be trusted with an emptied trash, or None."""
        hosts = self._mappings().to_host(location)
        if not hosts:
            return f"nobody here knows where {location} lies"
        for host in hosts:
            if not self._here.answers(host):
                return HANGS.format(host)
            if not holds_something(host):
                return f"{host} is absent or empty"
            reason = self.believe(host)
            if reason is not None:
                return reason
        return self._held_by_part(location)

    def held(self, key: int, path: str) -> str | None:
        """Say why nothing must be asked for a Plex-side path of a section now, or None.

        Its location is absent or empty here. A scan makes Plex believe then that everything in it
        is gone (reported of real servers whose disk was not mounted), and a refresh that an item
        has no subtitles and pictures of its own.
        """
        section = next((s for s in self._sections() if s.key == key), None)
        reason = self._held_by_part(path, self._here.dead())
        reason = reason or self._held_by_doubt(section, path)
        if reason is not None:
            return reason
        # Last, so that as little as can be lies between this look and the request.
        for location in section.locations if section else ():
            if not paths.is_within(path, location):
                continue
            hosts = self._mappings().to_host(location)
            if hosts and not any(holds_something(host) for host in hosts):
                return f"{' and '.join(hosts)} is absent or empty here: is its disk mounted?"
        return None

    def _held_by_doubt(self, section: Section | None, path: str) -> str | None:
        """Say why a request about a Plex-side path would make true what is not believed.

        Scans of other directories go on: what is added there is not held with what is gone.
        """
        hosts = self._mappings().to_host(path)
        doubts = {host: reason for host in hosts if (reason := self.believe(host)) is not None}
        is_location = section is not None and path in section.locations
        for host, reason in doubts.items():
            if is_location or self._here.lost_in(host):
                return reason
        missed = self._would_miss(section, path, hosts) if doubts and section is not None else None
        return (
            None if missed is None else f"{next(iter(doubts.values()))}; Plex would miss {missed}"
        )

    def _would_miss(self, section: Section, path: str, hosts: Iterable[str]) -> str | None:
        """Name a file that Plex shows where it would look, and that is not there.

        Nothing tells that: a disk that is unmounted takes its files away without a word, and what
        is put into its place then may go by the names of its directories.
        """
        is_directory = any(os.path.isdir(host) for host in hosts)  # noqa: PTH112 - as above
        directory = path if is_directory else paths.parent(path)
        for file in self._shown(section, directory):
            places = self._mappings().to_host(file)
            if (
                places
                and paths.is_within(file, directory)
                and not any(os.path.lexists(place) for place in places)
            ):
                return file
        return None

    def _held_by_part(self, path: str, harmless: tuple[str, ...] = ()) -> str | None:
        """Say which part of a Plex-side path, or what around it, is not there, or None.

        Of what is harmless only what it is a part of itself is said: scans around a link that
        nobody will ever mend must not wait for that.
        """
        hosts = self._mappings().to_host(path)
        for host in hosts:
            if not self._here.answers(host):
                return HANGS.format(host)
        for top in self._here.absent():
            if any(paths.is_within(host, top) for host in hosts) or (
                top not in harmless and any(paths.is_within(top, host) for host in hosts)
            ):
                return f"{top} is absent or empty here: is its disk mounted?"
        for top in self._here.doubted():
            # What is added in it goes on; but a scan of all of it would miss what was there.
            if top not in harmless and any(paths.is_within(top, host) for host in hosts):
                return f"{top} is not what is known of it: is its disk mounted?"
        return None


def holds_something(host: str) -> bool:
    """Whether a directory is there with at least one name that is not a system's own."""
    try:
        with os.scandir(host) as entries:
            # What a link leads to may hang, and does not matter here.
            return any(
                not is_noise(each.name, is_dir=each.is_dir(follow_symlinks=False))
                for each in entries
            )
    except OSError:
        return False
