"""One story of a NAS under every combination of what is disputed about Plex."""

from __future__ import annotations

import itertools
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from closed_loop import IMPATIENT, QUICK, WITHOUT_FILTER, Loop, closed_loop, write
from waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from watcher.simulated_plex.settings import Behaviour

ALL = "PLEXNUDGE_ALL_VARIANTS"
"""Set in the environment, it has every combination played instead of a covering few."""
SWITCHES: dict[str, tuple[object, ...]] = {
    "merge_equal_scans": (False, True),
    "lose_scan_while_one_runs": (False, True),
    "vanished_folder": ("ignored", "trashed", "by_type"),
    "skip_unchanged_directories": (False, True),
    "trash_before_additions": (False, True),
    "replaced_noticed": ("scan", "analyze"),
    "auto_empty_trash": (True, False),
    "file_filter": ("contains", "missing_ignored", "missing_400"),
    "follow_moves": (True, False),
}
MOST_SCANS = 60
"""A storm would be hundreds: the story has 24 directories with news, some asked for twice."""


def covering(switches: dict[str, tuple[object, ...]]) -> list[dict[str, object]]:
    """Return few combinations in which each two values of two switches meet at least once."""
    names = list(switches)
    rows = [
        dict(zip(names, values, strict=True)) for values in itertools.product(*switches.values())
    ]
    open_pairs = {pair for row in rows for pair in _pairs(row)}
    chosen = []
    while open_pairs:
        best = max(rows, key=lambda row: len(open_pairs & _pairs(row)))
        open_pairs -= _pairs(best)
        chosen.append(best)
    return chosen


def _pairs(row: dict[str, object]) -> set[tuple[tuple[str, object], tuple[str, object]]]:
    return set(itertools.combinations(row.items(), 2))


def every(switches: dict[str, tuple[object, ...]]) -> list[dict[str, object]]:
    return [
        dict(zip(switches, values, strict=True)) for values in itertools.product(*switches.values())
    ]


def _name(row: dict[str, object]) -> str:
    return "-".join(str(value) for value in row.values())


WITHOUT: tuple[dict[str, object], ...] = (
    {
        "file_filter": "missing_ignored",
        "vanished_folder": "trashed",
        "trash_before_additions": True,
    },
    {"file_filter": "missing_400", "replaced_noticed": "analyze", "auto_empty_trash": False},
)
"""Servers without the file filter take three times as long, so they meet few of the others."""
USUAL = {name: values for name, values in SWITCHES.items() if name != "file_filter"}
VARIANTS = every(SWITCHES) if os.environ.get(ALL) else [*covering(USUAL), *WITHOUT]

FILES = {
    **{
        f"Movies/{name}/{name}.mkv": 3000 + at
        for at, name in enumerate(
            (
                "Alien (1979)",
                "Brazil (1985)",
                "Contact (1997)",
                "Dune (1984)",
                "Gandhi (1982)",
                "Heat (1995)",
                "Jaws (1975)",
                "Tron (1982)",
            )
        )
    },
    "Movies/Stalker (1979).mkv": 3100,
    **{f"TV/Severance/Season 01/Severance - S01E{n:02}.mkv": 2000 + n for n in range(1, 7)},
    "TV/Severance/Season 01/Severance - S02E09.mkv": 2109,
    **{
        f"TV/Lost/Season {season:02}/Lost - S{season:02}E{n:02}.mkv": 2200 + 10 * season + n
        for season in (1, 2)
        for n in (1, 2)
    },
    **{f"TV/Monster/Season 01/Monster - S01E{n:02}.mkv": 2300 + n for n in (1, 2, 3)},
    **{
        f"TV/Dark/Season {season:02}/Dark - S{season:02}E{n:02}.mkv": 2400 + 10 * season + n
        for season in (1, 2)
        for n in (1, 2, 3)
    },
    "Anime/Pluto/Season 01/Pluto - S01E01.mkv": 2500,
}


@dataclass(frozen=True)
class Kept:
    """An item that has to be the same one before and after; `why_not` names what excuses it."""

    old: str
    new: str
    excused: bool


class Story:
    """The acts, and which items they must not lose."""

    def __init__(self, loop: Loop, behaviour: Behaviour) -> None:
        self.loop = loop
        self.behaviour = behaviour
        self.keys: dict[str, int | None] = {}
        self.kept: list[Kept] = []

    def keeps(self, old: str, new: str, *, excused: bool = False) -> None:
        """Note the item of a file that is about to become another."""
        self.keys[old] = self.loop.key(old)
        assert self.keys[old] is not None
        self.kept.append(Kept(old, new, excused))

    def check_kept(self) -> None:
        lost = [
            f"{one.old} -> {one.new}"
            for one in self.kept
            if not one.excused and self.loop.key(one.new) != self.keys[one.old]
        ]
        self.kept.clear()
        assert lost == [], f"items lost: {lost}\n{self.loop.story()}"

    # --- arrivals

    def arrivals(self) -> None:
        loop = self.loop
        incoming = loop.place / "incoming"
        for n in range(1, 7):
            write(incoming / "Season 02" / f"Severance - S02E{n:02}.mkv", 2600 + n)
        (incoming / "Season 02").rename(loop.path("TV/Severance/Season 02"))
        for season, n in ((1, 1), (1, 2), (2, 1)):
            loop.put(f"TV/Fargo (2014)/Season {season:02}/Fargo - S{season:02}E{n:02}.mkv")
        loop.put("Movies/Ran (1985)/Ran (1985).mkv")
        loop.put("Movies/Alien (1979)/Alien (1979).en.srt", 30)
        loop.put("Movies/Jaws (1975)/Jaws (1975).en.srt", 30)
        loop.put("Movies/Brazil (1985)/poster.jpg", 50)
        loop.put("TV/Severance/Season 01/Severance - S01E01.en.srt", 30)
        loop.rest()

    # --- upgrades

    def upgrades(self) -> None:
        loop = self.loop
        gone_first = self.behaviour.trash_before_additions and self.behaviour.auto_empty_trash
        old, new = "Movies/Alien (1979)/Alien (1979).mkv", "Movies/Alien (1979)/Alien 2160p.mkv"
        self.keeps(old, new, excused=gone_first)
        loop.remove(old)
        loop.put(new, 9000)
        old, new = "Movies/Brazil (1985)/Brazil (1985).mkv", "Movies/Brazil (1985)/Brazil 4K.mkv"
        self.keeps(old, new, excused=gone_first)
        loop.put(new, 9001)
        loop.remove(old)
        bigger = "Movies/Contact (1997)/Contact (1997).mkv"
        self.keeps(bigger, bigger)
        loop.put(bigger, 9002)
        same = "Movies/Dune (1984)/Dune (1984).mkv"
        self.keeps(same, same)
        analyses = loop.item(same).analyses
        loop.put(same, loop.path(same).stat().st_size, seed=1)
        over = "Movies/Gandhi (1982)/Gandhi (1982).mkv"
        self.keeps(over, over)
        write(loop.path("Movies/Gandhi (1982)/.Gandhi.partial~"), 9004)
        loop.move("Movies/Gandhi (1982)/.Gandhi.partial~", over)
        season = "TV/Severance/Season 01/Severance - "
        self.keeps(f"{season}S01E03.mkv", f"{season}S01E03.mp4", excused=gone_first)
        loop.remove(f"{season}S01E03.mkv")
        loop.put(f"{season}S01E03.mp4", 9005)
        self.keeps(f"{season}S01E04.mkv", f"{season}S01E04.mkv")
        loop.put(f"{season}S01E04.mkv", 9006)
        wait_until(lambda: loop.item(same).analyses > analyses, 15, loop.story)
        loop.rest()
        self.check_kept()

    # --- moves

    def moves(self) -> None:
        loop, follows = self.loop, self.behaviour.follow_moves
        name = "Severance - S02E09.mkv"
        old, new = f"TV/Severance/Season 01/{name}", f"TV/Severance/Season 02/{name}"
        self.keeps(old, new)
        loop.move(old, new)
        self.keeps("Movies/Jaws (1975)/Jaws (1975).mkv", "Movies/Jaws (1975) 4K/Jaws (1975).mkv")
        loop.move("Movies/Jaws (1975)", "Movies/Jaws (1975) 4K")
        self.keeps(
            "Movies/Tron (1982)/Tron (1982).mkv",
            "Movies/Tron Legacy (2010)/Tron (1982).mkv",
            excused=not follows,
        )
        loop.move("Movies/Tron (1982)", "Movies/Tron Legacy (2010)")
        loop.move("TV/Monster", "Anime/Monster")
        # The old places are looked for from what is left, which holds the new ones as well.
        self.keeps("Movies/Stalker (1979).mkv", "Movies/Stalker (1979)/Stalker (1979).mkv")
        loop.move("Movies/Stalker (1979).mkv", "Movies/Stalker (1979)/Stalker (1979).mkv")
        name = "Dark - S01E01.mkv"
        self.keeps(f"TV/Dark/Season 01/{name}", f"TV/Dark/Season 1/{name}")
        loop.move("TV/Dark/Season 01", "TV/Dark/Season 1")
        loop.rest()
        self.check_kept()

    # --- deletions

    def deletions(self) -> None:
        loop = self.loop
        loop.remove("TV/Severance/Season 01/Severance - S01E06.mkv")
        shutil.rmtree(loop.path("TV/Dark/Season 02"))
        shutil.rmtree(loop.path("TV/Lost"))
        shutil.rmtree(loop.path("Movies/Heat (1995)"))
        loop.rest()

    # --- while a scan is slow

    def meanwhile(self) -> None:
        loop = self.loop
        loop.plex.behaviour = replace(loop.plex.behaviour, scan_s=0.25)
        loop.put("Movies/Speed (1994)/Speed (1994).mkv")
        wait_until(lambda: "/data/Movies/Speed (1994)" in loop.scans(), 10, loop.story)
        loop.put("Movies/Speed (1994)/Speed (1994).en.srt", 30)
        loop.put("Movies/Up (2009)/Up (2009).mkv")
        wait_until(lambda: loop.has("Movies/Up (2009)/Up (2009).mkv"), 10, loop.story)
        loop.put("Movies/Up (2009)/Up (2009).en.srt", 30)
        loop.rest()
        loop.plex.behaviour = self.behaviour


@pytest.mark.parametrize("variant", VARIANTS, ids=_name)
def test_plex_ends_in_step_with_the_disk_under_every_variant(
    tmp_path: Path, variant: dict[str, Any]
) -> None:
    behaviour = replace(QUICK, **variant)
    patience = IMPATIENT if behaviour.file_filter == "contains" else WITHOUT_FILTER
    with closed_loop(tmp_path, behaviour, FILES, patience) as loop:
        story = Story(loop, behaviour)
        for act in (
            story.arrivals,
            story.upgrades,
            story.moves,
            story.deletions,
            story.meanwhile,
        ):
            act()
        loop.judge(MOST_SCANS)
