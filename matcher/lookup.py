"""Looking for sampled files below a directory, however the disk spells their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher import paths
from matcher.tree import Node, Status
from matcher.weigh import NOTHING, Candidate, Look, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.tree import Tree
    from matcher.walk import Limits


@dataclass(frozen=True, slots=True)
class Sample:
    """One sampled file: its names below a Plex directory, its size in bytes, its Plex path.

    `folds` says that Plex's own system folds case.
    """

    below: tuple[str, ...]
    size: int | None
    file: str
    folds: bool = False


@dataclass(slots=True)
class Lookup:
    """Looks at files and remembers listings, within limits. Not for several threads."""

    tree: Tree
    limits: Limits
    looks: int = 0
    listings: int = 0
    _names: dict[str, dict[str, list[str]] | None] = field(default_factory=dict)

    @property
    def was_cut(self) -> bool:
        """Whether a limit was reached."""
        return self.looks >= self.limits.looks or self.listings >= self.limits.listings

    def candidate(self, base: str, samples: Sequence[Sample]) -> Candidate:
        """Look for all samples below a directory."""
        looks = tuple(self.look(base, sample) for sample in samples)
        return Candidate(base, looks, self.marks(base))

    def look(self, base: str, sample: Sample) -> Look:
        """Look for one sampled file below a directory.

        The equal name counts first, then one that is equal in NFC, then one that differs in case
        alone. The last kind proves nothing by its name, unless Plex's system folds case too.
        """
        if self.looks >= self.limits.looks or not self._may_hold(base, sample.below[0]):
            return NOTHING
        self.looks += 1
        path = _path(base, sample.below)
        status = self.tree.status(path)
        is_caseless = False
        if status is None:
            spelled = self.spelled(base, sample.below)
            if spelled is None:
                return NOTHING
            path = _path(base, spelled)
            status = self.tree.status(path)
            is_caseless = list(map(paths.nfc, spelled)) != list(map(paths.nfc, sample.below))
        seen = _seen(status, sample)
        if status is None or (is_caseless and seen is not Seen.SAME and not sample.folds):
            return NOTHING
        return Look(seen, path, status.device, status.changed_ns)

    def marks(self, base: str) -> frozenset[tuple[object, ...]]:
        """Say which directory it is, whatever its name: equal ones share a mark."""
        marks: list[tuple[object, ...]] = [("path", self.tree.realpath(base))]
        status = self.tree.status(base)
        if status is not None and status.inode:
            marks.append(("inode", status.device, status.inode))
        return frozenset(marks)

    def _may_hold(self, base: str, name: str) -> bool:
        """Say whether a directory can hold a name in some spelling; yes if nobody can tell."""
        names = self._listing(base)
        return names is None or paths.caseless(name) in names

    def spelled(self, base: str, below: tuple[str, ...]) -> tuple[str, ...] | None:
        """Find how the disk spells names below a directory; None if they are not there."""
        spelled: list[str] = []
        here = base
        for name in below:
            found = self._spelling(here, name)
            if found is None:
                return None
            spelled.append(found)
            here = _path(here, (found,))
        return tuple(spelled)

    def _spelling(self, directory: str, name: str) -> str | None:
        alike = (self._listing(directory) or {}).get(paths.caseless(name), [])
        if name in alike:
            return name
        composed = [each for each in alike if paths.nfc(each) == paths.nfc(name)]
        choice = composed or alike
        return choice[0] if len(choice) == 1 else None

    def _listing(self, directory: str) -> dict[str, list[str]] | None:
        if directory not in self._names:
            if self.listings >= self.limits.listings:
                return None
            self.listings += 1
            entries = self.tree.entries(directory)
            names: dict[str, list[str]] = {}
            for entry in entries or ():
                names.setdefault(paths.caseless(entry.name), []).append(entry.name)
            self._names[directory] = None if entries is None else names
        return self._names[directory]


def _path(base: str, names: Sequence[str]) -> str:
    return base.rstrip("/") + "/" + "/".join(names)


def _seen(status: Status | None, sample: Sample) -> Seen:
    if status is None or status.node is not Node.FILE:
        return Seen.MISSING
    if sample.size is None:
        return Seen.UNSIZED
    return Seen.SAME if status.size == sample.size else Seen.DIFFERS
