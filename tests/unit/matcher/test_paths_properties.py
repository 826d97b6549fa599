"""What holds for any path: round trips, no escapes, no prefixes taken as text."""

from __future__ import annotations

import os

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matcher import paths
from matcher.mapping import Mapping, Mappings, Source, mappings_of
from matcher.paths import Flavor

NO_DEADLINE = settings(deadline=None, max_examples=150)

letters = st.sampled_from("aAbBe .-'&%#[](){}+,~\u00e9\u0301\u00df\u65e5\U0001f600\n\udcff")
names = st.text(letters, min_size=1, max_size=6).filter(lambda name: name not in {".", ".."})
host_names = st.one_of(names, st.sampled_from(["..\\..\\x", "a\\b", "D:", "\\", "..."]))
host_paths = st.lists(host_names, max_size=5).map(lambda each: "/" + "/".join(each))
posix_roots = st.lists(names, max_size=4).map(lambda each: "/" + "/".join(each))
windows_roots = st.builds(
    lambda head, below: paths.join(head, *below),
    st.sampled_from(["D:\\", "E:/", "\\\\nas\\share", "\\\\?\\D:\\", "\\\\?\\UNC\\nas\\share"]),
    st.lists(names, max_size=4),
)
plex_roots = st.one_of(posix_roots, windows_roots)
messy = st.lists(st.one_of(names, st.sampled_from(["", ".", "..", "..."])), max_size=8)


@NO_DEADLINE
@given(messy)
def test_normalise_is_idempotent_and_leaves_nothing_to_resolve(pieces: list[str]) -> None:
    path = "/" + "/".join(pieces)
    normal = paths.normalise(path)
    assert paths.normalise(normal) == normal
    assert not {"", ".", ".."} & set(paths.components(normal))
    assert normal == "/" or not normal.endswith("/")
    assert normal == os.path.normpath("/" + path.lstrip("/"))


@NO_DEADLINE
@given(plex_roots, messy)
def test_normalise_plex_is_idempotent_and_keeps_components(root: str, pieces: list[str]) -> None:
    separator = "/" if paths.flavor_of(root) is Flavor.POSIX else "\\"
    path = separator.join((root, *pieces))
    normal = paths.normalise_plex(path)
    assert paths.normalise_plex(normal) == normal
    assert paths.components(normal) == paths.components(path)
    assert paths.flavor_of(normal) is paths.flavor_of(path)


@NO_DEADLINE
@given(plex_roots, st.lists(names, max_size=4))
def test_what_is_joined_is_within_and_comes_apart_again(base: str, below: list[str]) -> None:
    path = paths.join(base, *below)
    assert paths.relative(path, base) == tuple(below)
    if below:
        assert paths.parent(path) == paths.join(base, *below[:-1])
        assert paths.name(path) == below[-1]
        assert not paths.is_within(base, path)


@NO_DEADLINE
@given(plex_roots, names, names)
def test_siblings_with_a_common_beginning_are_not_within_each_other(
    base: str, name: str, more: str
) -> None:
    one, other = paths.join(base, name), paths.join(base, name + more)
    assume(not paths.same(one, other))
    assert other.startswith(one)
    assert not paths.is_within(other, one)
    assert not paths.is_within(paths.join(other, "x"), one)


@NO_DEADLINE
@given(plex_roots, plex_roots)
def test_within_both_ways_means_the_same(a: str, b: str) -> None:
    if paths.is_within(a, b) and paths.is_within(b, a):
        assert paths.same(a, b)


@NO_DEADLINE
@given(names)
def test_stem_and_extension_make_up_the_name(name: str) -> None:
    stem, ext = paths.split_name(name)
    assert (stem + ext).lower() == name.lower()
    assert stem
    assert ext in {"", ext.lower()}
    assert ext != "."


@NO_DEADLINE
@given(names)
def test_forms_of_a_name_are_stable(name: str) -> None:
    form = paths.caseless(name)
    assert paths.caseless(form) == form
    assert paths.caseless(paths.nfc(name)) == form
    assert paths.caseless(name.swapcase()) == form or not name.isascii()


few_names = st.lists(st.sampled_from("ab"), max_size=3)
near_roots = few_names.map(lambda each: "/" + "/".join(each))
near_windows = few_names.map(lambda each: paths.join("D:\\", *each))
mapping_lists = st.lists(
    st.builds(
        lambda host, plex, source: Mapping(
            paths.normalise(host), paths.normalise_plex(plex), 1, source
        ),
        st.one_of(near_roots, posix_roots),
        st.one_of(near_roots, near_windows, plex_roots),
        st.sampled_from([Source.FOUND, Source.FOUND, Source.IDENTITY, Source.CONFIG]),
    ),
    max_size=5,
)


@NO_DEADLINE
@given(mapping_lists, st.one_of(near_roots, host_paths), st.integers(-1, 3))
def test_plex_paths_lie_within_their_mapping_and_lead_back(
    rules: list[Mapping], path: str, chosen: int
) -> None:
    if 0 <= chosen < len(rules):
        path = paths.normalise(rules[chosen].host + path)
    mappings = mappings_of(rules)
    for found in mappings.to_plex(path):
        assert paths.is_within(found.path, found.mapping.plex)
        assert paths.is_within(path, found.mapping.host)
        assert ".." not in paths.components(found.path)
        assert path in mappings.to_host(found.path)


@NO_DEADLINE
@given(
    mapping_lists,
    st.one_of(near_roots, plex_roots),
    st.lists(names, max_size=3),
    st.integers(-1, 3),
)
def test_host_paths_lie_within_a_mapping_and_lead_back(
    rules: list[Mapping], path: str, below: list[str], chosen: int
) -> None:
    if 0 <= chosen < len(rules):
        path = paths.join(rules[chosen].plex, *below)
    mappings = mappings_of(rules)
    for host in mappings.to_host(path):
        assert paths.normalise(host) == host
        assert any(paths.is_within(host, each.host) for each in rules)
        assert any(paths.same(found.path, path) for found in mappings.to_plex(host))


@NO_DEADLINE
@given(mapping_lists, st.one_of(near_roots, host_paths))
def test_order_in_which_mappings_are_given_does_not_matter(rules: list[Mapping], path: str) -> None:
    given_, turned = Mappings(tuple(rules)), Mappings(tuple(reversed(rules)))
    assert {each.path for each in given_.to_plex(path)} == {
        each.path for each in turned.to_plex(path)
    }
