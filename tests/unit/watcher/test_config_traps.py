"""Every trap a configuration can hold: the place, the line and the plain words of its problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from watcher.config import ConfigError, load_config, render_problems

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"plex": "{url: http://127.0.0.1:32400}", "folders": "[/media]"}
ENVIRON = {"PLEX_TOKEN": "sometoken", "HOME": "/home/user"}


def found_in(tmp_path: Path, text: str) -> list[tuple[str, int | None, str]]:
    """Every problem of a text as (where, line, what), in the order of the file."""
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path, ENVIRON)
    ordered = sorted(caught.value.problems, key=lambda problem: problem.line or 0)
    return [(problem.where, problem.line, problem.what) for problem in ordered]


def with_good(text: str) -> str:
    """Put the required sections, one line each, after a text that lacks them."""
    rest = [f"{key}: {value}\n" for key, value in GOOD.items() if not text.startswith(f"{key}:")]
    return text + "".join(rest)


DURATION = "expected a duration such as 5s, found "
SIZE = "expected a size such as 256MB, found "
ABSOLUTE = "expected an absolute path such as /volume1/media/Movies, found "
PLEX_SIDE = r"expected an absolute path as Plex sees it, such as /data/TV or D:\Media, found "
GLOBS = 'expected a list of patterns such as "*.part", found '
WORDS = "is true or false to some programs and text to others: write true or false"
LISTEN = "expected an address and a port such as 127.0.0.1:9797, found "

TRAPS = {
    # durations and sizes
    "settle: {quiet: 30}": ("settle.quiet", DURATION + "the number 30; write 30s"),
    "settle: {quiet: 1.5}": ("settle.quiet", DURATION + "the number 1.5; write 1.5s"),
    "settle: {quiet: -5}": ("settle.quiet", DURATION + "the number -5"),
    "settle: {quiet: '30'}": ("settle.quiet", DURATION + 'the text "30"; write 30s'),
    "settle: {quiet: 5 sec}": ("settle.quiet", DURATION + 'the text "5 sec"; write 5s'),
    "settle: {quiet: soon}": ("settle.quiet", DURATION + 'the text "soon"'),
    "settle: {quiet: }": ("settle.quiet", DURATION + "nothing"),
    "settle: {quiet: true}": ("settle.quiet", DURATION + "true"),
    "settle: {quiet: [5s]}": ("settle.quiet", DURATION + "a list"),
    "settle: {quiet: {s: 5}}": ("settle.quiet", DURATION + "a group of keys"),
    "settle: {quiet: 010}": ("settle.quiet", '"010" is a number in base 8 to some programs'),
    "settle: {quiet: 0:30}": ("settle.quiet", '"0:30" is a number in base 60 to some programs'),
    "settle: {quiet: 2h}": ("settle.quiet", "expected a duration from 1ms to 1h, found the text"),
    "settle: {max_wait: 4s}": (
        "settle.max_wait",
        "the longest wait has to be at least settle.quiet (5s) and is 4s; write 5s or more",
    ),
    "settle: {quiet: 3m}": ("settle.max_wait", "at least settle.quiet (3m) and is 2m"),
    "cache: {library_ttl: 0s}": ("cache.library_ttl", "expected a duration from 1s to 720h"),
    "cache: {size_limit: 256}": ("cache.size_limit", SIZE + "the number 256; write 256MB"),
    "cache: {size_limit: 64 mb}": ("cache.size_limit", SIZE + 'the text "64 mb"; write 64MB'),
    "cache: {size_limit: 1KB}": ("cache.size_limit", "expected a size from 1MB to 1TB"),
    "reconcile: {every: 500ms}": ("reconcile.every", "from 1s to 720h (or 0s for never), found"),
    "logging: {stats_every: 10}": ("logging.stats_every", DURATION + "the number 10; write 10s"),
    # switches and words
    "actions: {refresh: yes}": ("actions.refresh", f'"yes" {WORDS}'),
    "actions: {refresh: Off}": ("actions.refresh", f'"Off" {WORDS}'),
    "actions: {refresh: 'true'}": (
        "actions.refresh",
        'expected true or false, found the text "true"',
    ),
    "actions: {refresh: 1}": ("actions.refresh", "expected true or false, found the number 1"),
    "logging: {level: WARN}": (
        "logging.level",
        'DEBUG, INFO, WARNING or ERROR, found the text "WARN"; did you mean WARNING?',
    ),
    "logging: {level: 10}": ("logging.level", "WARNING or ERROR, found the number 10"),
    # unknown keys
    "setle: {}": ("setle", "unknown key; did you mean settle?"),
    "quiet: 5s": ("quiet", "unknown key here; it belongs below settle"),
    "path: /x": ("path", "unknown key here; it belongs to an item of folders"),
    "zzz: 1": ("zzz", "unknown key; known here: plex, folders, ignore, settle, actions"),
    "settle: {Quiet: 5s}": ("settle.Quiet", "unknown key; did you mean quiet?"),
    "settle: {quiet_s: 5s}": ("settle.quiet_s", "unknown key; did you mean quiet?"),
    "settle: {max-wait: 5s}": ("settle.max-wait", "unknown key; did you mean max_wait?"),
    "settle: {plex: 1}": ("settle.plex", "unknown key here; it belongs to the top level"),
    "settle: {a b: 1}": ('settle."a…"', "unknown key; known here: quiet, max_wait, deletions"),
    "source: x": ("source", "unknown key"),
    "warnings: []": ("warnings", "unknown key"),
    # sections of the wrong kind
    "settle: 5s": (
        "settle",
        "expected keys below it (quiet, max_wait or deletions), found the text",
    ),
    "cache: [1]": (
        "cache",
        "expected keys below it (directory, library_ttl or size_limit), found a list",
    ),
    "server: off": ("server", f'"off" {WORDS}'),
    "server: false": ("server", "expected keys below it (listen), found false"),
    # Plex
    "plex: http://x": ("plex", "found a text"),
    "plex: {}": ("plex.url", "is missing: write the address of Plex, such as http://127.0.0.1"),
    "plex:": ("plex.url", "is missing: write the address of Plex"),
    "plex: {url: }": ("plex.url", "expected the address of Plex"),
    "plex: {url: 5}": ("plex.url", "found the number 5; put it in quotes"),
    "plex: {url: nas:32400}": ("plex.url", "begin it with http:// or https://"),
    "plex: {url: 127.0.0.1:32400}": ("plex.url", "begin it with http:// or https://"),
    "plex: {url: ftp://nas}": ("plex.url", "begin it with http:// or https://"),
    "plex: {url: 'http://:32400'}": ("plex.url", "expected the address of Plex"),
    "plex: {url: 'http:/nas'}": ("plex.url", "expected the address of Plex"),
    "plex: {url: 'http://na s'}": ("plex.url", "expected the address of Plex"),
    "plex: {url: 'http://[::1'}": ("plex.url", "expected the address of Plex"),
    "plex: {url: 'http://nas:0'}": ("plex.url", "the port has to be from 1 to 65535"),
    "plex: {url: 'http://nas:99999'}": ("plex.url", "the port has to be from 1 to 65535"),
    "plex: {url: 'http://nas:port'}": ("plex.url", "the port has to be from 1 to 65535"),
    "plex: {url: 'http://me:pw@nas'}": ("plex.url", "a user or a password does not belong"),
    "plex: {url: 'http://nas/?X-Plex-Token=x'}": ("plex.url", "a token does not belong"),
    "plex: {url: 'http://nas/?a=b'}": ("plex.url", "leave out everything from the ? or # on"),
    "plex: {url: 'http://nas/#!/x'}": ("plex.url", "leave out everything from the ? or # on"),
    "plex: {url: 'http://nas:1/web/index.html#!'}": ("plex.url", "the address of the web page"),
    "plex: {url: 'http://nas/a/../b'}": ("plex.url", "leave out what follows the port"),
    "plex: {url: http://nas, timeout: 0s}": ("plex.timeout", "from 100ms to 1h, found a text"),
    "plex: {url: http://nas, verify_tls: yes}": ("plex.verify_tls", f'"yes" {WORDS}'),
    "plex: {url: http://nas, verify_tls: ca.pem}": (
        "plex.verify_tls",
        "expected true, false, or the absolute path of a CA bundle, found a text",
    ),
    "plex: {url: http://nas, verify_tls: /nonexistent}": (
        "plex.verify_tls",
        "the CA bundle does not exist",
    ),
    "plex: {url: http://nas, verify_tls: /dev/zero}": (
        "plex.verify_tls",
        "the CA bundle is not a regular file",
    ),
    "plex: {url: http://nas, verify_tls: /proc/version}": (
        "plex.verify_tls",
        "the CA bundle holds no certificate",
    ),
    "plex: {url: http://nas, token: 123}": (
        "plex.token",
        "expected a token, found a number; put it in quotes",
    ),
    "plex: {url: http://nas, token: ''}": ("plex.token", "it is empty"),
    "plex: {url: http://nas, token: claim-x}": ("plex.token", "it holds a claim code"),
    "plex: {url: http://nas, token: 'a b'}": ("plex.token", "it holds blanks or characters"),
    "plex: {url: http://nas, token: '***'}": ("plex.token", "it holds the mask"),
    "plex: {url: http://nas, token: a, token_file: /x}": (
        "plex.token_file",
        "plex.token is given as well: keep one of them",
    ),
    "plex: {url: http://nas, token_file: token}": (
        "plex.token_file",
        "expected an absolute path such as /etc/plexnudge/token, found a text",
    ),
    # folders
    "folders:": ("folders", "is missing: name at least one folder to watch"),
    "folders: []": ("folders", "expected a list of folders to watch, found a list; write at least"),
    "folders: /media": ("folders", "expected a list of folders to watch, found the text"),
    "folders: {path: /x}": ("folders", "expected a list of folders to watch, found a group"),
    "folders: [media]": ("folders[0]", ABSOLUTE + 'the text "media"'),
    "folders: [~/media]": ("folders[0]", ABSOLUTE + 'the text "~/media"'),
    "folders: [/]": ("folders[0]", "the whole file system cannot be watched"),
    "folders: [/a/..]": ("folders[0]", "the whole file system cannot be watched"),
    "folders: ['']": ("folders[0]", ABSOLUTE + 'the text ""'),
    "folders: [5]": ("folders[0]", "expected the path of a folder, or keys such as path:, found"),
    "folders: [~]": ("folders[0]", "expected the path of a folder, or keys such as path:, found"),
    "folders: [yes]": ("folders[0]", f'"yes" {WORDS}'),
    'folders: ["/a\\nb"]': ("folders[0]", "a control character cannot be part of this"),
    'folders: ["/a\\ud800"]': ("folders[0]", "this is no name that a file can have"),
    "folders: [{}]": ("folders[0].path", "is missing: write the folder's absolute path"),
    "folders: [{path: media}]": ("folders[0].path", ABSOLUTE + 'the text "media"'),
    "folders: [/a, /b, /a/]": ("folders[2]", "this is the same folder as folders[0]: keep one"),
    "folders: [/a, {path: //a/.}]": ("folders[1]", "this is the same folder as folders[0]"),
    "folders: [{path: /a, watch: inotfy}]": (
        "folders[0].watch",
        'expected auto, inotify or polling, found the text "inotfy"; did you mean inotify?',
    ),
    "folders: [{path: /a, watch: on}]": ("folders[0].watch", f'"on" {WORDS}'),
    "folders: [{path: /a, wach: auto}]": ("folders[0].wach", "did you mean watch?"),
    "folders: [{path: /a, plex_path: TV}]": ("folders[0].plex_path", PLEX_SIDE + 'the text "TV"'),
    "folders: [{path: /a, plex_path: 'D:Media'}]": ("folders[0].plex_path", PLEX_SIDE),
    "folders: [{path: /a, plex_path: 'D:\\a\\..\\b'}]": (
        "folders[0].plex_path",
        "a path with .. is ambiguous",
    ),
    "folders: [{path: /a, plex_path: 12:30}]": (
        "folders[0].plex_path",
        '"12:30" is a number in base 60',
    ),
    "folders: [{path: /a, poll_interval: 60}]": (
        "folders[0].poll_interval",
        DURATION + "the number 60; write 60s",
    ),
    "folders: [{path: /a, poll_interval: 10ms}]": (
        "folders[0].poll_interval",
        "expected a duration from 1s to 24h",
    ),
    "folders: [{path: /a, libraries: TV}]": (
        "folders[0].libraries",
        'expected a list of names of libraries, found the text "TV"; write [TV Shows]',
    ),
    "folders: [{path: /a, libraries: []}]": ("folders[0].libraries", "expected a list of names"),
    "folders: [{path: /a, libraries: [24]}]": (
        "folders[0].libraries[0]",
        "expected the name of a library, found the number 24; put it in quotes",
    ),
    "folders: [{path: /a, libraries: [TV, ' ']}]": (
        "folders[0].libraries[1]",
        "expected the name of a library",
    ),
    "folders: [{path: /a, ignore: x}]": ("folders[0].ignore", GLOBS + 'the text "x"'),
    "folders: [{path: /a, anchor: /x}]": ("folders[0].anchor", "expected a path below the folder"),
    "folders: [{path: /a, anchor: a/../..}]": ("folders[0].anchor", "expected a path below"),
    "folders: [{path: /a, anchor: .}]": ("folders[0].anchor", "expected a path below the folder"),
    # the rest
    "ignore: x": ("ignore", GLOBS + 'the text "x"; write ["*.part"]'),
    "ignore: ['']": ("ignore[0]", 'expected a pattern such as "*.part", found the text ""'),
    "ignore: [a, 5]": ("ignore[1]", "found the number 5; put it in quotes"),
    "cache: {directory: var}": ("cache.directory", 'expected an absolute path, found the text "va'),
    "cache: {directory: ~}": ("cache.directory", "expected an absolute path, found nothing"),
    "server: {listen: 9797}": ("server.listen", LISTEN + "the number 9797; write 127.0.0.1:9797"),
    "server: {listen: ':9797'}": ("server.listen", LISTEN + 'the text ":9797"'),
    "server: {listen: 'localhost:99999'}": ("server.listen", "the port has to be at most 65535"),
    "server: {listen: 97:97}": ("server.listen", '"97:97" is a number in base 60 to some'),
}


@pytest.mark.parametrize(("text", "problem"), TRAPS.items(), ids=TRAPS)
def test_a_trap_is_the_one_problem_with_its_place_and_line(
    tmp_path: Path, text: str, problem: tuple[str, str]
) -> None:
    ((where, line, what),) = found_in(tmp_path, f"# a comment\n{with_good(text + chr(10))}")

    assert (where, line) == (problem[0], 2)
    assert problem[1] in what


def test_a_whole_bad_file_is_told_at_once(tmp_path: Path) -> None:
    text = (
        "plex:\n"
        "  url: 127.0.0.1:32400\n"
        "  timeout: 30\n"
        "  tokn_file: /x\n"
        "foldrs: []\n"
        "folders:\n"
        "  - /volume1/Movies\n"
        "  - path: volume1/TV\n"
        "    watch: inotfy\n"
        "    libraries: [010, 5]\n"
        "  - /volume1//Movies/\n"
        "settle:\n"
        "  quiet: 3m\n"
        "  quiet: 4m\n"
        "actions: {refresh: yes}\n"
        "logging: {level: LOUD}\n"
    )

    assert [(where, line) for where, line, _ in found_in(tmp_path, text)] == [
        ("plex.url", 2),
        ("plex.timeout", 3),
        ("plex.tokn_file", 4),
        ("foldrs", 5),
        ("folders[1].path", 8),
        ("folders[1].watch", 9),
        ("folders[1].libraries[0]", 10),
        ("folders[1].libraries[1]", 10),
        ("folders[2]", 11),
        ("settle.max_wait", 12),
        ("settle.quiet", 14),
        ("actions.refresh", 15),
        ("logging.level", 16),
    ]


def test_problems_are_written_one_a_line_in_file_order(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("foldrs: []\nplex:\n  url: http://nas\nfolders: [media]\nignore: yes\n")

    with pytest.raises(ConfigError) as caught:
        load_config(path, {})

    assert render_problems(caught.value) == (
        f"plexnudge: the configuration cannot be used: 4 problems in {path}\n"
        "  line 1  foldrs: unknown key; did you mean folders?\n"
        "  line 2  plex.token: no token found: write it into a file and name that in "
        "plex.token_file, or pass it as the systemd credential plex-token or in the environment "
        "as PLEX_TOKEN, or write plex.token\n"
        "  line 4  folders[0]: expected an absolute path such as /volume1/media/Movies, "
        'found the text "media"\n'
        '  line 5  ignore: "yes" is true or false to some programs and text to others: '
        "write true or false, or put it in quotes\n"
    )


def test_more_problems_than_anyone_mends_at_once_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("".join(f"k{number}: 1\n" for number in range(300)))

    with pytest.raises(ConfigError) as caught:
        load_config(path, ENVIRON)

    lines = render_problems(caught.value).splitlines()
    assert "302 problems" in lines[0]
    assert lines[-1] == "  … and 202 more"
    assert len(lines) == 102


def test_hostile_names_cannot_forge_a_line(tmp_path: Path) -> None:
    path = tmp_path / "con\nfig\x1b[2J.yaml"
    path.write_text('logging: {level: "a\\n<0>b\\x1b[2J\\u202e"}\n"k\\u202ey": 1\n')

    with pytest.raises(ConfigError) as caught:
        load_config(path, ENVIRON)

    text = render_problems(caught.value)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.count("\n") == 1 + len(caught.value.problems)


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    ((_, _, what),) = found_in(tmp_path, with_good(f"logging: {{level: {'x' * 5000}}}\n"))

    assert len(what) < 200
    assert "…" in what
