"""What Plex answers is read as recorded servers write it, and tolerantly."""

from __future__ import annotations

import re
from contextlib import suppress
from xml.etree.ElementTree import Element, XMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import answers
from matcher.model import Activity, Part, Section, Server

# The forms below follow answers recorded from Plex Media Server 1.43.1 and 1.25, shortened.
ROOT = '<MediaContainer size="25" friendlyName="NAS" machineIdentifier="abc" version="1.43.1"/>'
SECTIONS = """<?xml version="1.0" encoding="UTF-8"?>
<MediaContainer size="2" allowSync="0" title1="Plex Library">
<Directory allowSync="1" filters="1" refreshing="1" key="1" type="movie" title="Movies"
 agent="tv.plex.agents.movie" scanner="Plex Movie" language="en-US" uuid="u-1"
 createdAt="1777346604" scannedAt="1777585301" content="1" contentChangedAt="74" hidden="0">
<Location id="1" path="/media/Movies" /><Location id="4" path="D:\\More Movies" />
</Directory>
<Directory key="x" type="movie" title="no number"/>
<Directory key="2" type="show" title="TV"/>
</MediaContainer>"""
EPISODES = b"""<?xml version="1.0" encoding="UTF-8"?>
<MediaContainer size="1" totalSize="7" offset="0" librarySectionID="2">
<Video ratingKey="35" key="/library/metadata/35" parentRatingKey="20" grandparentRatingKey="30"
 type="episode" title="Episode 5" grandparentTitle="TV Show" parentTitle="Season 1" index="5"
 parentIndex="1" year="2021" duration="3421936">
<Media id="396946" container="mkv">
<Part id="397384" key="/library/parts/397384/1/file.mkv" duration="3421936"
 file="/tv/TV Show/Season 1/Episode 5.mkv" size="6040228848" container="mkv"/>
<Part id="397385" file="/tv/TV Show/Season 1/Episode 5 - part2.mkv"/>
</Media>
<Media id="396947" deletedAt="17"><Part id="397386" file="/tv/old.mkv" size="1"/></Media>
<Role tag="Somebody"/>
</Video>
<Video ratingKey="tv-36"><Media><Part id="1" file="/tv/not a number.mkv"/></Media></Video>
<Video ratingKey="37"><Media><Part id="2" size="2"/></Media></Video>
</MediaContainer>"""
EPISODE = Part(
    file="/tv/TV Show/Season 1/Episode 5.mkv",
    size=6040228848,
    section=2,
    key=35,
    type="episode",
    title="Episode 5",
    part_id=397384,
    media_id=396946,
    year=2021,
    index=5,
    parent=20,
    parent_title="Season 1",
    parent_index=1,
    grandparent=30,
    grandparent_title="TV Show",
)


MOVIE = '<MediaContainer><Video ratingKey="1"><Media>%s</Media></Video></MediaContainer>'


def tree_of(text: str | bytes) -> Element:
    """Read a text as plexapi does."""
    parser = XMLParser()  # noqa: S314 - the text is this file's own
    parser.feed(text)
    tree: Element = parser.close()
    return tree


def test_a_server_says_who_it_is() -> None:
    """`GET /`."""
    assert answers.server(tree_of(ROOT)) == Server("abc", "NAS", "1.43.1")


def test_an_answer_without_a_machine_is_none_of_plex() -> None:
    """Another program may well answer XML."""
    with pytest.raises(answers.BadAnswerError, match="is this address a Plex server"):
        answers.server(tree_of("<MediaContainer/>"))


def test_sections_are_read_with_their_locations() -> None:
    """Those with a number, and what they do not say is its default."""
    first, second = answers.sections(tree_of(SECTIONS))

    assert first == Section(
        key=1,
        title="Movies",
        type="movie",
        locations=("/media/Movies", "D:\\More Movies"),
        agent="tv.plex.agents.movie",
        scanner="Plex Movie",
        uuid="u-1",
        content_changed_at=74,
        scanned_at=1777585301,
        refreshing=True,
    )
    assert second == Section(2, "TV", "show", ())


def test_parts_are_read_with_what_they_belong_to() -> None:
    """Several in one medium, several media; what has no number or no file is left out."""
    page = answers.part_page(EPISODES, 2)

    assert page.total == 7
    assert page.items == 3
    assert page.parts[0] == EPISODE
    assert [(part.part_id, part.media_id, part.deleted) for part in page.parts] == [
        (397384, 396946, False),
        (397385, 396946, False),
        (397386, 396947, True),
    ]


@pytest.mark.parametrize("where", ["Video", "Media", "Part"])
def test_what_is_deleted_says_so_at_any_level(where: str) -> None:
    """In the database all three have the mark; which of them an answer shows is not known."""
    body = MOVIE % '<Part file="/a"/>'
    marked = re.sub(rf"<{where}\b", f'<{where} deletedAt="5"', body)
    (part,) = answers.part_page(marked.encode(), 1).parts

    assert part.deleted


def test_an_item_is_read_as_in_a_list() -> None:
    """The detail form has streams below the parts, and more."""
    tree = tree_of(EPISODES.replace(b'ratingKey="tv-36"', b"").replace(b'ratingKey="37"', b""))
    parts = answers.item_parts(tree, 2)

    assert parts is not None
    assert parts[0] == EPISODE


def test_an_item_of_another_section_is_none() -> None:
    """A key is asked for together with its section."""
    assert answers.item_parts(tree_of(EPISODES), 1) is None


def test_an_item_that_is_not_listed_is_none() -> None:
    """Unknown keys are left out of an answer for several."""
    assert answers.item_parts(tree_of("<MediaContainer/>"), 1) is None


def test_an_item_without_media_has_no_parts() -> None:
    """A show, or a movie whose media are gone."""
    show = '<MediaContainer librarySectionID="2"><Directory ratingKey="30"/></MediaContainer>'

    assert answers.item_parts(tree_of(show), 2) == ()


def test_activities_are_read_with_and_without_their_context() -> None:
    """The Context comes a moment after the start."""
    body = """<MediaContainer size="2">
    <Activity uuid="a" type="library.update.section" title="Scanning" progress="-1"/>
    <Activity uuid="b" type="library.update.item.metadata" title="Refreshing">
    <Context accessible="1" key="/library/metadata/77" librarySectionID="3"/></Activity>
    </MediaContainer>"""

    assert answers.activities(tree_of(body)) == (
        Activity("a", "library.update.section", "Scanning"),
        Activity("b", "library.update.item.metadata", "Refreshing", section=3, key=77),
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"<HTML><head>", "web page"),
        (EPISODES[:200], "breaks off"),
        (b'{"MediaContainer": {}}', "not XML"),
        (b"<rss/>", "<rss>"),
    ],
)
def test_what_is_no_list_says_what_it_looks_like(body: bytes, words: str) -> None:
    """So that a person can tell a proxy's page from a server that broke off."""
    with pytest.raises(answers.BadAnswerError, match=words):
        answers.part_page(body, 1)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(deadline=None)
def test_every_name_comes_back_but_for_what_xml_cannot_say(name: str) -> None:
    """Characters that XML forbids are dropped, since no server can send them unharmed."""
    text = name.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    for white in "\t\n\r":
        text = text.replace(white, f"&#{ord(white)};")
    body = MOVIE % f'<Part file="/{text}"/>'
    (part,) = answers.part_page(body.encode(), 1).parts
    legal = [c for c in name if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")]

    assert part.file == "/" + "".join(legal)


@given(st.binary())
@settings(deadline=None)
def test_no_bytes_do_more_than_be_refused(body: bytes) -> None:
    """Whatever comes: a page or a BadAnswerError."""
    with suppress(answers.BadAnswerError):
        answers.part_page(body, 1)


@given(
    st.binary(min_size=1).filter(
        lambda raw: not set(raw) & set(b'\0\x0b\x0c&<"\t\n\r') and min(raw) > 31
    )
)
@settings(deadline=None)
def test_names_that_are_not_utf8_come_back_as_from_the_disk(raw: bytes) -> None:
    """As `os.fsdecode` would have them."""
    name = raw.decode("utf-8", "surrogateescape")
    if "\ufffe" in name or "\uffff" in name or any(ord(c) >= 0x10FE80 for c in name):
        return
    body = MOVIE.encode() % (b'<Part file="/' + raw + b'"/>')
    (part,) = answers.part_page(body, 1).parts

    assert part.file == f"/{name}"
