"""What is remembered of a directory: names, fingerprints, and reading them from the disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.known import (
    LINKS_BELOW,
    UNKNOWN,
    Behind,
    carry_over,
    fingerprint,
    fingerprints,
    is_link,
    join,
    links_of,
    listing,
    look_at,
    look_behind,
    pack,
    split,
    unpack,
)

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.lists(
    st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name and b"/" not in name),
    unique=True,
    max_size=20,
)


@given(NAMES)
@settings(deadline=None)
def test_names_come_back_as_they_were(names: list[bytes]) -> None:
    assert split(join(names)) == names


@given(st.lists(st.integers(0, 2**64 - 1)))
@settings(deadline=None)
def test_fingerprints_come_back_as_they_were(prints: list[int]) -> None:
    assert list(unpack(pack(prints), len(prints))) == prints


def test_fingerprints_of_another_number_of_files_are_unknown() -> None:
    assert list(unpack(pack([5, 6]), 3)) == [UNKNOWN] * 3
    assert list(unpack(b"", 2)) == [UNKNOWN] * 2


@given(NAMES, NAMES)
@settings(deadline=None)
def test_fingerprints_follow_their_names(before: list[bytes], now: list[bytes]) -> None:
    prints = {name: number for number, name in enumerate(before, 10)}
    carried = unpack(carry_over(join(before), pack(prints.values()), now), len(now))

    assert list(carried) == [prints.get(name, UNKNOWN) for name in now]


def test_nothing_known_carries_nothing_over() -> None:
    assert carry_over(None, b"", [b"a"]) == b""
    assert carry_over(b"a", b"", [b"a", b"b"]) == b""


def test_links_to_directories_are_known_by_name() -> None:
    names = join([b"a", b"ab", b"b"])

    file = LINKS_BELOW

    assert links_of(names, pack([file, 1, LINKS_BELOW - 1])) == {b"ab", b"b"}
    assert links_of(names, pack([file, UNKNOWN, 9])) == {b"b"}
    assert links_of(names, pack([file, UNKNOWN, file + 1])) == frozenset()
    assert links_of(names, b"") == frozenset()
    assert links_of(None, b"") == frozenset()


def test_a_fingerprint_changes_with_size_time_and_inode_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    os.utime(file, ns=(1, 10**18))

    def seen(*, stable: bool = True) -> int:
        return fingerprint(os.fsencode(file), file.stat(), stable_inodes=stable)

    first, first_anywhere = seen(), seen(stable=False)
    file.chmod(0o600)
    file.read_text()
    assert seen() == first
    os.utime(file, ns=(1, 10**18 + 1))
    assert seen() != first
    os.utime(file, ns=(1, 10**18))
    assert seen() == first
    file.write_text("two!")
    os.utime(file, ns=(1, 10**18))
    assert seen() != first
    other = tmp_path / "other"
    other.write_text("one")
    os.utime(other, ns=(1, 10**18))
    other.rename(file)
    assert seen() != first
    assert seen(stable=False) == first_anywhere


def test_a_directory_is_listed_by_kind_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "to-file").symlink_to("file")
    (tmp_path / "to-dir").symlink_to("dir")
    (tmp_path / "to-nothing").symlink_to("nothing")
    (tmp_path / "loop").symlink_to("loop")
    found = listing(os.fsencode(tmp_path))

    assert sorted(found.files) == [b"file", b"loop", b"to-dir", b"to-file", b"to-nothing"]
    assert found.dirs == [b"dir"]
    assert found.links == [b"to-dir"]


def test_looks_go_through_links_and_stop_at_broken_ones(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("longer than a link")
    (tmp_path / "link").symlink_to(file)
    (tmp_path / "broken").symlink_to("nothing")
    base = os.fsencode(tmp_path)

    through = look_at(base + b"/link")
    assert through is not None
    assert through.st_size == file.stat().st_size
    assert look_at(base + b"/broken") is not None
    assert look_at(base + b"/nothing") is None
    looks = [look_at(base + b"/nothing")]
    assert fingerprints(base, [b"nothing"], looks, [5], stable_inodes=True) == [5]


def test_a_link_to_a_directory_is_known_by_where_it_leads(tmp_path: Path) -> None:
    link, between = tmp_path / "link", tmp_path / "between"
    path = os.fsencode(link)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    def seen(target: Path, before: int = UNKNOWN, made_ns: int = 10**18) -> int:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        os.utime(link, ns=(made_ns, made_ns), follow_symlinks=False)
        found = look_at(path)
        assert found is not None
        return fingerprint(path, found, before, stable_inodes=True)

    one, two = seen(tmp_path / "one"), seen(tmp_path / "two")
    assert one != two
    assert seen(tmp_path / "one") == one
    assert seen(tmp_path / "one", made_ns=10**18 + 1) != one, "it was made anew"
    assert is_link(one)
    between.symlink_to(tmp_path / "two")
    assert seen(between) == two, "by way of another link"
    assert seen(tmp_path / "nowhere", before=one) == one, "its disk may be away"
    assert not is_link(seen(tmp_path / "nowhere"))


def test_a_directory_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        listing(os.fsencode(tmp_path / "nowhere"))


def test_what_a_link_leads_to_is_found_out_by_one_look(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "below a file").symlink_to("file/below")
    for name, behind in (
        (".", Behind.DIRECTORY),
        ("file", Behind.OTHER),
        ("gone", Behind.NOTHING),
        ("circle", Behind.NOTHING),
        ("below a file", Behind.NOTHING),
    ):
        assert look_behind(os.fsencode(tmp_path / name)) is behind, name
