"""Discovery on trees in memory: how libraries are laid out, mounted and spelled."""

from __future__ import annotations

import unicodedata

import pytest
from made_up import GB, ask, below, episodes, films, one, parts, section

from matcher import paths
from matcher.findings import Verdict
from matcher.mapping import Source
from matcher.tree import MemoryTree
from matcher.walk import Limits


def test_docker_mount_with_another_prefix_is_found() -> None:
    lib = episodes(5)
    tree = MemoryTree(below("/volume1/media/TV", lib))
    found = ask(tree, [section(2, "/data/tv")], parts(2, "/data/tv", lib), ["/volume1/media"])
    finding = one(found)
    assert finding.verdict is Verdict.FOUND
    assert finding.hosts == ("/volume1/media/TV",)
    assert finding.evidence == "25 of 25 sampled files exist there, 25 with the same size"
    assert finding.mappings[0].source is Source.FOUND
    assert finding.example is not None
    plex, host = finding.example
    assert plex.removeprefix("/data/tv") == host.removeprefix("/volume1/media/TV")
    (plex_path,) = found.mappings().to_plex("/volume1/media/TV/New/x.mkv")
    assert plex_path.path == "/data/tv/New/x.mkv"


def test_same_paths_are_an_identity_where_the_sampled_files_are() -> None:
    lib = films(30)
    tree = MemoryTree(below("/srv/movies", lib))
    finding = one(
        ask(tree, [section(1, "/srv/movies")], parts(1, "/srv/movies", lib), ["/srv/movies"])
    )
    assert finding.hosts == ("/srv/movies",)
    assert finding.mappings[0].source is Source.IDENTITY


def test_disks_of_a_pool_with_different_files_all_map() -> None:
    disks = [films(10, start) for start in (0, 10, 20)]
    host: dict[str, int] = {}
    for number, disk in enumerate(disks, 1):
        host |= below(f"/mnt/disk{number}/movies", disk)
    lib = disks[0] | disks[1] | disks[2]
    found = ask(
        MemoryTree(host),
        [section(1, "/data/movies")],
        parts(1, "/data/movies", lib),
        [f"/mnt/disk{n}/movies" for n in (1, 2, 3)],
    )
    assert set(one(found).hosts) == {f"/mnt/disk{n}/movies" for n in (1, 2, 3)}
    assert set(found.mappings().to_host("/data/movies/New/n.mkv")) == {
        f"/mnt/disk{n}/movies/New/n.mkv" for n in (1, 2, 3)
    }


def test_two_dozen_disks_each_map_without_a_costly_search() -> None:
    host: dict[str, int] = {}
    lib: dict[str, int] = {}
    for number in range(24):
        disk = films(2, number * 2)
        host |= below(f"/mnt/disk{number:02}/movies", disk)
        lib |= disk
    finding = one(
        ask(
            MemoryTree(host),
            [section(1, "/m")],
            parts(1, "/m", lib),
            ["/mnt"],
            limits=Limits(parts=48),
        )
    )
    assert len(finding.hosts) == 24


def test_pool_and_its_branches_are_one_place_seen_through_two_file_systems() -> None:
    """A branch's file has the same time of last inode change as the pool's view of it."""
    lib = films(20)
    names = list(lib)
    first, second = names[:10], names[10:]
    host = below("/mnt/pool/movies", lib)
    host |= below("/mnt/d1/movies", {n: lib[n] for n in first})
    host |= below("/mnt/d2/movies", {n: lib[n] for n in second})
    stamps = dict(host)
    tree = MemoryTree(
        host, devices={"/mnt/d1": 11, "/mnt/d2": 12, "/mnt/pool": 13}, changed_ns=stamps
    )
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/mnt"]))
    assert set(finding.hosts) == {"/mnt/pool/movies", "/mnt/d1/movies", "/mnt/d2/movies"}


@pytest.mark.parametrize("folder", ["/volume1", "/volume1/media", "/volume1/media/TV"])
def test_watched_folder_above_or_equal_to_the_location(folder: str) -> None:
    lib = episodes(6)
    tree = MemoryTree(below("/volume1/media/TV", lib))
    finding = one(ask(tree, [section(2, "/data/tv")], parts(2, "/data/tv", lib), [folder]))
    assert finding.hosts == ("/volume1/media/TV",)


def test_watched_folder_below_the_location_maps_the_directory_above_it() -> None:
    lib = {f"{kind}/{name}": size for kind in ("Kids", "News") for name, size in films(9).items()}
    tree = MemoryTree(below("/volume1/tv", lib))
    found = ask(tree, [section(2, "/data/tv")], parts(2, "/data/tv", lib), ["/volume1/tv/Kids"])
    assert one(found).hosts == ("/volume1/tv",)
    (plex_path,) = found.mappings().to_plex("/volume1/tv/Kids/x")
    assert plex_path.path == "/data/tv/Kids/x"


def test_watched_folder_two_levels_below_the_location() -> None:
    lib = episodes(4)
    tree = MemoryTree(below("/volume1/tv", lib))
    finding = one(
        ask(
            tree,
            [section(2, "/data/tv")],
            parts(2, "/data/tv", lib),
            ["/volume1/tv/Show 2/Season 01"],
        )
    )
    assert finding.hosts == ("/volume1/tv",)


def titled(*titles: str) -> dict[str, int]:
    return {f"{each}/{each}.mkv": GB + len(each) for each in titles}


def test_directory_of_a_location_that_is_mounted_from_elsewhere_under_another_name() -> None:
    """`-v /disk1/films:/data/movies/a -v /disk2/films:/data/movies/b`."""
    first, second = titled("Alien", "Brazil", "Casino", "Diva!!!"), titled("Eden", "Fargo", "Gilda")
    lib = {f"a/{n}": s for n, s in first.items()} | {f"b/{n}": s for n, s in second.items()}
    tree = MemoryTree(below("/disk1/films", first) | below("/disk2/films", second))
    found = ask(tree, [section(1, "/data/m")], parts(1, "/data/m", lib), ["/disk1", "/disk2"])
    finding = one(found)
    assert finding.verdict is Verdict.FOUND
    assert {(m.host, m.plex) for m in finding.mappings} == {
        ("/disk1/films", "/data/m/a"),
        ("/disk2/films", "/data/m/b"),
    }
    assert found.mappings().to_host("/data/m/b/x") == ("/disk2/films/x",)


def test_download_of_a_show_under_another_name_is_not_taken_for_a_mount() -> None:
    lib = episodes(1, seasons=4, each=6)
    downloads = {name.replace("Show 0/", "Show.0.COMPLETE/", 1): size for name, size in lib.items()}
    tree = MemoryTree(below("/v/downloads", downloads))
    finding = one(ask(tree, [section(2, "/tv")], parts(2, "/tv", lib), ["/v"]))
    assert finding.verdict is Verdict.UNSUPPORTED


def test_symlinked_watched_root_maps_as_it_is_spelled() -> None:
    lib = films(30)
    tree = MemoryTree(below("/volume1/movies", lib), links={"/media": "/volume1"})
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/media"]))
    assert finding.hosts == ("/media/movies",)


def test_siblings_in_plex_may_be_far_apart_on_the_host() -> None:
    movies, shows = films(20), episodes(4)
    tree = MemoryTree(below("/volume1/Movies", movies) | below("/volume2/video/TV", shows))
    found = ask(
        tree,
        [section(1, "/data/Movies"), section(2, "/data/TV")],
        parts(1, "/data/Movies", movies) + parts(2, "/data/TV", shows),
        ["/volume1", "/volume2"],
    )
    assert [each.hosts for each in found.findings] == [("/volume1/Movies",), ("/volume2/video/TV",)]
    mappings = found.mappings()
    assert [each.path for each in mappings.to_plex("/volume1/TV/x")] == []
    assert [each.path for each in mappings.to_plex("/volume2/video/TV/x")] == ["/data/TV/x"]


def test_two_sections_on_one_folder_share_what_is_known() -> None:
    """The second section has no files yet; the folder is the same."""
    lib = films(20)
    tree = MemoryTree(below("/volume1/Movies", lib))
    found = ask(
        tree,
        [section(1, "/data/Movies"), section(7, "/data/Movies")],
        parts(1, "/data/Movies", lib),
        ["/volume1"],
    )
    assert [(f.section, f.hosts) for f in found.findings] == [
        (1, ("/volume1/Movies",)),
        (7, ("/volume1/Movies",)),
    ]
    assert [p.path for p in found.mappings().to_plex("/volume1/Movies/x")] == ["/data/Movies/x"]


def test_nested_locations_are_each_found() -> None:
    movies, shows = films(12), episodes(4)
    tree = MemoryTree(below("/volume1/media", movies) | below("/volume1/media/TV", shows))
    found = ask(
        tree,
        [section(1, "/data"), section(2, "/data/TV")],
        parts(1, "/data", movies) + parts(2, "/data/TV", shows),
        ["/volume1/media"],
    )
    assert [each.hosts for each in found.findings] == [("/volume1/media",), ("/volume1/media/TV",)]


def test_nested_location_mounted_from_elsewhere_shadows_the_outer_one() -> None:
    movies, shows = films(12), episodes(4)
    tree = MemoryTree(
        below("/v1/media", movies) | below("/v1/media/TV", films(3, 90)) | below("/v2/tv", shows)
    )
    found = ask(
        tree,
        [section(1, "/data"), section(2, "/data/TV")],
        parts(1, "/data", movies) + parts(2, "/data/TV", shows),
        ["/v1", "/v2"],
    )
    mappings = found.mappings()
    assert [p.path for p in mappings.to_plex("/v2/tv/x")] == ["/data/TV/x"]
    assert mappings.to_plex("/v1/media/TV/x") == ()
    assert mappings.to_host("/data/TV/x") == ("/v2/tv/x",)


def test_one_location_holds_the_directories_of_several_sections() -> None:
    """All of the outer section's files lie in the inner one's location."""
    shows = episodes(4)
    tree = MemoryTree(below("/volume1/media/TV", shows))
    outer = {f"TV/{name}": size for name, size in shows.items()}
    found = ask(
        tree,
        [section(1, "/data"), section(2, "/data/TV")],
        parts(1, "/data", outer) + parts(2, "/data/TV", shows),
        ["/volume1"],
    )
    assert [each.hosts for each in found.findings] == [("/volume1/media",), ("/volume1/media/TV",)]


@pytest.mark.parametrize("location", ["D:\\Filme", "\\\\NAS\\media\\Filme", "\\\\?\\D:\\Filme"])
def test_windows_locations(location: str) -> None:
    lib = films(20)
    tree = MemoryTree(below("/volume1/media/Filme", lib))
    found = ask(tree, [section(1, location)], parts(1, location, lib), ["/volume1/media"])
    assert one(found).hosts == ("/volume1/media/Filme",)
    (plex_path,) = found.mappings().to_plex("/volume1/media/Filme/Neu/x.mkv")
    assert plex_path.path == f"{location}\\Neu\\x.mkv"


def test_long_windows_paths_of_some_parts() -> None:
    lib = films(20)
    sampled = parts(1, "D:\\Filme", dict(list(lib.items())[:10]))
    sampled += parts(1, "\\\\?\\d:\\filme", dict(list(lib.items())[10:]))
    tree = MemoryTree(below("/volume1/Filme", lib))
    finding = one(ask(tree, [section(1, "D:\\Filme")], sampled, ["/volume1"]))
    assert finding.evidence.startswith("20 of 20")


def test_disk_in_nfd_and_parts_in_nfc() -> None:
    lib = {f"Amélie {n}/Amélie {n}.mkv": GB + n for n in range(10)}
    nfd = {unicodedata.normalize("NFD", name): size for name, size in lib.items()}
    tree = MemoryTree(below("/volume1/Films", nfd))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/volume1"]))
    assert finding.evidence == "10 of 10 sampled files exist there, 10 with the same size"


def test_disk_that_folds_case() -> None:
    lib = films(20)
    tree = MemoryTree(
        below("/volume1/movies", {n.upper(): s for n, s in lib.items()}), form=paths.caseless
    )
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/volume1"]))
    assert finding.hosts == ("/volume1/movies",)


def test_case_that_differs_is_followed_where_the_sizes_prove_it() -> None:
    lib = films(20)
    tree = MemoryTree(below("/volume1/movies", {n.lower(): s for n, s in lib.items()}))
    finding = one(ask(tree, [section(1, "D:\\m")], parts(1, "D:\\m", lib), ["/volume1"]))
    assert finding.hosts == ("/volume1/movies",)


def test_generic_file_names_are_carried_by_their_folders() -> None:
    lib = {f"Film {n}/movie.mkv": GB + n for n in range(12)}
    other = {f"Other {n}/movie.mkv": GB + n for n in range(12)}
    tree = MemoryTree(below("/v/a", lib) | below("/v/b", other))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.hosts == ("/v/a",)


def test_flat_library() -> None:
    lib = {f"Film {n} (2001).mkv": GB + n for n in range(20)}
    tree = MemoryTree(below("/v/films", lib) | below("/v/other", {"Film 1 (2001).mkv": 5}))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.hosts == ("/v/films",)


def test_symlinked_film_folders() -> None:
    lib = films(12)
    links = {f"/v/movies/{n.split('/')[0]}": f"/store/{n.split('/')[0]}" for n in lib}
    tree = MemoryTree(below("/store", lib), links=links)
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v/movies"]))
    assert finding.hosts == ("/v/movies",)
