"""Merging what several changes ask for."""

from __future__ import annotations

from town import context, host, library

from matcher.change import Action, Change, Happened, Verb
from matcher.explain import Explanation, explain
from matcher.plan import Planned, plan

LIBRARY = library()
OFFICE = "/v/tv/The Office (US)/"
SEASON = OFFICE + "Season 01/"


def explained(*changes: Change) -> list[Explanation]:
    return [explain(each, context(LIBRARY)) for each in changes]


def created(path: str) -> Change:
    return Change(Happened.CREATED, host(path))


def short(planned: tuple[Planned, ...]) -> list[str]:
    return [
        f"{each.action.verb} {each.action.path or each.action.key} ({len(each.changes)})"
        for each in planned
    ]


def test_a_season_of_twenty_two_is_one_scan() -> None:
    changes = [created(f"{SEASON}The Office (US) - S01E{n:02}.mkv") for n in range(4, 26)]

    planned = plan(explained(*changes))

    assert short(planned) == ["scan /data/TV/The Office (US)/Season 01 (22)"]
    assert planned[0].changes == tuple(changes)
    assert planned[0].reason


def test_an_upgrade_is_one_scan_after_both() -> None:
    old, new = "Heat (1995) Bluray-1080p.mkv", "Heat (1995) Remux.mkv"
    changes = (
        Change(Happened.DELETED, f"/v/movies/Heat (1995)/{old}"),
        Change(Happened.CREATED, f"/v/movies/Heat (1995)/{new}"),
    )

    assert short(plan(explained(*changes))) == ["scan /data/movies/Heat (1995) (2)"]


def test_scans_come_first_then_refreshes_then_analyses() -> None:
    episode = SEASON + "The Office (US) - S01E01 - Title 1"
    changes = (created(episode + ".en.srt"), Change(Happened.CHANGED, episode + ".mkv"))

    assert short(plan(explained(*changes))) == [
        "scan /data/TV/The Office (US)/Season 01 (1)",
        "refresh 410101 (1)",
        "analyze 410101 (1)",
    ]


def test_what_arrived_is_scanned_before_what_went() -> None:
    changes = (
        Change(Happened.DELETED, "/v/movies/Alien (1979)/Alien (1979).mkv"),
        created("/v/movies/Alien Uncut (1979)/Alien Uncut (1979).mkv"),
    )

    assert short(plan(explained(*changes))) == [
        "scan /data/movies/Alien Uncut (1979) (1)",
        "scan /data/movies/Alien (1979) (1)",
    ]


def test_the_refresh_of_a_show_serves_its_episodes_and_seasons() -> None:
    changes = (
        created(SEASON + "The Office (US) - S01E01 - Title 1.en.srt"),
        created(OFFICE + "season02-poster.jpg"),
        created(OFFICE + "poster.jpg"),
    )

    planned = plan(explained(*changes))

    assert short(planned) == ["refresh 41 (3)"]
    assert set(planned[0].changes) == set(changes)


def test_the_refresh_of_one_show_serves_no_other() -> None:
    changes = (
        created("/v/tv/Duo/Season 01/Duo - S01E03.en.srt"),
        created(OFFICE + "poster.jpg"),
    )

    assert short(plan(explained(*changes))) == ["refresh 430103 (1)", "refresh 41 (1)"]


def test_a_scan_serves_the_directories_below_only_if_the_caller_says_so() -> None:
    changes = (created(SEASON + "new.mkv"), created(OFFICE + ".plexignore"))

    assert len(plan(explained(*changes))) == 2
    absorbed = plan(explained(*changes), absorb_scans=True)
    assert short(absorbed) == ["scan /data/TV/The Office (US) (2)"]


def test_absorbed_scans_stay_in_their_section_and_below_the_directory() -> None:
    changes = (
        created("/v/movies/4K/New.mkv"),
        created("/v/movies/4K/New (2020)/New (2020).mkv"),
        created("/v/movies-4K/New (2020)/New (2020).mkv"),
    )

    assert [each.action for each in plan(explained(*changes), absorb_scans=True)] == [
        Action(Verb.SCAN, 2, path="/data/movies/4K"),
        Action(Verb.SCAN, 1, path="/data/movies/4K"),
        Action(Verb.SCAN, 2, path="/data/movies-4K/New (2020)"),
    ]


def test_planning_twice_changes_nothing() -> None:
    changes = (created(OFFICE + "poster.jpg"), created(SEASON + "new.mkv"))
    once = explained(*changes)

    assert plan(once) == plan([*once, *once])


def test_nothing_is_planned_for_nothing() -> None:
    assert plan([]) == ()
    assert plan(explained(created("/v/movies/.hidden.mkv"))) == ()
