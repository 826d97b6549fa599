"""How the simulated server writes what it says."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.simulated_plex.answers import Element, Format, container, encoded, html, write

_TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], max_codepoint=0xFFFD))


@settings(deadline=None, max_examples=60)
@given(_TEXT)
def test_any_name_survives_xml_and_json(name: str) -> None:
    element = Element("Part", {"file": name})
    assert ET.fromstring(write(element, Format.XML)).get("file") == name  # noqa: S314 - our own
    assert json.loads(write(element, Format.JSON)) == {"file": name}


def test_line_ends_in_names_survive_xml() -> None:
    text = write(Element("Part", {"file": "a\nb\tc"}), Format.XML)
    assert ET.fromstring(text).get("file") == "a\nb\tc"  # noqa: S314 - our own


def test_bytes_that_are_not_utf8_become_replacement_characters_or_stay() -> None:
    assert encoded("a\udcffb", raw=False).decode() == "a\ufffdb"
    assert encoded("a\udcffb", raw=True) == b"a\xffb"


def test_values_keep_their_kind_in_json_and_are_digits_in_xml() -> None:
    element = Element("Directory", {"refreshing": True, "hidden": 0, "key": "1"})
    assert json.loads(write(element, Format.JSON)) == {"refreshing": True, "hidden": 0, "key": "1"}
    assert write(element, Format.XML) == '<Directory refreshing="1" hidden="0" key="1" />'


def test_children_are_lists_in_json_unless_there_can_be_only_one() -> None:
    element = Element(
        "Activity",
        {"uuid": "u"},
        [Element("Context", {"key": "k"}, one=True), Element("Video", {}, name="Metadata")],
    )
    assert json.loads(write(element, Format.JSON)) == {
        "uuid": "u",
        "Context": {"key": "k"},
        "Metadata": [{}],
    }


def test_a_container_holds_ready_elements() -> None:
    ready = {
        form: [write(Element("Video", {"title": "A"}, name="Metadata"), form)] for form in Format
    }
    groups = {form: [("Metadata", known)] for form, known in ready.items()}
    as_json = json.loads(container(Format.JSON, {"size": 1}, groups[Format.JSON]))
    as_xml = ET.fromstring(container(Format.XML, {"size": 1}, groups[Format.XML]))  # noqa: S314
    assert as_json == {"MediaContainer": {"size": 1, "Metadata": [{"title": "A"}]}}
    assert [child.attrib for child in as_xml] == [{"title": "A"}]


def test_refusals_are_html_as_recorded() -> None:
    answer = html(401)
    assert answer.content_type == "text/html"
    assert len(answer.body) == 91
