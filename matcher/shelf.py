"""A shelf: what Plex has below one location of one section, asked for by place, on demand.

A library is asked for text in paths and may answer more; here the answers are compared by names.
Names are equal byte for byte; if nothing is, they are compared as their flavor folds them (NFC,
on Windows without case), and several spellings of one place on a POSIX disk are none. Nor is one
that stands beside it on the disk, as a thing of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from matcher import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matcher.model import Part, Section
    from matcher.owners import Owner

Names = tuple[str, ...]


def never_apart(_names: Names, _spelled: Names) -> bool:
    """Say of two spellings of one place that they are one place."""
    return False


@dataclass(frozen=True, slots=True)
class Known:
    """A part that Plex has; `names` lead to it from the location, as Plex spells them."""

    part: Part
    names: Names

    @property
    def stem(self) -> str:
        """The file's name without its extension; a media file has one."""
        name = self.names[-1]
        return name.rpartition(".")[0] or name

    def directory(self) -> Names:
        """Return the names of the directory that holds it."""
        return self.names[:-1]


class Asked(Protocol):
    """The one question that a shelf asks of a library."""

    def parts_containing(self, section: Section, text: str) -> tuple[Part, ...]:
        """List the parts whose path contains a text, and maybe more."""
        ...


@dataclass(frozen=True, slots=True)
class _Only:
    """Answers every question with the same parts."""

    parts: tuple[Part, ...]

    def parts_containing(self, section: Section, text: str) -> tuple[Part, ...]:  # noqa: ARG002
        return self.parts


class Shelf:
    """One section's location, for the time of one decision; equal questions are asked once."""

    def __init__(
        self,
        owner: Owner,
        library: Asked,
        apart: Callable[[Names, Names], bool] = never_apart,
    ) -> None:
        """Keep who is asked about what.

        `apart` says of names and of another spelling of them, both from the location, whether
        what is spelled otherwise is something else on the disk.
        """
        self._apart = apart
        self._owner = owner
        self.section = owner.section
        self.location = owner.location
        flavor = paths.flavor_of(owner.location)
        self._windows = flavor is paths.Flavor.WINDOWS
        self._fold: Callable[[str], str] = paths.caseless if self._windows else paths.nfc
        self._library = library
        self._below: dict[Names, tuple[Known, ...]] = {}
        self._answers: dict[str, tuple[Part, ...]] = {}
        self._seen: list[tuple[Known, ...]] = []

    def holding_only(self, parts: Sequence[Part]) -> Shelf:
        """Return the same shelf as if it held these parts only; nothing is asked for."""
        return Shelf(self._owner, _Only(tuple(parts)), self._apart)

    def seen(self) -> tuple[Known, ...]:
        """Return every part that an answer showed."""
        return tuple(known for answer in self._seen for known in answer)

    def below(self, directory: Names) -> tuple[Known, ...]:
        """Return the parts at any depth below a directory, trashed ones included."""
        if directory not in self._below:
            text = paths.join(self.location, *directory, "x")[:-1]
            self._below[directory] = self._at(directory, self._asked(text))
        return self._below[directory]

    def beginning(self, directory: Names, start: str) -> tuple[Known, ...]:
        """Return the parts right in a directory whose name begins with some text.

        Far fewer than `below` where a directory holds a whole library. May return others that
        lie in the directory too.
        """
        text = paths.join(self.location, *directory, start)
        found = self._at(directory, self._asked(text))
        return tuple(each for each in found if len(each.names) == len(directory) + 1)

    def same(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Say whether two lists of names are the same by this flavor's rule."""
        return len(one) == len(other) and all(
            a == b or self._fold(a) == self._fold(b) for a, b in zip(one, other, strict=True)
        )

    def only_exact(self, found: Sequence[Known], names: Names) -> tuple[Known, ...]:
        """Choose the parts with exactly these names: spelled so, else folded if one spelling is."""
        return self._spelled(
            [each for each in found if len(each.names) == len(names)], names, len(names)
        )

    def as_plex_spells(self, names: Names) -> Names:
        """Return names as Plex spells them, as far as an answer showed it; the rest as given."""
        if not self._windows and all(map(str.isascii, names)):
            return names
        for count in range(len(names), 0, -1):
            head = names[:count]
            spelled = [each for each in self._prefixes(count) if self._is_it(each, head)]
            if spelled:
                return (head if head in spelled else min(spelled)) + names[count:]
        return names

    def _is_it(self, spelled: Names, names: Names) -> bool:
        """Whether a spelling is that of a place, as far as disk and folding tell."""
        if spelled == names:
            return True
        return self.same(spelled, names) and not self._apart(names, spelled)

    def _prefixes(self, count: int) -> set[Names]:
        return {each.names[:count] for answer in self._seen for each in answer}

    def fold(self, name: str) -> str:
        """Return a name in the form in which names are compared here."""
        return self._fold(name)

    def _asked(self, text: str) -> tuple[Part, ...]:
        if text not in self._answers:
            self._answers[text] = self._library.parts_containing(self.section, text)
        return self._answers[text]

    def _at(self, directory: Names, parts: Sequence[Part]) -> tuple[Known, ...]:
        if not self._windows:
            spelled = self._spelled_so(directory, parts)
            if spelled or all(map(str.isascii, directory)):
                self._seen.append(spelled)
                return spelled
        found = [Known(part, self._names(part.file)) for part in parts]
        inside = [each for each in found if len(each.names) > len(directory)]
        answer = self._spelled(inside, directory, len(directory))
        self._seen.append(answer)
        return answer

    def _spelled_so(self, directory: Names, parts: Sequence[Part]) -> tuple[Known, ...]:
        """Choose the parts below a directory that is spelled exactly so: the usual case, fast."""
        above = self.location.rstrip("/") + "/"
        start, cut = "/".join((above[:-1], *directory, "")), len(above)
        return tuple(
            Known(part, tuple(part.file[cut:].split("/")))
            for part in parts
            if part.file.startswith(start) and "//" not in part.file
        )

    def _spelled(self, found: Sequence[Known], names: Names, count: int) -> tuple[Known, ...]:
        exact = tuple(each for each in found if each.names[:count] == names)
        if exact or (not self._windows and all(map(str.isascii, names))):
            return exact
        spellings = {each.names[:count] for each in found if len(each.names) >= count}
        spellings = {each for each in spellings if self._is_it(each, names)}
        folded = tuple(each for each in found if each.names[:count] in spellings)
        return folded if self._windows or len(spellings) <= 1 else ()

    def _names(self, file: str) -> Names:
        """Return the names from the location to a part; () if it does not lie below it."""
        names = paths.relative(file, self.location)
        if names is not None:
            return names
        above = paths.fold(self.location)
        whole = paths.components(file)
        if tuple(map(self._fold, whole[: len(above)])) == above:
            return whole[len(above) :]
        return ()
