"""Configuration files: found, loaded, completed with defaults, and written back."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from watcher.config import (
    NOT_YET,
    Config,
    ConfigError,
    effective,
    find_config,
    load_config,
    not_yet,
    render_effective,
    render_effective_json,
    render_problems,
    why_not_yet,
)
from watcher.config_model import SECTIONS, keys

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"
ENVIRON = {"PLEX_TOKEN": "canary", "HOME": "/home/user"}
LEAST = "plex: {url: http://nas}\nfolders: [/media]\n"


def loaded(tmp_path: Path, text: str, environ: dict[str, str] = ENVIRON) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return load_config(path, environ)


def test_the_least_configuration_has_every_default(tmp_path: Path) -> None:
    config = loaded(tmp_path, LEAST)

    assert effective(config) == {
        "plex": {
            "url": "http://nas",
            "token": "***",
            "token_file": None,
            "timeout": "30s",
            "verify_tls": True,
        },
        "folders": [
            {
                "path": "/media",
                "plex_path": None,
                "libraries": None,
                "watch": "auto",
                "poll_interval": "1m",
                "ignore": [],
                "anchor": None,
            }
        ],
        "ignore": [],
        "settle": {"quiet": "5s", "max_wait": "2m", "deletions": "30s"},
        "actions": {
            "refresh": True,
            "analyze": True,
            "verify": True,
            "empty_trash": False,
            "trash_limit": 100,
            "merge_at": 5,
        },
        "throttle": {"hold_analysis": False, "hold_scans": False, "requests_per_minute": 0},
        "cache": {"directory": "/var/lib/plexnudge", "library_ttl": "1h", "size_limit": "256MB"},
        "reconcile": {"at_start": True, "every": "24h"},
        "logging": {"level": "INFO", "stats_every": "10m"},
        "server": {"listen": "127.0.0.1:9797"},
    }
    assert config.source == tmp_path / "config.yaml"
    assert config.token.source == "environment PLEX_TOKEN"
    assert config.warnings == ()


def test_values_carry_their_units(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        LEAST + "settle: {quiet: 1.5s, max_wait: 1h, deletions: 500ms}\n"
        "cache: {library_ttl: 7d, size_limit: 64MiB}\nreconcile: {every: 0s}\n",
    )

    assert (config.settle.quiet_s, config.settle.max_wait_s) == (1.5, 3600.0)
    assert (config.settle.deletions_s, config.reconcile.every_s) == (0.5, 0.0)
    assert (config.cache.library_ttl_s, config.cache.size_limit_bytes) == (604800.0, 67108864)
    assert (config.plex.timeout_s, config.folders[0].poll_interval_s) == (30.0, 60.0)
    assert config.logging.stats_every_s == 600.0


def test_a_section_with_nothing_in_it_has_its_defaults(tmp_path: Path) -> None:
    sections = ("settle", "actions", "cache", "reconcile", "logging", "ignore")
    empty = "".join(f"{section}:\n" for section in sections)

    assert effective(loaded(tmp_path, LEAST + empty)) == effective(loaded(tmp_path, LEAST))


@pytest.mark.parametrize("text", ["server: null\n", "server: {listen: null}\n", "server:\n"])
def test_null_switches_the_server_off(tmp_path: Path, text: str) -> None:
    server = loaded(tmp_path, LEAST + text).server

    assert server is None or server.listen is None


ACCEPTED = {
    "folders: [/a//b/./c/, /x/../y]": ("folders.0.path", "/a/b/c"),
    "folders: [/a, /a/b]": ("folders.1.path", "/a/b"),
    'folders: ["/media/caf\\udce9"]': ("folders.0.path", os.fsdecode(b"/media/caf\xe9")),
    "folders: [{path: /a, plex_path: /data/TV/}]": ("folders.0.plex_path", "/data/TV"),
    "folders: [{path: /a, plex_path: 'D:\\Media\\'}]": ("folders.0.plex_path", "D:\\Media"),
    "folders: [{path: /a, plex_path: D:/Media}]": ("folders.0.plex_path", "D:/Media"),
    "folders: [{path: /a, plex_path: 'D:\\'}]": ("folders.0.plex_path", "D:\\"),
    "folders: [{path: /a, plex_path: '\\\\nas\\share\\'}]": (
        "folders.0.plex_path",
        "\\\\nas\\share",
    ),
    "folders: [{path: /a, plex_path: //nas/share}]": ("folders.0.plex_path", "//nas/share"),
    "folders: [{path: /a, plex_path: }]": ("folders.0.plex_path", None),
    "folders: [{path: /a, libraries: [TV, '24']}]": ("folders.0.libraries", ("TV", "24")),
    "folders: [{path: /a, watch: Polling}]": ("folders.0.watch", "polling"),
    "folders: [{path: /a, anchor: a/./b/}]": ("folders.0.anchor", "a/b"),
    "folders: [{path: /a, ignore: ['*.x']}]": ("folders.0.ignore", ("*.x",)),
    "plex: {url: 'HTTP://NAS:32400/'}": ("plex.url", "http://nas:32400"),
    "plex: {url: 'https://[::1]:32400/plex/'}": ("plex.url", "https://[::1]:32400/plex"),
    "plex: {url: 'http://10-0-0-2.abc.plex.direct:1'}": (
        "plex.url",
        "http://10-0-0-2.abc.plex.direct:1",
    ),
    "plex: {url: http://nas, token_file: ~/token}": ("plex.token_file", "/home/user/token"),
    "plex: {url: http://nas, verify_tls: False}": ("plex.verify_tls", False),
    "cache: {directory: ~/cache/}": ("cache.directory", "/home/user/cache"),
    "logging: {level: debug}": ("logging.level", "DEBUG"),
    "server: {listen: '[::1]:0'}": ("server.listen", ("::1", 0)),
    "server: {listen: localhost:80}": ("server.listen", ("localhost", 80)),
}


@pytest.mark.parametrize(("text", "expected"), ACCEPTED.items(), ids=ACCEPTED)
def test_what_is_accepted_and_how_it_is_evened_out(
    tmp_path: Path, text: str, expected: tuple[str, object]
) -> None:
    rest = "".join(line for line in LEAST.splitlines(True) if line[:5] != text[:5])

    value: object = loaded(tmp_path, f"{text}\n{rest}")
    for step in expected[0].split("."):
        is_item = isinstance(value, tuple) and step.isdigit()
        value = value[int(step)] if is_item else getattr(value, step)  # type: ignore[index] # tuple

    assert value == expected[1]


CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUEEIUcLWBEhMUngX+VM3iN+otSiowCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIyMDQ1NDdaGA8yMTI2MTAyOTIwNDU0
N1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABER1
040Qeemj2jR53dL/NRMFhlGl4O4yajP4+tnVvs5F85ogKq3e+WtBT00BLtfc3SSt
3rToS/xUNL7BuC/kf9mjUzBRMB0GA1UdDgQWBBQbcEHXqrLanu0zmJsr2rPTIbFn
jTAfBgNVHSMEGDAWgBQbcEHXqrLanu0zmJsr2rPTIbFnjTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIESCzSrlHEMLkN+13jMRGQNzCShuQb7WXQIW
l2smlXhMAiA1tFBSFNcAHwHx8Gwme0Qwj62/1/U+dRua+Sbfdt7GoA==
-----END CERTIFICATE-----
"""


def test_a_bundle_of_certificates_is_accepted(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(f"# Zertifikat für die Prüfung\n{CERTIFICATE}", encoding="utf-8")

    config = loaded(tmp_path, f"plex: {{url: http://nas, verify_tls: {bundle}}}\nfolders: [/a]\n")

    assert config.plex.verify_tls == str(bundle)


def test_without_home_the_users_own_directory_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cache\.directory: expected an absolute path"):
        loaded(tmp_path, LEAST + "cache: {directory: ~/x}\n", {"PLEX_TOKEN": "x"})


def test_a_token_in_a_file_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    text = "plex: {url: http://nas, token: canary}\nfolders: [/a]\n"

    (warning,) = loaded(tmp_path, text, {}).warnings
    (tmp_path / "config.yaml").chmod(0o600)
    closed = load_config(tmp_path / "config.yaml", {})

    assert warning.startswith("plex.token: other users may read or write")
    assert "canary" not in warning
    assert closed.warnings == ()
    assert closed.token.reveal() == "canary"


def test_trust_in_anyone_is_warned_of_where_it_matters(tmp_path: Path) -> None:
    text = "plex: {url: %s://nas, verify_tls: false}\nfolders: [/a]\n"

    assert "verify_tls is false" in loaded(tmp_path, text % "https").warnings[0]
    assert loaded(tmp_path, text % "http").warnings == ()


def test_token_problems_come_along_with_all_others(tmp_path: Path) -> None:
    text = "plex:\n  url: nas\n  token_file: /nonexistent/token\nfolders: [x]\n"

    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text, {})

    assert [(problem.where, problem.line) for problem in caught.value.problems] == [
        ("plex.url", 2),
        ("folders[0]", 4),
        ("plex.token_file", 3),
    ]


def test_a_wrong_token_key_is_not_also_a_missing_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, "plex: {url: http://nas, token: 12}\nfolders: [/a]\n", {})

    assert [problem.where for problem in caught.value.problems] == ["plex.token"]


def test_the_named_file_is_taken_whether_it_exists_or_not(tmp_path: Path) -> None:
    environ = {"PLEXNUDGE_CONFIG": "by-environment.yaml", "HOME": str(tmp_path)}
    (tmp_path / "config.yaml").touch()

    assert find_config("named.yaml", environ, tmp_path) == tmp_path / "named.yaml"
    assert find_config("/abs/x.yaml", environ, tmp_path) == Path("/abs/x.yaml")
    assert find_config(None, environ, tmp_path) == tmp_path / "by-environment.yaml"


def test_else_the_first_that_exists_is_taken(tmp_path: Path) -> None:
    personal = tmp_path / "home" / ".config" / "plexnudge" / "config.yaml"
    personal.parent.mkdir(parents=True)
    personal.touch()
    environ = {"HOME": str(tmp_path / "home"), "PLEXNUDGE_CONFIG": ""}

    assert find_config(None, environ, tmp_path) == personal
    (tmp_path / "config.yaml").symlink_to("gone")
    assert find_config(None, environ, tmp_path) == tmp_path / "config.yaml"


@pytest.mark.skipif(Path("/etc/plexnudge/config.yaml").exists(), reason="this host runs plexnudge")
def test_if_there_is_none_every_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find_config(None, {"HOME": "/home/user"}, tmp_path)

    text = render_problems(caught.value)
    assert caught.value.path is None
    for place in (
        str(tmp_path / "config.yaml"),
        "/home/user/.config/plexnudge/config.yaml",
        "/etc/plexnudge/config.yaml",
        "PLEXNUDGE_CONFIG",
        "-c",
    ):
        assert place in text


def test_the_example_is_short_and_says_what_the_defaults_are(tmp_path: Path) -> None:
    text = EXAMPLE.read_text()
    example = effective(load_config(EXAMPLE, ENVIRON))
    least = effective(
        loaded(
            tmp_path,
            "plex: {url: http://127.0.0.1:32400, token_file: /etc/plexnudge/token}\n"
            "folders: [/volume1/media/Movies, /volume1/media/TV]\n",
        )
    )

    assert example == least
    assert len(text.splitlines()) <= 100


def test_the_example_names_every_key() -> None:
    """Keys without a default stand in a comment, written so that removing the # sets them."""
    text = EXAMPLE.read_text()
    missing = [
        key
        for section in SECTIONS.values()
        for key in keys(section)
        if not re.search(rf"^\s*(- )?(# )?(- )?{key}:", text, re.MULTILINE) and key != "token"
    ]

    assert missing == []
    assert '`token: "..."`' in text


def test_the_commented_keys_of_the_example_can_be_set(tmp_path: Path) -> None:
    commented = re.compile(r"^(\s*)# (plex_path|libraries|anchor):", re.MULTILINE)
    text, count = commented.subn(r"\1\2:", EXAMPLE.read_text())

    folder = loaded(tmp_path, text).folders[1]

    assert count == 3
    assert (folder.plex_path, folder.libraries) == ("/data/TV", ("TV Shows",))
    assert folder.anchor == ".mounted"


def test_the_effective_configuration_can_be_fed_back(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        'plex: {url: "https://nas:32400/p", token: canary, verify_tls: false}\n'
        'folders: [/a, {path: "/caf\\udce9/\\u202e", plex_path: \'D:\\x\', libraries: ["yes", "5"],'
        ' ignore: ["*.a", "!b"], watch: polling, poll_interval: 1500ms, anchor: .m}]\n'
        'ignore: ["010"]\nsettle: {quiet: 1s}\ncache: {size_limit: 1.5GB, directory: "/# x: y"}\n'
        "logging: {level: trace}\nserver: {listen: '[::1]:9797'}\n",
        {},
    )

    again = loaded(tmp_path, render_effective(config))

    assert effective(again) == effective(config)
    assert again.folders == config.folders


def test_a_server_that_is_off_stays_off_when_fed_back(tmp_path: Path) -> None:
    config = loaded(tmp_path, LEAST + "server: null\n")

    assert loaded(tmp_path, render_effective(config)).server is None


def test_what_is_shown_tells_where_the_token_is_from_and_never_the_token(tmp_path: Path) -> None:
    text = 'plex: {url: http://nas, token: canary}\nfolders: ["/caf\\udce9"]\n'
    config = loaded(tmp_path, text, {})

    shown = render_effective(config)
    as_json = render_effective_json(config)

    assert '# token: "***" (from: plex.token)\n' in shown
    assert shown.isascii()
    assert as_json.isascii()
    told = json.loads(as_json)
    assert told["token_source"] == "plex.token"
    assert told["plex"]["token"] == "***"
    assert told["folders"][0]["path"] == os.fsdecode(b"/caf\xe9")
    assert told["config_file"] == str(tmp_path / "config.yaml")
    for text in (shown, as_json, repr(config), str(config), repr(config.model_dump())):
        assert "canary" not in text


def test_only_keys_that_were_written_are_told_as_not_there_yet(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        "plex: {url: http://nas}\n"
        "folders: [/a, {path: /b, anchor: .m}, {path: /c, anchor: }]\n"
        "actions: {empty_trash: true, refresh: true}\nreconcile: {every: 1h}\nserver: null\n",
    )

    assert not_yet(loaded(tmp_path, LEAST)) == ()
    expected = {"folders[1].anchor", "actions.empty_trash", "reconcile.every"}
    assert set(not_yet(config)) == {
        where for where in expected if re.sub(r"\[\d+\]", "[]", where) in NOT_YET
    }


def test_every_key_that_is_not_there_yet_exists_and_has_its_sentence() -> None:
    known = {
        f"{place}.{key}" if place else key
        for place, section in SECTIONS.items()
        for key in keys(section)
    }

    assert set(NOT_YET) <= known
    assert all(why_not_yet(where) for where in NOT_YET)
