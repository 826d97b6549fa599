"""What holds for every change, whatever its name."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from town import FOLDERS, PARTS, SECTIONS, context, host, library

from matcher import paths
from matcher.change import Change, Happened, Verb
from matcher.explain import Explanation, explain
from matcher.model import Confidence

LIBRARY = library()
CONTEXT = context(LIBRARY)
LOCATIONS = {each.key: each.locations for each in SECTIONS}
KEYS = {
    key for part in PARTS for key in (part.key, part.parent, part.grandparent) if key is not None
}

_REAL = sorted({name for part in PARTS for name in paths.components(part.file)[1:]})
_ENDINGS = [
    "", ".mkv", ".en.srt", ".jpg", "-poster.jpg", ".nfo", "-trailer.mkv", ".mp3", ".lrc", ".part",
    " - 4K.mkv", ".S01E01.mkv", " (1995).mkv",
]  # fmt: skip
_names = st.one_of(
    st.sampled_from(_REAL),
    st.sampled_from([
        "poster.jpg", "theme.mp3", "Season 01", "Subs", "Trailers", "BDMV", "season01-poster.jpg",
        "tvshow.nfo", ".plexignore", ".plexmatch", "..", ".", "", "...", "@eaDir", "CD1", "a,b",
    ]),
    st.text(min_size=1, max_size=12).map(lambda text: text.replace("/", "").replace("\0", "")),
    st.builds(
        lambda name, ending: name.rsplit(".", 1)[0] + ending,
        st.sampled_from(_REAL),
        st.sampled_from(_ENDINGS),
    ),
)  # fmt: skip
_paths = st.builds(
    lambda folder, names: host("/".join([folder.path, *names])),
    st.sampled_from(FOLDERS.folders),
    st.lists(_names, max_size=4),
)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    happened = draw(st.sampled_from(Happened))
    dest = draw(_paths) if happened is Happened.MOVED else None
    size = draw(st.sampled_from([None, 0, 5, 4_000_000_000]))
    return Change(happened, draw(_paths), dest, is_dir=draw(st.booleans()), size=size)


def location_of(section: int, directory: str) -> str | None:
    return next((each for each in LOCATIONS[section] if paths.is_within(directory, each)), None)


@settings(deadline=None, max_examples=400)
@given(changes())
def test_a_scan_stays_within_a_location_of_its_section(change: Change) -> None:
    """And the location itself is scanned only for a file right in it, or its `.plexignore`."""
    explanation = explain(change, CONTEXT)
    for action in explanation.actions:
        if action.verb is not Verb.SCAN:
            continue
        directory = action.path or ""
        location = location_of(action.section, directory)

        assert location is not None
        assert action.section in explanation.sections
        if paths.same(directory, location):
            assert not change.is_dir or _another_section_ends_here(location)
            parents = {paths.parent(each) for each in explanation.plex_paths}
            assert any(paths.same(each, location) for each in parents)


def _another_section_ends_here(location: str) -> bool:
    """Say whether a location lies within another section's: a folder there, a root here."""
    return sum(location_of(key, location) is not None for key in LOCATIONS) > 1


@settings(deadline=None, max_examples=400)
@given(changes())
def test_only_items_of_the_match_are_asked_for(change: Change) -> None:
    explanation = explain(change, CONTEXT)
    matched = {(each.section, each.key) for each in explanation.match.items}
    asked = {(each.section, each.key) for each in explanation.actions if each.key is not None}

    assert asked <= matched
    assert {key for _, key in matched} <= KEYS
    assert {section for section, _ in matched} <= set(explanation.sections)
    assert (explanation.match.confidence is Confidence.NONE) == (not matched)
    if explanation.match.confidence in {Confidence.PARSED, Confidence.FUZZY}:
        assert not asked


@settings(deadline=None, max_examples=200)
@given(changes())
def test_an_explanation_is_the_same_every_time_and_can_be_shown(change: Change) -> None:
    explanation = explain(change, CONTEXT)

    assert explain(change, context(library())) == explanation
    assert "\n" not in explanation.sentence()
    assert len(set(explanation.actions)) == len(explanation.actions)
    assert _in_order(explanation)


def _in_order(explanation: Explanation) -> bool:
    order = [list(Verb).index(each.verb) for each in explanation.actions]
    return order == sorted(order)


@settings(deadline=None, max_examples=200)
@given(changes(), st.sampled_from([True, False]))
def test_what_the_disk_says_never_leads_above_the_first_folder(change: Change, there: bool) -> None:
    explanation = explain(change, context(LIBRARY, lambda _path: there))

    for action in explanation.actions:
        if action.path is not None:
            assert location_of(action.section, action.path) is not None
