"""Explanations: their form, and what they rest on."""

from __future__ import annotations

import json
from dataclasses import replace

from town import FOLDERS, SECTIONS, context, host, library

from matcher.change import Change, Happened, Kind, Verb
from matcher.explain import explain
from matcher.model import Part

EPISODE = "/v/tv/The Office (US)/Season 01/The Office (US) - S01E01 - Title 1"
LIBRARY = library()


def test_the_json_has_exactly_the_promised_form() -> None:
    explanation = explain(Change(Happened.CHANGED, EPISODE + ".mkv"), context(LIBRARY))

    assert explanation.as_json("a1") == {
        "id": "a1",
        "path": EPISODE + ".mkv",
        "event": "changed",
        "kind": "video",
        "plex_paths": [EPISODE.replace("/v/tv", "/data/TV") + ".mkv"],
        "sections": [4],
        "match": {
            "confidence": "exact",
            "items": [
                {"section": 4, "key": 410101, "level": "episode", "title": "The Office (US) 1x1"}
            ],
        },
        "actions": [
            {"action": "scan", "section": 4, "path": "/data/TV/The Office (US)/Season 01"},
            {"action": "analyze", "section": 4, "key": 410101},
        ],
        "reason": "A video was replaced: a scan, then an analysis of “The Office (US) 1x1”.",
    }
    assert "id" not in explanation.as_json()


def test_a_name_that_is_not_utf8_survives_the_json() -> None:
    path = host("/v/movies/Bad\udce9 (2001)/poster.jpg")

    written = json.dumps(explain(Change(Happened.CREATED, path), context(LIBRARY)).as_json())

    assert json.loads(written)["path"] == path


def test_the_sentence_is_one_printable_line() -> None:
    path = host("/v/movies/Heat (1995)/a\n\x1b[31m-trailer.mkv")

    sentence = explain(Change(Happened.CREATED, path), context(LIBRARY)).sentence()

    assert "\n" not in sentence
    assert "\x1b" not in sentence
    assert "refresh movie “Heat” (101, section 1)" in sentence


def test_the_sentence_of_a_move_names_both_ends() -> None:
    change = Change(Happened.MOVED, "/v/flat/Saw.mkv", "/v/movies/Saw (2004)/Saw (2004).mkv")

    sentence = explain(change, context(LIBRARY)).sentence()

    assert "/v/flat/Saw.mkv -> /v/movies/Saw (2004)/Saw (2004).mkv moved" in sentence
    assert "scan /data/movies/Saw (2004) (section 1); scan /data/flat (section 3)" in sentence


def test_a_move_lists_where_it_leads_first() -> None:
    change = Change(Happened.MOVED, "/v/flat/Saw.mkv", "/v/movies/Saw (2004)/Saw (2004).mkv")

    explanation = explain(change, context(LIBRARY))

    assert explanation.plex_paths == (
        "/data/movies/Saw (2004)/Saw (2004).mkv",
        "/data/flat/Saw.mkv",
    )
    assert set(explanation.sections) == {1, 3}


def test_sections_come_with_the_longest_location_first() -> None:
    change = Change(Happened.CREATED, "/v/movies/4K/New (2020)/New (2020).mkv")

    assert explain(change, context(LIBRARY)).sections == (2, 1)


def test_plex_paths_are_spelled_as_plex_does_where_it_has_the_place() -> None:
    change = Change(Happened.CREATED, "/v/nfc/Ame\u0301lie (2001)/Ame\u0301lie (2001).fr.srt")

    (path,) = explain(change, context(LIBRARY)).plex_paths

    assert path == "/data/nfc/Amélie (2001)/Ame\u0301lie (2001).fr.srt"


def test_noise_and_foreign_paths_ask_the_library_nothing() -> None:
    made = library()
    for path in ("/v/movies/.x.mkv", "/v/movies/x.txt", "/v/nowhere/x.mkv", "/other/x.mkv"):
        explanation = explain(Change(Happened.CREATED, path), context(made))

        assert explanation.actions == ()
        assert explanation.reason.endswith(".")
    assert made.questions == []


def test_noise_still_says_where_it_lies() -> None:
    explanation = explain(Change(Happened.CREATED, "/v/movies/x.mkv.part"), context(LIBRARY))

    assert explanation.kind is Kind.NOISE
    assert explanation.plex_paths == ("/data/movies/x.mkv.part",)
    assert explanation.sections == (1,)


def test_a_sidecar_whose_owner_is_unknown_waits() -> None:
    """It is decided again when the scan of its folder has brought the owner."""
    made = library()
    subtitle = Change(Happened.CREATED, "/v/movies/New (2020)/New (2020).en.srt")

    before = explain(subtitle, context(made))
    made.add(Part("/data/movies/New (2020)/New (2020).mkv", 1, 1, 199, "movie", "New", year=2020))
    after = explain(subtitle, context(made))

    assert before.waits
    assert before.actions == ()
    assert not after.waits
    assert [each.key for each in after.actions] == [199]


def test_a_sidecar_that_is_gone_waits_as_well() -> None:
    """Its item may be on the way here with its folder, and have it from before."""
    gone = Change(Happened.DELETED, "/v/movies/New (2020)/New (2020).en.srt")

    assert explain(gone, context(LIBRARY)).waits


def test_a_vanished_season_is_looked_for_from_the_nearest_folder_left() -> None:
    left = {"/v/tv/The Office (US)"}
    change = Change(Happened.DELETED, EPISODE + ".mkv")

    explanation = explain(change, context(LIBRARY, lambda path: path in left))

    assert [each.path for each in explanation.actions] == ["/data/TV/The Office (US)"]


def test_what_is_above_the_watched_folder_is_never_looked_at() -> None:
    """There, the disk says nothing about Plex's directories."""
    asked: list[str] = []

    def exists(path: str) -> bool | None:
        asked.append(path)
        return False

    change = Change(Happened.DELETED, "/v/movies/A/B/c.mkv")
    explanation = explain(change, context(LIBRARY, exists))

    assert [each.path for each in explanation.actions] == ["/data/movies/A/B"]
    assert asked == ["/v/movies/A/B", "/v/movies/A"]


def test_only_the_verbs_that_the_user_allows_are_asked() -> None:
    quiet = replace(context(LIBRARY), verbs=frozenset({Verb.SCAN}))

    explanation = explain(Change(Happened.CHANGED, EPISODE + ".mkv"), quiet)

    assert [each.verb for each in explanation.actions] == [Verb.SCAN]


def test_a_folder_for_some_libraries_concerns_no_others() -> None:
    change = Change(Happened.CREATED, "/v/kids/New/New.mkv")

    assert explain(change, context(LIBRARY)).sections == (9,)


def test_no_sections_and_no_folders_lead_to_nothing() -> None:
    bare = replace(context(LIBRARY), sections=())
    change = Change(Happened.CREATED, "/v/movies/New/New.mkv")

    assert explain(change, bare).sections == ()
    assert explain(change, bare).reason == "No library has a location that holds it."


def test_the_innermost_watched_folder_holds_a_path() -> None:
    held = FOLDERS.holding("/v/movies-4K/x")

    assert held is not None
    assert held[0].path == "/v/movies-4K"
    assert FOLDERS.holding("/v") is None
    assert FOLDERS.is_noise("/v")
    assert FOLDERS.is_noise("/v/movies/Private", is_dir=True)
    assert not FOLDERS.is_noise("/v/.hidden/x.mkv")


def test_every_section_of_the_test_town_is_used() -> None:
    assert {each.section for each in LIBRARY.all_parts(SECTIONS[0])} == {1}
    assert len(SECTIONS) == 16
