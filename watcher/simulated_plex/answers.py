"""How answers are written: elements as XML or JSON, containers, and the HTML of refusals."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Value: TypeAlias = str | int | float | bool


class Format(StrEnum):
    """How an answer is written; the client says which with its Accept header."""

    XML = "xml"
    JSON = "json"


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
CONTENT_TYPES = {Format.XML: "text/xml;charset=utf-8", Format.JSON: "application/json"}


@dataclass(slots=True)
class Element:
    """One element; `name` is what JSON calls it where XML's tag differs (Video -> Metadata).

    `one` marks a child that is an object and not a list of objects in JSON (Context).
    """

    tag: str
    attributes: dict[str, Value]
    children: list[Element] = field(default_factory=list)
    name: str = ""
    one: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer before it is put on the wire."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)


_ESCAPED = re.compile('[&<>"\n\r\t]')
_ENTITIES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
}


def escape(text: str) -> str:
    """Escape a text for an attribute; characters that XML forbids stay, as PMS leaves them."""
    return _ESCAPED.sub(lambda found: _ENTITIES[found[0]], text)


def write(element: Element, form: Format) -> str:
    """Write one element."""
    if form is Format.JSON:
        return _ENCODE(_plain(element))
    return _xml(element)


def container(
    form: Format,
    attributes: dict[str, Value],
    groups: Sequence[tuple[str, Iterable[str]]] = (),
) -> str:
    """Write a MediaContainer around ready elements, grouped by what JSON calls them."""
    if form is Format.JSON:
        head = _ENCODE(attributes)[1:-1]
        lists = [
            f'"{name}":{",".join(ready)}' if name == "Meta" else f'"{name}":[{",".join(ready)}]'
            for name, ready in groups
        ]
        return f'{{"MediaContainer":{{{",".join([head, *lists] if head else lists)}}}}}'
    inner = "\n".join("\n".join(ready) for _, ready in groups)
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<MediaContainer'
    return f"{start}{_attributes(attributes)}>\n{inner}\n</MediaContainer>\n"


def encoded(text: str, *, raw: bool) -> bytes:
    """Encode an answer. Bytes of file names that are not UTF-8 go out `raw`, or as U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        octets = text.encode("utf-8", "surrogateescape")
        return octets if raw else octets.decode("utf-8", "replace").encode()


def html(status: int, script: str = "") -> Answer:
    """Refuse the way PMS does: HTML, whatever the client accepts."""
    words = HTTPStatus(status).phrase
    body = (
        f"<html><head>{script}<title>{words}</title></head>"
        f"<body><h1>{status} {words}</h1></body></html>"
    )
    return Answer(status, body.encode())


def maintenance(form: Format) -> Answer:
    """Say that the server is starting, in the words of a recorded answer."""
    said = "Plex Media Server is currently running startup maintenance tasks."
    if form is Format.JSON:
        text = json.dumps({"code": 503, "title": "Maintenance", "status": said})
    else:
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Response code="503" title="Maintenance" status="{said}"/>\n'
        )
    return Answer(503, text.encode(), CONTENT_TYPES[form])


def _xml(element: Element) -> str:
    start = f"<{element.tag}{_attributes(element.attributes)}"
    if not element.children:
        return f"{start} />"
    inner = "\n".join(_xml(child) for child in element.children)
    return f"{start}>\n{inner}\n</{element.tag}>"


def _attributes(attributes: dict[str, Value]) -> str:
    return "".join(f' {name}="{_text(value)}"' for name, value in attributes.items())


def _text(value: Value) -> str:
    if isinstance(value, str):
        return escape(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def _plain(element: Element) -> dict[str, object]:
    said: dict[str, object] = dict(element.attributes)
    lists: dict[str, list[object]] = {}
    for child in element.children:
        if child.one:
            said[child.name or child.tag] = _plain(child)
            continue
        lists.setdefault(child.name or child.tag, []).append(_plain(child))
    return said | lists
