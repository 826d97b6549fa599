"""The mapping: which Plex path a host path has, and which host paths a Plex path has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Iterable


class Source(StrEnum):
    """Where a mapping comes from.

    CONFIG: the user's `plex_path`. FOUND: from sampled parts. IDENTITY: sampled parts as well,
    and both sides spell it alike.
    """

    CONFIG = "config"
    FOUND = "found"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Mapping:
    """One host directory and the Plex directory that is the same place.

    `host` is a normalised host path, `plex` a Plex-side directory in Plex's spelling. `section`
    is the section whose location it is, None where the user wrote it. `evidence` is a sentence.
    """

    host: str
    plex: str
    section: int | None = None
    source: Source = Source.CONFIG
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class PlexPath:
    """A path as Plex would spell it, and the mapping that says so."""

    path: str
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class _Pair:
    mapping: Mapping
    host: tuple[str, ...]
    plex: tuple[str, ...]
    flavor: paths.Flavor
    shadows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Mappings:
    """All mappings, asked in both directions. Immutable, pure, safe for any thread.

    Several host directories may stand for one Plex directory (the disks of a pool), and one host
    directory for several Plex directories (two mounts of one folder).

    - A configured mapping speaks alone for the host paths at and below its folder, the innermost
      one if several do: no found mapping does, be it for a directory above or below.
    - Where a Plex directory lies below another one and is mounted from elsewhere, paths in it
      belong to the inner mapping only.
    """

    mappings: tuple[Mapping, ...] = ()
    _pairs: tuple[_Pair, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the mappings apart once."""
        object.__setattr__(self, "_pairs", _pairs(self.mappings))

    def to_plex(self, host_path: str) -> tuple[PlexPath, ...]:
        """Return the Plex paths of a normalised host path, that of the longest host prefix first.

        A name that Plex's system cannot spell (a backslash below a Windows location) has none.
        """
        found: dict[str, PlexPath] = {}
        for pair, below in self._speaking_for(paths.components(host_path)):
            if not all(paths.is_name(each, pair.flavor) for each in below):
                continue
            if not _shadowed(pair, below):
                path = paths.join(pair.mapping.plex, *below)
                found.setdefault(path, PlexPath(path, pair.mapping))
        return tuple(found.values())

    def to_host(self, plex_path: str) -> tuple[str, ...]:
        """Return the host paths of a Plex path, those of the longest Plex prefix first.

        The names below the prefix are spelled as in `plex_path`: on a disk that keeps names in
        NFD, or without case, the file may be spelled otherwise. Whether a file is there is not
        looked at.
        """
        names = paths.components(plex_path)
        flavor = paths.flavor_of(plex_path)
        able = [each for each in self._pairs if each.flavor is flavor]
        exact = [each for each in able if _is_head(each.plex, names)]
        if not exact:
            folded = paths.fold(plex_path)
            exact = [each for each in able if _is_head(paths.fold(each.mapping.plex), folded)]
        found: dict[str, None] = {}
        for pair in sorted(exact, key=lambda each: -len(each.plex)):
            below = names[len(pair.plex) :]
            host = (*pair.host, *below)
            speaking = (each for each, _ in self._speaking_for(host))
            if pair in speaking and not _shadowed(pair, below):
                found.setdefault("/" + "/".join(host))
        return tuple(found)

    def _speaking_for(self, host: tuple[str, ...]) -> list[tuple[_Pair, tuple[str, ...]]]:
        holding = [p for p in self._pairs if _is_head(p.host, host)]
        configured = [p for p in holding if p.mapping.source is Source.CONFIG]
        if configured:
            innermost = len(configured[0].host)
            holding = [p for p in configured if len(p.host) == innermost]
        return [(p, host[len(p.host) :]) for p in holding]


def mappings_of(mappings: Iterable[Mapping]) -> Mappings:
    """Collect mappings; doubles go, the order does not matter."""
    return Mappings(tuple(dict.fromkeys(mappings)))


def configured(host: str, plex: str) -> Mapping:
    """Make the mapping of a folder that has a `plex_path` in the configuration.

    Raises:
        ValueError: One of the two is not an absolute path.
    """
    return Mapping(paths.normalise(host), paths.normalise_plex(plex), None, Source.CONFIG, "config")


def _pairs(mappings: tuple[Mapping, ...]) -> tuple[_Pair, ...]:
    pairs = [
        _Pair(
            each,
            paths.components(each.host),
            paths.components(each.plex),
            paths.flavor_of(each.plex),
            (),
        )
        for each in mappings
    ]
    pairs = [replace(each, shadows=_shadows(each, pairs)) for each in pairs]
    return tuple(sorted(pairs, key=_order))


def _order(pair: _Pair) -> tuple[int, str, str, int]:
    each = pair.mapping
    return -len(pair.host), each.host, each.plex, -1 if each.section is None else each.section


def _shadows(pair: _Pair, pairs: list[_Pair]) -> tuple[tuple[str, ...], ...]:
    """Find the Plex directories below a mapping's that are mounted from elsewhere, relative to it.

    A mapping for a directory further down that says the same as one of those for the outer
    directory is no mount of its own: on a pool, the inner directory may yet be on other disks.
    """
    outer = {p.host for p in pairs if p.plex == pair.plex and p.flavor is pair.flavor}
    inner: dict[tuple[str, ...], bool] = {}
    for each in pairs:
        below = each.plex[len(pair.plex) :]
        if below and _is_head(pair.plex, each.plex) and each.flavor is pair.flavor:
            implied = any((*host, *below) == each.host for host in outer)
            inner[below] = inner.get(below, False) or implied
    return tuple(below for below, implied in inner.items() if not implied)


def _is_head(head: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return names[: len(head)] == head


def _shadowed(pair: _Pair, below: tuple[str, ...]) -> bool:
    return any(_is_head(each, below) for each in pair.shadows)
