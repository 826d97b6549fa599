"""Libraries and trees made up for discovery, and the question asked of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher import paths
from matcher.discover import Question, discover
from matcher.model import Part, Section

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Table

    from matcher.findings import Finding, Findings
    from matcher.mapping import Mapping
    from matcher.tree import MemoryTree
    from matcher.walk import Limits

GB = 1_000_000_000


def films(count: int, start: int = 0) -> dict[str, int]:
    """Make relative paths of films with their sizes, all different."""
    return {
        f"Film {n} ({1960 + n})/Film {n} ({1960 + n}).mkv": GB + n * 1_234_567
        for n in range(start, start + count)
    }


def episodes(shows: int, seasons: int = 2, each: int = 3) -> dict[str, int]:
    """Make relative paths of episodes with their sizes, all different."""
    return {
        f"Show {s}/Season {n:02}/Show {s} - S{n:02}E{e:02}.mkv": GB + s * 10_000 + n * 100 + e
        for s in range(shows)
        for n in range(1, seasons + 1)
        for e in range(1, each + 1)
    }


def below(base: str, files: Table[str, int]) -> dict[str, int]:
    """Put relative files below a host or POSIX Plex directory."""
    return {f"{base}/{name}": size for name, size in files.items()}


def parts(section: int, location: str, files: Table[str, int | None]) -> tuple[Part, ...]:
    """Make the parts of files below a location of any flavor."""
    return tuple(
        Part(paths.join(location, *name.split("/")), size, section, key, "movie", name)
        for key, (name, size) in enumerate(files.items(), 1)
    )


def section(key: int, *locations: str) -> Section:
    return Section(key, f"Section {key}", "movie", locations)


def ask(
    tree: MemoryTree,
    sections: Iterable[Section],
    sampled: Iterable[Part],
    folders: Iterable[str],
    configured: tuple[Mapping, ...] = (),
    limits: Limits | None = None,
) -> Findings:
    """Ask discovery about a tree in memory."""
    question = Question(tuple(sections), tuple(sampled), tuple(folders), configured)
    return discover(question, tree, limits)


def one(findings: Findings) -> Finding:
    (finding,) = findings.findings
    return finding
