"""What the settler tells, case by case: a script of what happens, and what is told when.

Times are seconds; the settings are those of the defaults: quiet 5, max_wait 120, deletions 30.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from settling import Stage

Step = tuple[float, str, str] | tuple[float, str, str, str]
Told = tuple[float, str, list[str]]


@dataclass(frozen=True)
class Case:
    """`known` was there before; what ends in a slash is a directory."""

    name: str
    script: list[Step]
    story: list[Told]
    known: tuple[str, ...] = ()


FILES = [
    Case(
        "a file that is copied is told once, a quiet period after its close",
        [(0, "copy", "/m/a/x")],
        [(5, "/m/a", ["created /m/a/x"])],
    ),
    Case(
        "a hard link never closes, and is told after one quiet period",
        [(0, "link", "/m/a/x")],
        [(5, "/m/a", ["created /m/a/x"])],
    ),
    Case(
        "a season of 22 files is told once",
        [(i / 4, "link", f"/m/a/e{i:02}") for i in range(22)],
        [(10.25, "/m/a", [f"created /m/a/e{i:02}" for i in range(22)])],
    ),
    Case(
        "two directories do not wait for each other",
        [(0, "copy", "/m/a/x"), (1, "copy", "/m/b/y")],
        [(5, "/m/a", ["created /m/a/x"]), (6, "/m/b", ["created /m/b/y"])],
    ),
    Case(
        "a copy that takes long is told when it is closed",
        [
            (0, "start", "/m/a/x"),
            *((float(t), "grow", "/m/a/x") for t in range(1, 60)),
            (60, "close", "/m/a/x"),
        ],
        [(65, "/m/a", ["created /m/a/x"])],
    ),
    Case(
        "a slow copy with pauses is not told before its close, if it grows in each quiet period",
        [
            (0, "start", "/m/a/x"),
            *((float(t), "grow", "/m/a/x") for t in range(4, 60, 4)),
            (57, "close", "/m/a/x"),
        ],
        [(62, "/m/a", ["created /m/a/x"])],
    ),
    Case(
        "a file that is never closed is told when two looks a quiet period apart agree",
        [(0, "start", "/m/a/x"), (1, "grow", "/m/a/x")],
        [(11, "/m/a", ["created /m/a/x"])],
    ),
    Case(
        "a file that grows without events, as over NFS, is not told while it grows",
        [(0, "link", "/m/a/x"), *((float(t), "grow_unseen", "/m/a/x") for t in range(1, 20))],
        [(25, "/m/a", ["created /m/a/x"])],
    ),
    Case(
        "an overwritten file has changed",
        [(0, "overwrite", "/m/a/x")],
        [(5, "/m/a", ["changed /m/a/x"])],
        known=("/m/a/x",),
    ),
    Case(
        "what came and went is nothing",
        [(0, "copy", "/m/a/x"), (2, "delete", "/m/a/x")],
        [],
    ),
    Case(
        "writes to a file that was deleted while open do not bring it back",
        [
            (0, "start", "/m/a/x"),
            (1, "delete", "/m/a/x"),
            (2, "event written", "/m/a/x"),
            (3, "close", "/m/a/x"),
        ],
        [],
    ),
    Case(
        "what was deleted and is there again has changed",
        [(0, "delete", "/m/a/x"), (10, "copy", "/m/a/x")],
        [(15, "/m/a", ["changed /m/a/x"])],
        known=("/m/a/x",),
    ),
    Case(
        "what was changed and then deleted is deleted",
        [(0, "overwrite", "/m/a/x"), (2, "delete", "/m/a/x")],
        [(32, "/m/a", ["deleted /m/a/x"])],
        known=("/m/a/x",),
    ),
    Case(
        "a created file that is gone without an event is dropped",
        [(0, "link", "/m/a/x"), (2, "vanish", "/m/a/x")],
        [],
    ),
    Case(
        "a changed file that is gone without an event is deleted",
        [(0, "overwrite", "/m/a/x"), (2, "vanish", "/m/a/x")],
        [(30, "/m/a", ["deleted /m/a/x"])],
        known=("/m/a/x",),
    ),
    Case(
        "a deleted file that is there all the same has changed",
        [(0, "event deleted", "/m/a/x")],
        [(35, "/m/a", ["changed /m/a/x"])],
        known=("/m/a/x",),
    ),
]

CAP = [
    Case(
        "a directory that never rests is told every max_wait",
        [(float(t), "link", f"/m/a/{t:03}") for t in range(0, 250, 2)],
        [
            (120, "/m/a", [f"created /m/a/{t:03}" for t in range(0, 116, 2)]),
            (240, "/m/a", [f"created /m/a/{t:03}" for t in range(116, 236, 2)]),
            (253, "/m/a", [f"created /m/a/{t:03}" for t in range(236, 250, 2)]),
        ],
    ),
    Case(
        "at the cap the complete files are told, and the growing one when it is complete",
        [
            (0, "copy", "/m/a/x"),
            (0, "start", "/m/a/big"),
            *((float(t), "grow", "/m/a/big") for t in range(1, 130)),
            (130, "close", "/m/a/big"),
        ],
        [(120, "/m/a", ["created /m/a/x"]), (135, "/m/a", ["created /m/a/big"])],
    ),
    Case(
        "a copy that is given up after a scan may have seen it is told as deleted",
        [
            (0, "copy", "/m/a/x"),
            (0, "start", "/m/a/big"),
            *((float(t), "grow", "/m/a/big") for t in range(1, 130)),
            (130, "delete", "/m/a/big"),
        ],
        [(120, "/m/a", ["created /m/a/x"]), (160, "/m/a", ["deleted /m/a/big"])],
    ),
]

DELETIONS = [
    Case(
        "deletions alone wait for their replacement",
        [(0, "delete", "/m/a/x"), (10, "delete", "/m/a/y")],
        [(40, "/m/a", ["deleted /m/a/x", "deleted /m/a/y"])],
        known=("/m/a/x", "/m/a/y"),
    ),
    Case(
        "an upgrade that deletes first is told as one",
        [(0, "delete", "/m/a/old"), (20, "copy", "/m/a/new")],
        [(25, "/m/a", ["created /m/a/new", "deleted /m/a/old"])],
        known=("/m/a/old",),
    ),
    Case(
        "an upgrade that creates first is told as one",
        [(0, "link", "/m/a/new"), (3, "delete", "/m/a/old")],
        [(8, "/m/a", ["created /m/a/new", "deleted /m/a/old"])],
        known=("/m/a/old",),
    ),
    Case(
        "what arrived is told before what disappeared, so that a move is not seen as a loss",
        [(0, "delete", "/m/a/x"), (25, "link", "/m/b/x")],
        [(30, "/m/b", ["created /m/b/x"]), (30, "/m/a", ["deleted /m/a/x"])],
        known=("/m/a/x",),
    ),
    Case(
        "an upgrade is told as one even if the new file takes longer than max_wait",
        [
            (0, "delete", "/m/a/old"),
            (20, "start", "/m/a/new"),
            *((float(t), "grow", "/m/a/new") for t in range(21, 300)),
            (300, "close", "/m/a/new"),
        ],
        [(305, "/m/a", ["created /m/a/new", "deleted /m/a/old"])],
        known=("/m/a/old",),
    ),
    Case(
        "a file that grows for ever holds a deletion for ten times max_wait",
        [
            (0, "delete", "/m/a/old"),
            *((float(t), "grow", "/m/a/log") for t in range(1, 1300)),
        ],
        [(1200, "/m/a", ["deleted /m/a/old"]), (1309, "/m/a", ["changed /m/a/log"])],
        known=("/m/a/old", "/m/a/log"),
    ),
]

MOVES = [
    Case(
        "a rename is one move",
        [(0, "move", "/m/a/x", "/m/a/y")],
        [(5, "/m/a", ["moved /m/a/x /m/a/y"])],
        known=("/m/a/x",),
    ),
    Case(
        "a move to another directory is filed where it went",
        [(0, "move", "/m/a/x", "/m/b/x")],
        [(5, "/m/b", ["moved /m/a/x /m/b/x"])],
        known=("/m/a/x",),
    ),
    Case(
        "a move restarts the quiet time of the directory that it left",
        [(0, "link", "/m/a/y"), (4, "move", "/m/a/x", "/m/b/x")],
        [(9, "/m/b", ["moved /m/a/x /m/b/x"]), (9, "/m/a", ["created /m/a/y"])],
        known=("/m/a/x",),
    ),
    Case(
        "a temporary name is not told",
        [(0, "copy", "/m/a/x.tmp"), (1, "move", "/m/a/x.tmp", "/m/a/x")],
        [(6, "/m/a", ["created /m/a/x"])],
    ),
    Case(
        "a temporary file that replaces a file makes it changed",
        [
            (0, "delete", "/m/a/x"),
            (0, "copy", "/m/a/x.tmp"),
            (1, "move", "/m/a/x.tmp", "/m/a/x"),
        ],
        [(6, "/m/a", ["changed /m/a/x"])],
        known=("/m/a/x",),
    ),
    Case(
        "a file that is renamed while it is written stays incomplete",
        [
            (0, "start", "/m/a/x"),
            (1, "grow", "/m/a/x"),
            (2, "move", "/m/a/x", "/m/a/y"),
            *((float(t), "grow", "/m/a/y") for t in range(3, 20)),
            (20, "close", "/m/a/y"),
        ],
        [(25, "/m/a", ["created /m/a/y"])],
    ),
    Case(
        "what was moved and then deleted is deleted from where it was",
        [(0, "move", "/m/a/x", "/m/b/x"), (2, "delete", "/m/b/x")],
        [
            (32, "/m/a", ["deleted /m/a/x"]),
            (32, "/m/b", ["deleted /m/b/x"]),
        ],
        known=("/m/a/x",),
    ),
    Case(
        "a moved file that is gone without an event is deleted from where it was",
        [(0, "move", "/m/a/x", "/m/b/x"), (2, "vanish", "/m/b/x")],
        [(30, "/m/b", ["deleted /m/b/x"]), (35, "/m/a", ["deleted /m/a/x"])],
        known=("/m/a/x",),
    ),
    Case(
        "a moved file that is overwritten by another move is deleted from where it was",
        [(0, "move", "/m/a/x", "/m/a/z"), (1, "move", "/m/a/y", "/m/a/z")],
        [(6, "/m/a", ["deleted /m/a/x", "moved /m/a/y /m/a/z"])],
        known=("/m/a/x", "/m/a/y"),
    ),
    Case(
        "a copy that is given up is deleted, if a move made Plex look at its directory",
        [
            (0, "start", "/m/a/big"),
            (1, "move", "/m/a/x", "/m/b/x"),
            *((float(t), "grow", "/m/a/big") for t in range(2, 10)),
            (10, "delete", "/m/a/big"),
        ],
        [(6, "/m/b", ["moved /m/a/x /m/b/x"]), (40, "/m/a", ["deleted /m/a/big"])],
        known=("/m/a/x",),
    ),
    Case(
        "two moves are one, and the name between, which may have been overwritten, is gone",
        [(0, "move", "/m/a/x", "/m/a/y"), (1, "move", "/m/a/y", "/m/a/z")],
        [(6, "/m/a", ["moved /m/a/x /m/a/z", "deleted /m/a/y"])],
        known=("/m/a/x",),
    ),
    Case(
        "away and back counts as changed: nobody can tell that it is the same file",
        [(0, "move", "/m/a/x", "/m/a/y"), (1, "move", "/m/a/y", "/m/a/x")],
        [(6, "/m/a", ["changed /m/a/x", "deleted /m/a/y"])],
        known=("/m/a/x",),
    ),
    Case(
        "two files that change places are two moves",
        [
            (0, "move", "/m/a/x", "/m/a/t"),
            (0, "move", "/m/a/y", "/m/a/x"),
            (0, "move", "/m/a/t", "/m/a/y"),
        ],
        [(5, "/m/a", ["deleted /m/a/t", "moved /m/a/x /m/a/y", "moved /m/a/y /m/a/x"])],
        known=("/m/a/x", "/m/a/y"),
    ),
    Case(
        "a new file in the old place of a moved one",
        [(0, "move", "/m/a/x", "/m/a/y"), (1, "copy", "/m/a/x"), (2, "delete", "/m/a/y")],
        [(7, "/m/a", ["changed /m/a/x", "deleted /m/a/y"])],
        known=("/m/a/x",),
    ),
    Case(
        "a move without a destination is a deletion",
        [(0, "vanish", "/m/a/x"), (0, "event moved", "/m/a/x")],
        [(30, "/m/a", ["deleted /m/a/x"])],
        known=("/m/a/x",),
    ),
]

DIRECTORIES = [
    Case(
        "a new directory is nothing by itself: its files are told",
        [(0, "mkdir", "/m/a"), (0, "copy", "/m/a/x")],
        [(5, "/m/a", ["created /m/a/x"])],
    ),
    Case(
        "a directory that is deleted is told once, whatever was in it",
        [(0, "rmtree", "/m/a")],
        [(30, "/m", ["deleted dir /m/a"])],
        known=("/m/a/", "/m/a/x", "/m/a/b/", "/m/a/b/y"),
    ),
    Case(
        "a directory that was moved out is gone, and what waited in it is dropped",
        [(0, "copy", "/m/a/b/x"), (1, "move_out", "/m/a")],
        [(31, "/m", ["deleted dir /m/a"])],
        known=("/m/a/", "/m/a/b/"),
    ),
    Case(
        "a directory that came and went is nothing",
        [(0, "mkdir", "/m/a"), (0, "copy", "/m/a/x"), (2, "rmtree", "/m/a")],
        [],
    ),
    Case(
        "a directory of which something was told does not go unnoticed",
        [
            (0, "mkdir", "/m/a"),
            (0, "copy", "/m/a/x"),
            *((float(t), "mkdir", f"/m/d{t}") for t in range(1, 30)),
            (30, "rmtree", "/m/a"),
        ],
        [(5, "/m/a", ["created /m/a/x"]), (60, "/m", ["deleted dir /m/a"])],
    ),
    Case(
        "a directory that is deleted and made anew has changed",
        [(0, "rmtree", "/m/a"), (10, "mkdir", "/m/a"), (10, "copy", "/m/a/y")],
        [(15, "/m", ["changed dir /m/a"]), (15, "/m/a", ["deleted /m/a/x", "created /m/a/y"])],
        known=("/m/a/", "/m/a/x"),
    ),
    Case(
        "a renamed directory is one move, filed where it went",
        [(0, "move_dir", "/m/a", "/n/b")],
        [(5, "/n", ["moved dir /m/a /n/b"])],
        known=("/m/a/", "/m/a/x"),
    ),
    Case(
        "several renames of a directory are one, and the names between were never anything",
        [
            (0, "move_dir", "/m/a", "/m/b"),
            (1, "move_dir", "/m/b", "/m/c"),
            (2, "move_dir", "/m/c", "/m/d"),
        ],
        [(7, "/m", ["moved dir /m/a /m/d"])],
        known=("/m/a/", "/m/a/x"),
    ),
    Case(
        "a renamed directory that is then deleted is gone from where it was, and from nowhere else",
        [(0, "move_dir", "/m/a", "/m/b"), (1, "rmtree", "/m/b")],
        [(31, "/m", ["deleted dir /m/a"])],
        known=("/m/a/", "/m/a/x"),
    ),
    Case(
        "what came back below a new directory of the old name is gone when that one is deleted",
        [
            (0, "mkdir", "/m/b"),
            (0, "move_dir", "/m/a/c", "/m/b/c"),
            (1, "move_dir", "/m/b", "/m/a"),
            (2, "rmtree", "/m/a"),
        ],
        [(32, "/m", ["deleted dir /m/a"])],
        known=("/m/a/", "/m/a/c/", "/m/a/c/x"),
    ),
    Case(
        "what had moved over an old name and went with it is gone from where it was",
        [
            (0, "mkdir", "/m/b"),
            (0, "move_dir", "/m/a/c", "/m/b/c"),
            (1, "move_dir", "/m/b/c", "/m/a"),
            (2, "rmtree", "/m/a"),
            (2, "mkdir", "/m/a"),
            (3, "move_dir", "/m/a", "/m/b/c"),
        ],
        [(8, "/m/b", ["moved dir /m/a /m/b/c"]), (8, "/m/b/c", ["deleted /m/b/c/x"])],
        known=("/m/a/", "/m/a/c/", "/m/a/c/x"),
    ),
    Case(
        "a new directory that is renamed is nothing, its files have their new names",
        [(0, "mkdir", "/m/a"), (0, "copy", "/m/a/x"), (2, "move_dir", "/m/a", "/m/b")],
        [(7, "/m/b", ["created /m/b/x"])],
    ),
    Case(
        "what waits below a renamed directory is renamed, and what is missing there with it",
        [
            (0, "copy", "/m/a/c/x"),
            (0, "delete", "/m/a/c/y"),
            (2, "move_dir", "/m/a", "/m/b"),
        ],
        [
            (7, "/m", ["moved dir /m/a /m/b"]),
            (7, "/m/b/c", ["created /m/b/c/x", "deleted /m/b/c/y"]),
        ],
        known=("/m/a/", "/m/a/c/", "/m/a/c/y"),
    ),
    Case(
        "what went from a directory is told, though another came in its place and went as well",
        [
            (0, "delete", "/m/a/x"),
            (0, "move_dir", "/m/b", "/m/a"),
            (0, "move_dir", "/m/a", "/m/b"),
        ],
        [(5, "/m", ["deleted dir /m/a", "changed dir /m/b"]), (5, "/m/b", ["deleted /m/b/x"])],
        known=("/m/a/", "/m/a/x", "/m/b/", "/m/b/y"),
    ),
    Case(
        "a file that moved into a directory that is then deleted is gone from where it was",
        [(0, "move", "/m/x", "/m/a/x"), (1, "move_out", "/m/a")],
        [(31, "/m", ["deleted dir /m/a", "deleted /m/x"])],
        known=("/m/a/", "/m/x"),
    ),
    Case(
        "a file that is replaced by a directory is told as gone",
        [(0, "delete", "/m/x"), (1, "mkdir", "/m/x"), (1, "copy", "/m/x/y")],
        [(6, "/m/x", ["created /m/x/y"]), (31, "/m", ["deleted /m/x"])],
        known=("/m/x",),
    ),
    Case(
        "a directory that is replaced by a file is told as gone",
        [(0, "rmtree", "/m/x"), (1, "copy", "/m/x")],
        [(6, "/m", ["created /m/x", "deleted dir /m/x"])],
        known=("/m/x/", "/m/x/y"),
    ),
    Case(
        "a link to a directory that is pointed elsewhere does not wait like a deletion",
        [(0, "rmtree", "/m/x"), (0, "link_dir", "/m/x")],
        [(5, "/m", ["changed dir /m/x"])],
        known=("/m/x/",),
    ),
    Case(
        "a link to a directory in the place of one that came and went is told",
        [(0, "mkdir", "/m/x"), (1, "rmtree", "/m/x"), (2, "link_dir", "/m/x")],
        [(7, "/m", ["changed dir /m/x"])],
    ),
    Case(
        "a directory in the root of the file system",
        [(0, "link", "/x"), (0, "link", "/a/x")],
        [(5, "/", ["created /x"]), (5, "/a", ["created /a/x"])],
    ),
    Case(
        "names that only begin alike are not below each other",
        [(0, "copy", "/m/ab/x"), (1, "move_out", "/m/a")],
        [(5, "/m/ab", ["created /m/ab/x"]), (31, "/m", ["deleted dir /m/a"])],
        known=("/m/a/",),
    ),
    Case(
        "names that are not UTF-8 are carried through",
        [(0, "copy", "/m/\udcff/\udce4\n")],
        [(5, "/m/\udcff", ["created /m/\udcff/\udce4\n"])],
    ),
]


def play(case: Case) -> Stage:
    """Play a case to its end."""
    stage = Stage()
    for path in case.known:
        stage.known_dir(path[:-1]) if path.endswith("/") else stage.known(path)
    for at, operation, *arguments in case.script:
        stage.until(at)
        if operation.startswith("event "):
            stage.event(operation.removeprefix("event "), *arguments)
        else:
            getattr(stage, operation)(*arguments)
    stage.until(stage.now + 10_000)
    return stage


@pytest.mark.parametrize(
    "case", [*FILES, *CAP, *DELETIONS, *MOVES, *DIRECTORIES], ids=lambda case: case.name
)
def test_settles(case: Case) -> None:
    """Each case is told as its table says, and nothing is left over."""
    stage = play(case)

    assert stage.story() == case.story
    assert stage.settler.pending() == 0
    assert stage.settler.next_at() is None
