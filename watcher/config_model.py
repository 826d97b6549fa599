"""The configuration's keys, their defaults and bounds, as the rest of the program reads them.

Names carry their unit where the file's do not: `timeout` is `timeout_s` here. Nothing is
converted silently: each value passes one check of `watcher.config_types`, each key that is not
here is refused. Defaults are written as in the file and pass the same checks.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads the annotations while it runs
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PlainValidator,
    ValidationInfo,
    field_validator,
)

from watcher.config_plex import address, secret, trust
from watcher.config_types import (
    Listen,
    Wrong,
    duration,
    folder_path,
    items,
    listening,
    one_of,
    optional,
    own_path,
    path_below,
    plex_side_path,
    size,
    switch,
    text,
    whole,
)
from watcher.durations import write_duration
from watcher.token import Secret, Token  # noqa: TC001 - pydantic reads them as well

if TYPE_CHECKING:
    from collections.abc import Mapping

MB = 1000 * 1000
TB = 1000 * 1000 * MB

Watch = Literal["auto", "inotify", "polling"]
Level = Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"]

Switch = Annotated[bool, PlainValidator(switch)]
Glob = Annotated[str, PlainValidator(lambda value: text(value, 'a pattern such as "*.part"'))]
Title = Annotated[str, PlainValidator(lambda value: text(value, "the name of a library"))]


def _named(key: str, default: object) -> Any:
    """Give a field the name and the default that it has in the file; its own check reads both."""
    return Field(alias=key, default=default)


def _section(value: object) -> object:
    """Let a section with nothing in it stand for its defaults."""
    return {} if value is None else value


def _globs(value: object) -> object:
    if value in (None, [], ()):
        return ()
    return items('patterns such as "*.part"', '["*.part"]')(value)


def _titles(value: object) -> object:
    return None if value is None else items("names of libraries", "[TV Shows]")(value)


def _folders(value: object) -> object:
    return items("folders to watch", "at least one, as `- /volume1/media/Movies`")(value)


def _folder(value: object) -> object:
    if isinstance(value, str):
        return {"path": value}
    if not isinstance(value, dict):
        raise Wrong("expected the path of a folder, or keys such as path:")
    return value


def _token_file(value: object, info: ValidationInfo) -> str | None:
    check = own_path("an absolute path such as /etc/plexnudge/token")
    return None if value is None else check(value, info)


Globs = Annotated[tuple[Glob, ...], BeforeValidator(_globs)]


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        validate_default=True,
        hide_input_in_errors=True,
    )


class PlexConfig(_Section):
    """How Plex is reached.

    `url` has no trailing slash. `token_file` is absolute. `verify_tls` is whether certificates
    are checked, or the path of the bundle that they are checked against.
    """

    url: Annotated[str, PlainValidator(address)]
    token: Annotated[Secret | None, optional(secret)] = None
    token_file: Annotated[str | None, PlainValidator(_token_file)] = None
    timeout_s: Annotated[float, PlainValidator(duration("100ms", "1h"))] = _named("timeout", "30s")
    verify_tls: Annotated[bool | str, PlainValidator(trust)] = True

    @field_validator("token_file")
    @classmethod
    def _one_token(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("token") is not None:
            raise Wrong("plex.token is given as well: keep one of them", shows=False)
        return value


class FolderConfig(_Section):
    """A folder to watch.

    `path` is absolute, host-side and normalised as text. `plex_path` is the same folder as Plex
    spells it, None to have it found out. `libraries` are titles, None for all. `anchor` is a path
    below `path`.
    """

    path: Annotated[str, PlainValidator(folder_path)]
    plex_path: Annotated[str | None, optional(plex_side_path)] = None
    libraries: Annotated[tuple[Title, ...] | None, BeforeValidator(_titles)] = None
    watch: Annotated[Watch, PlainValidator(one_of(*get_args(Watch)))] = "auto"
    poll_interval_s: Annotated[float, PlainValidator(duration("1s", "24h"))] = _named(
        "poll_interval", "60s"
    )
    ignore: Globs = ()
    anchor: Annotated[str | None, optional(path_below)] = None


FolderOrPath = Annotated[FolderConfig, BeforeValidator(_folder)]


class SettleConfig(_Section):
    """When changes have come to rest: quiet time, its cap, and the longer wait for deletions."""

    quiet_s: Annotated[float, PlainValidator(duration("1ms", "1h"))] = _named("quiet", "5s")
    max_wait_s: Annotated[float, PlainValidator(duration("1ms", "24h"))] = _named("max_wait", "2m")
    deletions_s: Annotated[float, PlainValidator(duration("0s", "24h"))] = _named(
        "deletions", "30s"
    )

    @field_validator("max_wait_s")
    @classmethod
    def _cap_above_quiet(cls, value: float, info: ValidationInfo) -> float:
        quiet_s = info.data.get("quiet_s", 0.0)
        if value < quiet_s:
            least = write_duration(quiet_s)
            raise Wrong(
                f"the longest wait has to be at least settle.quiet ({least}) "
                f"and is {write_duration(value)}",
                f"write {least} or more",
                shows=False,
            )
        return value


class ActionsConfig(_Section):
    """What may be asked of Plex beyond scans."""

    refresh: Switch = True
    analyze: Switch = True
    verify: Switch = True
    empty_trash: Switch = False
    trash_limit: Annotated[int, PlainValidator(whole(1, 100_000))] = 100
    merge_at: Annotated[int, PlainValidator(whole(2, 1_000))] = 5


class ThrottleConfig(_Section):
    """What waits while something is being played, and how many requests a minute may be asked."""

    hold_analysis: Switch = False
    hold_scans: Switch = False
    requests_per_minute: Annotated[int, PlainValidator(whole(0, 100_000))] = 0


class CacheConfig(_Section):
    """Where the caches and the journal live (`directory`, absolute) and how far they may go."""

    directory: Annotated[str, PlainValidator(own_path("an absolute path"))] = "/var/lib/plexnudge"
    library_ttl_s: Annotated[float, PlainValidator(duration("1s", "720h"))] = _named(
        "library_ttl", "1h"
    )
    size_limit_bytes: Annotated[int, PlainValidator(size(MB, TB))] = _named("size_limit", "256MB")


class ReconcileConfig(_Section):
    """When the disk is compared with what Plex has; `every_s` is 0 for never."""

    at_start: Switch = True
    every_s: Annotated[float, PlainValidator(duration("1s", "720h", off=True))] = _named(
        "every", "24h"
    )


class LoggingConfig(_Section):
    """What is logged; `stats_every_s` is 0 for at stop only."""

    level: Annotated[Level, PlainValidator(one_of(*get_args(Level)))] = "INFO"
    stats_every_s: Annotated[float, PlainValidator(duration("1s", "720h", off=True))] = _named(
        "stats_every", "10m"
    )


class ServerConfig(_Section):
    """Where the status page listens; None for nowhere."""

    listen: Annotated[Listen | None, optional(listening)] = _named("listen", "127.0.0.1:9797")


class Settings(_Section):
    """Every key of the file. `server` is None for nothing to listen on."""

    plex: Annotated[PlexConfig, BeforeValidator(_section)] = _named("plex", None)
    folders: Annotated[tuple[FolderOrPath, ...], BeforeValidator(_folders)] = _named(
        "folders", None
    )
    ignore: Globs = ()
    settle: Annotated[SettleConfig, BeforeValidator(_section)] = _named("settle", None)
    actions: Annotated[ActionsConfig, BeforeValidator(_section)] = _named("actions", None)
    throttle: Annotated[ThrottleConfig, BeforeValidator(_section)] = _named("throttle", None)
    cache: Annotated[CacheConfig, BeforeValidator(_section)] = _named("cache", None)
    reconcile: Annotated[ReconcileConfig, BeforeValidator(_section)] = _named("reconcile", None)
    logging: Annotated[LoggingConfig, BeforeValidator(_section)] = _named("logging", None)
    server: ServerConfig | None = _named("server", {})


class Config(Settings):
    """The configuration in force.

    `source` is the file it came from, `token` the token in use with its origin, `warnings` are
    sentences for the log.
    """

    source: InstanceOf[Path]
    token: InstanceOf[Token]
    warnings: tuple[str, ...]


SECTIONS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "": Settings,
        "plex": PlexConfig,
        "folders[]": FolderConfig,
        "settle": SettleConfig,
        "actions": ActionsConfig,
        "throttle": ThrottleConfig,
        "cache": CacheConfig,
        "reconcile": ReconcileConfig,
        "logging": LoggingConfig,
        "server": ServerConfig,
    }
)
"""Which section stands at which kind of place."""


def keys(section: type[BaseModel]) -> dict[str, str]:
    """Map a section's keys, as the file names them and in its order, to the fields' names."""
    return {field.alias or name: name for name, field in section.model_fields.items()}
