"""A stage for the settler: a disk in memory, a clock that is turned by hand, ops that emit events.

Each operation does to the disk what a person or program would, and tells the settler what the
kernel would tell. `until` turns the clock as the settle thread does, from one `next_at` to the
next, and keeps what was told and when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.completeness import Seen
from watcher.events import Event, What
from watcher.settle import Settled, Settler, SettleSettings

if TYPE_CHECKING:
    from matcher.change import Change

QUIET = 5.0
MAX_WAIT = 120.0
DELETIONS = 30.0
SETTINGS = SettleSettings(QUIET, MAX_WAIT, DELETIONS)
TURNS = 10_000


class Stage:
    """A settler, its disk and its clock."""

    def __init__(self, settings: SettleSettings = SETTINGS) -> None:
        self.now = 0.0
        self.disk: dict[str, Seen] = {}
        self.told: list[tuple[float, Settled]] = []
        self.looks = 0
        self.settler = Settler(settings, self._probe)

    def _probe(self, path: str) -> Seen | None:
        self.looks += 1
        return self.disk.get(path)

    def event(self, what: str, path: str, dest: str | None = None, *, is_dir: bool = False) -> None:
        """Tell the settler, and do nothing to the disk."""
        self.settler.add(Event(What(what), path, is_dir, dest), self.now)

    def until(self, then: float) -> None:
        """Turn the clock, stopping wherever the settler wants to work."""
        self._tell()
        for _ in range(TURNS):
            following = self.settler.next_at()
            if following is None or following > then:
                break
            self.now = max(self.now, following)
            self._tell()
        else:
            raise AssertionError("the settler wants to be called again and again")
        self.now = max(self.now, then)

    def _tell(self) -> None:
        self.told += [(self.now, settled) for settled in self.settler.due(self.now)]

    # What happens to files.

    def known(self, path: str, size: int = 1000) -> None:
        """It has been there for long: no event."""
        self.disk[path] = Seen(size, 0, is_dir=False)

    def known_dir(self, path: str) -> None:
        """It has been there for long: no event."""
        self.disk[path] = Seen(4096, 0, is_dir=True)

    def link(self, path: str, size: int = 1000) -> None:
        """A hard link, or a file moved in from where nobody watches."""
        self.known(path, size)
        self.event("created", path)

    def replace(self, path: str, size: int = 1000) -> None:
        """A file moved in from where nobody watches, onto a name that is known."""
        self.known(path, size)
        self.event("replaced", path)

    def start(self, path: str) -> None:
        """Somebody opens a new file."""
        self.known(path, 0)
        self.event("created", path)

    def grow(self, path: str, by: int = 10) -> None:
        """It is written to."""
        self.grow_unseen(path, by)
        self.event("written", path)

    def grow_unseen(self, path: str, by: int = 10) -> None:
        """It is written to from another host: no event."""
        before = self.disk[path]
        self.disk[path] = Seen(before.size + by, before.mtime_ns + 1, is_dir=False)

    def close(self, path: str) -> None:
        """Its writer closes it."""
        self.event("closed", path)

    def copy(self, path: str) -> None:
        """A small file is copied: made, written and closed at once."""
        self.start(path)
        self.grow(path)
        self.close(path)

    def overwrite(self, path: str) -> None:
        """An existing file is written to and closed."""
        self.grow(path)
        self.close(path)

    def delete(self, path: str) -> None:
        """A file is deleted."""
        del self.disk[path]
        self.event("deleted", path)

    def vanish(self, path: str) -> None:
        """A file is gone, and no event says so."""
        del self.disk[path]

    def move(self, path: str, dest: str) -> None:
        """A file gets another name."""
        self.disk[dest] = self.disk.pop(path)
        self.event("moved", path, dest)

    def mkdir(self, path: str) -> None:
        """A directory is made."""
        self.known_dir(path)
        self.event("created", path, is_dir=True)

    def link_dir(self, path: str) -> None:
        """A link to a directory is made, which is told as a whole."""
        self.known_dir(path)
        self.event("written", path, is_dir=True)

    def rmtree(self, path: str) -> None:
        """A directory is deleted with all that is in it, the deepest first."""
        for each in sorted((p for p in self.disk if p.startswith(path + "/")), reverse=True):
            self.event("deleted", each, is_dir=self.disk.pop(each).is_dir)
        del self.disk[path]
        self.event("deleted", path, is_dir=True)

    def move_dir(self, path: str, dest: str) -> None:
        """A directory gets another name; its content comes along, without a word about it."""
        for each in [p for p in self.disk if p == path or p.startswith(path + "/")]:
            self.disk[dest + each[len(path) :]] = self.disk.pop(each)
        self.event("moved", path, dest, is_dir=True)

    def move_out(self, path: str) -> None:
        """A directory goes to where nobody watches: one word about it, none about its content."""
        for each in [p for p in self.disk if p == path or p.startswith(path + "/")]:
            del self.disk[each]
        self.event("deleted", path, is_dir=True)

    # What was told.

    def story(self) -> list[tuple[float, str, list[str]]]:
        """What was told so far: when, of which directory, and what, as words."""
        return [
            (at, settled.directory, [words(change) for change in settled.changes])
            for at, settled in self.told
        ]


def words(change: Change) -> str:
    """Put a change into words that are quick to read in a table."""
    what = [change.happened.value, "dir"] if change.is_dir else [change.happened.value]
    places = [change.path] if change.dest is None else [change.path, change.dest]
    return " ".join([*what, *places])
