"""The tops that links lead to: which directories are followed now, and by what names they go.

One tree holds them all, each right below its root, and all of it goes by real paths: so nothing
depends on what links do meanwhile, and what is remembered of a directory does not depend on what
a link to it is called. Only what is told goes by the paths through links: `watcher.link_teller`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from watcher.attend import Attendant
from watcher.differences import Mode
from watcher.following import MOST_TARGETS, Followed, Link, around, choose, is_in
from watcher.memory import LINKS
from watcher.resolve import Ways, where_it_leads
from watcher.tree import Branch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from watcher.folders import WatchedFolder
    from watcher.link_news import FoundLinks
    from watcher.link_teller import LinkTeller
    from watcher.look import Looker
    from watcher.memory import Recalled
    from watcher.scene import Scene
    from watcher.tree import Node

_NAMED: Final = 10
"""So many links that lead nowhere are named one by one."""

MOST_DANGLING: Final = 1000
"""For so many links at most that lead nowhere it is waited that they lead somewhere."""


_Decision: TypeAlias = "tuple[list[Link], frozenset[bytes], Followed]"
"""All links, the real paths of the folders, and what follows from that."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the tops need from outside.

    `folders` are all that are configured. `doubted` lists, as text, the directories below which
    what is missing may be there. `on_followed` is called with the links that are followed, where
    they are others than before, and `on_root` with the path of a link whose target is there again,
    if it had not just its disk away.
    """

    folders: Sequence[WatchedFolder]
    doubted: Callable[[], Iterable[str]]
    on_followed: Callable[[tuple[Link, ...]], None]
    on_root: Callable[[str, bool], None]


class LinkTops(Attendant):
    """Answers for the tops that links lead to. Owned by the thread that watches them.

    `teller` gets to know which links show what.
    """

    def __init__(self, scene: Scene, looker: Looker, teller: LinkTeller, outside: Outside) -> None:
        super().__init__(scene, looker, outside.on_root)
        self.begins_anew = False  # what a link shows is news, and nobody compares it with Plex
        self._teller = teller
        self._folders = outside.folders
        self._doubted = outside.doubted
        self._on_followed = outside.on_followed
        self._branches: dict[bytes, Branch] = {}
        self._links: dict[bytes, Link] = {}
        self._known: dict[bytes, WatchedFolder] = {}
        self._nowhere: dict[bytes, Callable[[], None]] = {}
        self._armed: set[bytes] | None = None
        self._decided: _Decision = [], frozenset(), Followed({})
        self._led_elsewhere: set[bytes] = set()
        """Links that lead to another directory than before, of which nothing was told yet."""
        self._was_left_out = False
        self._devices: dict[bytes, int] = {}
        self._refused: set[Link] = set()
        self._named: set[bytes] = set()
        self._places: dict[bytes, bytes] = {}
        self.is_all_known = False
        """Whether a link that nobody knows by now is not there."""
        self.takes_as_it_stands = False
        """Whether what is found has nothing to be compared with, and is no news all the same."""

    # beginning

    def begin(self) -> None:
        """Leave the root alone: it holds the tops, and is no directory itself."""

    def recall(self, recalled: Recalled | None) -> None:
        """Put the tops of the last run in place, until it is known which links there are now."""
        if recalled is None:
            return
        self._mounts = self._read_mounts()
        self._take(self._choose_among(self._remembered(recalled.notes.get(LINKS))))
        self._recall_branches(recalled)
        for node in list((self._scene.tree.root.children or {}).values()):
            if node.branch is None:
                self._scene.forget(node)

    def _remembered(self, note: object) -> list[Link]:
        links = []
        for path, real in (note if isinstance(note, dict) else {}).items():
            encoded = os.fsencode(path)
            holding = [one for one in self._folders if is_in(encoded, {_path_of(one)})]
            if holding:
                owner = max(holding, key=lambda one: len(one.path))
                links.append(Link(encoded, owner, os.fsencode(real)))
        return links

    # which there are

    def know(self, found: Iterable[FoundLinks]) -> None:
        """Learn which links there are."""
        self._known, self._nowhere = {}, {}
        for links in found:
            self._known.update(links.to_directories)
            self._nowhere.update(links.to_nowhere)
        for path in [path for path in self._nowhere if self._teller.ignores_link(path)]:
            del self._nowhere[path]
        for path in list(self._nowhere)[MOST_DANGLING:]:
            del self._nowhere[path]

    @property
    def dangling(self) -> int:
        """How many links are waited for that lead nowhere."""
        return len(self._nowhere)

    def links(self) -> tuple[Link, ...]:
        """The links that are followed. Any thread may call."""
        return tuple(self._links.values())

    def ways(self) -> list[bytes]:
        """The paths of all links on whose way something may change: what it leads to, if it does.

        That is also so for those that are not followed, since what they lead to is watched as it
        is: the way there may lead elsewhere tomorrow. Beyond as many as are followed at most, those
        have to wait for the next change of another one.
        """
        wanted = self._decide().targets.values()
        self._armed = self._links.keys() | {link.path for same in wanted for link in same}
        others = (link.path for link in self._decided[0] if link.path not in self._armed)
        room = max(0, MOST_TARGETS - len(self._armed))
        return [*self._armed, *islice(others, room), *self._nowhere]

    def attend(self) -> None:
        """Find out which links there are and where they lead, and look up every top again."""
        self._mounts = self._read_mounts()
        self._take(self._decide())
        led_elsewhere, self._led_elsewhere = self._led_elsewhere, set()
        for path in sorted(led_elsewhere):
            self._teller.tell_link(path)
        super().attend()
        if self._armed is not None and not self._links.keys() <= self._armed:
            self._scene.recheck = True  # its way was not watched when it was looked up
        self._armed = None
        for path in list(self._nowhere):
            if self._leads_on(path) and os.path.exists(path):  # noqa: PTH110 - a path of bytes
                self._nowhere.pop(path)()

    def _decide(self) -> Followed:
        """Choose which links to follow; as before, where all of them are as they were then."""
        candidates, folders = self._candidates(), self._folder_places()
        if (candidates, folders) != self._decided[:2]:
            led_to = {link.path: link.real for link in (*self._links.values(), *self._decided[0])}
            self._led_elsewhere |= {
                link.path for link in candidates if led_to.get(link.path, link.real) != link.real
            }
            self._decided = candidates, folders, self._choose_among(candidates)
        return self._decided[2]

    def _folder_places(self) -> frozenset[bytes]:
        return frozenset(self._place_of(_path_of(one)) for one in self._folders)

    def _choose_among(self, links: list[Link]) -> Followed:
        holding = {link.path: link.path.rpartition(b"/")[0] for link in links}
        real = {each: self._place_of(each) for each in set(holding.values())}
        kept = real.keys() | {_path_of(one) for one in self._folders}
        self._places = {each: place for each, place in self._places.items() if each in kept}
        places = {path: real[each] for path, each in holding.items()}
        return choose(links, places, self._folder_places())

    def _place_of(self, path: bytes) -> bytes:
        """Resolve the path of a directory; as before, where something on the way is silent."""
        if self._leads_on(path):
            self._places[path] = where_it_leads(path or b"/")
        return self._places.get(path, path)

    def _leads_on(self, path: bytes) -> bool:
        """Whether a path may be looked at now; if not, that is tried again."""
        leads_on = self._scene.leads_on(path)
        self._scene.stalled |= not leads_on
        return leads_on

    def _candidates(self) -> list[Link]:
        """Say where each link leads, also where nobody can tell for the moment."""
        ways, owners = Ways(), dict(self._known)
        unknown = self._links.keys() - owners.keys()
        doubted = {os.fsencode(top) for top in self._doubted()} if unknown else set()
        for path in unknown:
            if not self.is_all_known or any(up in doubted for up in around(path)):
                owners[path] = self._links[path].owner
        found: list[Link] = []
        for path, owner in owners.items():
            if not self._teller.ignores_link(path):
                real = self._target(path, self._links.get(path), ways)
                found += [] if real is None else [Link(path, owner, real)]
        return found

    def _target(self, path: bytes, before: Link | None, ways: Ways) -> bytes | None:
        """Say where a link leads, or led while nobody can tell; None for one that is not there."""
        if not self._leads_on(path):
            return None if before is None else before.real
        if before is not None and not os.path.isdir(path):  # noqa: PTH112 - a path of bytes
            is_link = os.path.islink(path)  # noqa: PTH114 - a path of bytes
            if not is_link or not os.path.isdir(before.real):  # noqa: PTH112 - as above
                return before.real  # its disk may be away, or itself about to have another name
            return ways.resolve(path)
        return ways.resolve(path) if os.path.islink(path) else None  # noqa: PTH114 - as above

    def _take(self, followed: Followed) -> None:
        """Follow these links and no others."""
        for real in self._branches.keys() - followed.targets.keys():
            self._end(real)
        for real, same in followed.targets.items():
            if real in self._branches:
                self._own(self._branches[real], same[0].owner)
            else:
                self._begin_at(real, same[0].owner)
        links = {link.path: link for same in followed.targets.values() for link in same}
        is_news = links != self._links
        self._links = links
        self._teller.shown = {
            real: tuple(link.path for link in same) for real, same in followed.targets.items()
        }
        self._scene.tree.notes[LINKS] = {
            os.fsdecode(link.path): os.fsdecode(link.real) for link in self._links.values()
        }
        self._say_left_out(followed.left_out)
        self._say_refused(followed.refused)
        if is_news:
            tree = self._scene.tree
            tree.links_changed |= bool(tree.linked or tree.dangling)
            self._on_followed(self.links())

    def _begin_at(self, real: bytes, owner: WatchedFolder) -> None:
        tree, name = self._scene.tree, real[1:]
        node = tree.root.child(name) or tree.add(tree.root, name)
        branch = Branch(node, None, owner, self._verdict(name, owner, None))
        tree.plant(branch)
        self._branches[real] = branch

    def _own(self, branch: Branch, owner: WatchedFolder) -> None:
        """Let a directory be watched by the settings of another folder, if it is one."""
        if branch.owner is owner:
            return
        tree = self._scene.tree
        for each in tree.branches:
            if each is branch or each.outer is branch:
                each.owner = owner
                each.verdict = self._verdict(tree.relative(each.top), owner, None)
                self._looker.queue(each.top, Mode.COMPARE)

    def _end(self, real: bytes) -> None:
        self._scene.forget(self._branches.pop(real).top)
        self._named.discard(real)
        self._devices.pop(real, None)
        self._wakes_twins = True

    # what they are

    def _read(self) -> None:
        self._mounts = self._read_mounts()
        self._know_below(
            {
                mount.point[1:]: mount
                for mount in self._mounts
                if any(up in self._branches for up in around(mount.point))
            }
        )

    def _find(self, relative: bytes) -> Node | None:
        real = b"/" + relative
        for top in (real, *around(real)):
            if top in self._branches:
                node: Node | None = self._branches[top].top
                for name in real[len(top) + 1 :].split(b"/") if real != top else ():
                    node = None if node is None else node.child(name)
                return node
        return None

    def _place(self, relative: bytes) -> bytes:
        return b"/" + relative

    def _present(self, branch: Branch) -> None:
        """Note also on which device a target lies, for when it is not there any more."""
        super()._present(branch)
        real = self._scene.tree.path(branch.top)
        if branch.outer is not None or branch.proved is None or real is None:
            return
        self._devices[real] = branch.proved[0]
        if not branch.is_away:
            branch.is_away = True
            for link in self._teller.names(real):
                # Scans around it went on, and may have shown Plex that nothing is left here.
                self._on_root(os.fsdecode(link), True)

    def _absent(self, branch: Branch, why: str) -> None:
        real = self._scene.tree.path(branch.top)
        if branch.outer is None and real is not None:
            branch.is_away = self._is_away(branch, real)
        super()._absent(branch, why)

    def _is_away(self, branch: Branch, real: bytes) -> bool:
        """Whether the file system is gone on which a target was that is not there.

        If it is still there, somebody deleted or renamed the target, and a link like that may stay
        for years. Where nobody can tell, which is after a restart on some file systems, it is taken
        for such a one.
        """
        place = next(each for each in around(real) if os.path.isdir(each))  # noqa: PTH112 - bytes
        try:
            if real in self._devices:
                return os.stat(place).st_dev != self._devices[real]  # noqa: PTH116 - as above
            return branch.trusted is not None and os.statvfs(place).f_fsid != branch.trusted[0]
        except OSError:
            return True

    def _is_first_day(self) -> bool:
        return self.takes_as_it_stands

    # saying it

    def _say(self, branch: Branch, *, is_there: bool, why: str) -> None:
        """Say that links lead nowhere, of some of them, and not of one that is not there itself."""
        real = self._scene.tree.path(branch.top)
        if real is None or branch.outer is not None:
            super()._say(branch, is_there=is_there, why=why)
            return
        was_named = real in self._named
        link = next(iter(self._teller.names(real)), real)
        text = f"{os.fsdecode(link)}, a link to {os.fsdecode(real)}"
        if is_there and was_named:
            self._named.discard(real)
            self._teller.report("INFO", f"{text}, leads there again: compared with what was known")
        elif not is_there and not was_named and len(self._named) < _NAMED and os.path.islink(link):  # noqa: PTH114
            self._named.add(real)
            self._teller.report("WARNING", f"{text}, leads nowhere: {why}")

    def _say_refused(self, refused: Mapping[Link, str]) -> None:
        for link, why in refused.items():
            if link not in self._refused and len(self._refused) < _NAMED:
                self._refused.add(link)
                self._teller.report(
                    "WARNING",
                    f"{link.host} leads to {os.fsdecode(link.real)}, which {why}: "
                    "what changes there is not watched by way of the link",
                )

    def _say_left_out(self, count: int) -> None:
        if count and not self._was_left_out:
            self._scene.teller.report(
                "WARNING",
                f"{len(self._branches)} directories are watched by way of links, and no more: "
                f"{count} are not; what changes there is found by the nightly comparison",
            )
        self._was_left_out = bool(count)


def _path_of(folder: WatchedFolder) -> bytes:
    return os.fsencode(folder.path.rstrip("/") or "/")
