"""Which names below the watched folders are nobody's business: noise, and what the user ignores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher import paths
from matcher.globs import Globs
from matcher.noise import is_noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watcher.config_model import FolderConfig


class Ignoring:
    """Answers for any host path; asked by watching threads for every name, so it is quick."""

    def __init__(self, folders: Sequence[FolderConfig], everywhere: Sequence[str]) -> None:
        rules = [
            (folder.path.rstrip("/") + "/", Globs((*everywhere, *folder.ignore)))
            for folder in folders
        ]
        self._rules = sorted(rules, key=lambda rule: -len(rule[0]))

    def __call__(self, path: str, is_dir: bool) -> bool:  # noqa: FBT001 - the watcher's signature
        """Whether a path is to be passed over; the innermost folder that holds it decides."""
        for top, ignore in self._rules:
            if path.startswith(top):  # top ends with a separator: whole components only
                return is_noise(path[len(top) :], is_dir=is_dir, ignore=ignore)
        return False

    def globs_of(self, folder: str) -> Globs:
        """Return the globs in force for a configured folder."""
        wanted = paths.normalise(folder).rstrip("/") + "/"
        return next((ignore for top, ignore in self._rules if top == wanted), Globs())
