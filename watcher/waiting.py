"""Everything that waits in the settler, by directory: events are folded in, nothing is timed here.

Memory is bounded by degrading to directories, never to loss: a directory with too many waiting
paths gives them up and becomes one change, "something changed in here". What had moved in from
elsewhere is then told as gone from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.directories import DirectoryMap, parent_of
from watcher.events import Event, What
from watcher.lost_below import LostBelow
from watcher.pending import (
    KNOWN,
    LEFT,
    NEXT,
    PROOF,
    Bucket,
    Pending,
    Proof,
    State,
    after,
    key_of,
    moved,
    stays_behind,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Waiting:
    """The buckets of all directories in which something waits.

    `touched` is called for each bucket whose deadline may have come nearer, `appeared` for each
    path that will have to be looked at twice. Not thread-safe.
    """

    def __init__(
        self,
        directory_limit: int,
        total_limit: int,
        touched: Callable[[Bucket], None],
        appeared: Callable[[Pending], None],
    ) -> None:
        """Start empty."""
        self._directory_limit = directory_limit
        self._total_limit = total_limit
        self._touched = touched
        self._appeared = appeared
        self._buckets: DirectoryMap[Bucket] = DirectoryMap()
        self._lost = LostBelow()
        self._shrink_above = total_limit
        self.count = 0
        """How many paths wait; a directory that gave up its paths counts as one."""

    def bucket(self, directory: str) -> Bucket | None:
        """Return what waits in the directory itself."""
        return self._buckets.get(directory)

    def buckets(self) -> list[Bucket]:
        """List all of them, the oldest first."""
        return list(self._buckets.values())

    def remove(self, bucket: Bucket) -> None:
        """Forget a bucket and what is left in it."""
        self._buckets.pop(bucket.directory)
        self.count -= len(bucket.paths) + bucket.collapsed
        if self.count <= self._total_limit // 2:
            self._shrink_above = self._total_limit

    def discard(self, bucket: Bucket, pending: Pending) -> None:
        """Forget one path of a bucket: it is told."""
        self.count -= bucket.take(pending.key) is not None
        if pending.is_dir:
            self._lost.forget(pending.path)

    def fold(self, event: Event, now: float) -> None:
        """Take in an event."""
        path, is_dir = event.path, event.is_dir
        if event.what is What.MOVED and event.dest is not None:
            if event.dest != path:
                self._move(path, event.dest, is_dir=is_dir, now=now)
        elif event.what is What.MOVED or event.what is What.DELETED:
            # A move without a destination went to where nobody watches.
            if is_dir:
                self._drop_below(path, now)
            self._fold(What.DELETED, path, is_dir=is_dir, now=now)
        else:
            self._fold(event.what, path, is_dir=is_dir, now=now)
        if self.count > self._shrink_above:
            self._shrink()

    def lose(self, bucket: Bucket, pending: Pending, now: float) -> None:
        """Note that a path is not there, though no event said so."""
        bucket.turn(pending, NEXT[What.DELETED][pending.state])
        self._release(pending, now)

    def become_known(self, directory: str) -> None:
        """Plex has been asked to look into the directory: nothing below is certainly new to it."""
        for _, bucket in self._buckets.below(directory):
            bucket.become_known()
        self._known_above(directory)

    def hasten(self, directory: str) -> list[Bucket]:
        """Wait no longer with what is gone from a directory or below: it is scanned anyway."""
        buckets = [bucket for _, bucket in self._buckets.below(directory)]
        for bucket in buckets:
            bucket.is_hasty = True
        return buckets

    def _known_above(self, directory: str) -> None:
        """Plex may know something in a directory: so it may know that, and all above, by name."""
        while directory != "/":
            parent = parent_of(directory)
            bucket_above = self._buckets.get(parent)
            if bucket_above is not None:
                pending = bucket_above.paths.get(key_of(directory, is_dir=True))
                if pending is not None:
                    bucket_above.turn(pending, KNOWN.get(pending.state, pending.state))
            directory = parent

    def _open(self, directory: str, now: float) -> Bucket:
        bucket = self._buckets.get(directory)
        if bucket is None:
            bucket = Bucket(directory, first_at_s=now, last_at_s=now, window_at_s=now)
            self._buckets.set(directory, bucket)
        bucket.last_at_s = now
        return bucket

    def _fold(self, what: What, path: str, *, is_dir: bool, now: float) -> None:
        bucket = self._open(parent_of(path), now)
        if bucket.collapsed:
            bucket.arrivals |= what is not What.DELETED
            self._touched(bucket)
            return
        pending = bucket.paths.get(key_of(path, is_dir=is_dir))
        if pending is None:
            state = after(what, None, is_dir=is_dir)
            if state is State.NEW and self._came_along(path):
                state = State.PRESENT
            pending = Pending(path, is_dir, state, now)
            self._file(bucket, pending)
        else:
            bucket.turn(pending, after(what, pending.state, is_dir=is_dir))
        if is_dir and pending.state is State.NEW and self._buckets.below(path):
            bucket.turn(pending, State.PRESENT)  # what is gone from below was in one of its name
        if is_dir and pending.alive:
            self._is_back(path, now)
        if what is What.DELETED:
            self._release(pending, now)
        elif pending.alive:
            pending.proof = PROOF[what]
            pending.sample = None
            self._announce(pending)
        self._touched(bucket)

    def _came_along(self, path: str) -> bool:
        """Whether a path lies in a directory that moved: Plex may know it from where that was."""
        while path != "/":
            path = parent_of(path)
            above = self._buckets.get(parent_of(path))
            waits = None if above is None else above.paths.get(key_of(path, is_dir=True))
            if waits is not None and waits.origin is not None:
                return True
        return False

    def _announce(self, pending: Pending) -> None:
        if pending.proof is Proof.APPEARED and pending.sample is None and not pending.is_dir:
            self._appeared(pending)

    def _file(self, bucket: Bucket, pending: Pending) -> None:
        """Put a path into its bucket, or let the bucket speak for it."""
        if bucket.collapsed:
            bucket.arrivals |= pending.arriving
            return
        bucket.put(pending)
        self.count += 1
        if len(bucket.paths) > self._directory_limit:
            self._collapse(bucket)

    def _take(self, path: str, *, is_dir: bool) -> Pending | None:
        bucket = self._buckets.get(parent_of(path))
        pending = None if bucket is None else bucket.take(key_of(path, is_dir=is_dir))
        self.count -= pending is not None
        return pending

    def _release(self, pending: Pending, now: float) -> None:
        """Note that what had moved here is gone: then it is gone from where it came from, too."""
        origin, pending.origin = pending.origin, None
        if origin is None:
            return
        bucket = self._open(parent_of(origin), now)
        left = bucket.paths.get(key_of(origin, is_dir=pending.is_dir))
        if left is None:
            self._file(bucket, Pending(origin, pending.is_dir, LEFT[None], now))
        else:
            bucket.turn(left, LEFT[left.state])
        self._known_above(parent_of(origin))
        self._touched(bucket)

    def _move(self, src: str, dst: str, *, is_dir: bool, now: float) -> None:
        target = self._vacate(dst, is_dir=is_dir, now=now)  # may show that `src` is not new
        if is_dir:
            self._is_back(dst, now)
        source = self._take(src, is_dir=is_dir)
        self._rename(source, src, Pending(dst, is_dir, State.NEW, now), target)
        if stays_behind(source):
            self._fold(What.DELETED, src, is_dir=is_dir, now=now)
        left = self._buckets.get(parent_of(src))
        if left is not None:
            left.last_at_s = now
        if is_dir:
            self._rebase(src, dst, now)

    def _vacate(self, path: str, *, is_dir: bool, now: float) -> Pending | None:
        """Take what waits at a name that something else takes over."""
        target = self._take(path, is_dir=is_dir)
        if target is not None:
            self._release(target, now)
        return target

    def _rename(
        self, source: Pending | None, src: str, new: Pending, target: Pending | None
    ) -> None:
        """File `new` with all that was known of it as `source`, under its old name `src`.

        `target` is what waited at its new name.
        """
        now = new.since_s
        # A directory takes the place of an empty one at most (rename(2)): unless something of that
        # one still waits to be told as gone, Plex has nothing there.
        vacant = new.is_dir and target is None and not self._buckets.below(new.path)
        moved(source, target, src, new, vacant=vacant)
        bucket = self._open(parent_of(new.path), now)
        if bucket.collapsed:
            self._release(new, now)
        self._file(bucket, new)
        if new.state is State.CHANGED:
            self._known_above(bucket.directory)  # it is back, or took the place of something
        self._announce(new)
        self._touched(bucket)

    def _rebase(self, src: str, dst: str, now: float) -> None:
        """Give new names to what waits below a directory that moved.

        Nothing has to be said of the old names: the directory itself is told as moved or deleted
        from there, unless it is so new that nobody knows it.
        """
        for directory, old in self._buckets.below(src):
            self.remove(old)
            if old.collapsed or old.arrivals:
                self._merge(self._open(dst + directory[len(src) :], now), old)
            for pending in old.paths.values():
                if pending.state is State.GONE and pending.origin is None and not pending.is_dir:
                    # What a scan of the old place shows is lost there; a sidecar is missed here.
                    new = dst + pending.path[len(src) :]
                    self._fold(What.DELETED, new, is_dir=False, now=now)
                elif pending.alive:
                    new = dst + pending.path[len(src) :]
                    pending_there = Pending(new, pending.is_dir, State.NEW, now)
                    target = self._vacate(new, is_dir=pending.is_dir, now=now)
                    self._rename(pending, pending.path, pending_there, target)

    def _merge(self, bucket: Bucket, old: Bucket) -> None:
        """Have a bucket wait no longer than the one that it takes over from."""
        bucket.first_at_s = min(bucket.first_at_s, old.first_at_s)
        bucket.window_at_s = min(bucket.window_at_s, old.window_at_s)
        if old.collapsed:
            self._collapse(bucket)
            bucket.arrivals |= old.arrivals
        self._touched(bucket)

    def _drop_below(self, directory: str, now: float) -> None:
        """Forget what waits below a directory that is gone."""
        inside = directory + "/"
        for place, bucket in self._buckets.below(directory):
            self.remove(bucket)
            was_there = (p for p in bucket.paths.values() if p.state not in {State.NEW, State.VOID})
            self._lost.keep(place, {p.path: p.is_dir for p in was_there if p.origin is None})
            for pending in bucket.paths.values():
                pending.state = State.VOID
                if pending.origin is not None and not pending.origin.startswith(inside):
                    self._release(pending, now)

    def _is_back(self, directory: str, now: float) -> None:
        """Miss again what was in a directory that was gone, until it comes as well."""
        for path, is_dir in self._lost.back(directory).items():
            self._fold(What.DELETED, path, is_dir=is_dir, now=now)

    def _collapse(self, bucket: Bucket) -> None:
        """Have the directory itself stand for all its paths."""
        if bucket.collapsed:
            return
        paths = bucket.collapse()
        self.count += 1 - len(paths)
        for pending in paths:
            pending.state = State.VOID  # for whoever still holds it
            if pending.origin is not None and parent_of(pending.origin) != bucket.directory:
                self._release(pending, bucket.last_at_s)

    def _shrink(self) -> None:
        """Have the fullest directories give up their paths, down to half the limit.

        To half, so that the sorting is paid for once in many events. Where that is not reached,
        because the paths are spread thin, the next try waits until there are as many more.
        """
        for bucket in sorted(self.buckets(), key=lambda each: -len(each.paths)):
            if self.count <= self._total_limit // 2 or len(bucket.paths) <= 1:
                break
            self._collapse(bucket)
        self._shrink_above = max(self._total_limit, self.count + self._total_limit // 2)
