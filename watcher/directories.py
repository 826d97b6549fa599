"""A map keyed by directory that also knows what lies below a directory, without asking each key.

The settler has to find everything that waits below a directory that was deleted or renamed. A
comparison with every key would make `rm -rf` of a large tree quadratic: 150,000 directories, each
compared with all the others. So each key is linked to its parent, up to the root, and `below`
walks only what is really there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = TypeVar("Value")


def around(path: str) -> Iterator[str]:
    """Yield the directories that hold an absolute path, the nearest first; the root is empty."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def parent_of(path: str) -> str:
    """Return the directory that holds an absolute, normalised path; the root holds itself."""
    return path.rpartition("/")[0] or "/"


class DirectoryMap(Generic[Value]):
    """Values by directory (absolute, normalised as text), in the order in which they were added."""

    __slots__ = ("_children", "_values")

    def __init__(self) -> None:
        """Start empty."""
        self._values: dict[str, Value] = {}
        # A directory's children that are keys or lead to keys. Dictionaries stand for ordered
        # sets: with real ones the order would change from run to run.
        self._children: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        """Count the directories that have a value."""
        return len(self._values)

    def values(self) -> Iterator[Value]:
        """Every value, the oldest key first."""
        return iter(self._values.values())

    def get(self, directory: str) -> Value | None:
        """Return the directory's own value, or None."""
        return self._values.get(directory)

    def set(self, directory: str, value: Value) -> None:
        """Keep a value for the directory."""
        if directory not in self._values and directory not in self._children:
            self._link(directory)
        self._values[directory] = value

    def pop(self, directory: str) -> Value | None:
        """Forget the directory's own value and return it; what lies below stays."""
        value = self._values.pop(directory, None)
        if value is not None and directory not in self._children:
            self._unlink(directory)
        return value

    def below(self, directory: str) -> list[tuple[str, Value]]:
        """List the directories with a value that are `directory` or lie below it."""
        found: list[tuple[str, Value]] = []
        rest = [directory]
        while rest:
            here = rest.pop()
            value = self._values.get(here)
            if value is not None:
                found.append((here, value))
            rest.extend(self._children.get(here, ()))
        return found

    def _link(self, directory: str) -> None:
        child = directory
        while child != "/":
            parent = parent_of(child)
            siblings = self._children.get(parent)
            if siblings is not None:
                siblings[child] = None
                return
            self._children[parent] = {child: None}
            if parent in self._values:
                return
            child = parent

    def _unlink(self, directory: str) -> None:
        child = directory
        while child != "/":
            parent = parent_of(child)
            siblings = self._children[parent]
            del siblings[child]
            if siblings:
                return
            del self._children[parent]
            if parent in self._values:
                return
            child = parent
