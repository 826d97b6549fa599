"""Discovery on trees in memory: one directory that explains files of two locations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_up import ask, below, films, parts, section

from matcher.discover import Question, discover
from matcher.findings import Findings, Verdict
from matcher.mapping import configured
from matcher.model import Part, Section
from matcher.tree import MemoryTree
from matcher.walk import Limits

ONE, TWO = "/data/movies1", "/data/movies2"
DISK1, DISK2 = "/m/movies1", "/m/movies2"
FIRST, SECOND = films(13), films(13, 100)
TWO_SECTIONS = [section(1, ONE), section(2, TWO)]


def moved(count: int) -> dict[str, int]:
    """The second disk's first films, which were moved to the first disk."""
    return dict(list(SECOND.items())[:count])


def left(count: int) -> dict[str, int]:
    return dict(list(SECOND.items())[count:])


def hosts(findings: Findings) -> dict[str, tuple[str, ...]]:
    return {each.location: each.hosts for each in findings.findings}


def said(findings: Findings, location: str) -> str:
    return next(each.evidence for each in findings.findings if each.location == location)


@pytest.mark.parametrize("sections", [[section(1, ONE, TWO)], TWO_SECTIONS])
@pytest.mark.parametrize("count", [1, 2, 8, 12])
@pytest.mark.parametrize("is_scanned", [False, True])
def test_films_that_were_moved_to_another_disk_do_not_make_a_pool(
    sections: list[Section], count: int, is_scanned: bool
) -> None:
    """Plex lists them where they were, and where they are too if it has looked there."""
    tree = MemoryTree(below(DISK1, FIRST | moved(count)) | below(DISK2, left(count)))
    seen = FIRST | moved(count) if is_scanned else FIRST
    sampled = (*parts(1, ONE, seen), *parts(sections[-1].key, TWO, SECOND))

    found = ask(tree, sections, sampled, ["/m"])

    assert hosts(found) == {ONE: (DISK1,), TWO: (DISK2,)}
    assert f"{DISK1} was left aside: {count} of 13 sampled files" in said(found, TWO)
    assert f"but it is {ONE}" in said(found, TWO)


def test_films_that_were_moved_both_ways_do_not_make_two_pools() -> None:
    there, back = moved(3), dict(list(FIRST.items())[:2])
    tree = MemoryTree(
        below(DISK1, dict(list(FIRST.items())[2:]) | there) | below(DISK2, left(3) | back)
    )

    found = ask(tree, TWO_SECTIONS, (*parts(1, ONE, FIRST), *parts(2, TWO, SECOND)), ["/m"])

    assert hosts(found) == {ONE: (DISK1,), TWO: (DISK2,)}


def test_what_plex_itself_calls_like_that_is_that() -> None:
    """Also where it holds one of few files of its own, and both of the other location's."""
    tree = MemoryTree(below(DISK1, films(1) | films(2, 100)))
    sampled = (*parts(1, DISK1, films(5)), *parts(2, TWO, films(2, 100)))

    found = ask(tree, [section(1, DISK1), section(2, TWO)], sampled, ["/m"])

    assert hosts(found) == {DISK1: (DISK1,), TWO: ()}


def test_a_retired_disk_does_not_leave_its_location_to_the_one_that_has_its_films() -> None:
    tree = MemoryTree(below(DISK1, FIRST | SECOND))

    found = ask(tree, TWO_SECTIONS, (*parts(1, ONE, FIRST), *parts(2, TWO, SECOND)), ["/m"])

    assert hosts(found) == {ONE: (DISK1,), TWO: ()}
    assert found.findings[1].verdict is Verdict.UNSUPPORTED
    assert not found.is_settled


def test_of_two_files_in_a_directory_of_neither_name_nobody_can_tell() -> None:
    tree = MemoryTree(below("/m/films", films(1) | films(1, 100)))
    sampled = (*parts(1, ONE, films(1)), *parts(2, TWO, films(1, 100)))

    found = ask(tree, TWO_SECTIONS, sampled, ["/m"])

    assert hosts(found) == {ONE: (), TWO: ()}
    assert f"/m/films was left aside: 1 of 1 sampled files exists there, 1 with the same size, but it may as well be {TWO}: set plex_path" in said(found, ONE)  # fmt: skip  # noqa: E501


def test_a_copy_of_what_is_left_aside_does_not_take_its_place() -> None:
    tree = MemoryTree(
        below(DISK1, FIRST | moved(2))
        | below("/m/backup", dict(list(FIRST.items())[:9]) | moved(2))
        | below(DISK2, left(2))
    )

    found = ask(tree, TWO_SECTIONS, (*parts(1, ONE, FIRST), *parts(2, TWO, SECOND)), ["/m"])

    assert hosts(found)[TWO] == (DISK2,)


def test_nor_is_a_directory_in_it_a_directory_of_the_other_location() -> None:
    """A directory with differently named ones in it is looked for by itself as well."""
    first = {f"Action/{each}{each}/{each}.mkv": 10**9 + ord(each) for each in "ABCDEFGH"}
    second = {f"Action/{each}{each}/{each}.mkv": 10**9 + ord(each) for each in "KLMNOPQR"}
    there = {name: second[name] for name in list(second)[:3]}
    here = {name: second[name] for name in list(second)[3:]}
    tree = MemoryTree(below(DISK1, first | there) | below(DISK2, here))

    found = ask(tree, TWO_SECTIONS, (*parts(1, ONE, first), *parts(2, TWO, second)), ["/m"])

    assert hosts(found) == {ONE: (DISK1,), TWO: (DISK2,)}


def test_further_disks_of_a_configured_location_are_contested_as_well() -> None:
    tree = MemoryTree(below(DISK1, FIRST | moved(2)) | below(DISK2, left(2)))
    sampled = (*parts(1, ONE, FIRST), *parts(2, TWO, SECOND))

    found = ask(tree, TWO_SECTIONS, sampled, ["/m"], (configured(DISK2, TWO),))

    assert hosts(found) == {ONE: (DISK1,), TWO: (DISK2,)}


# what is both


def shared(count: int) -> tuple[MemoryTree, list[Section], tuple[Part, ...], tuple[Part, ...]]:
    """A pool of two disks, one of which is a location of its own as well."""
    disk = films(count)
    tree = MemoryTree(below("/m/d1", disk) | below("/m/d2", films(40, 500)))
    pool, branch = parts(1, "/data/pool", disk | films(40, 500)), parts(2, "/data/branch", disk)
    return tree, [section(1, "/data/pool"), section(2, "/data/branch")], pool, branch


@pytest.mark.parametrize("count", [6, 60])
def test_a_disk_of_a_pool_may_be_a_location_of_its_own(count: int) -> None:
    """Of a large library few files are sampled: others are asked for."""
    tree, sections, pool, branch = shared(count)
    listed = {each.file for each in pool}
    question = Question(tuple(sections), (*pool[::3], *pool[:2], *branch[::2]), ("/m",))

    found = discover(
        question, tree, None, lambda file, keys: file in listed and keys == frozenset({1})
    )

    assert set(hosts(found)["/data/pool"]) == {"/m/d1", "/m/d2"}
    assert hosts(found)["/data/branch"] == ("/m/d1",)


@pytest.mark.parametrize("count", [2, 3])
def test_with_few_files_it_is_rather_taken_for_one_and_that_is_said(count: int) -> None:
    """They may as well have been moved there, and Plex has already seen them."""
    tree, sections, pool, branch = shared(count)
    limits = Limits(parts=50)

    found = ask(tree, sections, (*pool, *branch), ["/m"], limits=limits)

    expected = {"/m/d2"} if count < 3 else {"/m/d1", "/m/d2"}
    assert set(hosts(found)["/data/pool"]) == expected
    assert ("set plex_path if it is both" in said(found, "/data/pool")) is (count < 3)


def test_one_directory_may_be_two_locations() -> None:
    tree = MemoryTree(below("/m/films", FIRST))

    found = ask(tree, TWO_SECTIONS, (*parts(1, ONE, FIRST), *parts(2, TWO, FIRST)), ["/m"])

    assert hosts(found) == {ONE: ("/m/films",), TWO: ("/m/films",)}


def test_a_pool_may_be_the_locations_that_are_its_branches() -> None:
    tree = MemoryTree(below("/m/films", FIRST | SECOND))

    found = ask(tree, TWO_SECTIONS, (*parts(1, ONE, FIRST), *parts(2, TWO, SECOND)), ["/m"])

    assert hosts(found) == {ONE: ("/m/films",), TWO: ("/m/films",)}


def test_libraries_of_different_types_may_share_a_directory() -> None:
    songs = {f"Band {n}/Song {n}.flac": 30_000_000 + n for n in range(4)}
    tree = MemoryTree(below(DISK1, films(5) | songs))
    sections = [section(1, ONE), Section(2, "Music", "artist", (TWO,))]

    found = ask(tree, sections, (*parts(1, ONE, films(5)), *parts(2, TWO, songs)), ["/m"])

    assert hosts(found) == {ONE: (DISK1,), TWO: (DISK1,)}


@pytest.mark.parametrize("count", [1, 4, 7, 13])
def test_what_was_certain_before_stays_so_whatever_was_moved_since(count: int) -> None:
    """All of it even; the other location is looked for anew, since Plex has nothing there yet."""
    before = MemoryTree(below(DISK1, films(1, 500)) | below(DISK2, SECOND))
    sampled = parts(2, TWO, SECOND)
    question = Question(tuple(TWO_SECTIONS), sampled, ("/m",))
    found = discover(question, before)
    assert hosts(found) == {ONE: (), TWO: (DISK2,)}
    now = MemoryTree(below(DISK1, moved(count)) | below(DISK2, left(count) or {"readme": 1}))

    again = discover(replace(question, kept=found.certain()), now)

    assert hosts(again)[TWO] == (DISK2,)
    assert hosts(discover(question, now))[TWO] != (DISK2,)


def test_what_was_found_with_doubts_is_looked_for_anew() -> None:
    tree = MemoryTree(below(DISK2, dict(list(SECOND.items())[:7])))
    question = Question(tuple(TWO_SECTIONS), parts(2, TWO, SECOND), ("/m",))

    assert discover(question, tree).certain() == ()


@pytest.mark.parametrize("count", [1, 4, 7, 12])
def test_a_watched_folder_is_the_location_of_its_path_also_while_that_is_empty(count: int) -> None:
    """Where another folder is what Plex calls like it; else its files say what it is."""
    sections = [section(1, DISK1), section(2, DISK2)]
    tree = MemoryTree(below(DISK1, moved(count)) | below(DISK2, left(count)))

    found = ask(tree, sections, parts(2, DISK2, SECOND), [DISK1, DISK2])
    elsewhere = ask(tree, [section(1, DISK1), section(2, TWO)], parts(2, TWO, SECOND), [DISK1])

    assert hosts(found) == {DISK1: (), DISK2: (DISK2,)}
    assert hosts(elsewhere)[TWO] == (DISK1,)


@pytest.mark.parametrize("count", [11, 12, 13])
@pytest.mark.parametrize("copied", [0, 1])
def test_what_moves_while_it_is_looked_for_does_not_turn_two_folders_round(
    count: int, copied: int
) -> None:
    """On the first day nothing is kept yet; the user watches both by the paths that Plex uses."""
    sections = [section(1, DISK1), section(2, DISK2)]
    own = films(2, 700)
    stays = left(count) | dict(list(moved(count).items())[:copied])
    tree = MemoryTree(below(DISK1, own | moved(count)) | below(DISK2, stays or {"readme": 1}))

    found = ask(tree, sections, (*parts(1, DISK1, own), *parts(2, DISK2, SECOND)), [DISK1, DISK2])

    assert hosts(found)[DISK1] == (DISK1,)
    assert hosts(found)[DISK2] == ((DISK2,) if stays else ())
