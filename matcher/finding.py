"""A finding: what matching one path in one section came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.items import collect, leaf
from matcher.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.items import Held
    from matcher.model import Part
    from matcher.shelf import Known


@dataclass(frozen=True, slots=True)
class Finding:
    """The items a path belongs to, and how sure that is.

    `parts` are the parts that the path itself is: none unless `confidence` is EXACT. `known` are
    the parts below a directory.
    """

    confidence: Confidence = Confidence.NONE
    held: tuple[Held, ...] = ()
    parts: tuple[Part, ...] = ()
    known: tuple[Known, ...] = ()


NOTHING = Finding()


def exact(parts: Iterable[Part]) -> Finding:
    """Say that a path is these parts."""
    parts = tuple(parts)
    return Finding(Confidence.EXACT, collect(parts, leaf), parts)


def by_folder(held: tuple[Held, ...], known: Iterable[Known] = ()) -> Finding:
    """Say that a folder speaks for these items, if it does for any."""
    confidence = Confidence.FOLDER if held else Confidence.NONE
    return Finding(confidence, held, (), tuple(known))


def by_stem(held: tuple[Held, ...]) -> Finding:
    """Say that a name is that of these items' files, if it is of any's."""
    return Finding(Confidence.STEM, held) if held else NOTHING
