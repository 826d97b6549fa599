"""Discovery on trees in memory: copies, decoys, draws, and how much is proof."""

from __future__ import annotations

import pytest
from made_up import ask, below, films, one, parts, section

from matcher.findings import Verdict
from matcher.model import Part
from matcher.tree import MemoryTree


def test_local_path_equal_to_the_location_with_other_data_is_a_decoy() -> None:
    lib = films(30)
    tree = MemoryTree(below("/volume1/movies", lib) | below("/data/movies", films(30, 500)))
    finding = one(
        ask(
            tree,
            [section(1, "/data/movies")],
            parts(1, "/data/movies", lib),
            ["/volume1/movies", "/data"],
        )
    )
    assert finding.hosts == ("/volume1/movies",)


def test_local_path_equal_to_the_location_with_other_sizes_is_a_decoy() -> None:
    lib = films(30)
    other = {name: size + 17 for name, size in lib.items()}
    tree = MemoryTree(below("/volume1/movies", lib) | below("/data/movies", other))
    finding = one(
        ask(
            tree,
            [section(1, "/data/movies")],
            parts(1, "/data/movies", lib),
            ["/volume1/movies", "/data"],
        )
    )
    assert finding.hosts == ("/volume1/movies",)


def test_decoy_alone_is_unsupported() -> None:
    tree = MemoryTree(below("/data/movies", films(30, 500)))
    finding = one(
        ask(tree, [section(1, "/data/movies")], parts(1, "/data/movies", films(30)), ["/data"])
    )
    assert finding.verdict is Verdict.UNSUPPORTED
    assert finding.hosts == ()
    assert finding.evidence == "none of 25 sampled files was found below the watched folders"


@pytest.mark.parametrize("kind", ["binds", "links"])
def test_one_directory_under_two_names_is_no_ambiguity(kind: str) -> None:
    lib = films(30)
    host = below("/volume1/movies", lib)
    other = {"/media/movies": "/volume1/movies"}
    tree = MemoryTree(host, binds=other) if kind == "binds" else MemoryTree(host, links=other)
    finding = one(
        ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/volume1/movies", "/media/movies"])
    )
    assert finding.verdict is Verdict.FOUND
    assert set(finding.hosts) == {"/volume1/movies", "/media/movies"}
    assert "the same directory as" in finding.evidence


def test_old_backup_with_other_sizes_is_left_aside() -> None:
    lib = films(30)
    old = {n: s - 5 if i % 6 == 0 else s for i, (n, s) in enumerate(lib.items())}
    tree = MemoryTree(below("/volume1/movies", lib) | below("/volume1/Backup/movies", old))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/volume1"]))
    assert finding.verdict is Verdict.FOUND
    assert finding.hosts == ("/volume1/movies",)
    assert "/volume1/Backup/movies was left aside" in finding.evidence


def test_old_backup_with_fewer_files_is_left_aside() -> None:
    lib = films(30)
    old = dict(list(lib.items())[:22])
    tree = MemoryTree(below("/volume1/a/b/movies", lib) | below("/volume1/movies.old", old))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/volume1"]))
    assert finding.hosts == ("/volume1/a/b/movies",)


def test_old_backup_of_a_whole_pool_loses_against_its_disks() -> None:
    """Taken one by one, each disk holds less than the backup."""
    disks = [films(8, start) for start in (0, 8, 16)]
    lib = disks[0] | disks[1] | disks[2]
    host = below("/mnt/backup/movies", dict(list(lib.items())[:20]))
    for number, disk in enumerate(disks, 1):
        host |= below(f"/mnt/disk{number}/movies", disk)
    finding = one(ask(MemoryTree(host), [section(1, "/m")], parts(1, "/m", lib), ["/mnt"]))
    assert finding.verdict is Verdict.FOUND
    assert set(finding.hosts) == {f"/mnt/disk{n}/movies" for n in (1, 2, 3)}


def test_byte_equal_backup_is_ambiguous_and_never_guessed() -> None:
    lib = films(30)
    tree = MemoryTree(below("/volume1/movies", lib) | below("/volume1/copy/movies", lib))
    found = ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/volume1"])
    finding = one(found)
    assert finding.verdict is Verdict.AMBIGUOUS
    assert finding.hosts == ()
    assert "/volume1/movies" in finding.evidence
    assert "/volume1/copy/movies" in finding.evidence
    assert "plex_path" in finding.evidence
    assert found.mappings().to_plex("/volume1/movies/x") == ()


def test_copies_equal_in_number_but_not_in_files_are_ambiguous() -> None:
    """One misses a file, the other another: nothing says which of them Plex looks at."""
    lib = films(20)
    names = list(lib)
    one_side = {n: lib[n] for n in names[1:]}
    other_side = {n: lib[n] for n in names[:-1]}
    tree = MemoryTree(below("/volume1/a", one_side) | below("/volume1/b", other_side))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/volume1"]))
    assert finding.verdict is Verdict.AMBIGUOUS


def test_byte_equal_copy_of_one_disk_leaves_the_other_disk_certain() -> None:
    first, second = films(10), films(10, 30)
    host = below("/mnt/d1/m", first) | below("/mnt/copy/m", first) | below("/mnt/d2/m", second)
    finding = one(
        ask(MemoryTree(host), [section(1, "/m")], parts(1, "/m", first | second), ["/mnt"])
    )
    assert finding.verdict is Verdict.AMBIGUOUS
    assert finding.hosts == ("/mnt/d2/m",)


def test_path_that_plex_itself_uses_wins_against_an_equal_copy() -> None:
    lib = films(30)
    tree = MemoryTree(below("/volume1/movies", lib) | below("/volume1/copy/movies", lib))
    finding = one(
        ask(tree, [section(1, "/volume1/movies")], parts(1, "/volume1/movies", lib), ["/volume1"])
    )
    assert finding.verdict is Verdict.FOUND
    assert finding.hosts == ("/volume1/movies",)
    assert "/volume1/copy/movies was left aside" in finding.evidence


def test_parts_in_the_trash_say_nothing() -> None:
    lib, gone = films(10), films(10, 50)
    tree = MemoryTree(below("/v/m", lib))
    trash = tuple(
        Part(p.file, p.size, 1, 99, "movie", "gone", deleted=True) for p in parts(1, "/m", gone)
    )
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib) + trash, ["/v"]))
    assert finding.evidence == "10 of 10 sampled files exist there, 10 with the same size"


def test_hard_linked_downloads_have_other_names_and_do_not_clash() -> None:
    lib = films(20)
    downloads = {f"Film.{n}.1080p-GRP/film.{n}.mkv": size for n, size in enumerate(lib.values())}
    tree = MemoryTree(below("/v/movies", lib) | below("/v/downloads/complete", downloads))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.hosts == ("/v/movies",)
    assert "left aside" not in finding.evidence


def test_a_fifth_of_the_sampled_files_missing_is_no_obstacle() -> None:
    lib = films(25)
    there = {n: s for i, (n, s) in enumerate(lib.items()) if i % 5}
    tree = MemoryTree(below("/v/movies", there))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.hosts == ("/v/movies",)
    assert finding.evidence == "20 of 25 sampled files exist there, 20 with the same size"


def test_small_flat_file_of_a_common_name_is_no_proof() -> None:
    tree = MemoryTree({"/v/a/movie.mkv": 100})
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", {"movie.mkv": 100}), ["/v"]))
    assert finding.verdict is Verdict.UNSUPPORTED


def test_single_film_in_its_folder_is_proof() -> None:
    lib = {"Heat (1995)/Heat (1995).mkv": 1000}
    tree = MemoryTree(below("/v/films", lib))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.hosts == ("/v/films",)


def test_names_alone_count_if_they_are_many_and_nothing_rivals_them() -> None:
    """A library that was transcoded as a whole: Plex has not seen the new sizes yet."""
    lib = films(20)
    tree = MemoryTree(below("/v/movies", {n: s // 2 for n, s in lib.items()}))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.hosts == ("/v/movies",)
    assert finding.evidence == "20 of 20 sampled files exist there, none with the same size"


def test_names_alone_with_a_rival_are_ambiguous() -> None:
    lib = films(20)
    halves = {n: s // 2 for n, s in lib.items()}
    tree = MemoryTree(below("/v/a", halves) | below("/v/b", dict(list(halves.items())[:18])))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.verdict is Verdict.AMBIGUOUS


def test_few_names_of_other_sizes_are_nothing() -> None:
    lib = films(20)
    tree = MemoryTree(below("/v/a", dict.fromkeys(list(lib)[:4], 5)))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.verdict is Verdict.UNSUPPORTED
    assert finding.evidence == (
        "too little: at best /v/a, where 4 of 20 sampled files exist there, none with the same size"
    )


def test_sizes_that_plex_does_not_know_count_as_names() -> None:
    unsized: dict[str, int | None] = dict.fromkeys(films(10))
    tree = MemoryTree(below("/v/a", films(10)))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", unsized), ["/v"]))
    assert finding.hosts == ("/v/a",)
