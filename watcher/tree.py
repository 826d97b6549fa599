"""The tree of known directories: who is below whom, which watch is whose, and what was seen there.

A directory knows its parent and its own name, and nobody knows a path: when a directory moves,
everything below it has moved as well, with its watches, without another step. Names are bytes, as
the kernel has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from watcher.known import links_of, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watcher.folders import WatchedFolder
    from watcher.mounts import Verdict

ASLEEP: Final = -1
"""Not watched, and not looked at: its disk is not there, or nobody has looked at it yet."""
REFUSED: Final = -2
"""Not watched, since the kernel grants no more watches: looked at instead."""
SHUT: Final = -3
"""Not watched, since it cannot be read: tried again from time to time."""

TWIN: Final = -4
"""Not watched, since it is the same directory as another one that is (a bind mount)."""

POLLED: Final = -5
"""Not watched, by choice: looked at on an interval."""

Identity = tuple[int, int]
"""Which directory it is, whatever its name: (st_dev, st_ino)."""


class Branch:
    """A part of a tree that is watched in one way: a folder, or a file system mounted in one.

    `owner` is the folder whose settings count; `is_folder` where it is configured right here.
    `attached` is the directory that stands at the top now, None while there is none (`absence`
    says why). `trusted` is the directory that the memory is about, as far as that can be told for
    good (`watcher.scene.lasting_identity`). A directory that is not `believed` to be that one,
    once it was `judged` by what is in it, may lack what is remembered without having lost it:
    `distrust` says why, and nothing that is missing is taken for deleted; `is_vacant` where
    nothing is there at all. `confirmed` is what a person had confirmed last when it came; where it
    `is_meant`, what is missing is forgotten without a word. While there is none, `is_away`
    unless the file system that it was on is there without it. `gone` are names that the kernel told
    as gone from the top since it was last read. `proved` is which directory was believed and was
    never away since. The numbers count directories.
    """

    __slots__ = (
        "absence",
        "attached",
        "believed",
        "confirmed",
        "directories",
        "distrust",
        "gone",
        "is_away",
        "is_folder",
        "is_meant",
        "is_vacant",
        "judged",
        "outer",
        "owner",
        "proved",
        "refused",
        "shut",
        "top",
        "trusted",
        "verdict",
        "watches",
    )

    def __init__(
        self, top: Node, outer: Branch | None, owner: WatchedFolder, verdict: Verdict
    ) -> None:
        self.top = top
        self.outer = outer
        self.owner = owner
        self.verdict = verdict
        self.is_folder = False
        self.is_vacant = False
        self.is_meant = False
        self.is_away = True
        self.absence = ""
        self.attached: Identity | None = None
        self.believed = False
        self.confirmed: int | None = None
        self.judged = False
        self.proved: Identity | None = None
        self.trusted: Identity | None = None
        self.distrust: str | None = None
        self.gone: set[bytes] = set()
        self.directories = 0
        self.watches = 0
        self.refused = 0
        self.shut = 0

    def known(self) -> set[bytes]:
        """What is known to be in its top, without what the kernel told as gone from it."""
        return (set(split(self.top.names)) | set(self.top.children or ())) - self.gone

    @property
    def interval_s(self) -> float:
        """How often it is looked at where it is not watched."""
        return self.owner.poll_interval_s


class Node:
    """One directory.

    `names` are the files that were in it when it was last looked at (see `watcher.known`), None
    if that never happened; `prints` their fingerprints, empty while they are not known. `links`
    are the names of now that are links to directories, None while nobody has asked. `branch` is
    None once the directory is no part of the tree any more.
    """

    __slots__ = ("branch", "children", "links", "name", "names", "parent", "prints", "wd")

    name: bytes
    parent: Node | None
    branch: Branch | None
    children: dict[bytes, Node] | None
    wd: int
    names: bytes | None
    prints: bytes
    links: frozenset[bytes] | None

    def known_links(self) -> frozenset[bytes]:
        """The names that are known as links to directories."""
        if self.links is None:
            self.links = links_of(self.names, self.prints)
        return self.links

    def child(self, name: bytes) -> Node | None:
        """Find a directory right below this one."""
        return None if self.children is None else self.children.get(name)

    def all_below(self) -> Iterator[Node]:
        """Itself and every directory below, parents first."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            if node.children:
                stack.extend(node.children.values())


def make_node(name: bytes, parent: Node | None, branch: Branch | None) -> Node:
    """Make a directory of which nothing is known yet.

    An `__init__` would take twice as long in Python 3.11, and is all the same to who calls.
    """
    node = Node()
    node.name = name
    node.parent = parent
    node.branch = branch
    node.children = None
    node.wd = ASLEEP
    node.names = None
    node.prints = b""
    node.links = None
    return node


def is_kept_up(node: Node) -> bool:
    """Whether what is known of a directory is kept up by looking, and not by being told."""
    return node.wd < 0 or (node.branch is not None and node.branch.verdict.polls)


class Tree:
    """All directories of one ground. Not thread-safe: the thread that watches the ground owns it.

    `top_path` is how the top is spelled; `respelled` says how directories below it are spelled
    that are configured as folders by a path of their own. A path never ends in a slash, so the
    root directory is spelled as nothing at all. `linked` are the directories that hold links to
    directories, as far as they were read, and `dangling` has the names of those that lead nowhere
    and never led to a directory; `links_changed` where one of these links, or its path, may be
    another one than before. `notes` go to the memory with the tree.
    `watched`, `respelled` and `dangling` stay the same dictionaries.
    """

    def __init__(self, top_path: bytes) -> None:
        self.root = make_node(top_path.rstrip(b"/"), None, None)
        self.watched: dict[int, Node] = {}
        self.respelled: dict[Node, bytes] = {}
        self.branches: list[Branch] = []
        self.linked: dict[Node, None] = {}
        self.dangling: dict[Node, frozenset[bytes]] = {}
        self.links_changed = False
        self.notes: dict[str, object] = {}

    def set_links(self, node: Node, links: frozenset[bytes]) -> None:
        """Note which names in a directory are links to directories."""
        node.links = links
        self.links_changed = True
        if links:
            self.linked[node] = None
        else:
            self.linked.pop(node, None)

    def set_dangling(self, node: Node, names: frozenset[bytes]) -> None:
        """Note which names in a directory are links that lead nowhere."""
        if names == self.dangling.get(node, frozenset()):
            return
        self.links_changed = True
        if names:
            self.dangling[node] = names
        else:
            del self.dangling[node]

    def path(self, node: Node) -> bytes | None:
        """Spell a directory's path; None for one that is not part of the tree at the moment."""
        names = []
        respelled = self.respelled
        while (parent := node.parent) is not None:
            if respelled and node in respelled:
                names.append(respelled[node])
                break
            names.append(node.name)
            node = parent
        else:
            if node is not self.root:
                return None
            names.append(node.name)
        names.reverse()
        return b"/".join(names)

    def find(self, relative: bytes) -> Node | None:
        """Find a directory by its real path relative to the top."""
        node: Node | None = self.root
        for name in relative.split(b"/") if relative else ():
            if node is None:
                return None
            node = node.child(name)
        return node

    def relative(self, node: Node) -> bytes:
        """The real path of a directory relative to the top."""
        names = []
        while node.parent is not None:
            names.append(node.name)
            node = node.parent
        return b"/".join(reversed(names))

    def plant(self, branch: Branch) -> None:
        """Make a branch own its top and everything below it that belonged to the branch around."""
        around = branch.top.branch
        stack = [branch.top]
        while stack:
            node = stack.pop()
            if node.branch is not around:
                continue
            self._count(node, -1)
            node.branch = branch
            self._count(node, 1)
            stack.extend((node.children or {}).values())
        for other in self.branches:
            if other.outer is around and around is not None and other.top is not branch.top:
                other.outer = self._around(other.top)
        self.branches.append(branch)

    def _around(self, top: Node) -> Branch | None:
        return None if top.parent is None else top.parent.branch

    def add(self, parent: Node, name: bytes) -> Node:
        """Take in a directory that was found below another."""
        branch = parent.branch
        node = make_node(name, parent, branch)
        if parent.children is None:
            parent.children = {name: node}
        else:
            parent.children[name] = node
        if branch is not None:
            branch.directories += 1
        return node

    def add_all(self, parent: Node, names: list[bytes]) -> list[Node]:
        """Take in the directories that were found below one of which none was known."""
        branch = parent.branch
        # A name may be listed twice where names change meanwhile (readdir(3p)).
        children = {name: make_node(name, parent, branch) for name in names}
        if children:
            parent.children = children
        if branch is not None:
            branch.directories += len(children)
        return [*children.values()]

    def set_watch(self, node: Node, wd: int) -> None:
        """Note by which watch descriptor a directory is watched, or why it is not."""
        branch = node.branch
        if node.wd == ASLEEP and wd >= 0 and branch is not None:  # by far the most frequent case
            branch.watches += 1
            node.wd = wd
            self.watched[wd] = node
            return
        self._count(node, -1)
        if node.wd >= 0 and self.watched.get(node.wd) is node:
            del self.watched[node.wd]
        node.wd = wd
        if wd >= 0:
            self.watched[wd] = node
        self._count(node, 1)

    def detach(self, node: Node) -> None:
        """Take a directory out, with everything below it, without forgetting it."""
        parent = node.parent
        if self.linked or self.dangling:
            self.links_changed = True
        if parent is not None and parent.children is not None:
            parent.children.pop(node.name, None)
            if not parent.children:
                parent.children = None
        node.parent = None

    def attach(self, node: Node, parent: Node, name: bytes) -> None:
        """Put a detached directory, with everything below it, where it is now."""
        before, after = node.branch, parent.branch
        if self.linked or self.dangling:
            self.links_changed = True
        node.parent = parent
        node.name = name
        if parent.children is None:
            parent.children = {}
        parent.children[name] = node
        if before is not after:
            for each in node.all_below():
                if each.branch is before:
                    self._count(each, -1)
                    each.branch = after
                    self._count(each, 1)

    def forget(self, node: Node) -> list[int]:
        """Drop a directory and everything below it; the descriptors that are left to remove."""
        held = []
        self.detach(node)
        linked, dangling = self.linked, self.dangling
        for each in node.all_below():
            if linked:
                linked.pop(each, None)
            if dangling:
                dangling.pop(each, None)
            if each.wd >= 0:
                held.append(each.wd)
            self.set_watch(each, ASLEEP)
            self._count(each, -1)
            branch = each.branch
            if branch is not None and branch.top is each:
                self.branches.remove(branch)
                self.respelled.pop(each, None)
            each.branch = None
        return held

    def fall_asleep(self, node: Node) -> list[int]:
        """Stop watching below a directory without forgetting; the descriptors left to remove."""
        held = []
        for each in node.all_below():
            if each.wd >= 0:
                held.append(each.wd)
            if each.wd != ASLEEP:
                self.set_watch(each, ASLEEP)
        return held

    def _count(self, node: Node, step: int) -> None:
        branch = node.branch
        if branch is None:
            return
        wd = node.wd
        if wd >= 0:
            branch.watches += step
        elif wd == REFUSED:
            branch.refused += step
        elif wd == SHUT:
            branch.shut += step
        branch.directories += step
