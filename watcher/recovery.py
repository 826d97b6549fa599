"""After the kernel left something out: once the storm is over, all is compared with what was known.

While the queue runs over again and again, comparing would only be overtaken. What the comparison
finds counts as told once it was handed on; until then the folders have a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from watcher.differences import Mode
from watcher.tree import ASLEEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.look import Looker
    from watcher.moves import Moves
    from watcher.poll_rounds import Poller
    from watcher.scene import Scene

_LONGEST_STORM: Final = 50
"""How many times the calm after a storm is waited for, where one overflow follows the other."""


class Recovery:
    """Finds out what was lost in one ground. Owned by the thread that watches it.

    `folders` names the configured folders that something may be missing of, `on_gap` is called
    with each and whether a gap opens or closes. `delivered` says whether all that was told has
    been handed on, `wall` gives seconds since the epoch.
    """

    def __init__(  # noqa: PLR0913 - what the loop plugs in, each with its name
        self,
        scene: Scene,
        looker: Looker,
        polls: Poller,
        moves: Moves,
        *,
        folders: Callable[[], tuple[str, ...]],
        on_gap: Callable[[str, bool], None],
        delivered: Callable[[], bool],
        wall: Callable[[], float],
    ) -> None:
        self._scene = scene
        self._looker = looker
        self._polls = polls
        self._moves = moves
        self._folders = folders
        self._on_gap = on_gap
        self._delivered = delivered
        self._wall = wall
        self._compare_at_s: float | None = None
        self._compare_by_s = 0.0
        self._gap: tuple[str, ...] = ()

    def next_s(self) -> float | None:
        """When everything is compared, in monotonic seconds; None if it is not, or was."""
        return self._compare_at_s

    def is_ending(self) -> bool:
        """Whether everything was looked at, as far as it waits for this."""
        return self._scene.is_comparing and self._compare_at_s is None

    def lost(self, why: str) -> None:
        """Hear that events were lost: compare everything with what is known, once it is calm."""
        if not self._scene.is_comparing:
            self._scene.is_comparing = True
            path = self._scene.ground.folder.path
            self._scene.teller.report(
                "WARNING", f"{path}: {why}; all of it is compared with what was known"
            )
            self._gap = self._folders()
            self._tell_gap(is_open=True)
        now, calm_s = self._scene.clock(), self._scene.pace.calm_s
        if self._compare_at_s is None:
            self._compare_by_s = now + _LONGEST_STORM * calm_s
        self._compare_at_s = min(now + calm_s, self._compare_by_s)

    def step(self, now: float) -> None:
        """Queue everything for a comparison, if it is time for that."""
        if self._compare_at_s is None or now < self._compare_at_s:
            return
        if self._looker:
            self._compare_at_s = now + self._scene.pace.calm_s
            return
        self._compare_at_s = None
        if not self._scene.is_inspected:
            self._scene.doubt(self._wall())
        self._polls.absorb_all()
        for node in self._scene.tree.root.all_below():
            if node.wd != ASLEEP:
                self._looker.queue(node, Mode.COMPARE)

    def end(self) -> None:
        """End a comparison once all that it found was handed on."""
        self._scene.teller.flush()
        if not self._moves and self._delivered():
            self._scene.is_comparing = False
            self._scene.removed.clear()
            self._tell_gap(is_open=False)

    def _tell_gap(self, *, is_open: bool) -> None:
        for path in self._gap:
            self._on_gap(path, is_open)
