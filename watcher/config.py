"""The configuration's front: finding the file, loading it, and the names the others import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.printable import printable
from watcher.config_check import check
from watcher.config_effective import effective, render_effective, render_effective_json
from watcher.config_model import (
    ActionsConfig,
    CacheConfig,
    Config,
    FolderConfig,
    LoggingConfig,
    PlexConfig,
    ReconcileConfig,
    ServerConfig,
    Settings,
    SettleConfig,
)
from watcher.config_not_yet import NOT_YET, not_yet, why_not_yet
from watcher.config_problems import ConfigError, Problem, render_problems
from watcher.config_types import Wrong, absolute
from watcher.token import Secret, TokenKeys, open_to_others, resolve_token, warn_of_others
from watcher.yaml_file import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from watcher.yaml_file import Document

__all__ = [
    "NOT_YET",
    "ActionsConfig",
    "CacheConfig",
    "Config",
    "ConfigError",
    "FolderConfig",
    "LoggingConfig",
    "PlexConfig",
    "Problem",
    "ReconcileConfig",
    "ServerConfig",
    "Settings",
    "SettleConfig",
    "effective",
    "find_config",
    "load_config",
    "not_yet",
    "render_effective",
    "render_effective_json",
    "render_problems",
    "why_not_yet",
]

ENVIRONMENT = "PLEXNUDGE_CONFIG"
NAME = "config.yaml"
SYSTEM = Path("/etc/plexnudge", NAME)


def find_config(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Choose the configuration file.

    That is the one named on the command line or in $PLEXNUDGE_CONFIG, whether it exists or not;
    else the first that exists of ./config.yaml, ~/.config/plexnudge/config.yaml and
    /etc/plexnudge/config.yaml. The result is absolute if `cwd` is.

    Raises:
        ConfigError: none was named and none exists; it names every place.

    """
    if explicit is not None:
        return cwd / explicit
    if environ.get(ENVIRONMENT):
        return cwd / environ[ENVIRONMENT]
    home = environ.get("HOME")
    places = [cwd / NAME, SYSTEM]
    if home:
        places.insert(1, Path(home, ".config", "plexnudge", NAME))
    for place in places:
        if os.path.lexists(place):
            return place
    looked = ", ".join(printable(str(place)) for place in places)
    raise ConfigError(
        (
            Problem(
                "",
                None,
                f"no configuration file: looked for {looked} (and {ENVIRONMENT} is not set); "
                "write one there, or name one with -c",
            ),
        )
    )


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Read and check a configuration file and find its token.

    Reads the file, the token's file and the CA bundle, and nothing else. Can be called again at
    any time, as a reload does: nothing is kept.

    Raises:
        ConfigError: it cannot be used; the error holds every problem and the path.

    """
    document = load(path)
    home = environ.get("HOME")
    settings, problems = check(document, home)
    try:
        token = resolve_token(_token_keys(document, home), environ)
    except ConfigError as error:
        known = {problem.where for problem in problems}
        problems += tuple(
            Problem(problem.where, document.line(problem.where), problem.what)
            for problem in error.problems
            if not problem.where or known.isdisjoint(("plex.token", "plex.token_file", "plex"))
        )
        raise ConfigError(problems, path) from None
    if settings is None:
        raise ConfigError(problems, path)
    return Config.model_construct(
        settings.model_fields_set,
        **{name: getattr(settings, name) for name in Settings.model_fields},
        source=path,
        token=token,
        warnings=(*token.warnings, *_warnings(settings, path, document.mode)),
    )


def _token_keys(document: Document, home: str | None) -> TokenKeys:
    """Read what the file says of the token even where other keys are wrong."""
    plex = document.data.get("plex")
    keys = plex if isinstance(plex, dict) else {}
    token, file = keys.get("token"), keys.get("token_file")
    try:
        path = absolute(file, home) if isinstance(file, str) else None
    except Wrong:
        path = None
    return TokenKeys(Secret(token) if isinstance(token, str) else None, path)


def _warnings(settings: Settings, path: Path, mode: int) -> tuple[str, ...]:
    """Say what is allowed and yet not well."""
    warnings = []
    if settings.plex.token is not None and open_to_others(mode):
        warnings.append(warn_of_others("plex.token", path, mode))
    if settings.plex.verify_tls is False and settings.plex.url.startswith("https:"):
        warnings.append(
            "plex.verify_tls is false: whoever answers in Plex's place is sent the token; "
            "write the path of a CA bundle instead"
        )
    return tuple(warnings)
