"""The mapping in both directions."""

from __future__ import annotations

import pytest

from matcher.mapping import Mapping, Mappings, Source, configured, mappings_of


def found(host: str, plex: str, section: int = 1) -> Mapping:
    return Mapping(host, plex, section, Source.FOUND, "seen")


def plex_of(mappings: Mappings, path: str) -> list[str]:
    return [each.path for each in mappings.to_plex(path)]


def test_prefix_is_replaced_by_components_not_as_text() -> None:
    mappings = mappings_of([found("/media/tv", "/tvshows")])
    assert plex_of(mappings, "/media/tv/tv/x") == ["/tvshows/tv/x"]
    assert plex_of(mappings, "/media/tv") == ["/tvshows"]
    assert plex_of(mappings, "/media/tvshows/x") == []
    assert plex_of(mappings, "/media/TV/x") == []
    assert mappings.to_host("/tvshows/x") == ("/media/tv/x",)
    assert mappings.to_host("/tvshows2/x") == ()


def test_no_mapping_says_nothing() -> None:
    assert Mappings().to_plex("/a") == ()
    assert Mappings().to_host("/a") == ()


def test_result_names_its_mapping() -> None:
    rule = found("/a", "/b", 7)
    (result,) = mappings_of([rule]).to_plex("/a/x")
    assert result.mapping == rule


def test_several_disks_behind_one_location() -> None:
    mappings = mappings_of([found("/d2/m", "/m"), found("/d1/m", "/m")])
    assert mappings.to_host("/m/x") == ("/d1/m/x", "/d2/m/x")
    assert plex_of(mappings, "/d2/m/x") == ["/m/x"]


def test_one_directory_mounted_twice() -> None:
    mappings = mappings_of([found("/m", "/a", 1), found("/m", "/b", 2)])
    assert plex_of(mappings, "/m/x") == ["/a/x", "/b/x"]


def test_longest_host_prefix_comes_first() -> None:
    mappings = mappings_of([found("/v", "/data", 1), found("/v/tv", "/tv", 2)])
    assert plex_of(mappings, "/v/tv/x") == ["/tv/x", "/data/tv/x"]


def test_two_sections_with_one_location_give_one_path() -> None:
    mappings = mappings_of([found("/v/tv", "/tv", 1), found("/v/tv", "/tv", 2)])
    assert plex_of(mappings, "/v/tv/x") == ["/tv/x"]
    assert mappings.to_host("/tv/x") == ("/v/tv/x",)


def test_directory_mounted_from_elsewhere_belongs_to_the_inner_mapping() -> None:
    mappings = mappings_of([found("/v1/media", "/data"), found("/v2/tv", "/data/TV")])
    assert plex_of(mappings, "/v2/tv/x") == ["/data/TV/x"]
    assert plex_of(mappings, "/v1/media/TV/x") == []
    assert plex_of(mappings, "/v1/media/TV") == []
    assert plex_of(mappings, "/v1/media/TV-4K/x") == ["/data/TV-4K/x"]
    assert mappings.to_host("/data/TV/x") == ("/v2/tv/x",)
    assert mappings.to_host("/data/x") == ("/v1/media/x",)


def test_nested_location_of_a_pool_is_no_mount_of_its_own() -> None:
    """Kids was only seen on the first disk; it may well come to the second one."""
    mappings = mappings_of(
        [found("/d1/TV", "/TV"), found("/d2/TV", "/TV"), found("/d1/TV/Kids", "/TV/Kids", 2)]
    )
    assert plex_of(mappings, "/d2/TV/Kids/x") == ["/TV/Kids/x"]
    assert set(mappings.to_host("/TV/Kids/x")) == {"/d1/TV/Kids/x", "/d2/TV/Kids/x"}


@pytest.mark.parametrize("host", ["/v", "/v/media/tv"])
def test_configured_folder_speaks_alone_for_its_paths(host: str) -> None:
    mappings = mappings_of([found(host, "/found"), configured("/v/media", "/conf")])
    assert plex_of(mappings, "/v/media/tv/x") == ["/conf/tv/x"]
    assert "/v/media/tv/x" in mappings.to_host("/conf/tv/x")
    assert not any(each.startswith("/v/media") for each in mappings.to_host("/found/media/tv/x"))


def test_innermost_configured_folder_speaks() -> None:
    mappings = mappings_of([configured("/v", "/a"), configured("/v/tv", "/b")])
    assert plex_of(mappings, "/v/tv/x") == ["/b/x"]
    assert plex_of(mappings, "/v/x") == ["/a/x"]
    assert mappings.to_host("/a/tv/x") == ()


def test_found_disk_beside_a_configured_one_counts() -> None:
    mappings = mappings_of([configured("/d1/m", "/m"), found("/d2/m", "/m")])
    assert set(mappings.to_host("/m/x")) == {"/d1/m/x", "/d2/m/x"}


def test_configured_paths_are_tidied() -> None:
    rule = configured("/v//media/", "D:/TV/./")
    assert (rule.host, rule.plex, rule.section, rule.source) == (
        "/v/media",
        "D:/TV",
        None,
        Source.CONFIG,
    )


@pytest.mark.parametrize(("host", "plex"), [("media", "/x"), ("/media", "x")])
def test_configured_refuses_relative_paths(host: str, plex: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        configured(host, plex)


@pytest.mark.parametrize(
    ("plex", "expected"),
    [
        ("D:\\TV", "D:\\TV\\Show\\e.mkv"),
        ("D:/TV", "D:/TV/Show/e.mkv"),
        ("D:\\", "D:\\Show\\e.mkv"),
        ("\\\\nas\\tv", "\\\\nas\\tv\\Show\\e.mkv"),
        ("\\\\?\\UNC\\nas\\tv", "\\\\?\\UNC\\nas\\tv\\Show\\e.mkv"),
    ],
)
def test_windows_paths_in_their_own_separators(plex: str, expected: str) -> None:
    mappings = mappings_of([found("/v/tv", plex)])
    assert plex_of(mappings, "/v/tv/Show/e.mkv") == [expected]
    assert mappings.to_host(expected) == ("/v/tv/Show/e.mkv",)


def test_windows_paths_come_back_whatever_their_case_and_form() -> None:
    mappings = mappings_of([found("/v/tv", "D:\\TV")])
    assert mappings.to_host("\\\\?\\d:\\tv\\Show") == ("/v/tv/Show",)
    assert mappings.to_host("/D:/TV/Show") == ()


def test_name_that_windows_cannot_spell_has_no_plex_path() -> None:
    r"""A Linux file called `..\..\Windows` must not lead out of the location."""
    mappings = mappings_of([found("/v/tv", "D:\\TV"), found("/v/tv", "/tv")])
    assert plex_of(mappings, "/v/tv/..\\..\\Windows") == ["/tv/..\\..\\Windows"]


def test_nfd_prefix_is_understood_where_nothing_is_equal() -> None:
    mappings = mappings_of([found("/v/a", "/Ame\u0301lie")])
    assert mappings.to_host("/Am\u00e9lie/x") == ("/v/a/x",)
    twins = mappings_of([found("/v/a", "/Ame\u0301lie"), found("/v/b", "/Am\u00e9lie")])
    assert twins.to_host("/Am\u00e9lie/x") == ("/v/b/x",)


def test_names_that_are_not_utf8_survive() -> None:
    mappings = mappings_of([found("/v/\udcff", "/tv")])
    assert plex_of(mappings, "/v/\udcff/caf\udce9.mkv") == ["/tv/caf\udce9.mkv"]
    assert mappings.to_host("/tv/caf\udce9.mkv") == ("/v/\udcff/caf\udce9.mkv",)


def test_roots_as_prefixes() -> None:
    mappings = mappings_of([found("/", "/host")])
    assert plex_of(mappings, "/a/b") == ["/host/a/b"]
    assert mappings.to_host("/host") == ("/",)
