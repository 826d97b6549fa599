"""The map of directories against one that compares every key."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given, settings

from watcher.directories import DirectoryMap, parent_of

names = st.sampled_from(["a", "b", "ab"])
paths = st.lists(names, max_size=4).map(lambda parts: "/" + "/".join(parts))


@given(st.lists(st.tuples(st.sampled_from(["set", "pop", "below"]), paths), max_size=40))
@settings(deadline=None)
def test_it_knows_what_lies_below(steps: list[tuple[str, str]]) -> None:
    """Whatever was set and popped before, `below` finds what comparing every key would find."""
    fast: DirectoryMap[int] = DirectoryMap()
    slow: dict[str, int] = {}
    for number, (step, path) in enumerate(steps):
        if step == "set":
            fast.set(path, number)
            slow[path] = number
        elif step == "pop":
            assert fast.pop(path) == slow.pop(path, None)
        inside = path.rstrip("/") + "/"
        expected = {(k, v) for k, v in slow.items() if k == path or k.startswith(inside)}
        assert set(fast.below(path)) == expected
        assert fast.get(path) == slow.get(path)
        assert list(fast.values()) == list(slow.values())
        assert len(fast) == len(slow)


def test_nothing_is_kept_of_what_was_removed() -> None:
    """A tree that came and went leaves no memory behind."""
    tree: DirectoryMap[int] = DirectoryMap()
    for path in ("/m/a/b", "/m", "/m/a/b/c/d"):
        tree.set(path, 1)
    for path in ("/m", "/m/a/b/c/d", "/m/a/b"):
        tree.pop(path)

    assert tree._children == {}


def test_the_root_holds_itself() -> None:
    """There is always a parent to file a path under."""
    assert parent_of("/") == "/"
    assert parent_of("/a") == "/"
    assert parent_of("/a/b") == "/a"
