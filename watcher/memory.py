"""The memory of a tree on disk: what was known when it was last safe, one file for each tree.

The file is a line of text that names the format, a line of JSON, one record for each directory
(parents first), and a checksum. It is replaced as a whole, and a file that is damaged is not
used at all: then the tree is taken as it stands, like on the first day.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from watcher.tree import make_node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from watcher.ledger import Entry, Ledger, Past
    from watcher.tree import Branch, Identity, Node, Tree

    _Gone = tuple[bytes, Past | None]

_MAGIC: Final = b"plexnudge memory of a tree, format 1\n"
_HEAD: Final = struct.Struct("<BHIII")  # flags, name, names + 1 (0: None), prints, children
_IDENTITY: Final = struct.Struct("<QQ")
_CHECK: Final = struct.Struct("<I")
_TOP: Final = 1
"""Another file system's top, or the tree's own, and a lasting identity follows."""
_MOUNTED: Final = 2
"""Another file system was mounted here, so an empty directory in its place is no deletion."""
_CHUNK_BYTES: Final = 1 << 16
_CHUNK_PARTS: Final = 1 << 12
MOUNTED_AT: Final = "mounted at"
"""The note that says of tops, by their paths relative to the tree's, at which mount point that was
mounted what they lay on when they were last what is known of them."""
MOUNTED_FROM: Final = "mounted from"
"""The note that says of tops what they lay on then, as `watcher.mounts.description` has it."""
LINKS: Final = "links"
"""The note that says which links were followed: the target's real path by the link's path. The
memory of what they lead to is filed under the same name."""
_NAMED: Final = (None, b"", 0)
"""Of which the name alone is remembered."""


class MemoryDamagedError(Exception):
    """The file is not one of ours, or not whole. The text says which file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a file told about branches.

    `tops` are directories of a lasting identity, with that; `mounted` are those on which another
    file system was mounted. `uncertain_since_s`: see `watcher.scene.Scene`. `notes` are the notes
    of the tree then, among other things.
    """

    tops: dict[Node, Identity]
    mounted: list[Node]
    uncertain_since_s: float | None
    notes: dict[str, object]


def file_for(directory: Path, top_path: bytes) -> Path:
    """Name the file for a tree by how its top is spelled."""
    return directory / f"known-{hashlib.sha256(top_path).hexdigest()[:16]}.bin"


def save(file: Path, tree: Tree, ledger: Ledger, *, uncertain_since_s: float | None = None) -> None:
    """Write what is safe to remember; the old file stays until the new one is complete.

    Raises OSError where the disk refuses.
    """
    own = {"top": os.fsdecode(tree.root.name), "uncertain_since_s": uncertain_since_s}
    header = tree.notes | own
    fresh = file.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(handle, "wb") as out:  # noqa: PTH123 - a descriptor, opened so that no link is followed
        check = 0
        for chunk in _chunks(json.dumps(header).encode(), tree, ledger):
            check = zlib.crc32(chunk, check)
            out.write(chunk)
        out.write(_CHECK.pack(check))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def _chunks(header: bytes, tree: Tree, ledger: Ledger) -> Iterator[bytes]:
    """One record for each directory, parents first; what was in its place for one that is news."""
    yield _MAGIC + header + b"\n"
    if not ledger:
        yield from _without_news(tree)
        return
    buffer = bytearray()
    for record in _records_beside_news(tree, ledger):
        buffer += record
        if len(buffer) >= _CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer)


def _without_news(tree: Tree) -> Iterator[bytes]:
    """The records where there is no news, as after the first walk of all.

    Each takes as few steps as can be: who waits for "ready" waits for this.
    """
    pack, tops = _HEAD.pack, {branch.top: branch for branch in tree.branches}
    parts: list[bytes] = []
    beside = [iter((tree.root,))]
    while beside:
        if len(parts) >= _CHUNK_PARTS:
            yield b"".join(parts)
            parts.clear()
        for node in beside[-1]:
            name, names, prints, children = node.name, node.names, node.prints, node.children
            flags, tail = _of_top(tops[node]) if node in tops else (0, b"")
            named = 0 if names is None else len(names) + 1
            head = pack(flags, len(name), named, len(prints), len(children) if children else 0)
            parts += (head, name, names or b"", prints, tail)
            if children:
                beside.append(iter(children.values()))
                break
        else:
            beside.pop()
    yield b"".join(parts)


def _records_beside_news(tree: Tree, ledger: Ledger) -> Iterator[bytes]:
    stack: list[Node | _Gone] = [tree.root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            name, past = node
            yield _record(name, *((past.names, past.prints, len(past.dirs)) if past else _NAMED))
            stack.extend(past.dirs.items() if past else ())
            continue
        entry = ledger.get(node)
        names, prints = (node.names, node.prints) if entry is None else (entry.names, entry.prints)
        below = _children(node, entry, ledger) if node.children or entry is not None else []
        branch = node.branch
        flags, tail = (0, b"") if branch is None or branch.top is not node else _of_top(branch)
        yield _record(node.name, names, prints, len(below), flags) + tail
        stack.extend(below)


def _children(node: Node, entry: Entry | None, ledger: Ledger) -> list[Node | _Gone]:
    children = node.children or {}
    if entry is None:
        every = children.values()
        return [child for child in every if not ledger.is_news(child)]
    below: list[Node | _Gone] = []
    for name, past in (entry.dirs or {}).items():
        child = children.get(name)
        below.append((name, past) if child is None or ledger.is_news(child) else child)
    return below


def _of_top(branch: Branch) -> tuple[int, bytes]:
    """Flags and what follows the record of a branch's top."""
    flags = _MOUNTED if branch.outer is not None and not branch.is_folder else 0
    identity = branch.trusted
    return (flags, b"") if identity is None else (flags | _TOP, _IDENTITY.pack(*identity))


def _record(
    name: bytes, names: bytes | None, prints: bytes, children: int, flags: int = 0
) -> bytes:
    named = 0 if names is None else len(names) + 1
    head = _HEAD.pack(flags, len(name), named, len(prints), children)
    return b"".join((head, name, names or b"", prints))


def load(file: Path, tree: Tree) -> Recalled | None:
    """Fill a new tree with what was remembered; None where there is no file.

    Raises MemoryDamagedError, and OSError where the disk refuses; the tree is then unchanged.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    if not data.startswith(_MAGIC):
        raise MemoryDamagedError(f"{file} is not a memory of this version")
    body = memoryview(data)[: -_CHECK.size]
    if _CHECK.pack(zlib.crc32(body)) != data[-_CHECK.size :]:
        raise MemoryDamagedError(f"{file} is not whole")
    start = data.index(b"\n", len(_MAGIC)) + 1
    header = json.loads(data[len(_MAGIC) : start])
    if header.get("top") != os.fsdecode(tree.root.name):
        raise MemoryDamagedError(f"{file} is about another folder")
    recalled = Recalled({}, [], header.get("uncertain_since_s"), header)
    return _fill(recalled, tree, data, start, len(body))


def _fill(recalled: Recalled, tree: Tree, data: bytes, at: int, end: int) -> Recalled:
    unpack, head, branch = _HEAD.unpack_from, _HEAD.size, tree.root.branch
    around: list[tuple[Node, dict[bytes, Node], int]] = []  # who has more children, and how many
    parent = node = tree.root  # the first record is its own
    beside: dict[bytes, Node] = {}
    left = 1
    while at < end:
        flags, name_len, named, prints_len, children = unpack(data, at)
        at += head
        name = data[at : at + name_len]
        at += name_len
        while not left:
            parent, beside, left = around.pop()
        left -= 1
        if around:
            node = beside[name] = make_node(name, parent, branch)
        if named:
            names_end = at + named - 1
            node.names = data[at:names_end]
            at = names_end + prints_len
            node.prints = data[names_end:at]
        if flags:
            at = _recall_branch(recalled, node, flags, data, at)
        if children:
            around.append((parent, beside, left))
            node.children = beside = {}
            parent, left = node, children
            if branch is not None:
                branch.directories += children
    return recalled


def _recall_branch(recalled: Recalled, node: Node, flags: int, data: bytes, at: int) -> int:
    if flags & _TOP:
        device, inode = _IDENTITY.unpack_from(data, at)
        recalled.tops[node] = (device, inode)
        at += _IDENTITY.size
    if flags & _MOUNTED:
        recalled.mounted.append(node)
    return at
