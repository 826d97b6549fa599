"""What waits in the settler: the state of one path, the bucket of one directory, and the tables.

A path's state says two things: is it there now, and may Plex know the name from before. The
second makes the difference between a temporary file, which nobody needs to hear of, and a file
that was replaced.

    NEW      there; it was created, and nobody has asked Plex to look here since  -> created
    PRESENT  there; whether the name was there before is not known                -> created
    CHANGED  there, and there before                                              -> changed
    GONE     not there; there before, or perhaps                                  -> deleted
    VOID     not there, and it never was                                          -> nothing

A rename silently replaces what had the name: its destination is PRESENT, not NEW, and CHANGED
where the name is known from before. And a scan sees
everything in a directory: once a part of it was told, what still waits there is PRESENT as well.

A path that was moved carries `origin`, its name before the wait began; whatever the state, it is
told as one move from there, and a deletion afterwards is a deletion of the origin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from matcher.change import Change, Happened
from watcher.events import What

if TYPE_CHECKING:
    from watcher.completeness import Seen


class State(Enum):
    """What is known of a path, see the module's table."""

    NEW = auto()
    PRESENT = auto()
    CHANGED = auto()
    GONE = auto()
    VOID = auto()


class Proof(Enum):
    """Why a file may be taken for complete."""

    APPEARED = auto()  # a name without a writer: link, rename, or found by listing
    OPEN = auto()  # written, and not closed since
    CLOSED = auto()  # closed after the last write, or only renamed: proof enough


ALIVE = frozenset({State.NEW, State.PRESENT, State.CHANGED})

_WRITTEN: dict[State | None, State] = {
    None: State.CHANGED,
    State.NEW: State.NEW,
    State.PRESENT: State.PRESENT,
    State.CHANGED: State.CHANGED,
    # The kernel goes on reporting writes to a file that was deleted while it was open
    # (inotify(7), IN_EXCL_UNLINK): they do not bring the name back.
    State.GONE: State.GONE,
    State.VOID: State.VOID,
}

NEXT: dict[What, dict[State | None, State]] = {
    What.CREATED: {
        None: State.NEW,
        State.NEW: State.NEW,
        State.PRESENT: State.PRESENT,
        State.CHANGED: State.CHANGED,
        State.GONE: State.CHANGED,
        State.VOID: State.NEW,
    },
    What.REPLACED: dict.fromkeys((None, *State), State.CHANGED),
    What.WRITTEN: _WRITTEN,
    What.CLOSED: _WRITTEN,
    What.DELETED: {
        None: State.GONE,
        State.NEW: State.VOID,
        State.PRESENT: State.GONE,
        State.CHANGED: State.GONE,
        State.GONE: State.GONE,
        State.VOID: State.VOID,
    },
}
"""The state after an event, from the state before it (None: nothing was pending)."""


def after(what: What, state: State | None, *, is_dir: bool) -> State:
    """Say which state follows.

    A directory that was written to is one of which anything may differ: it is told as a whole,
    whatever was true of it before.
    """
    return State.CHANGED if is_dir and what is What.WRITTEN else NEXT[what][state]


LEFT: dict[State | None, State] = {
    None: State.GONE,
    State.NEW: State.CHANGED,
    State.PRESENT: State.CHANGED,
    State.CHANGED: State.CHANGED,
    State.GONE: State.GONE,
    State.VOID: State.GONE,
}
"""The state of a name whose former owner moved away and is not to be found anywhere any more."""

KNOWN: dict[State, State] = {State.NEW: State.PRESENT, State.VOID: State.GONE}
"""The state of a directory of which it turns out that Plex may know something in it."""

ONTO: dict[State | None, State] = {
    None: State.PRESENT,
    State.NEW: State.NEW,
    State.PRESENT: State.PRESENT,
    State.CHANGED: State.CHANGED,
    State.GONE: State.CHANGED,
    State.VOID: State.NEW,
}
"""The state of a name after something was moved onto it."""

PROOF: dict[What, Proof] = {
    What.CREATED: Proof.APPEARED,
    What.REPLACED: Proof.APPEARED,
    What.WRITTEN: Proof.OPEN,
    What.CLOSED: Proof.CLOSED,
}

_TOLD: dict[State, Happened] = {
    State.NEW: Happened.CREATED,
    State.PRESENT: Happened.CREATED,
    State.CHANGED: Happened.CHANGED,
    State.GONE: Happened.DELETED,
}


def key_of(path: str, *, is_dir: bool) -> str:
    """Name a pending path; a file and a directory that followed each other do not share a key."""
    return path + "/" if is_dir else path


@dataclass(slots=True, eq=False)
class Pending:
    """One path that waits. `since_s` is the monotonic time of its first event.

    `sample` is how the path was last seen, `sampled_at_s` when it was first seen like that.
    """

    path: str
    is_dir: bool
    state: State
    since_s: float
    proof: Proof = Proof.APPEARED
    origin: str | None = None
    sample: Seen | None = None
    sampled_at_s: float = 0.0

    @property
    def key(self) -> str:
        """The name it is filed under in its bucket."""
        return key_of(self.path, is_dir=self.is_dir)

    @property
    def alive(self) -> bool:
        """Whether the path should be there."""
        return self.state in ALIVE

    @property
    def arriving(self) -> bool:
        """Whether it will be told as something that is there.

        A directory that was just made is not: what is in it is told file by file.
        """
        if self.state is State.GONE or self.state is State.VOID:
            return False
        return not self.is_dir or self.origin is not None or self.state is State.CHANGED

    @property
    def unproven(self) -> bool:
        """Whether only looking twice can tell that it is complete."""
        return not self.is_dir and self.proof is not Proof.CLOSED and self.alive

    def observe(self, seen: Seen, now: float) -> None:
        """Keep how the path was seen; the same sight again leaves the older time standing."""
        if self.sample != seen:
            self.sample = seen
            self.sampled_at_s = now

    def complete(self, now: float, quiet_s: float) -> bool:
        """Tell whether nobody writes to it any more, as far as can be known."""
        if not self.unproven:
            return True
        return self.sample is not None and now >= self.sampled_at_s + quiet_s

    def change(self) -> Change | None:
        """Say what became of the path, or None where that is nothing that Plex could care for."""
        if self.state is not State.GONE and not self.arriving:
            return None
        size = None
        if self.sample is not None and not self.is_dir and self.alive and self.sample.size >= 0:
            size = self.sample.size
        if self.alive and self.origin is not None:
            return Change(Happened.MOVED, self.origin, self.path, self.is_dir, size)
        return Change(_TOLD[self.state], self.path, None, self.is_dir, size)


def moved(
    source: Pending | None, target: Pending | None, src: str, new: Pending, *, vacant: bool
) -> None:
    """Complete `new`, the pending path at a move's destination, from what was pending before.

    `source` was pending at `src`, the name it left, and `target` at the destination. `vacant`
    where nothing that Plex may know can have been there.
    """
    new.state = State.NEW if vacant else ONTO[None if target is None else target.state]
    new.proof = Proof.CLOSED
    new.origin = src
    if source is not None:
        new.since_s = source.since_s
        new.proof = source.proof if source.alive else Proof.APPEARED
        new.sample = source.sample
        new.sampled_at_s = source.sampled_at_s
        if source.origin is not None:
            new.origin = source.origin
        elif source.state is State.NEW or source.state is State.VOID:
            new.origin = None
    if new.origin == new.path:
        # Away and back. Nobody can tell that the content is the same, and Plex may have looked
        # in between: one request too many is better than one too few.
        new.origin = None
        new.state = State.CHANGED


def stays_behind(source: Pending | None) -> bool:
    """Tell whether a name that was moved away from may have had an owner of its own before.

    The move itself tells what became of its origin; this is for `a -> b -> c`, where b, too, was
    there before the wait, or may have been.
    """
    return (
        source is not None
        and source.origin is not None
        and source.state in {State.PRESENT, State.CHANGED}
    )


@dataclass(slots=True, eq=False)
class Bucket:
    """Everything that waits in one directory, and the times that decide for how long.

    All times are monotonic seconds. `window_at_s` is where the cap counts from: the first event,
    or the last time a part was told. `armed_at_s` is the earliest time at which the bucket stands
    in the settler's heap. A `collapsed` bucket has given up its paths and stands for the whole
    directory. An `is_hasty` one waits no longer with its losses: the directory is told itself.
    """

    directory: str
    first_at_s: float
    last_at_s: float
    window_at_s: float
    sampled_at_s: float = -math.inf
    armed_at_s: float = math.inf
    arrivals: int = 0
    collapsed: bool = False
    is_hasty: bool = False
    paths: dict[str, Pending] = field(default_factory=dict)

    def put(self, pending: Pending) -> None:
        """File a path; its key must be free."""
        self.paths[pending.key] = pending
        self.arrivals += pending.arriving

    def take(self, key: str) -> Pending | None:
        """Remove a path and return it."""
        pending = self.paths.pop(key, None)
        if pending is not None:
            self.arrivals -= pending.arriving
        return pending

    def turn(self, pending: Pending, state: State) -> None:
        """Give a filed path another state."""
        if pending.state is not state:
            self.arrivals -= pending.arriving
            pending.state = state
            self.arrivals += pending.arriving

    def collapse(self) -> list[Pending]:
        """Give up the paths, and return them."""
        given_up = list(self.paths.values())
        self.paths.clear()
        self.arrivals = bool(self.arrivals)
        self.collapsed = True
        return given_up

    def as_a_whole(self, *, gone: bool) -> Pending:
        """Speak of the directory itself, in place of all its paths."""
        state = State.GONE if gone else State.CHANGED
        return Pending(self.directory, is_dir=True, state=state, since_s=self.first_at_s)

    def told_now(self) -> list[Pending]:
        """List what would be told if there were no time left to wait."""
        return [self.as_a_whole(gone=False)] if self.collapsed else list(self.paths.values())

    def become_known(self) -> None:
        """Plex has been asked to look here: nothing that is there is certainly unknown to it."""
        for pending in self.paths.values():
            if pending.state is State.NEW:
                self.turn(pending, State.PRESENT)

    def deadline(self, quiet_s: float, max_wait_s: float, deletions_s: float) -> float:
        """When the bucket has to be looked at next."""
        cap = self.window_at_s + max_wait_s
        if self.arrivals:
            return min(max(self.last_at_s, self.sampled_at_s) + quiet_s, cap)
        if self.is_hasty:
            return min(self.last_at_s + quiet_s, cap)
        return min(self.last_at_s + deletions_s, max(cap, self.window_at_s + deletions_s))
