"""Hearing: what the kernel says becomes events, and the tree follows.

The kernel speaks of names in watched directories. Where a directory is now is the tree's
knowledge, so everything is handled in the order in which it was said.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from watcher import kernel
from watcher.differences import Mode
from watcher.events import What
from watcher.known import Behind, holds, is_as_before, look_behind, print_of
from watcher.moves import Departure
from watcher.tree import ASLEEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.kernel import RawEvent
    from watcher.look import Looker
    from watcher.moves import Moves
    from watcher.scene import Scene
    from watcher.tree import Node

_OWN = kernel.IGNORED | kernel.UNMOUNT | kernel.DELETE_SELF | kernel.MOVE_SELF
_NAMES = kernel.CREATE | kernel.DELETE | kernel.MOVED_FROM | kernel.MOVED_TO
_SIMPLE = {
    kernel.MODIFY: What.WRITTEN,
    kernel.CLOSE_WRITE: What.CLOSED,
}


MOST_OPEN = 10_000
"""Of so many files at most it is remembered that they were written to and are not closed yet; of
others the file itself says whether it is news that they are."""


class Hearer:
    """Turns the kernel's words into events. One thread owns it.

    `lost` is called where the kernel said that it had to leave something out, or spoke of a watch
    that nobody knows: then what is known has to be compared. `polled` is called with what
    was told of names in directories that are polled as well.
    """

    def __init__(
        self,
        scene: Scene,
        looker: Looker,
        moves: Moves,
        lost: Callable[[str], None],
        polled: Callable[[Node, bytes, bytes, int], None],
    ) -> None:
        self._scene = scene
        self._looker = looker
        self._moves = moves
        self._lost = lost
        self._polled = polled
        self._unmounted: set[int] = set()
        self._widowed: list[Node] = []
        self._doubtful: set[Node] = set()
        self._written: set[tuple[Node, bytes]] = set()

    def hear(self, events: list[RawEvent]) -> None:
        """Handle what one read brought."""
        watched, tree = self._scene.tree.watched, self._scene.tree
        last, path = None, None
        for wd, mask, cookie, name in events:
            node = watched.get(wd)
            if node is None or mask & _OWN:
                self._not_of_a_name(node, wd, mask)
                last = None
                continue
            if node is not last:
                last, path = node, tree.path(node)
                if path is not None:
                    self._scene.touch(node)
            if path is None:
                continue  # it is on its way elsewhere, and will be looked at when it arrives
            if mask & kernel.ISDIR:
                self._directory(node, path, name, mask, cookie)
                last = None
            else:
                self._file(node, path, name, mask, cookie)
        for node in (*self._widowed, *self._doubtful):
            self._looker.queue(node, Mode.COMPARE)
        self._widowed.clear()
        self._doubtful.clear()

    def expire(self, now: float) -> None:
        """Give up on arrivals that are overdue."""
        for departure in self._moves.over(now):
            self._gone(departure)

    def _gone(self, departure: Departure) -> None:
        """Tell of a loss, where the place that was left is by now; it may itself have moved.

        Where the place is gone as well, its own loss was told, or will be, and by now there may
        be something new of the same name.
        """
        place = self._scene.tree.path(departure.parent)
        if departure.node is not None:
            where = departure.path if place is None else place + b"/" + departure.name
            self._scene.lose(departure.node, where)
        if departure.parent.branch is None:
            return
        if place is None:
            self._moves.put_off(departure, self._scene.clock() + self._scene.pace.grace_s)
        else:
            path = place + b"/" + departure.name
            self._scene.ledger.note(departure.parent, departure.name, is_there=False)
            self._scene.teller.tell(What.DELETED, path, is_dir=departure.is_dir)

    def _not_of_a_name(self, node: Node | None, wd: int, mask: int) -> None:
        if node is not None:
            self._own(node, wd, mask)
        elif mask & kernel.OVERFLOW:
            self._lost("the kernel's event queue ran over")
        elif wd not in self._scene.removed:
            self._lost("the kernel spoke of a watch that is not known")
        elif mask & kernel.IGNORED:
            self._scene.removed.discard(wd)

    def _own(self, node: Node, wd: int, mask: int) -> None:
        """Handle what became of a watched directory itself."""
        if mask & kernel.UNMOUNT:
            self._unmounted.add(wd)
        if not mask & kernel.IGNORED:
            self._scene.recheck = True
            return
        self._scene.tree.set_watch(node, ASLEEP)
        if wd in self._unmounted:
            self._unmounted.discard(wd)
        elif node.branch is not None and node.branch.top is node:
            self._scene.recheck = True
        else:
            self._widowed.append(node)

    # files

    def _file(self, node: Node, path: bytes, name: bytes, mask: int, cookie: int) -> None:
        full = path + b"/" + name
        if node.branch is not None and node.branch.verdict.polls:
            self._polled(node, path, name, mask)
        what = _SIMPLE.get(mask)
        if what is not None:
            if self._is_news(what, node, name, full):
                self._scene.teller.tell(what, full)
            return
        self._name_changes(node, name, mask)
        is_there = not mask & (kernel.DELETE | kernel.MOVED_FROM)
        self._scene.ledger.note(node, name, is_there=is_there)
        was_link = name in node.known_links()
        if was_link:
            self._scene.tree.set_links(node, node.known_links() - {name})
        self._note_dangling(node, name, is_dangling=False)
        if mask & kernel.MOVED_FROM:
            self._depart(cookie, node, name, full, is_dir=was_link)
        elif mask & kernel.DELETE:
            self._scene.teller.tell(What.DELETED, full, is_dir=was_link)
        else:
            self._named(node, name, full, mask, cookie, was_link=was_link)

    def _is_news(self, what: What, node: Node, name: bytes, full: bytes) -> bool:
        """Whether a file was written to, and not only opened for that and closed (`touch -a`).

        Where no word was heard of writing, it may have been lost, or not be said at all (mmap):
        then the file itself says it. A write that left size and time as they were is told, since
        it was heard.
        """
        place = node, name
        if what is What.WRITTEN:
            if len(self._written) >= MOST_OPEN:
                self._written.clear()
            self._written.add(place)
            return True
        if place in self._written:
            self._written.discard(place)
            return True
        entry = self._scene.ledger.get(node)
        if node.branch is None or (entry is not None and name in entry.told):
            return True
        before, stable = print_of(node.names, node.prints, name), node.branch.verdict.stable_inodes
        return not is_as_before(full, before, stable_inodes=stable)

    def _named(
        self, node: Node, name: bytes, full: bytes, mask: int, cookie: int, *, was_link: bool
    ) -> None:
        """Tell of what has a name from now on: a file, or a link to a directory."""
        departure = self._moves.arrive(cookie) if mask & kernel.MOVED_TO else None
        if self._is_silent_link(full):
            self._looker.stall(node, Mode.COMPARE)
            self._scene.teller.tell(What.CREATED, full)  # as what, nobody can tell
            return
        was_file = not was_link and holds(node.names, name)
        leads_to = look_behind(full) if os.path.islink(full) else None  # noqa: PTH114 - bytes
        if (departure is not None and departure.is_dir) or leads_to is Behind.DIRECTORY:
            if was_file:
                self._scene.teller.tell(What.DELETED, full)
            self._link_appeared(node, name, full, departure)
        else:
            self._note_dangling(node, name, is_dangling=leads_to is Behind.NOTHING)
            what = What.REPLACED if was_file else What.CREATED
            self._file_appeared(full, departure, what, was_link=was_link)

    def _is_silent_link(self, path: bytes) -> bool:
        """Whether a path is a link behind which nothing answers now."""
        return os.path.islink(path) and not self._scene.leads_on(path)  # noqa: PTH114 - bytes

    def _note_dangling(self, node: Node, name: bytes, *, is_dangling: bool) -> None:
        tree = self._scene.tree
        if is_dangling or tree.dangling:
            names = tree.dangling.get(node, frozenset())
            tree.set_dangling(node, names | {name} if is_dangling else names - {name})

    def leads_now(self, node: Node, name: bytes) -> None:
        """Handle that a link that led nowhere leads somewhere by now: as if it were new."""
        path = self._scene.tree.path(node)
        if path is not None and name in self._scene.tree.dangling.get(node, ()):
            self._scene.touch(node)
            self._file(node, path, name, kernel.CREATE, 0)

    def _file_appeared(
        self, path: bytes, departure: Departure | None, what: What, *, was_link: bool
    ) -> None:
        tell = self._scene.teller
        if was_link:
            tell.tell(What.DELETED, path, is_dir=True)
        if departure is not None:
            tell.tell_move(departure.path, path, is_dir=False, appeared=what)
        if departure is None or what is What.REPLACED:
            tell.tell(what, path)

    def _link_appeared(
        self, node: Node, name: bytes, path: bytes, departure: Departure | None
    ) -> None:
        """Tell of a link to a directory: of all that it shows, as a whole.

        What happens below it from then on is seen by others (`watcher.link_watch`). Where it came
        from, it may have been told as a file: it may have led nowhere then.
        """
        tell = self._scene.teller
        self._scene.tree.set_links(node, node.known_links() | {name})
        if departure is not None:
            tell.tell_move(departure.path, path, is_dir=True)
        tell.tell(What.WRITTEN, path, is_dir=True)

    # directories

    def _directory(self, node: Node, path: bytes, name: bytes, mask: int, cookie: int) -> None:
        full = path + b"/" + name
        if not mask & _NAMES:
            return
        self._name_changes(node, name, mask)
        if mask & kernel.CREATE:
            self._directory_appeared(node, path, name)
        elif mask & kernel.DELETE:
            self._directory_left(node, full, name)
        elif mask & kernel.MOVED_FROM:
            self._depart(cookie, node, name, full, is_dir=True)
        else:
            self._directory_arrived(node, path, name, cookie)

    def _directory_appeared(self, parent: Node, path: bytes, name: bytes) -> None:
        child = parent.child(name)
        if child is None:
            self._looker.appeared(parent, path, name, Mode.ANNOUNCE)
        elif child.wd == ASLEEP:
            self._looker.queue(child, Mode.COMPARE)

    @staticmethod
    def _is_top(node: Node) -> bool:
        return node.branch is not None and node.branch.top is node

    def _stands_for_itself(self, child: Node | None) -> bool:
        """Whether a directory that leaves is a top: then it is absent, which is no deletion."""
        if child is None or not self._is_top(child):
            return False
        self._scene.put_to_sleep(child)
        self._scene.recheck = True
        return True

    def _directory_left(self, parent: Node, path: bytes, name: bytes) -> None:
        child = parent.child(name)
        if self._stands_for_itself(child):
            return
        if child is not None:
            self._scene.lose(child, path)
        self._scene.teller.tell(What.DELETED, path, is_dir=True)

    def _directory_arrived(self, parent: Node, path: bytes, name: bytes, cookie: int) -> None:
        scene = self._scene
        full = path + b"/" + name
        departure = self._moves.arrive(cookie)
        moved = None if departure is None else departure.node
        source = None if departure is None else departure.path
        stale = parent.child(name)
        if stale is not None and stale.wd == ASLEEP and self._is_top(stale):
            self._looker.queue(stale, Mode.COMPARE)  # it was away and is back
        elif stale is not None:
            # Replaced, or exchanged with it: what is where is not certain any more.
            scene.lose(stale, full)
            scene.teller.tell(What.DELETED, full, is_dir=True)
            self._looker.queue(parent, Mode.COMPARE)
        if source is not None:
            scene.teller.tell_move(source, full, is_dir=True)
        if moved is not None and (stale in {None, moved}) and not self._is_noise(full):
            scene.tree.attach(moved, parent, name)
            for each in moved.all_below():
                scene.ledger.add(each, scene.clock())
            self._looker.tops.found(moved)
            self._looker.queue(moved, Mode.ANNOUNCE)
            return
        if moved is not None and source is not None:
            scene.lose(moved, source)
        if parent.child(name) is None:
            self._looker.appeared(parent, path, name, Mode.ANNOUNCE, tell=source is None)

    def _is_noise(self, path: bytes) -> bool:
        return self._scene.teller.ignores(path, is_dir=True)

    # both

    def _depart(self, cookie: int, parent: Node, name: bytes, path: bytes, *, is_dir: bool) -> None:
        scene = self._scene
        node = parent.child(name) if is_dir else None
        if self._stands_for_itself(node):
            return
        if node is not None:
            scene.ledger.leave(node)
        if node is not None and any(scene.is_below(each.top, node) for each in scene.tree.branches):
            scene.forget(node)  # a top below it is not where it was: it will be found anew
            scene.recheck = True
            node = None
        if node is not None:
            scene.tree.detach(node)
        until_s = scene.clock() + scene.pace.grace_s
        self._moves.depart(cookie, Departure(parent, name, path, node, is_dir, until_s))

    def _name_changes(self, parent: Node, name: bytes, mask: int) -> None:
        """Prepare for a name that comes or goes."""
        if parent.branch is not None and parent.branch.top is parent:
            self._note_in_top(parent, name, mask)
        if self._moves:
            for departure in self._moves.in_the_way(parent, name):
                self._gone(departure)

    def _note_in_top(self, top: Node, name: bytes, mask: int) -> None:
        """Keep in mind what was told as gone from a top: it is not missing then.

        A top that was not believed is judged anew when something comes or goes in it.
        """
        if top.branch is None:
            return
        if top.branch.distrust:
            self._doubtful.add(top)
        if mask & (kernel.DELETE | kernel.MOVED_FROM):
            top.branch.gone.add(name)
        else:
            top.branch.gone.discard(name)
