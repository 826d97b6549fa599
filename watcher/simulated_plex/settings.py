"""What a simulated server is set up with: sections, locations, and how it behaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

VanishedFolder = Literal["ignored", "trashed", "by_type"]
FileFilter = Literal["contains", "missing_ignored", "missing_400"]
ReplacedNoticed = Literal["scan", "analyze"]
Trimming = Literal["item", "deep", "ignored"]


@dataclass(frozen=True, slots=True)
class SimLocation:
    r"""One root of a section: `plex` as the server spells it, `host` where it really lies.

    `plex` may be a POSIX path, a Windows path (`D:\Media`) or a UNC path (`\\nas\media`).
    """

    plex: str
    host: Path


@dataclass(frozen=True, slots=True)
class SimSection:
    """One library: `type` is movie, show or artist; empty agent and scanner mean the usual ones."""

    title: str
    type: str
    locations: tuple[SimLocation, ...]
    agent: str = ""
    scanner: str = ""
    language: str = "en-US"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Where servers differ, or where nobody knows: each switch is one variant of a real server.

    A client has to be right under every combination. Delays are in seconds of the server's clock.

    Attributes:
        start_delay_s: from a scan's turn in the queue to its start (0.93 s in a recorded log).
        start_shows: whether /activities shows a scan from its turn on, as recorded, or only from
            its start.
        scan_s: for each directory that a scan visits (1 to 3 s for one movie's folder in logs).
        refresh_s: for one item's metadata refresh.
        analyze_s: for one item's media analysis.
        merge_equal_scans: a scan equal to one that waits is merged into it (unknown of PMS).
        lose_scan_while_one_runs: a scan asked for while one of the same section runs is dropped;
            reported once, riven#873.
        vanished_folder: what a scan of a path that is not there does to the items below it:
            "ignored" (PMS logs `we'll skip and continue`), "trashed", or "by_type": trashed for
            movies and music, ignored for shows (autoscan#182). Reports contradict each other.
        skip_unchanged_directories: a directory whose mtime is the one of the last scan is not
            looked into (its subdirectories are), so a file rewritten in place is missed.
        trash_before_additions: in one scan, files that are gone are handled before new ones, so
            with `auto_empty_trash` an upgrade gives a new item (autoscan#84). Otherwise the item
            stays (rows of a real database show one ratingKey over two parts).
        replaced_noticed: whether a changed size is seen by the "scan" or only by "analyze"
            (autoscan#105, #151).
        auto_empty_trash: "Empty trash automatically after every scan", the default of PMS.
        follow_moves: a new file equal in size and content to one that is not there any more,
            but not purged yet, is taken for the moved file and keeps its item.
        file_filter: what `file=` in a list does; "missing_ignored" answers the whole list,
            "missing_400" refuses.
        comma_is_or: `,` in the value of `file=` means OR, as in all media queries.
        filter_folds_case: `file=` does not tell ASCII capitals from small letters (SQL LIKE).
        filter_knows_wildcards: `%` and `_` in the value of `file=` are wildcards (SQL LIKE).
        paths_fold_case: paths of scans are compared without case (macOS; Windows always does).
        subtitle_by_scan: a scan takes up a new subtitle of a known video. Mostly it does not.
        item_get_refreshes: GET of an item without skipRefresh=1 refreshes its local media.
        trimming: what include/excludeFields and -Elements do: for the "item" alone, "deep" also
            for Media and Part, or "ignored".
        page_limit: the most elements in one list answer, or None; PMS may force pages.
        raw_names: bytes of file names that are not UTF-8 go into answers as they are (which makes
            the answer invalid UTF-8); otherwise each becomes U+FFFD. Nobody has recorded it.
        compress: gzip for clients that accept it, as recorded.
        keep_alive_s: an idle connection is closed after this time; 20 in recorded headers.
        startup_maintenance: every route answers 503 until `server.maintenance(False)`.
    """

    start_delay_s: float = 0.0
    start_shows: bool = True
    scan_s: float = 0.0
    refresh_s: float = 0.0
    analyze_s: float = 0.0
    merge_equal_scans: bool = False
    lose_scan_while_one_runs: bool = False
    vanished_folder: VanishedFolder = "ignored"
    skip_unchanged_directories: bool = False
    trash_before_additions: bool = False
    replaced_noticed: ReplacedNoticed = "scan"
    auto_empty_trash: bool = True
    follow_moves: bool = True
    file_filter: FileFilter = "contains"
    comma_is_or: bool = True
    filter_folds_case: bool = True
    filter_knows_wildcards: bool = False
    paths_fold_case: bool = False
    subtitle_by_scan: bool = False
    item_get_refreshes: bool = True
    trimming: Trimming = "item"
    page_limit: int | None = None
    raw_names: bool = False
    compress: bool = True
    keep_alive_s: float = 20.0
    startup_maintenance: bool = False
