"""Differences: what is in a directory against what was known of it; what differs is told.

Asked by `watcher.look` once a directory was read, for one that is not as it was known. Comparing
what is in the files themselves is another matter: see `watcher.inspect_files`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from watcher.events import What
from watcher.known import carry_over, is_as_before, join, links_of, split
from watcher.tree import ASLEEP, is_kept_up

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable

    from watcher.inspect_files import Inspector
    from watcher.known import Listing
    from watcher.remains import Left
    from watcher.scene import Scene
    from watcher.tree import Branch, Node


class Mode(IntEnum):
    """Against what a directory is compared.

    BASELINE: nothing, it is taken as it stands. COMPARE: what was known; differences are told.
    ANNOUNCE: it is all news, and every file is told.
    """

    BASELINE = 0
    COMPARE = 1
    ANNOUNCE = 2


_BASELINE, _COMPARE, _ANNOUNCE = Mode.BASELINE, Mode.COMPARE, Mode.ANNOUNCE
"""By these names within: a member of an enumeration takes five times as long to look up."""


Waiting: TypeAlias = "deque[tuple[list[Node], Mode]]"
"""Directories that wait for a look: those that were found together in a row, the first one last."""


class Tops(Protocol):
    """Who answers for the tops of branches."""

    def enter(self, branch: Branch, path: bytes) -> bool:
        """Before a top is looked at: is there a directory, and which one."""
        ...

    def begin_anew(self, branch: Branch) -> bool:
        """Before a top of which nothing is known is judged: is it taken as it stands."""
        ...

    def judge(self, branch: Branch, found: Listing) -> None:
        """After a top was read: is what is missing in it to be taken for deleted."""
        ...

    def found(self, node: Node) -> None:
        """A directory came to light below a top: it may be one itself."""
        ...

    def may_hold_top(self, node: Node) -> bool:
        """Whether a directory that comes to light right below one may be a top."""
        ...


class Differences:
    """Compares directories with what is known of them. One thread owns it.

    `waiting` are the directories that wait for a look.
    """

    tops: Tops

    def __init__(
        self,
        scene: Scene,
        inspector: Inspector,
        waiting: Waiting,
    ) -> None:
        self._scene = scene
        self._inspector = inspector
        self._waiting = waiting

    def compare(self, node: Node, path: bytes, found: Listing, mode: Mode) -> None:
        """Compare what was read of a directory; what is to be told of it is told."""
        self._compare_files(node, path, found, mode)
        self._note_links(node, found)
        if found.dirs or node.children:
            self._compare_directories(node, path, found, mode)

    def _compare_files(self, node: Node, path: bytes, found: Listing, mode: Mode) -> None:
        names = sorted(found.files)
        blob = join(names)
        told = self._told(node)
        if mode is not _ANNOUNCE and not told and (blob == node.names or node.names is None):
            node.names = blob
            return
        if mode is _ANNOUNCE:
            self._take_as_news(node, path, found)
        came, went = self._differences(node, names, mode, told)
        if went:
            names, went = self._believed(node, path, names, went)
        lost_links = node.known_links() if went else frozenset()
        what = What.WRITTEN if mode is _COMPARE and self._is_old(node) else What.CREATED
        if came or went:
            self._scene.touch(node)
        prints = carry_over(node.names, node.prints, names)
        if came and is_kept_up(node):
            # Before it is told: what changes after that has to differ.
            names, prints = self._inspector.learn(node, path, names, prints, came)
            came = sorted(set(came).intersection(names))
            # What was a file when it was listed may be a link by now, and the reverse.
            found.links = list(links_of(join(names), prints))
        node.names, node.prints = join(names), prints
        if came and node.children:
            # Before the files and links that took their places are told.
            self._compare_gone(node, path, node.children.keys() & set(came))
        self._tell_files(what, path, came, frozenset(found.links))
        for name in went:
            is_dir = name in lost_links
            self._scene.teller.tell(What.DELETED, path + b"/" + name, is_dir=is_dir)

    def _note_links(self, node: Node, found: Listing) -> None:
        """Note which names are links to directories, and keep those that lead nowhere now."""
        tree = self._scene.tree
        if not found.links and not node.links and not found.has_others:
            if tree.dangling:
                tree.set_dangling(node, frozenset())
            return
        before, links = node.known_links(), frozenset(found.links)
        if before:
            links |= before.intersection(found.files)
        if links != before or (links and node not in tree.linked):
            tree.set_links(node, links)
        tree.set_dangling(node, frozenset(found.nowhere) - links)

    def _told(self, node: Node) -> dict[bytes, bool]:
        """Take what was told of names since they were compared: it is what others know of them."""
        entry = self._scene.ledger.get(node)
        if entry is None or not entry.told:
            return {}
        told, entry.told = entry.told, {}
        return told

    @staticmethod
    def _differences(
        node: Node, names: list[bytes], mode: Mode, told: dict[bytes, bool]
    ) -> tuple[list[bytes], list[bytes]]:
        """The names that came and those that went, as far as they are to be told.

        What was told as there since then and is missing went as well, and what was told as gone
        and is there came. What was told as there and is there is told again: more than that may
        have happened to it, and its fingerprint is not known yet.
        """
        if mode is _ANNOUNCE:
            return names, []
        if mode is _BASELINE:
            return [], []
        now = set(names)
        gone = {name for name, is_there in told.items() if not is_there}
        before = set(split(node.names)) - gone
        went = (before | (told.keys() - gone)) - now
        if node.branch is not None and node.branch.top is node:
            went -= node.branch.gone
        return sorted(now - before), sorted(went)

    def _believed(
        self, node: Node, path: bytes, names: list[bytes], went: list[bytes]
    ) -> tuple[list[bytes], list[bytes]]:
        """The names that are to be known of a directory from now on, and those told as gone."""
        if node.branch is not None and node.branch.is_meant:
            return names, []  # who said so has asked for it
        if self._are_deletions(node):
            return names, went
        self._miss_all(node, path, went)
        return sorted((*names, *went)), []

    def _are_deletions(self, node: Node) -> bool:
        branch = node.branch
        return branch is not None and not branch.distrust and not self._is_away(branch, node)

    def _miss_all(
        self, node: Node, path: bytes, names: Iterable[bytes], *, is_dir: bool = False
    ) -> None:
        """Tell the guards of what is missing in a place that stands, and is not what was known."""
        if node.branch is not None and node.branch.distrust and not node.branch.is_vacant:
            for name in names:
                self._scene.teller.miss(path + b"/" + name, is_dir=is_dir)

    def _is_away(self, branch: Branch, node: Node) -> bool:
        """Whether what is missing in a branch is so since the whole branch is away.

        What is below a top that blinked was not looked at: all of it is, once it is back. A top
        that was read just now has been judged by what is in it.
        """
        scene = self._scene
        if scene.stands(branch) and (branch.top is node or not scene.is_emptied(branch)):
            return False
        scene.put_to_sleep(branch.top)
        scene.recheck = True
        return True

    def _is_old(self, node: Node) -> bool:
        """Whether some of a directory's names may have been told already.

        Where the kernel told news of it, what is known of it is old until the news is safe. A name
        that was told may be known to Plex by now. So it is told as written to, which says less
        than created: that nobody knows it yet.
        """
        return node in self._scene.ledger and not is_kept_up(node)

    def _tell_files(
        self, what: What, path: bytes, names: list[bytes], links: frozenset[bytes]
    ) -> None:
        tell = self._scene.teller.tell
        for name in names:
            if name in links:
                # Nothing below the link is looked at, so the directory is told as a whole.
                tell(What.WRITTEN, path + b"/" + name, is_dir=True)
            else:
                tell(what, path + b"/" + name)

    def _compare_directories(self, node: Node, path: bytes, found: Listing, mode: Mode) -> None:
        children = node.children
        if mode is _BASELINE and children is None and self.take_in(node, path, found.dirs):
            return
        for name in found.dirs:
            child = None if children is None else children.get(name)
            if child is None:
                self.appeared(node, path, name, mode)
                children = node.children
            elif mode is _ANNOUNCE or child.wd == ASLEEP:
                self._waiting.append(([child], mode))
        if children and mode is not _BASELINE:
            self._compare_gone(node, path, children.keys() - found.dirs)

    def take_in(self, node: Node, path: bytes, names: list[bytes]) -> bool:
        """Take in what is below a directory as it stands; False where one of it may be a top.

        In few steps, for nearly every directory is taken in like this once: see
        `watcher.plain_look`.
        """
        if self.tops.may_hold_top(node):
            return False
        wanted = self._scene.teller.wanted(path, names)
        children = self._scene.tree.add_all(node, wanted)
        if children:
            self._waiting.append((children[::-1], _BASELINE))
        return True

    def _compare_gone(self, node: Node, path: bytes, gone: set[bytes]) -> None:
        branch = node.branch
        if branch is None or branch.distrust:
            self._miss_all(node, path, gone, is_dir=True)
            return
        for name in sorted(gone):
            child = node.child(name)
            if child is not None and branch.is_meant:
                self._scene.forget(child)
            elif child is not None:
                self.vanished(child, path + b"/" + name)

    def appeared(
        self, parent: Node, path: bytes, name: bytes, mode: Mode, *, tell: bool = True
    ) -> None:
        """Take in a directory that was not known, and have it looked at."""
        scene = self._scene
        child_path = path + b"/" + name
        if scene.teller.ignores(child_path, is_dir=True):
            return
        if mode is _BASELINE:
            child = scene.tree.add(parent, name)
        else:
            mode = _ANNOUNCE
            scene.touch(parent)
            child = scene.tree.add(parent, name)
            scene.ledger.add(child, scene.clock())
            if tell:
                scene.teller.tell(What.CREATED, child_path, is_dir=True)
        self.tops.found(child)
        self._waiting.append(([child], mode))

    def _take_as_news(self, node: Node, path: bytes, found: Listing) -> None:
        scene = self._scene
        if node not in scene.ledger:
            scene.ledger.add(node, scene.clock())
        if scene.remains and (left := scene.remains.take(path, scene.clock())) is not None:
            self._miss(node, path, found, left)

    def _miss(self, node: Node, path: bytes, found: Listing, left: Left) -> None:
        """Tell what of the directory that had this name before is missing, or another one now.

        Before what is there is told: a link may have the name that a directory had.
        """
        tell = self._scene.teller.tell
        stable = node.branch is not None and node.branch.verdict.stable_inodes
        for name in sorted(left.files.keys() - found.files):
            tell(What.DELETED, path + b"/" + name, is_dir=name in left.links)
        for name in sorted(left.dirs.difference(found.dirs)):
            tell(What.DELETED, path + b"/" + name, is_dir=True)
        for name in sorted(left.files.keys() & set(found.files).difference(found.links)):
            full = path + b"/" + name
            before, leads_on = left.files[name], self._scene.leads_on
            if is_as_before(full, before, stable_inodes=stable, leads_on=leads_on) is False:
                tell(What.REPLACED, full)

    def vanished(self, node: Node, path: bytes) -> None:
        """Tell of a directory that is not there any more, unless its whole branch went away."""
        scene, branch = self._scene, node.branch
        if branch is None or node.parent is None:
            return
        if branch.top is node:
            scene.put_to_sleep(node)
            scene.recheck = True
            return
        if self._is_away(branch, node):
            return
        if branch.distrust:
            scene.put_to_sleep(node)  # looked at again when it is found again
            return
        scene.touch(node.parent)
        scene.lose(node, path)
        scene.teller.tell(What.DELETED, path, is_dir=True)
