"""From a file's data to settings: every problem at once, each with its place and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from watcher.config_model import SECTIONS, Settings, keys
from watcher.config_places import below, parent, pattern
from watcher.config_problems import Problem, found
from watcher.config_types import Wrong, either, folder_path, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails

    from watcher.yaml_file import Document

_MISSING = {
    "plex.url": "is missing: write the address of Plex, such as http://127.0.0.1:32400",
    "folders": "is missing: name at least one folder to watch, as `- /volume1/media/Movies`",
    "folders[].path": "is missing: write the folder's absolute path",
}


def check(document: Document, home: str | None) -> tuple[Settings | None, tuple[Problem, ...]]:
    """Check a file's data; the settings are None exactly if there are problems.

    The problems include those that the document came with. Of several for one place only the
    first is kept: a value that could not be read is wrong for its key as well. `home` is what
    `~/` stands for.
    """
    settings, errors = _validate(document.data, home)
    known = list(document.problems)
    places = {problem.where for problem in known}
    short = _short_forms(document.data)
    for place, what in (*errors, *_repeated(document.data)):
        where = parent(place) if place in short else place
        if where not in places:
            places.add(where)
            known.append(Problem(where, document.line(where), what))
    return (None if known else settings), tuple(known)


def _validate(
    data: Mapping[str, object], home: str | None
) -> tuple[Settings | None, tuple[tuple[str, str], ...]]:
    try:
        return Settings.model_validate(data, context={"home": home}), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
    return None, tuple(map(_in_words, details))


def _in_words(detail: ErrorDetails) -> tuple[str, str]:
    """Translate one of pydantic's errors to a place and a sentence."""
    kind = detail["type"]
    where = ""
    for step in detail["loc"]:
        where = below(where, step if kind == "extra_forbidden" else _key(where, step))
    if kind == "extra_forbidden":
        return where, _unknown(str(detail["loc"][-1]), parent(where))
    if kind == "missing":
        return where, _missing(where)
    value = detail["input"]
    wrong = detail.get("ctx", {}).get("error")
    if isinstance(wrong, Wrong):
        if where == "folders" and value is None:
            return where, _missing(where)
        return where, _sentence(wrong, value, where)
    known = either(keys(SECTIONS[pattern(where)])) if pattern(where) in SECTIONS else "other keys"
    return where, f"expected keys below it ({known}), found {found(value, where)}"


def _key(where: str, step: str | int) -> str | int:
    """Name a step as the file does: pydantic names the field where a default is wrong."""
    section = SECTIONS.get(pattern(where))
    if section is None or isinstance(step, int):
        return step
    return {field: key for key, field in keys(section).items()}.get(step, step)


def _sentence(wrong: Wrong, value: object, where: str) -> str:
    tail = f", found {found(value, where)}" if wrong.shows else ""
    return f"{wrong.says}{tail}{f'; {wrong.cure}' if wrong.cure else ''}"


def _missing(where: str) -> str:
    return _MISSING.get(pattern(where), "is missing")


def _unknown(key: str, section: str) -> str:
    """Say what may have been meant by a key that this section does not have."""
    if ":" in key or "=" in key:
        return "unknown key: a key is a word, then a colon, then a space"
    allowed = keys(SECTIONS[pattern(section)])
    meant = nearest(key, allowed)
    if meant:
        return f"unknown key; did you mean {meant}?"
    elsewhere = [place for place, other in SECTIONS.items() if key in keys(other)]
    if elsewhere:
        return f"unknown key here; it belongs {either(map(_stand, elsewhere))}"
    return f"unknown key; known here: {', '.join(allowed)}"


def _stand(place: str) -> str:
    words = {"": "to the top level", "folders[]": "to an item of folders"}
    return words.get(place, f"below {place}")


def _short_forms(data: Mapping[str, object]) -> set[str]:
    """Name the paths of the folders in short form: such an item is nothing but its path."""
    folders = data.get("folders")
    items = enumerate(folders if isinstance(folders, list) else ())
    return {f"folders[{index}].path" for index, item in items if isinstance(item, str)}


def _repeated(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Find folders that are listed twice; those that cannot be read are somebody else's."""
    first: dict[str, str] = {}
    for where, path in _folder_paths(data.get("folders")):
        if path in first:
            yield where, f"this is the same folder as {first[path]}: keep one"
        first.setdefault(path, where)


def _folder_paths(folders: object) -> Iterable[tuple[str, str]]:
    for index, item in enumerate(folders if isinstance(folders, list) else ()):
        written = item.get("path") if isinstance(item, dict) else item
        try:
            yield below("folders", index), folder_path(written)
        except Wrong:
            continue
