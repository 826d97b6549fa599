r"""The only door to PyYAML: reading a configuration file into plain data with line numbers.

PyYAML only cuts the text into events here; values are built from the events by our own rules
(`watcher.yaml_scalars`), so no tag can construct anything, and depth, size and expansion are
bounded before anything is built. The pure Python parser is used even where the C one exists: it
alone reads the escapes (`"\udcff"`) that stand for bytes of a file name that are not UTF-8, and
one parser means one behaviour on every machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import yaml

from matcher.printable import printable
from watcher.config_places import below, parent
from watcher.config_problems import ConfigError, Problem, shown
from watcher.regular_file import Unreadable, read_small
from watcher.yaml_faults import explain_fault
from watcher.yaml_scalars import Ambiguous, Scalar, is_text_unquoted, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MAX_BYTES = 256 * 1024
"""1 MB that consists of blanks keeps the parser busy for 1.7 s (measured); this much for 0.4 s."""
MAX_DEPTH = 50
MAX_NODES = 10_000
MAX_ALIASES = 100

Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"

_TAG = "tag:yaml.org,2002:"
_TAGGED_SCALARS: Mapping[str, type[Scalar] | tuple[type, ...]] = MappingProxyType(
    {
        f"{_TAG}int": int,
        f"{_TAG}float": (int, float),
        f"{_TAG}bool": bool,
        f"{_TAG}null": type(None),
    }
)
_TEXT_TAGS = frozenset(("!", f"{_TAG}str"))
_GROUP_TAGS = frozenset((None, "!", f"{_TAG}seq", f"{_TAG}map"))

_UTF16 = re.compile(rb"\xff\xfe|\xfe\xff|[^\0]\0|\0[^\0]")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB_INDENT = re.compile(r" *\t\s*[^\s#]")


@dataclass(frozen=True, slots=True)
class Document:
    """A file's data and where everything in it stands.

    `lines` maps dotted paths to line numbers from 1: a key's own line, a list item's first.
    `problems` did not keep the file from being read, but its data is not to be used as it is:
    a value that has one holds the text as written. `mode` is the file's permission bits.
    """

    data: dict[str, Value]
    lines: Mapping[str, int]
    problems: tuple[Problem, ...]
    mode: int = 0

    def line(self, where: str) -> int | None:
        """Return the line of a dotted path, or that of the nearest place above that has one."""
        while where and where not in self.lines:
            where = parent(where)
        return self.lines.get(where)


def load(path: Path) -> Document:
    """Read a YAML file whose top level is a group of keys.

    Raises:
        ConfigError: it cannot be read, is not YAML, or goes beyond the limits of this module.

    """
    try:
        file = read_small(path, MAX_BYTES)
    except Unreadable as error:
        raise ConfigError((Problem("", None, f"the file {error}"),), path) from None
    try:
        return replace(parse(_decode(file.content)), mode=file.mode)
    except ConfigError as error:
        raise ConfigError(error.problems, path) from None


def parse(text: str) -> Document:
    """Read YAML text whose top level is a group of keys; raises ConfigError as `load` does."""
    _refuse_unprintable(text)
    lines = enumerate(text.split("\n"), 1)
    tabs = [number for number, line in lines if _TAB_INDENT.match(line)]
    if tabs:
        what = "tabs cannot indent in YAML: use spaces"
        raise ConfigError(Problem("", line, what) for line in tabs)
    return _Builder(text).document()


def dump(data: Mapping[str, object]) -> str:
    """Write plain data as YAML that `load` reads back as the same data, printable throughout."""
    text = yaml.dump(
        data,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=1_000_000,
    )
    return "".join(char if char.isprintable() or char == "\n" else _escape(char) for char in text)


class _Dumper(yaml.SafeDumper):
    """Quotes what our own rules, or the escapes of unprintable characters, need in quotes."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True

    def text(self, text: str) -> yaml.ScalarNode:
        plain = text.isprintable() and is_text_unquoted(text)
        return self.represent_scalar(f"{_TAG}str", text, style=None if plain else '"')


_Dumper.add_representer(str, _Dumper.text)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _last_line(event: yaml.Event) -> int:
    return event.end_mark.line + 1 if event.end_mark else 0


def _refusal(what: str, line: int | None = None) -> ConfigError:
    return ConfigError((Problem("", line, what),))


def _stop(what: str, event: yaml.Event) -> ConfigError:
    return _refusal(what, _line(event))


def _decode(content: bytes) -> str:
    if _UTF16.match(content):
        raise _refusal("the file is UTF-16 or UTF-32, or no text at all: save it as UTF-8", 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"the byte 0x{content[error.start]:02x} is not UTF-8: save the file as UTF-8"
        raise _refusal(what, line) from None


def _refuse_unprintable(text: str) -> None:
    match = _UNPRINTABLE.search(text)
    if match is None:
        return
    name = "NUL byte" if match[0] == "\0" else f"character U+{ord(match[0]):04X}"
    what = f"a {name} has no place in a text file: remove it"
    raise _refusal(what, text.count("\n", 0, match.start()) + 1)


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        start = error.context_mark.line + 1 if error.context_mark else None
        raise _refusal(*explain_fault(f"{error.context}: {error.problem}", line, start)) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML hands the numbers of escapes ("\UFFFFFFFF") and directives to chr() and int()
        # unchecked, and they raise these.
        raise _refusal("an escape or a directive holds a number that makes no sense") from None


def _refused_key(event: yaml.Event) -> str | None:
    """Say why a plain scalar cannot be a key; None for all others."""
    if not isinstance(event, yaml.ScalarEvent) or event.style is not None or event.tag is not None:
        return None
    text: str = event.value
    if text == "<<":
        return "merge keys (<<) are not supported: write the keys out"
    if not text or isinstance(resolve(text), str):
        return None
    name = below("", text).strip('"')
    return f"{name} cannot be a key: a key is a word followed by a colon and a space"


class _Builder:
    """Builds one document's data from events, collecting problems on the way."""

    def __init__(self, text: str) -> None:
        self._events = _events(text)
        self._lines: dict[str, int] = {}
        self._problems: list[Problem] = []
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._nodes = 0
        self._aliases = 0

    def document(self) -> Document:
        """Build everything; an error that ends it brings along the problems found before."""
        try:
            return self._document()
        except ConfigError as error:
            raise ConfigError((*self._problems, *error.problems)) from None

    def _document(self) -> Document:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise _refusal("the file is empty: it needs at least plex: and folders:")
        first = next(self._events)
        self._lines[""] = _line(first)
        data = self._value(first, "", 0)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _stop("a second document begins here: one is all there can be", after)
        if data is None:
            raise _refusal("the file holds no keys: it needs at least plex: and folders:")
        if not isinstance(data, dict):
            raise _stop("the file has to begin with keys such as plex: and folders:", first)
        return Document(data, MappingProxyType(self._lines), tuple(self._problems))

    def _value(self, event: yaml.Event, where: str, depth: int) -> Value:
        before = self._nodes
        self._count(1, event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, where)
        value: Value
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, where)
        else:
            value = self._collection(event, where, depth)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _collection(self, event: yaml.Event, where: str, depth: int) -> Value:
        if depth >= MAX_DEPTH:
            raise _stop(f"groups and lists stand more than {MAX_DEPTH} deep here", event)
        if isinstance(event, yaml.CollectionStartEvent) and event.tag not in _GROUP_TAGS:
            self._refuse_tag(event, where)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        return self._list(where, depth) if is_list else self._group(where, depth)

    def _list(self, where: str, depth: int) -> Value:
        items: list[Value] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            place = below(where, len(items))
            self._lines.setdefault(place, _line(event))
            items.append(self._value(event, place, depth + 1))
        return items

    def _group(self, where: str, depth: int) -> Value:
        group: dict[str, Value] = {}
        seen: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            key = self._key(event, where, depth)
            place = below(where, "…" if key is None else key)
            if key is not None and key in seen:
                what = f"the key stands here twice, in line {seen[key]} and line {line}: keep one"
                self._problems.append(Problem(place, line, what))
            self._lines.setdefault(place, line)
            known = len(self._problems)
            value = self._value(next(self._events), place, depth + 1)
            if key is None:
                del self._problems[known:]  # nothing reads the value of a key that is none
            elif key not in seen:
                seen[key], group[key] = line, value
        return group

    def _key(self, event: yaml.Event, where: str, depth: int) -> str | None:
        """Read a key; None for one that was refused, with the problem noted."""
        refusal = _refused_key(event)
        if refusal:
            self._count(1, event)
            self._note(event, where, refusal)
            return None
        key = self._value(event, where, depth + 1)
        if isinstance(key, str) and key.isprintable():
            return key
        self._note(
            event, where, "this cannot be a key: a key is a word followed by a colon and a space"
        )
        return None

    def _scalar(self, event: yaml.ScalarEvent, where: str) -> Scalar:
        text: str = event.value
        if event.tag is not None:
            return self._tagged(event, where)
        if event.style is not None:
            return text
        if _line(event) != _last_line(event):
            self._note(
                event,
                where,
                f"this text goes on until line {_last_line(event)}: "
                "check the indentation of the lines below, or put the text in quotes",
            )
            return text
        value = resolve(text)
        if isinstance(value, Ambiguous):
            secret = "token" in where.casefold() and not value.wordy
            self._note(event, where, f"{'this' if secret else shown(text)} {value.why}")
            return text
        return value

    def _tagged(self, event: yaml.ScalarEvent, where: str) -> Scalar:
        text: str = event.value
        if event.tag in _TEXT_TAGS:
            return text
        wanted = _TAGGED_SCALARS.get(event.tag or "")
        value = resolve(text)
        if wanted is None or not isinstance(value, wanted) or isinstance(value, Ambiguous):
            self._refuse_tag(event, where)
            return text
        return value

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, where: str) -> None:
        tag = (event.tag or "!").replace(_TAG, "!!")
        name = "this tag" if "token" in where.casefold() else f"the tag {shown(tag)}"
        self._note(event, where, f"{name} is not allowed: remove it, or put the text in quotes")

    def _alias(self, event: yaml.AliasEvent, where: str) -> Value:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise _stop(f"there are more than {MAX_ALIASES} aliases (*name)", event)
        name = event.anchor or ""
        known = self._anchors.get(name)
        if known is None:
            it = "this" if "token" in where.casefold() else printable(f"*{name[:40]}")
            what = f"{it} is an alias of nothing above: a text that begins with * needs quotes"
            self._note(event, where, what)
            return f"*{name}"
        value, nodes = known
        self._count(nodes, event)
        return value

    def _count(self, nodes: int, event: yaml.Event) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _stop(f"the file holds more than {MAX_NODES} values", event)

    def _note(self, event: yaml.Event, where: str, what: str) -> None:
        self._problems.append(Problem(where, _line(event), what))
