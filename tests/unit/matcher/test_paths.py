"""The path algebra: components, flavors, forms of names."""

from __future__ import annotations

import os
import unicodedata

import pytest

from matcher import paths
from matcher.paths import Flavor

NFC = "Amélie"
NFD = unicodedata.normalize("NFD", NFC)


@pytest.mark.parametrize(
    ("path", "flavor", "names"),
    [
        ("/", Flavor.POSIX, ()),
        ("/media/TV", Flavor.POSIX, ("media", "TV")),
        ("//media//TV/./x/", Flavor.POSIX, ("media", "TV", "x")),
        ("/../a/b/../../c", Flavor.POSIX, ("c",)),
        ("/a\\b/C:/x", Flavor.POSIX, ("a\\b", "C:", "x")),
        ("D:\\a\\b", Flavor.WINDOWS, ("D:", "a", "b")),
        ("D:/a//b/", Flavor.WINDOWS, ("D:", "a", "b")),
        ("D:\\", Flavor.WINDOWS, ("D:",)),
        ("d:", Flavor.WINDOWS, ("d:",)),
        ("D:\\a\\..\\..\\..\\b", Flavor.WINDOWS, ("D:", "b")),
        ("\\\\nas\\share", Flavor.WINDOWS, ("\\\\nas\\share",)),
        ("\\\\nas\\share\\a", Flavor.WINDOWS, ("\\\\nas\\share", "a")),
        ("\\\\nas/share/a", Flavor.WINDOWS, ("\\\\nas\\share", "a")),
        ("\\\\?\\D:\\a", Flavor.WINDOWS, ("D:", "a")),
        ("\\\\?\\UNC\\nas\\share\\a", Flavor.WINDOWS, ("\\\\nas\\share", "a")),
        ("\\\\?\\unc\\nas\\share", Flavor.WINDOWS, ("\\\\nas\\share",)),
        ("//?/D:/a", Flavor.WINDOWS, ("D:", "a")),
        ("\\\\?\\Volume{1-2}\\a", Flavor.WINDOWS, ("\\\\?\\Volume{1-2}", "a")),
        ("\\\\nas", Flavor.WINDOWS, ("\\\\nas",)),
    ],
)
def test_components_of_each_flavor(path: str, flavor: Flavor, names: tuple[str, ...]) -> None:
    assert paths.flavor_of(path) is flavor
    assert paths.components(path) == names


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/", "/"),
        ("//", "/"),
        ("//media//TV//", "/media/TV"),
        ("/media/./TV/../Movies", "/media/Movies"),
        ("/../../etc", "/etc"),
        ("/media/..TV/...", "/media/..TV/..."),
        ("/media/caf\udce9", "/media/caf\udce9"),
        ("/media/new\nline", "/media/new\nline"),
    ],
)
def test_normalise(path: str, normal: str) -> None:
    assert paths.normalise(path) == normal


@pytest.mark.parametrize("path", ["", "media", "./media", "~/media", "D:\\x", "/a\0b"])
def test_normalise_refuses_what_is_no_absolute_host_path(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        paths.normalise(path)


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/data/tv/", "/data/tv"),
        ("D:\\a\\b\\", "D:\\a\\b"),
        ("D:/a//b/", "D:/a/b"),
        ("D:", "D:\\"),
        ("D:/", "D:/"),
        ("D:\\..\\..", "D:\\"),
        ("\\\\nas\\share\\", "\\\\nas\\share"),
        ("\\\\?\\D:\\x\\..\\y", "\\\\?\\D:\\y"),
        ("\\\\?\\D:", "\\\\?\\D:\\"),
    ],
)
def test_normalise_plex_keeps_the_spelling(path: str, normal: str) -> None:
    assert paths.normalise_plex(path) == normal


@pytest.mark.parametrize("path", ["", "tv", "D:tv", "D:\\a\0"])
def test_normalise_plex_refuses_what_is_not_absolute(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        paths.normalise_plex(path)


@pytest.mark.parametrize(
    ("path", "ancestor", "below"),
    [
        ("/media/TV", "/media/TV", ()),
        ("/media/TV/", "/media//TV", ()),
        ("/media/TV/x/y", "/media/TV", ("x", "y")),
        ("/media/TV-4K/x", "/media/TV", None),
        ("/media/TV", "/media/TV/x", None),
        ("/media/tv/x", "/media/TV", None),
        ("/media/TV/../Movies", "/media/TV", None),
        ("/x", "/", ("x",)),
        (f"/{NFD}/x", f"/{NFC}", None),
        ("d:\\TV\\X", "D:\\tv", ("X",)),
        ("D:\\tv-4k", "D:\\tv", None),
        ("D:/TV/x", "D:\\tv\\", ("x",)),
        ("\\\\?\\D:\\TV\\x", "D:\\tv", ("x",)),
        ("\\\\NAS\\Share\\x", "\\\\nas\\share", ("x",)),
        ("\\\\?\\UNC\\nas\\share\\x", "\\\\nas\\share", ("x",)),
        (f"D:\\{NFD}\\x", f"D:\\{NFC}", ("x",)),
        ("/D:/x", "D:\\", None),
        ("D:\\x", "/", None),
        ("media/x", "/media", None),
    ],
)
def test_relative_and_is_within(path: str, ancestor: str, below: tuple[str, ...] | None) -> None:
    assert paths.relative(path, ancestor) == below
    assert paths.is_within(path, ancestor) is (below is not None)


@pytest.mark.parametrize(
    ("base", "names", "joined"),
    [
        ("/", ("a",), "/a"),
        ("/a/", ("b", "c"), "/a/b/c"),
        ("/a", (), "/a"),
        ("/", (), "/"),
        ("D:\\", ("a",), "D:\\a"),
        ("D:", ("a",), "D:\\a"),
        ("D:", (), "D:\\"),
        ("D:/a", ("b",), "D:/a/b"),
        ("\\\\nas\\share", ("a",), "\\\\nas\\share\\a"),
        ("\\\\?\\D:\\a\\", ("b",), "\\\\?\\D:\\a\\b"),
        ("/a", ("b\\c",), "/a/b\\c"),
    ],
)
def test_join_uses_the_separator_of_the_base(
    base: str, names: tuple[str, ...], joined: str
) -> None:
    assert paths.join(base, *names) == joined


@pytest.mark.parametrize(
    ("base", "name"),
    [("/a", ".."), ("/a", "."), ("/a", ""), ("/a", "b/c"), ("D:\\a", "..\\..\\b"), ("/a", "x\0")],
)
def test_join_refuses_what_is_not_one_name(base: str, name: str) -> None:
    r"""A Linux file may be called `..\..\b`: in a Windows path it would lead elsewhere."""
    with pytest.raises(ValueError, match="not a file name"):
        paths.join(base, name)


@pytest.mark.parametrize(
    ("path", "parent", "name"),
    [
        ("/", "/", ""),
        ("/a", "/", "a"),
        ("/a/b/", "/a", "b"),
        ("D:\\", "D:\\", ""),
        ("D:\\a", "D:\\", "a"),
        ("D:/a/b", "D:/a", "b"),
        ("\\\\nas\\share", "\\\\nas\\share", ""),
        ("\\\\nas\\share\\a", "\\\\nas\\share", "a"),
        ("\\\\?\\D:\\a\\b", "\\\\?\\D:\\a", "b"),
    ],
)
def test_parent_and_name(path: str, parent: str, name: str) -> None:
    assert paths.parent(path) == parent
    assert paths.name(path) == name


@pytest.mark.parametrize(
    ("name", "stem", "ext"),
    [
        ("Film (2010).MKV", "Film (2010)", ".mkv"),
        ("a.en.forced.srt", "a.en.forced", ".srt"),
        (".srt", ".srt", ""),
        ("..srt", "..srt", ""),
        (".plexignore", ".plexignore", ""),
        (".hidden.mkv", ".hidden", ".mkv"),
        ("name.", "name.", ""),
        ("noext", "noext", ""),
        ("Mr. Robot", "Mr. Robot", ""),
        ("", "", ""),
        ("x.mkv.part", "x.mkv", ".part"),
        ("caf\udce9.MKV", "caf\udce9", ".mkv"),
    ],
)
def test_split_name(name: str, stem: str, ext: str) -> None:
    assert paths.split_name(name) == (stem, ext)


def test_fold_is_nfc_and_without_case_on_windows_only() -> None:
    assert paths.fold(f"/{NFD}/X") == (NFC, "X")
    assert paths.fold(f"D:\\{NFD}\\X") == ("d:", NFC.lower(), "x")
    assert paths.fold_case(f"/{NFD}/X") == (NFC.lower(), "x")


@pytest.mark.parametrize(
    ("a", "b", "are_same"),
    [
        ("/a/X", "/a/X", True),
        ("/a/X", "/a/x", False),
        (f"/{NFC}", f"/{NFD}", True),
        ("D:\\a", "d:/A/", True),
        ("\\\\?\\D:\\a", "D:\\a", True),
        ("/D:/a", "D:\\a", False),
        ("D:\\Straße", "D:\\Strasse", False),
        ("D:\\ΟΔΟΣ", "D:\\οδος", True),
        ("D:\\\u0130stanbul", "D:\\istanbul", False),
    ],
)
def test_same(a: str, b: str, are_same: bool) -> None:
    assert paths.same(a, b) is are_same
    assert paths.same(b, a) is are_same


def test_names_that_are_not_utf8_come_back_as_their_bytes() -> None:
    raw = b"/media/caf\xe9/\xff.mkv"
    path = paths.normalise(os.fsdecode(raw))
    assert os.fsencode(paths.join("/", *paths.components(path))) == raw
    assert paths.fold(path)[-1] == "\udcff.mkv"
