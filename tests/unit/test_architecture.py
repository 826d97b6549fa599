"""The rules of the house: who may import whom, where foreign libraries come in, and a few bans.

`docs/architecture.md` says why. All rules read the source, imports inside functions and under
TYPE_CHECKING included, except for one, which imports rooms in a fresh process and looks at what
came along.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LAYERS = ["cache", "matcher", "watcher"]
"""The lowest first: each may import itself and what stands before it."""

DOORS = {
    "diskcache": {"cache/disk.py"},
    "loguru": {"watcher/logs.py"},
    "plexapi": {"matcher/plex.py"},
    "requests": {"matcher/plex.py"},
    "urllib3": {"matcher/plex.py", "matcher/wire.py"},
    "watchdog": {"watcher/observe.py"},
    "yaml": {"watcher/yaml_file.py"},
}
"""Each foreign library, and the one place through which it comes in."""

POLICY_POINT = "watcher/policy.py"
"""The one place that may catch everything: the worker never dies."""

LIGHT = ["cache.store", "cache.memory", "matcher.plan", "watcher.settle", "watcher.jobs"]
"""Rooms that must be there without the weight of a library."""

BANNED_WORDS = {"utils", "util", "helpers", "helper", "manager", "misc", "common", "base"}


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_bytes(), path)


def found(*folders: str) -> list[str]:
    """Every Python file below some folders, as a path from the root of the repository."""
    return sorted(
        str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*.py")
    )


PRODUCT = found(*LAYERS)
PACKAGES = [path for path in PRODUCT if path.endswith("__init__.py")]


def imported(path: str) -> Iterator[str]:
    """Name every module that a file imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def top(module: str) -> str:
    return module.partition(".")[0]


def lines(path: str, *kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every node of some kinds in a file, with its place."""
    for node in ast.walk(tree(path)):
        if isinstance(node, kinds):
            yield f"{path}:{getattr(node, 'lineno', 0)}", node


def test_a_package_imports_nothing() -> None:
    """What `__init__` re-exports, everybody imports, and so packages grow into circles."""
    assert [path for path in PACKAGES if list(imported(path))] == []


def test_layers_are_imported_downwards_only() -> None:
    """Watcher -> matcher -> cache, and never back."""
    upwards = [
        (path, module)
        for path in PRODUCT
        for module in imported(path)
        if top(module) in LAYERS[LAYERS.index(path.partition("/")[0]) + 1 :]
    ]

    assert upwards == []


def test_imports_are_absolute_and_never_inside_a_function() -> None:
    """An import inside a function hides a circle, or a cost."""
    inside = [
        place
        for path in PRODUCT
        for place, function in lines(path, ast.FunctionDef, ast.AsyncFunctionDef)
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]
    relative = [(path, name) for path in PRODUCT for name in imported(path) if name.startswith(".")]

    assert (inside, relative) == ([], [])


@pytest.mark.parametrize("library", DOORS)
def test_a_foreign_library_has_one_door(library: str) -> None:
    """Whoever wants to know what we use of a library reads one file."""
    users = {path for path in PRODUCT if library in {top(module) for module in imported(path)}}

    assert users <= DOORS[library]


def test_a_module_says_what_it_owns() -> None:
    """The first line of its docstring, one sentence."""
    first = {path: (ast.get_docstring(tree(path)) or "").split("\n")[0] for path in PRODUCT}

    assert {path: line for path, line in first.items() if not line.endswith((".", ":", "?"))} == {}


def test_a_module_is_named_after_what_it_owns() -> None:
    """A room called utils owns nothing, and collects everything."""
    assert [path for path in PRODUCT if set(Path(path).stem.split("_")) & BANNED_WORDS] == []


def catches_all(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        one is None or (isinstance(one, ast.Name) and one.id in {"Exception", "BaseException"})
        for one in caught
    )


def raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_everything_is_caught_in_one_place_only() -> None:
    """Elsewhere a handler may undo its work, but then it raises again."""
    silent = [
        place
        for path in PRODUCT
        for place, node in lines(path, ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler) and catches_all(node) and not raises_again(node)
    ]

    assert [place for place in silent if not place.startswith(f"{POLICY_POINT}:")] == []
    assert len(silent) <= 1


def test_nobody_sleeps() -> None:
    """A wait that cannot be interrupted is a stop that hangs; a loop around it burns power."""
    sleeps = [
        place
        for path in PRODUCT
        for place, node in lines(path, ast.Call)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "sleep"}
    ]

    assert sleeps == []


def test_nothing_is_mocked() -> None:
    """A second real implementation says more than a mock, and does not have to be rewritten."""
    mocked = [
        place
        for path in found("tests", "bench")
        for place, node in lines(path, ast.Import, ast.ImportFrom)
        if "mock" in ast.unparse(node).replace(",", " ").replace(".", " ").split()
    ]

    assert mocked == []


@pytest.mark.parametrize("module", LIGHT)
def test_a_pure_room_comes_without_libraries(module: str) -> None:
    """What decides can be run, tested and read without what is decided about."""
    assert (ROOT / (module.replace(".", "/") + ".py")).exists()
    heavy = sorted(DOORS)
    script = (
        f"import sys, {module}; print([name for name in {heavy} if name in sys.modules], end='')"
    )

    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (result.stdout, result.stderr) == ("[]", "")


def test_the_packages_that_are_built_are_those_that_are_there() -> None:
    """A package that is missing from the list is missing from the installation, and only there."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    there = {str(Path(path).parent).replace("/", ".") for path in PACKAGES}

    assert set(settings["packages"]) == there
    assert {str(Path(path).parent) for path in PRODUCT} == {
        name.replace(".", "/") for name in there
    }
    for layer in LAYERS:
        assert (ROOT / layer / "py.typed").exists()
        assert "py.typed" in settings["package-data"][layer]
