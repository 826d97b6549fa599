"""The effective configuration, written as a file that could be fed back, the token masked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import BaseModel

from matcher.printable import printable
from watcher.config_model import PlexConfig, Settings, keys
from watcher.config_not_yet import not_yet
from watcher.config_types import Listen
from watcher.durations import write_duration, write_size
from watcher.yaml_file import dump

if TYPE_CHECKING:
    from watcher.config_model import Config

MASK = "***"


def effective(config: Config) -> dict[str, object]:
    """Write every key and value in the file's form, as plain data; the token is a mask."""
    return _section(config, Settings)


def render_effective(config: Config) -> str:
    """Write the effective configuration as YAML that loads again; the token is a comment."""
    data = effective(config)
    plex = _section(config.plex, PlexConfig)
    del plex["token"]
    head = (
        f"# from {printable(str(config.source))}\n"
        f'# token: "{MASK}" (from: {printable(config.token.source)})\n'
    )
    return head + dump({**data, "plex": plex})


def render_effective_json(config: Config) -> str:
    r"""Write the effective configuration as one JSON object, with where it and the token are from.

    Names that are not UTF-8 stand as `\udcNN`: the text is ASCII, so that any output can take it.
    """
    origin = {
        "config_file": str(config.source),
        "token_source": config.token.source,
        "warnings": list(config.warnings),
        "not_yet": list(not_yet(config)),
    }
    return json.dumps({**origin, **effective(config)}, indent=2) + "\n"


def _section(section: BaseModel, model: type[BaseModel]) -> dict[str, object]:
    return {key: _value(field, getattr(section, field)) for key, field in keys(model).items()}


def _value(field: str, value: object) -> object:
    """Write one value; the fields' names tell what their numbers count."""
    match value:
        case BaseModel():
            return _section(value, type(value))
        case Listen():
            return str(value)
        case tuple():
            return [_value("", item) for item in value]
        case float() if field.endswith("_s"):
            return write_duration(value)
        case int() if field.endswith("_bytes"):
            return write_size(value)
        case _:
            return MASK if field == "token" else value
