"""The door to YAML: plain data with lines, clear problems for everything else, bounded work."""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.config_problems import ConfigError, Problem
from watcher.yaml_file import (
    MAX_ALIASES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    Document,
    Value,
    dump,
    load,
    parse,
)


def problems(text: str) -> tuple[Problem, ...]:
    """All problems of a text, whether they ended the reading or not."""
    try:
        return parse(text).problems
    except ConfigError as error:
        return error.problems


def loaded(path: Path, content: bytes) -> Document:
    path.write_bytes(content)
    return load(path)


def test_data_and_lines() -> None:
    document = parse(
        "# comment\n"
        "plex:\n"
        '  url: "http://x"\n'
        "folders:\n"
        "- /a\n"
        "- path: /b\n"
        "  libraries: [TV, 'a b',\n"
        "    c]\n"
        "  deep: {x: {z: 1}}\n"
        "empty:\n"
    )

    assert document.problems == ()
    assert document.data == {
        "plex": {"url": "http://x"},
        "folders": ["/a", {"path": "/b", "libraries": ["TV", "a b", "c"], "deep": {"x": {"z": 1}}}],
        "empty": None,
    }
    expected = {
        "plex": 2,
        "plex.url": 3,
        "folders": 4,
        "folders[0]": 5,
        "folders[1]": 6,
        "folders[1].path": 6,
        "folders[1].libraries": 7,
        "folders[1].libraries[1]": 7,
        "folders[1].libraries[2]": 8,
        "folders[1].deep.x.z": 9,
        "empty": 10,
    }
    assert {where: document.line(where) for where in expected} == expected


def test_the_line_of_what_is_not_there_is_that_of_its_parent() -> None:
    document = parse("a: 1\nfolders:\n  - /x\n  - path: /b\n")

    assert document.line("folders[1].plex_path") == 4
    assert document.line('folders[0]."odd key".x[3]') == 3
    assert document.line("nothing") == 1


SYNTAX = {
    "tab as indentation": ("a:\n\tb: c\n", 2, "tabs cannot indent in YAML: use spaces"),
    "tab after spaces": ("a:\n  \t- c\n", 2, "tabs cannot indent"),
    "tab after a colon": ("a:\tb\n", 1, "a tab stands where YAML wants a space"),
    "glob without quotes": ("a: [*.mkv]\n", 1, "begins with * must stand in quotes"),
    "ampersand": ("a: &\n", 1, "begins with &"),
    "at sign": ("\na: @x\n", 2, "cannot begin with this character"),
    "backtick": ("a: `x\n", 1, "cannot begin with this character"),
    "percent": ("a: %x\n", 1, "cannot begin with this character"),
    "bar": ("a: |x\n  b\n", 1, "begins with | or >"),
    "bracket": ("a: ]\n", 1, "cannot begin like this"),
    "windows path in double quotes": ('a: "D:\\Media"\n', 1, "use single quotes"),
    "two colons": ("a: b: c\n", 1, "a colon is not expected here"),
    "key below a value": ("a: b\n  c: d\n", 2, "a colon is not expected here"),
    "no space after the colon": ("plex:\n  url: x\n  token:abc\n", 3, "a colon and a space"),
    "list on the key's line": ("a: - b\n", 1, "begin on a line of its own"),
    "open bracket": ("x: 1\na: [x\nb: c\n", 2, "lacks its ]"),
    "open brace": ("x: 1\na: {x: y\nb: c\n", 2, "lacks its }"),
    "open quote": ('x: 1\na: "x\nb: c\n', 2, "never closed"),
    "tag handle": ("a: !x!y z\n", 1, "begins with !"),
    "crooked keys": (" a: b\nc: d\n", 2, "check the indentation"),
    "key after a list": ("- a\nb: c\n", 2, "does not fit what stands above"),
    "text after a quote": ('a: "b" c\n', 1, "does not fit what stands above"),
    "directive": ("%FOO bar\n", 2, "check the indentation"),
    "yaml 2": ("%YAML 2.0\n---\na: b\n", 1, "begin with %"),
    "huge escape": ('a: "\\UFFFFFFFF"\n', None, "makes no sense"),
    "huge version": (f"%YAML 1.{'1' * 5000}\n---\na: b\n", None, "makes no sense"),
    "two documents": ("a: b\n---\nc: d\n", 2, "a second document begins here"),
    "nothing": ("", None, "the file is empty"),
    "only comments": ("# nothing\n", None, "the file is empty"),
    "only a null": ("--- ~\n", None, "holds no keys"),
    "a list": ("\n- a\n", 2, "has to begin with keys"),
    "a word": ("hello\n", 1, "has to begin with keys"),
    "nul": ("a: b\nc: \0\n", 2, "NUL byte"),
    "control character": ("a: \x1b[2J\n", 1, "U+001B"),
}


@pytest.mark.parametrize(("text", "line", "says"), SYNTAX.values(), ids=SYNTAX)
def test_what_is_no_yaml_is_told_in_plain_words(text: str, line: int | None, says: str) -> None:
    problem = problems(text)[-1]

    assert problem.line == line
    assert says in problem.what


NOTED = {
    "yes": ("a:\n  b: yes\n", "a.b", 2, '"yes" is true or false to some'),
    "octal": ("a: [1, 010]\n", "a[1]", 1, '"010" is a number in base 8'),
    "sexagesimal": ("a: 12:30:45\n", "a", 1, "base 60 to some programs: put it in quotes"),
    "tag": ("a: !!python/object:os.system x\n", "a", 1, 'the tag "!!python/object:os.system" is'),
    "tag on a list": ("a: !!python/tuple [x]\n", "a", 1, "is not allowed"),
    "tag on a group": ("a: !!omap {x: z}\n", "a", 1, "is not allowed"),
    "own tag": ("a: !important\n", "a", 1, "put the text in quotes"),
    "wrong core tag": ("a: !!int x\n", "a", 1, "is not allowed"),
    "ambiguous core tag": ("a: !!bool yes\n", "a", 1, "is not allowed"),
    "binary": ("a: !!binary aGk=\n", "a", 1, "is not allowed"),
    "unknown alias": ("a: *foo\n", "a", 1, "*foo is an alias of nothing above"),
    "alias of itself": ("a: &x [*x]\n", "a[0]", 1, "alias of nothing above"),
    "duplicate": ("a: 1\nb: 2\na: 3\n", "a", 3, "in line 1 and line 3"),
    "duplicate deeper": ("l:\n- a: 1\n  a: 3\n", "l[0].a", 3, "in line 2 and line 3"),
    "duplicate by quotes": ('a: 1\n"a": 3\n', "a", 2, "in line 1 and line 2"),
    "number as key": ("x:\n  5: a\n", "x", 2, "5 cannot be a key"),
    "word as key": ("on: a\n", "", 1, "on cannot be a key"),
    "null as key": ("~: a\n", "", 1, "cannot be a key"),
    "empty key": ("?\n: a\n", "", 1, "cannot be a key"),
    "list as key": ("? [a]\n: b\n", "", 1, "cannot be a key"),
    "group as key": ("{x: z}: b\n", "", 1, "cannot be a key"),
    "unprintable key": ('"\\udcff": b\n', "", 1, "cannot be a key"),
    "merge key": ("a: &x {b: c}\nd:\n  <<: *x\n", "d", 3, "merge keys (<<) are not supported"),
    "text over two lines": ("folders:\n  - /a\n   - /b\n", "folders[0]", 2, "goes on until line 3"),
}


@pytest.mark.parametrize(("text", "where", "line", "says"), NOTED.values(), ids=NOTED)
def test_a_problem_in_readable_yaml_has_its_place(
    text: str, where: str, line: int, says: str
) -> None:
    (problem,) = parse(text).problems

    assert (problem.where, problem.line) == (where, line)
    assert says in problem.what


def test_all_problems_come_at_once_and_the_first_of_two_values_stays() -> None:
    document = parse("a: yes\nb: 010\na: 3\n5: no\n")

    assert [problem.line for problem in document.problems] == [1, 2, 3, 4]
    assert document.data == {"a": "yes", "b": "010"}


def test_a_syntax_error_brings_along_what_was_found_before_it() -> None:
    assert [problem.line for problem in problems("a: yes\nb: [1\n")] == [1, 2]


def test_every_line_that_is_indented_with_a_tab_is_told() -> None:
    text = "a:\n\tb: c\n# x\n\n\t# comment\n  d: e\n \tf: g\n"

    assert [problem.line for problem in problems(text)] == [2, 7]


def test_quotes_and_core_tags_settle_what_a_word_means() -> None:
    document = parse(
        "a: 'yes'\nb: \"010\"\nc: !!str 12:30\nd: ! 5\ne: !!int 5\nf: !!float 5\n"
        "g: !!seq [!!null ~]\nh: !!map {}\ni: !!bool true\nj: |\n  no\n"
    )

    assert document.problems == ()
    assert list(document.data.values()) == [
        *("yes", "010", "12:30", "5", 5, 5, [None], {}, True, "no\n")
    ]


def test_a_few_aliases_are_repeated_values() -> None:
    document = parse("a: &x [1, 2]\nb: *x\nc: &x 3\nd: [*x]\n")

    assert document.problems == ()
    assert document.data == {"a": [1, 2], "b": [1, 2], "c": 3, "d": [3]}
    assert document.line("b[1]") == 2


def test_the_bytes_of_a_name_that_is_not_utf8_are_written_as_escapes() -> None:
    document = parse('a: "/media/caf\\udce9"\n')

    assert document.data == {"a": os.fsdecode(b"/media/caf\xe9")}


ENDLESS = {
    "lists": "[" * 200_000,
    "groups": "{a: " * 50_000,
    "items": "- " * 100_000,
    "questions": "? " * 100_000,
    "indented groups": "".join(" " * depth + "a:\n" for depth in range(MAX_DEPTH + 1)),
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_nesting_ends_at_a_depth(text: str) -> None:
    (problem,) = problems(text)

    assert f"more than {MAX_DEPTH} deep" in problem.what


def test_nesting_up_to_that_depth_is_read() -> None:
    parse("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1))


def test_a_bomb_of_aliases_is_refused_before_it_expands() -> None:
    """Nine levels of nine: 341 bytes that would be 400 million values."""
    names = "abcdefghij"
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    for last, name in itertools.pairwise(names):
        lines.append(f"{name}: &{name} [{','.join([f'*{last}'] * 9)}]")

    (problem,) = problems("\n".join(lines))

    assert problem.what == f"the file holds more than {MAX_NODES} values"


def test_thousands_of_aliases_are_refused() -> None:
    (problem,) = problems(f"a: &a 1\nb: [{','.join(['*a'] * 5000)}]\n")

    assert problem.what == f"there are more than {MAX_ALIASES} aliases (*name)"


def test_more_values_than_anyone_writes_are_refused() -> None:
    (problem,) = problems(f"a: [{','.join(['x'] * (MAX_NODES + 1))}]\n")

    assert f"more than {MAX_NODES} values" in problem.what


ENCODED = {
    "utf-8": "a: ö\n".encode(),
    "utf-8 with its mark": "a: ö\n".encode("utf-8-sig"),
    "windows line ends": "a: ö\r\n".encode(),
}


@pytest.mark.parametrize("content", ENCODED.values(), ids=ENCODED)
def test_utf8_is_read_as_editors_write_it(tmp_path: Path, content: bytes) -> None:
    assert loaded(tmp_path / "file", content).data == {"a": "ö"}


OTHER_BYTES = {
    "utf-16": ("a: b\n".encode("utf-16"), 1, "UTF-16 or UTF-32"),
    "utf-16 without its mark": ("a: b\n".encode("utf-16-le"), 1, "UTF-16 or UTF-32"),
    "utf-16-be without its mark": ("a: b\n".encode("utf-16-be"), 1, "UTF-16 or UTF-32"),
    "utf-32": ("a: b\n".encode("utf-32"), 1, "UTF-16 or UTF-32"),
    "latin-1": ("x: 1\na: ö\n".encode("latin-1"), 2, "the byte 0xf6 is not UTF-8"),
    "program": (b"\x7fELF\x02\x01\x01\0\0", 1, ""),
    "empty": (b"", None, "the file is empty"),
}


@pytest.mark.parametrize(("content", "line", "says"), OTHER_BYTES.values(), ids=OTHER_BYTES)
def test_other_bytes_are_told(tmp_path: Path, content: bytes, line: int | None, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path / "file", content)

    (problem,) = caught.value.problems
    assert problem.line == line
    assert says in problem.what
    assert caught.value.path == tmp_path / "file"


@pytest.mark.parametrize("text", ["[", "{a: ", "- ", "x"])
def test_two_megabytes_are_refused_unread(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=f"larger than {MAX_BYTES // 1024} KiB"):
        loaded(tmp_path / "file", text.encode() * (2_000_000 // len(text)))


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    expected = {
        tmp_path / "missing": "does not exist",
        tmp_path: "is a directory",
        tmp_path / "fifo": "not a regular file",
        Path("/dev/zero"): "not a regular file",
    }

    for path, says in expected.items():
        with pytest.raises(ConfigError, match=says) as caught:
            load(path)
        assert caught.value.path == path


def test_permission_bits_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a: b\n")
    path.chmod(0o604)

    assert load(path).mode == 0o604


TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXTS
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex("[a-z]{3,5}", fullmatch=True), inner)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "plex_path"]), VALUES, min_size=1))
def test_what_is_dumped_reads_back_the_same_and_is_printable(data: dict[str, Value]) -> None:
    text = dump(data)
    document = parse(text)

    assert document.data == data
    assert document.problems == ()
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize("text", ["yes", "010", "1e3", "0o17", "\udcff", "a\u202eb", "🎬", "# x"])
def test_hostile_texts_are_dumped_so_that_they_read_back(text: str) -> None:
    assert parse(dump({"a": [text]})).data == {"a": [text]}


PIECES = st.sampled_from(
    [
        *("a", "b", ": ", ":", "- ", "\n", "\n  ", "  ", "\t", "[", "]", "{", "}", ",", '"', "'"),
        *("&a ", "*a", "!", "!!str ", "!!int ", "|", ">", "%", "# ", "? ", "~", "yes", "010", "5"),
        *("<<", "---\n", "...\n", "\\", "\\x", "\\U", "FFFFFFFF", "\x85", "\u2028", "ö", "\r", "@"),
        *("%YAML 1.1\n", "%TAG ! x\n", "!<x> ", "!a!", "%e9", "=", "\ufeff", "12:30", ".inf"),
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_mixture_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        document = parse(text)
    except ConfigError:
        return
    assert isinstance(document.data, dict)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-bytes.yaml"
    with contextlib.suppress(ConfigError):
        loaded(path, content)
