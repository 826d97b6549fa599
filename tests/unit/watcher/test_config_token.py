"""The token: found in its four places in their order, refused for cause, and never shown."""

from __future__ import annotations

import copy
import json
import os
import pickle
from dataclasses import asdict
from pathlib import Path

import pytest

from watcher.config_problems import ConfigError
from watcher.token import MAX_BYTES, Secret, Token, TokenKeys, resolve_token


def file_with(path: Path, content: bytes | str, mode: int = 0o600) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return str(path)


def refusal(keys: TokenKeys, environ: dict[str, str]) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        resolve_token(keys, environ)
    (problem,) = caught.value.problems
    return problem.where, problem.what


def test_the_order_is_environment_credential_file_key(tmp_path: Path) -> None:
    file_with(tmp_path / "plex-token", "credential\n")
    file = file_with(tmp_path / "token", "file\n")
    environ = {"PLEX_TOKEN": "environment", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    keys = TokenKeys(Secret("key"), file)

    found = [
        resolve_token(keys, environ),
        resolve_token(keys, {**environ, "PLEX_TOKEN": ""}),
        resolve_token(keys, {}),
        resolve_token(TokenKeys(Secret("key")), {}),
    ]

    assert [(token.reveal(), token.source) for token in found] == [
        ("environment", "environment PLEX_TOKEN"),
        ("credential", "systemd credential"),
        ("file", f"file {file}"),
        ("key", "plex.token"),
    ]
    assert not any(token.warnings for token in found)


def test_credentials_without_ours_are_passed_over(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "missing", "a\0b"):
        environ = {"CREDENTIALS_DIRECTORY": str(directory)}
        assert resolve_token(TokenKeys(Secret("key")), environ).reveal() == "key"


def test_without_any_token_the_four_ways_are_told() -> None:
    where, what = refusal(TokenKeys(), {"PLEX_TOKEN": "  "})

    assert where == "plex.token"
    for way in ("plex.token_file", "credential plex-token", "PLEX_TOKEN", "plex.token"):
        assert way in what


@pytest.mark.parametrize("content", ["abc", "abc\n", "  abc\r\n\n", b"\xef\xbb\xbfabc\n"])
def test_blanks_around_the_token_in_a_file_do_not_matter(
    tmp_path: Path, content: str | bytes
) -> None:
    file = file_with(tmp_path / "token", content)

    assert resolve_token(TokenKeys(None, file), {}).reveal() == "abc"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("abc\ndef\n", "more than one line"),
        ("abc def\n", "blanks or characters that no token has"),
        ("abc\u00e9", "blanks or characters that no token has"),
        ("claim-abc", "a claim code"),
        ("***", "the mask"),
        (b"abc\xff", "is not UTF-8 text"),
        ("abc".encode("utf-16"), "is not UTF-8 text"),
        ("x" * (MAX_BYTES + 1), "is larger than 4 KiB"),
    ],
)
def test_a_file_with_no_token_is_told_without_its_content(
    tmp_path: Path, content: str | bytes, says: str
) -> None:
    file = file_with(tmp_path / "file", content)

    where, what = refusal(TokenKeys(None, file), {})

    assert where == "plex.token_file"
    assert f"the file {file} " in what
    assert says in what
    assert "abc" not in what


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    cases = {
        tmp_path / "missing": "does not exist",
        tmp_path: "is a directory",
        tmp_path / "fifo": "is not a regular file",
        Path("/dev/zero"): "is not a regular file",
    }

    for path, says in cases.items():
        assert refusal(TokenKeys(None, str(path)), {}) == (
            "plex.token_file",
            f"the file {path} {says}" + (", not a file" if path == tmp_path else ""),
        )


def test_a_bad_token_is_not_passed_over_for_the_next_place(tmp_path: Path) -> None:
    keys = TokenKeys(Secret("key"))
    file_with(tmp_path / "plex-token", "two words")

    _, of_environment = refusal(keys, {"PLEX_TOKEN": "claim-x"})
    _, of_credential = refusal(keys, {"CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert "the environment's PLEX_TOKEN holds a claim code" in of_environment
    assert "the systemd credential plex-token holds blanks" in of_credential


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o666])
def test_a_file_open_to_others_is_warned_of(tmp_path: Path, mode: int) -> None:
    file = file_with(tmp_path / "my token", "abc", mode)

    (warning,) = resolve_token(TokenKeys(None, file), {}).warnings

    assert f"mode {mode:04o}" in warning
    assert f"chmod 600 '{file}'" in warning
    assert "abc" not in warning


def test_a_credential_open_to_its_group_is_as_systemd_makes_it(tmp_path: Path) -> None:
    """Source: systemd 257 makes credentials root:root 0440 with an ACL for the unit's user."""
    file_with(tmp_path / "plex-token", "abc", 0o440)

    assert resolve_token(TokenKeys(), {"CREDENTIALS_DIRECTORY": str(tmp_path)}).warnings == ()


def test_a_token_shows_itself_to_nobody() -> None:
    secret = Secret("canary")
    token = Token(secret, "a source")

    shown = [
        *(repr(secret), str(secret), f"{secret}", f"{secret!r:>9}", "%s" % secret),  # noqa: UP031
        *(repr(token), str(token), repr(asdict(token)), repr([copy.deepcopy(secret)])),
        repr(vars(type(secret))),
    ]

    assert not [text for text in shown if "canary" in text]
    with pytest.raises(TypeError):
        pickle.dumps(token)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_secrets_compare_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
