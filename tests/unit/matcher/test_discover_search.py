"""Discovery on trees in memory: how far it searches, and what the user configured."""

from __future__ import annotations

from made_up import GB, ask, below, episodes, films, one, parts, section

from matcher.findings import Verdict
from matcher.mapping import Source, configured
from matcher.tree import MemoryTree
from matcher.walk import Limits


def test_link_that_leads_back_up_ends_the_walk() -> None:
    lib = films(30)
    tree = MemoryTree(
        below("/volume1/a/movies", lib), links={"/volume1/a/self": "/volume1", "/volume1/b": "/"}
    )
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/volume1"]))
    assert finding.verdict is Verdict.FOUND
    assert "/volume1/a/movies" in finding.hosts


def test_empty_section_is_only_guessed_and_never_mapped() -> None:
    lib = films(20)
    tree = MemoryTree(
        below("/volume1/Movies", lib), directories=frozenset({"/volume1/Anime", "/volume1/x"})
    )
    found = ask(
        tree,
        [section(1, "/data/Movies"), section(2, "/data/Anime")],
        parts(1, "/data/Movies", lib),
        ["/volume1"],
    )
    guess = found.findings[1]
    assert guess.verdict is Verdict.NO_EVIDENCE
    assert guess.mappings == ()
    assert "/volume1/Anime may be it by name" in guess.evidence
    assert found.mappings().to_plex("/volume1/Anime/x") == ()


def test_unmounted_library_is_unsupported() -> None:
    tree = MemoryTree({}, directories=frozenset({"/volume1/Movies"}))
    finding = one(ask(tree, [section(1, "/m")], parts(1, "/m", films(20)), ["/volume1/Movies"]))
    assert finding.verdict is Verdict.UNSUPPORTED


def test_folder_that_does_not_exist_is_unsupported() -> None:
    finding = one(
        ask(MemoryTree({}), [section(1, "/m")], parts(1, "/m", films(20)), ["/volume1/Movies"])
    )
    assert finding.verdict is Verdict.UNSUPPORTED


def test_library_six_levels_down() -> None:
    lib = episodes(5)
    base = "/volume1/a/b/c/d/e/TV"
    finding = one(
        ask(
            MemoryTree(below(base, lib)),
            [section(2, "/data/tv")],
            parts(2, "/data/tv", lib),
            ["/volume1"],
        )
    )
    assert finding.hosts == (base,)


def test_snapshots_and_waste_of_the_nas_are_not_searched() -> None:
    lib = films(20)
    host = below("/v/movies", lib)
    for waste in ("#snapshot/today", ".snapshots/1", "#recycle", "@Recycle", ".Trash-1000"):
        host |= below(f"/v/{waste}/movies", lib)
    finding = one(ask(MemoryTree(host), [section(1, "/m")], parts(1, "/m", lib), ["/v"]))
    assert finding.verdict is Verdict.FOUND
    assert finding.hosts == ("/v/movies",)


def test_configured_mapping_wins_over_what_the_sizes_say() -> None:
    lib = films(20)
    tree = MemoryTree(below("/v/real", lib) | below("/v/copy", films(3)))
    rules = (configured("/v/copy", "/m"), configured("/v/real", "/elsewhere"))
    found = ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v"], configured=rules)
    finding = one(found)
    assert finding.verdict is Verdict.FOUND
    assert finding.hosts == ("/v/copy",)
    assert finding.evidence.startswith("set in the configuration; 3 of 20 sampled files exist")
    mappings = found.mappings(rules)
    assert [p.path for p in mappings.to_plex("/v/copy/x")] == ["/m/x"]
    assert [p.path for p in mappings.to_plex("/v/real/x")] == ["/elsewhere/x"]


def test_configured_mapping_that_holds_nothing_is_said() -> None:
    lib = films(20)
    tree = MemoryTree({}, directories=frozenset({"/v/empty"}))
    rules = (configured("/v/empty", "/m"),)
    finding = one(
        ask(tree, [section(1, "/m")], parts(1, "/m", lib), ["/v/empty"], configured=rules)
    )
    assert finding.hosts == ("/v/empty",)
    assert finding.evidence == (
        "set in the configuration, but none of 20 sampled files exists there"
    )


def test_second_disk_beside_a_configured_one_is_found() -> None:
    first, second = films(10), films(10, 30)
    tree = MemoryTree(below("/d1/m", first) | below("/d2/m", second))
    rules = (configured("/d1/m", "/m"),)
    found = ask(
        tree, [section(1, "/m")], parts(1, "/m", first | second), ["/d1/m", "/d2"], configured=rules
    )
    assert one(found).hosts == ("/d1/m", "/d2/m")
    assert [(m.host, m.source) for m in found.mappings(rules).mappings] == [
        ("/d1/m", Source.CONFIG),
        ("/d2/m", Source.FOUND),
    ]


def test_configured_folder_above_the_location() -> None:
    lib = films(10)
    tree = MemoryTree(below("/volume1/Movies", lib))
    rules = (configured("/volume1", "/data"),)
    finding = one(
        ask(
            tree,
            [section(1, "/data/Movies")],
            parts(1, "/data/Movies", lib),
            ["/volume1"],
            configured=rules,
        )
    )
    assert finding.hosts == ("/volume1/Movies",)
    assert finding.evidence.endswith("10 of 10 sampled files exist there, 10 with the same size")


def test_names_that_are_not_utf8() -> None:
    lib = {f"caf\udce9 {n}/caf\udce9 {n}.mkv": GB + n for n in range(5)}
    found = ask(
        MemoryTree(below("/v/m\udcff", lib)), [section(1, "/m")], parts(1, "/m", lib), ["/v"]
    )
    assert one(found).hosts == ("/v/m\udcff",)


def test_nothing_depends_on_the_order_in_which_things_are_listed() -> None:
    lib = films(30)
    host = below("/volume1/movies", lib) | below("/volume1/copy/movies", films(20))
    sampled = parts(1, "/m", lib)
    there = ask(MemoryTree(host), [section(1, "/m")], sampled, ["/volume1"])
    turned = MemoryTree(dict(reversed(host.items())))
    assert ask(turned, [section(1, "/m")], reversed(sampled), ["/volume1"]) == there


def test_search_stops_at_its_limit_and_says_so() -> None:
    lib = films(10)
    host = below("/v/z/y/x/movies", lib)
    for number in range(50):
        host[f"/v/d{number}/e/f/g.txt"] = 1
    finding = one(
        ask(
            MemoryTree(host),
            [section(1, "/m")],
            parts(1, "/m", lib),
            ["/v"],
            limits=Limits(near=10, directories=20),
        )
    )
    assert finding.verdict is Verdict.UNSUPPORTED
    assert finding.evidence.endswith("(the search was cut short by its limits)")


def test_wide_directories_do_not_starve_the_rest() -> None:
    """A folder with thousands of subfolders stands before the library in the alphabet."""
    lib = films(10)
    host = below("/v/z/y/movies", lib)
    for number in range(5000):
        host[f"/v/a/home{number}/x/f.txt"] = 1
    finding = one(
        ask(
            MemoryTree(host),
            [section(1, "/m")],
            parts(1, "/m", lib),
            ["/v"],
            limits=Limits(directories=500),
        )
    )
    assert finding.hosts == ("/v/z/y/movies",)


def test_library_is_not_searched_inside_when_everything_is_clear() -> None:
    lib = films(400)
    sampled = parts(1, "/m", lib)
    finding = one(
        ask(
            MemoryTree(below("/v/movies", lib)),
            [section(1, "/m")],
            sampled,
            ["/v"],
            limits=Limits(directories=5),
        )
    )
    assert finding.verdict is Verdict.FOUND
    assert "cut short" not in finding.evidence


def test_library_within_a_library_is_found_in_the_second_round() -> None:
    movies, shows = films(12), episodes(3)
    tree = MemoryTree(below("/v/media", movies) | below("/v/media/sub/deep", shows))
    found = ask(
        tree,
        [section(1, "/m"), section(2, "/t")],
        parts(1, "/m", movies) + parts(2, "/t", shows),
        ["/v/media"],
    )
    assert [each.hosts for each in found.findings] == [("/v/media",), ("/v/media/sub/deep",)]


def test_location_that_is_no_path_is_left_out() -> None:
    assert ask(MemoryTree({}), [section(1, "", "relative")], (), ["/v"]).findings == ()
