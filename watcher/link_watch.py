"""Watching what links lead to: one thread for all of them, told of links by those who find them.

The directories that links in watched folders lead to are trees of their own, told by the paths
through the links. One thread with one inotify instance serves all of them, since the kernel grants
few instances and links may be many. While there is no link it only waits, and holds nothing.
"""

from __future__ import annotations

import select
import threading
from typing import TYPE_CHECKING, Final

from watcher.folders import Ground, WatchedFolder
from watcher.ground_watch import GroundWatch
from watcher.link_teller import LinkTeller
from watcher.link_tops import LinkTops, Outside
from watcher.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from watcher.following import Link
    from watcher.link_news import FoundLinks
    from watcher.scene import Scene
    from watcher.surroundings import Surroundings

_WHAT: Final = "what links in watched folders lead to"
"""What the ground is called where a folder has its path."""


_REST: Final = 500.0
"""How many times as long as one look at all links takes there is no other one by itself. It is only
for what nobody is told of: everything on the way to a target is watched."""


_PAUSE: Final = 50.0
"""The same where something did not answer, which costs a look at all links as well."""


class LinkWatch(GroundWatch):
    """Watches what links lead to. `know`, `all_known`, `links` and `ring` are for any thread.

    `folders` are all that are configured; `doubted` lists the host directories below which what
    is missing may be there. `on_followed` is called in the watching thread with the links that are
    followed, before anything below new ones is told.
    """

    def __init__(
        self,
        folders: Sequence[WatchedFolder],
        around: Surroundings,
        file: Path | None,
        *,
        doubted: Callable[[], Iterable[str]],
        on_followed: Callable[[tuple[Link, ...]], None],
    ) -> None:
        self._folders = folders
        self._doubted = doubted
        self._on_followed = on_followed
        self._heard = threading.Lock()
        self._by_finder: dict[object, FoundLinks] = {}
        self._has_news = False
        self._is_all_known = False
        self._attending_s = 0.0
        super().__init__(Ground(WatchedFolder(_WHAT, "auto", 60.0), b""), around, file)

    def _make_scene(self) -> Scene:
        around = self._around
        self._teller = LinkTeller(around.put, around.ignored, around.report, around.missed)
        return self._scene_of(Tree(b""), self._teller)

    def _make_tops(self) -> LinkTops:
        outside = Outside(self._folders, self._doubted, self._on_followed, self._around.on_root)
        self._link_tops = LinkTops(self.scene, self.looker, self._teller, outside)
        return self._link_tops

    # for any thread

    def know(self, finder: object, links: FoundLinks) -> None:
        """Take the links that a finder knows by now, in place of those that it knew before."""
        with self._heard:
            self._by_finder[finder] = links
            self._has_news = True
        self.ring()

    def all_known(self) -> None:
        """Hear that all who look for links have looked once, as far as they can.

        `ready` is set once everything that they lead to is watched.
        """
        with self._heard:
            self._is_all_known = self._has_news = True
        if not self._is_needed():
            self.ready.set()
        self.ring()

    def links(self) -> tuple[Link, ...]:
        """The links that are followed."""
        return self._link_tops.links()

    # the thread

    def run(self, keep_running: Callable[[], bool]) -> None:
        """Wait for the first link, then watch until told to stop."""
        idle = select.poll()
        idle.register(self._wake.fd, select.POLLIN)
        while keep_running() and not self._is_needed():
            idle.poll()
            self._wake.drain()
        if keep_running():
            super().run(keep_running)
        else:
            self.ready.set()
            self._wake.close()

    def _is_needed(self) -> bool:
        with self._heard:
            found = self._by_finder.values()
            is_any = any(one.to_directories or one.to_nowhere for one in found)
            return is_any or (self._file is not None and self._file.exists())

    def _was_rung(self) -> None:
        super()._was_rung()
        self.scene.recheck |= self._has_news

    def _attend(self) -> None:
        with self._heard:
            self._has_news = False
            found = list(self._by_finder.values())
            self._link_tops.is_all_known = self._is_all_known
        self._link_tops.know(found)
        is_first_day = not self.scene.has_memory and not self.ready.is_set()
        self._link_tops.takes_as_it_stands = is_first_day
        began_s = self.scene.clock()
        super()._attend()
        self._attending_s = self.scene.clock() - began_s

    def _missing(self) -> int:
        return super()._missing() + self._link_tops.dangling

    def _stalled_s(self) -> float:
        return max(super()._stalled_s(), _PAUSE * self._attending_s)

    def _absent_s(self) -> float:
        """A link may be dead for good, and where there are thousands it takes long to find out."""
        return max(super()._absent_s(), _REST * self._attending_s)

    def _ways(self) -> list[bytes]:
        return self._link_tops.ways()

    def _is_to_be_ready(self) -> bool:
        if self._is_walked or self.scene.recheck or self.scene.tree.links_changed:
            return False
        return self._link_tops.is_all_known and not self._has_news

    def _gap_folders(self) -> tuple[str, ...]:
        return tuple({branch.owner.path for branch in self.scene.tree.branches})

    def _end(self) -> None:
        super()._end()
        if self._file is not None and not self.links():
            self._file.unlink(missing_ok=True)
