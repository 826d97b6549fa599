"""Disk and Plex are compared by path and size; what Plex refused before is left alone."""

from __future__ import annotations

import pytest

from matcher.change import Change, Happened
from matcher.model import Part, Section
from watcher.compare import DiskFile, Known, compare, living
from watcher.reconcile import Place, overcome
from watcher.refused import GONE


def part(file: str, size: int | None = 10) -> Known:
    return Known(file, size)


def on_disk(name: str, size: int = 10, mtime_ns: int = 5) -> DiskFile:
    return DiskFile(f"/nas/{name}", f"/data/{name}", size, mtime_ns)


def host_of(plex: str) -> str | None:
    return plex.replace("/data/", "/nas/") if plex.startswith("/data/") else None


def test_missing_replaced_and_gone_become_changes() -> None:
    found = compare(
        [on_disk("new.mkv"), on_disk("same.mkv"), on_disk("other.mkv", size=99)],
        [part("/data/same.mkv"), part("/data/other.mkv"), part("/data/gone.mkv")],
        host_of,
        {},
    )

    assert found.missing == (Change(Happened.CREATED, "/nas/new.mkv", size=10),)
    assert found.replaced == (Change(Happened.CHANGED, "/nas/other.mkv", size=99),)
    assert found.gone == (Change(Happened.DELETED, "/nas/gone.mkv"),)
    assert (found.on_disk, found.known, found.left_alone) == (3, 3, ())


def test_a_file_in_the_trash_counts_as_missing_when_it_is_back() -> None:
    trash = Part("/data/a.mkv", 10, 1, 7, "movie", "x", deleted=True)

    found = compare([on_disk("a.mkv")], living([trash]), host_of, {})

    assert [change.path for change in found.missing] == ["/nas/a.mkv"]
    assert found.gone == ()


def test_what_plex_refused_is_left_alone_until_it_changes() -> None:
    refused = {"/data/odd.mkv": (10, 5)}

    assert len(compare([on_disk("odd.mkv")], [], host_of, refused).left_alone) == 1
    assert compare([on_disk("odd.mkv", mtime_ns=6)], [], host_of, refused).missing
    assert compare([on_disk("odd.mkv", size=11)], [], host_of, refused).missing


def test_two_episodes_in_one_file_are_one_file() -> None:
    parts = [part("/data/s.mkv"), part("/data/s.mkv")]

    found = compare([on_disk("s.mkv")], parts, host_of, {})

    assert found.changes() == ()
    assert found.known == 1


def test_an_unknown_size_and_another_unicode_form_are_no_difference() -> None:
    found = compare(
        [on_disk("Ame\u0301lie.mkv", size=3)], [part("/data/Am\u00e9lie.mkv", None)], host_of, {}
    )

    assert found.changes() == ()


def test_a_part_that_is_not_watched_here_is_not_gone() -> None:
    assert compare([], [part("/elsewhere/a.mkv")], host_of, {}).gone == ()


def test_a_replaced_file_that_plex_did_not_notice_is_left_alone_until_it_changes() -> None:
    refused = {"/data/odd.mkv": (10, 5)}
    known = [part("/data/odd.mkv", size=3)]

    assert len(compare([on_disk("odd.mkv")], known, host_of, refused).left_alone) == 1
    assert compare([on_disk("odd.mkv", mtime_ns=6)], known, host_of, refused).replaced


def test_what_plex_did_not_let_go_is_left_alone_while_it_has_it() -> None:
    refused = {"/data/gone.mkv": GONE}

    kept = compare([], [part("/data/gone.mkv")], host_of, refused)
    assert (kept.gone, kept.left_alone, kept.overcome) == ((), ("/data/gone.mkv",), ())
    over = compare([], [], host_of, refused)
    assert (over.gone, over.overcome) == ((), ("/data/gone.mkv",))


def test_what_is_in_step_by_now_is_no_refusal_any_more() -> None:
    refused = {"/data/odd.mkv": (10, 5), "/data/back.mkv": GONE, "/data/no.mkv": (10, 5)}
    disk = [on_disk("odd.mkv"), on_disk("back.mkv"), on_disk("no.mkv")]

    found = compare(disk, [part("/data/odd.mkv"), part("/data/back.mkv")], host_of, refused)

    assert found.overcome == ("/data/odd.mkv", "/data/back.mkv")
    assert found.changes() == ()


def test_a_file_that_another_library_still_refuses_is_not_overcome() -> None:
    """Two libraries may share a folder: what the one has, the other may not want."""
    refused = {"/data/odd.mkv": (10, 5), "/data/fine.mkv": (10, 5)}
    disk = [on_disk("odd.mkv"), on_disk("fine.mkv")]
    films = compare(disk, [part("/data/odd.mkv"), part("/data/fine.mkv")], host_of, refused)
    shows = compare(disk, [part("/data/fine.mkv")], host_of, refused)
    sections = (Section(1, "Films", "movie", ("/data",)), Section(2, "TV", "show", ("/data",)))
    places = [
        Place(section, "/data", ("/nas",), difference, None)
        for section, difference in zip(sections, (films, shows), strict=True)
    ]

    assert overcome(places) == {"/data/fine.mkv"}


COMPOSED, DECOMPOSED = "/d/caf\u00e9.mkv", "/d/cafe\u0301.mkv"
FRESH_AND_GONE = (("/host" + DECOMPOSED,), ("/host" + COMPOSED,))


@pytest.mark.parametrize(
    ("others", "is_known", "is_on_disk", "expected"),
    [
        ((), False, False, ((), ())),
        (("/d/\u00fc.mkv",), False, False, FRESH_AND_GONE),
        ((), True, False, FRESH_AND_GONE),
        ((), True, True, ((), ())),
        (("/d/\u65e5.mkv", "/d/a.mkv"), False, False, ((), ())),
    ],
    ids=[
        "nobody knows how Plex spells",
        "another file shows that it spells as the disk does",
        "that was seen before",
        "this disk takes both spellings for one name",
        "names of one spelling tell nothing",
    ],
)
def test_a_file_of_another_spelling_than_plex_has_was_renamed_where_plex_spells_as_the_disk_does(
    others: tuple[str, ...],
    is_known: bool,
    is_on_disk: bool,
    expected: tuple[tuple[str, ...], tuple[str, ...]],
) -> None:
    found = compare(
        [DiskFile("/host" + path, path, 10, 1) for path in (DECOMPOSED, *others)],
        [Known(path, 10) for path in (COMPOSED, *others)],
        lambda path: None if is_on_disk else "/host" + path,
        {},
        spelled_alike=is_known,
    )

    missing, gone = (tuple(each.path for each in part) for part in (found.missing, found.gone))
    assert (missing, gone) == expected
    assert found.spelled_alike is (is_known or others[:1] == ("/d/\u00fc.mkv",))
