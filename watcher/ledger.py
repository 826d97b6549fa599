"""Which directories have news that is not safe yet, and what was remembered of them before it.

What is saved must not run ahead of what was done: if the process is killed while a change still
waits to settle, the next start has to find the difference again. So a directory with news is
saved as it was before the news, until the news has been handed on for good. A directory that is
itself news is not saved at all, or as what stood in its place before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher.known import UNKNOWN, join, like_nothing, nothing_like, pack, split, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watcher.tree import Node


@dataclass(frozen=True, slots=True)
class Past:
    """What was remembered of a directory that is not in its place any more, and of all below it.

    Where nothing is remembered of a directory below, its name stands alone. The fingerprints are
    like nothing: what is back is told as well, since Plex may have been asked to let it go.
    """

    names: bytes | None
    prints: bytes
    dirs: dict[bytes, Past | None]


class Entry:
    """What was remembered of a directory before its news; `dirs` is None for one that is news.

    For one that is news where another one stood it is what was remembered of that one, and
    `is_past`. `dirs` has a past for each directory that left its place since. `touched_at_s` is
    the monotonic time of its last news. `told` are the files that were told as there (True) or
    gone since the directory was last compared with what is known of it. `found` is how it was
    seen afterwards, to be remembered once it is certain that nothing has happened since.
    """

    __slots__ = ("dirs", "found", "is_past", "names", "prints", "told", "touched_at_s")

    def __init__(self, node: Node, *, is_news: bool) -> None:
        self.dirs: dict[bytes, Past | None] | None = None
        if not is_news:
            self.dirs = dict.fromkeys(node.children or ())
        self.names = node.names
        self.prints = node.prints
        self.is_past = False
        self.touched_at_s = 0.0
        self.told: dict[bytes, bool] = {}
        self.found: tuple[bytes, bytes] | None = None

    def accept(self, node: Node) -> bool:
        """Take how the directory was seen since its last news for what is known; False: never."""
        if self.found is None:
            return False
        node.names, node.prints = self.found
        self.found, self.told = None, {}
        return True

    def doubt(self, node: Node) -> None:
        """Take what was told for what is known, in such a way that all of it will be told again.

        So it is where nobody will have looked at it before it may be another one. In a directory
        that is itself news, that is every file that nobody has looked at.
        """
        if node.names is None:
            return  # all of it is news whenever it is looked at
        names = split(node.names)
        known = dict(zip(names, unpack(node.prints, len(names)), strict=True))
        links = node.known_links()
        doubtful = {name for name, is_there in self.told.items() if is_there}
        if self.dirs is None or self.is_past:
            doubtful.update(name for name, one in known.items() if one == UNKNOWN)
        known.update((name, nothing_like(is_link=name in links)) for name in doubtful)
        for name in self.told.keys() - doubtful:
            known.pop(name, None)
        node.names = join(sorted(known))
        node.prints = pack(known[name] for name in sorted(known))
        self.found, self.told = None, {}


class Ledger:
    """The entries, in the order of their last news. Owned by the thread that owns the tree.

    `entries` is to be read only, and stays the same dictionary.
    """

    def __init__(self) -> None:
        self.entries: dict[Node, Entry] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, node: Node) -> bool:
        return node in self.entries

    def get(self, node: Node) -> Entry | None:
        """Look up what was remembered of a directory before its news, if it has any."""
        return self.entries.get(node)

    def touch(self, node: Node, now: float) -> None:
        """Note news in a directory; to be called before anything of it is changed."""
        entry = self.entries.pop(node, None) or Entry(node, is_news=False)
        entry.touched_at_s = now
        entry.found = None
        self.entries[node] = entry

    def add(self, node: Node, now: float) -> None:
        """Note that a directory is itself news: made, or moved to where it is.

        What stood there before is missed by the next start only if that knows of it.
        """
        before = self.entries.pop(node, None)
        entry = Entry(node, is_news=True)
        entry.touched_at_s = now
        if before is not None:
            entry.told = before.told
        around = None if node.parent is None else self.entries.get(node.parent)
        past = None if around is None or around.dirs is None else around.dirs.get(node.name)
        if past is not None:
            entry.names, entry.prints, entry.dirs = past.names, past.prints, dict(past.dirs)
            entry.is_past = True
        self.entries[node] = entry

    def leave(self, node: Node) -> None:
        """Keep what is remembered of a directory that is about to leave its place."""
        around = None if node.parent is None else self.entries.get(node.parent)
        if around is None or around.dirs is None or node.name not in around.dirs:
            return  # its place is news itself, and not remembered
        if not self.is_news(node):
            around.dirs[node.name] = self._past(node)

    def _past(self, node: Node) -> Past:
        past = self._past_of_one(node)
        stack = [(node, past)]
        while stack:
            each, its = stack.pop()
            children = each.children or {}
            for name in its.dirs:
                child = children.get(name)
                if child is None or self.is_news(child) or child.branch is not each.branch:
                    continue
                its.dirs[name] = below = self._past_of_one(child)
                stack.append((child, below))
        return past

    def _past_of_one(self, node: Node) -> Past:
        entry = self.entries.get(node) or Entry(node, is_news=False)
        prints = like_nothing(entry.names, node.known_links())
        return Past(entry.names, prints, dict(entry.dirs or {}))

    def note(self, node: Node, name: bytes, *, is_there: bool) -> None:
        """Note what is being told of a file in a directory with news."""
        entry = self.entries.get(node)
        if entry is not None:
            entry.told[name] = is_there

    def drop(self, node: Node) -> None:
        """Forget a directory's entry: its news is safe, or it is no part of the tree any more."""
        self.entries.pop(node, None)

    def doubt(self) -> None:
        """Forget every fingerprint; see `watcher.scene.Scene.doubt`."""
        for entry in self.entries.values():
            entry.found = None
            if not entry.is_past:
                entry.prints = b""

    def is_unsure(self) -> bool:
        """Whether a fingerprint is not known of anything that was there before its news."""
        return any(
            UNKNOWN in unpack(entry.prints, len(split(entry.names)))
            for entry in self.entries.values()
            if entry.names
        )

    def is_news(self, node: Node) -> bool:
        """Whether a directory is itself news, in a place of which nothing else is remembered."""
        entry = self.entries.get(node)
        return entry is not None and entry.dirs is None

    def oldest_s(self) -> float | None:
        """When the entry that has been quiet for longest had its last news."""
        return next((entry.touched_at_s for entry in self.entries.values()), None)

    def quiet_since(self, before_s: float) -> Iterator[tuple[Node, Entry]]:
        """The entries without news since a time, the quietest first."""
        for node, entry in self.entries.items():
            if entry.touched_at_s > before_s:
                return
            yield node, entry
