"""What earlier watching remembers of tops: asked by a command, which watches nothing itself.

A disk that is away shows as the directory on which it is mounted, and that may hold a few files of
its own. Only what was known of it tells that these are not what is left of it. The daemon judges
by the same memory when it starts (see `watcher.attend`). A command looks deeper, since it has
nothing else to go by: importers make the directories of a disk in its mount point, too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher import mounts
from watcher.folders import grounds
from watcher.known import split
from watcher.memory import (
    LINKS,
    MOUNTED_AT,
    MOUNTED_FROM,
    MemoryDamagedError,
    file_for,
    load,
)
from watcher.resemblance import half_are_there, sample
from watcher.resolve import where_it_leads
from watcher.scene import identify, lasting_identity
from watcher.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from watcher.folders import Ground, WatchedFolder
    from watcher.memory import Recalled
    from watcher.mounts import Mount
    from watcher.report import Report
    from watcher.tree import Identity, Node


@dataclass(frozen=True, slots=True)
class Doubt:
    """A host directory below which nothing that is missing was deleted for certain, and why.

    `is_away`: it is absent or empty, or what was mounted there is not. Nobody can have meant that.
    """

    path: str
    why: str
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class _Top:
    """A directory as it is remembered.

    `names` are how it is spelled, `files` some of those below it, relative to it.
    """

    path: bytes
    names: tuple[str, ...]
    known: frozenset[bytes]
    files: tuple[bytes, ...]
    trusted: Identity | None
    mounted_at: object
    mounted_from: object


class Remembered:
    """The tops of all folders, as they were remembered when this was made; any thread may call.

    `directory` is where the watching keeps what it knows, None for nowhere.
    """

    def __init__(
        self,
        folders: Sequence[WatchedFolder],
        ignored: Callable[[str, bool], bool],
        directory: Path | None,
        report: Report,
    ) -> None:
        self._tops: list[_Top] = []
        self._links: dict[str, tuple[bytes, bytes]] = {}
        """The link that a spelling goes by, and where it led."""
        self._report = report
        if directory is None:
            return
        for ground in grounds(folders, ignored):
            top = os.fsencode(ground.folder.path)
            tree = Tree(top)
            recalled = self._load(file_for(directory, top), tree)
            if recalled is not None:
                self._tops += _of_ground(ground, tree, recalled)
        tree = Tree(b"")
        recalled = self._load(file_for(directory, os.fsencode(LINKS)), tree)
        if recalled is not None:
            self._tops += self._of_links(tree, recalled)

    def _load(self, file: Path, tree: Tree) -> Recalled | None:
        try:
            return load(file, tree)
        except (MemoryDamagedError, OSError) as error:
            self._report("WARNING", f"what was known before is not used ({error})")
            return None

    def knows(self, path: str) -> bool:
        """Whether it is remembered what was in the folder or disk that holds a host path."""
        return any(_holds(name, path) for top in self._tops if top.known for name in top.names)

    def doubts(self) -> tuple[Doubt, ...]:
        """Look at every top as it is now, and name those that are not what is known of them."""
        table = mounts.read()
        found: list[Doubt] = []
        for top in self._tops:
            names = [name for name in top.names if self._still_leads(name)]
            doubt = _judge(top, table) if names else None
            if doubt is not None:
                why, is_away = doubt
                found += [Doubt(name, why, is_away) for name in names]
        return tuple(found)

    def _still_leads(self, name: str) -> bool:
        """Whether a spelling is still one, if it goes by way of a link.

        Of a link that is gone, or that leads elsewhere, what it showed is gone with it.
        """
        link = self._links.get(name)
        if link is None:
            return True
        path, real = link
        if not os.path.isdir(path):  # noqa: PTH112 - a path of bytes
            return os.path.lexists(path)
        return where_it_leads(path) == real

    def _of_links(self, tree: Tree, recalled: Recalled) -> Iterator[_Top]:
        """Yield what links lead to, and what was mounted in that, spelled by way of each link."""
        noted = recalled.notes.get(LINKS)
        links = noted if isinstance(noted, dict) else {}
        targets = {os.fsencode(real) for real in links.values()}
        nodes = dict.fromkeys([*recalled.tops, *recalled.mounted])
        nodes.update(dict.fromkeys(filter(None, (tree.find(real[1:]) for real in targets))))
        for node in nodes:
            real = b"/" + tree.relative(node)
            names = []
            for link, target in links.items():
                if mounts.is_within(real, os.fsencode(target)):
                    name = link + os.fsdecode(real)[len(target) :]
                    self._links[name] = os.fsencode(link), os.fsencode(target)
                    names.append(name)
            if names:
                yield _top(tree, node, real, tuple(names), recalled)


def _of_ground(ground: Ground, tree: Tree, recalled: Recalled) -> Iterator[_Top]:
    """Yield a folder, the folders in it, and what was mounted in it."""
    nodes = dict.fromkeys([tree.root, *recalled.tops, *recalled.mounted])
    for relative, _ in ground.nested:
        node = tree.find(relative)
        nodes.update({} if node is None else {node: None})
    for node in nodes:
        name = _spelled(ground, tree.relative(node))
        twins = [twin.path for twin, owner in ground.same if owner.path == name]
        yield _top(tree, node, os.fsencode(name), (name, *twins), recalled)


def _spelled(ground: Ground, relative: bytes) -> str:
    """Spell a place in a tree as it is configured: by the innermost folder that holds it."""
    holding = [(b"", ground.folder), *ground.nested]
    inner, folder = max(
        ((at, folder) for at, folder in holding if not at or mounts.is_within(relative, at)),
        key=lambda pair: len(pair[0]),
    )
    rest = os.fsdecode(relative[len(inner) :].lstrip(b"/"))
    return "/".join(filter(None, (folder.path.rstrip("/"), rest))) or "/"


def _top(tree: Tree, node: Node, path: bytes, names: tuple[str, ...], recalled: Recalled) -> _Top:
    is_mount = node in recalled.mounted
    return _Top(
        path,
        names,
        frozenset(split(node.names)) | frozenset(node.children or ()),
        tuple(_sampled(tree, node, recalled)),
        recalled.tops.get(node),
        _mounted_at(os.fsdecode(tree.relative(node)), path, recalled, is_mount=is_mount),
        _noted(MOUNTED_FROM, os.fsdecode(tree.relative(node)), recalled),
    )


def _mounted_at(relative: str, path: bytes, recalled: Recalled, *, is_mount: bool) -> object:
    """Say where that was mounted on which a top lay; None where nobody noted it."""
    point = _noted(MOUNTED_AT, relative, recalled)
    return os.fsdecode(where_it_leads(path)) if point is None and is_mount else point


def _noted(what: str, relative: str, recalled: Recalled) -> object:
    noted = recalled.notes.get(what)
    return noted.get(relative) if isinstance(noted, dict) else None


def _below(top: Node, recalled: Recalled) -> Iterator[Node]:
    """Yield a top and all directories below it; none of another file system."""
    others = {*recalled.tops, *recalled.mounted} - {top}
    stack = [top]
    while stack:
        node = stack.pop()
        if node not in others:
            yield node
            stack.extend((node.children or {}).values())


def _sampled(tree: Tree, top: Node, recalled: Recalled) -> Iterator[bytes]:
    """Yield paths of files below a top, relative to it."""
    start = len(tree.relative(top))
    for node, name in sample(_below(top, recalled)):
        yield b"/".join((tree.relative(node)[start:], name)).lstrip(b"/")


def _judge(top: _Top, table: tuple[Mount, ...]) -> tuple[str, bool] | None:
    """Say why a top is not what is known of it, and whether that is away; None if it is.

    The same directory is believed, unless it is empty now; another one only if it holds half of
    what is known at least, at the top and below, and nothing was mounted here that is not now.
    """
    identity, why = identify(top.path)
    if identity is None:
        return f"it is not there: {why}", True
    try:
        found = frozenset(os.listdir(top.path))  # noqa: PTH208 - a path of bytes
    except OSError as error:
        return f"it cannot be read: {error.strerror}", True
    if top.known and not found:
        return f"it is empty, and {len(top.known)} entries were known in it", True
    lasting = lasting_identity(top.path, identity)
    if not top.known or (lasting is not None and lasting == top.trusted):
        return None
    mounted_from = None if lasting else mounts.description(where_it_leads(top.path), table)
    if mounted_from is not None and mounted_from == top.mounted_from:
        return None
    return _judge_another(top, found, is_away=mounts.is_unmounted(top.mounted_at, table))


def _judge_another(top: _Top, found: frozenset[bytes], *, is_away: bool) -> tuple[str, bool] | None:
    kept = len(top.known & found)
    files = (top.path + b"/" + each for each in top.files)
    if not is_away and 2 * kept >= len(top.known) and half_are_there(files):
        return None
    said = f"another directory stands there, with {kept} of {len(top.known)} known entries"
    return f"its disk is not mounted: {said}" if is_away else said, is_away


def _holds(top: str, path: str) -> bool:
    return path == top or path.startswith(top.rstrip("/") + "/")
