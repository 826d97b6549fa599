"""What was in directories that are gone and not told yet: should one be back, it is missed again.

The deletion of a directory says all of what was in it. But a directory that is made anew under its
name before that was told is no loss: what it had, and has not any more, is.
"""

from __future__ import annotations

from watcher.directories import DirectoryMap

MOST = 50_000
"""So many paths are remembered; of more, what does not come back is found by no event."""


class LostBelow:
    """Paths of files and directories by the directory that they were in. Not thread-safe."""

    def __init__(self) -> None:
        self._lost: DirectoryMap[dict[str, bool]] = DirectoryMap()
        self._count = 0

    def keep(self, directory: str, paths: dict[str, bool]) -> None:
        """Remember what was in a directory that is gone, and which of it were directories."""
        before = self._lost.get(directory) or {}
        new = {path: is_dir for path, is_dir in paths.items() if path not in before}
        if new and self._count + len(new) <= MOST:
            self._count += len(new)
            self._lost.set(directory, {**before, **new})

    def back(self, directory: str) -> dict[str, bool]:
        """Take what was right in a directory that is back."""
        lost = self._lost.pop(directory) or {}
        self._count -= len(lost)
        return lost

    def forget(self, directory: str) -> None:
        """Forget what was in a directory and below: all of it is told."""
        for each, _ in self._lost.below(directory):
            self.back(each)
