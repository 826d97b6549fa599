"""Keys that are accepted and checked before the feature behind them exists."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from watcher.config_model import SECTIONS, keys
from watcher.config_places import below, pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from watcher.config_model import Config

NOT_YET: Mapping[str, str] = MappingProxyType(
    {
        "server.listen": "it answers /status and /health; metrics and webhooks come later",
    }
)
"""Kinds of places (`watcher.config_places.pattern`) and what to say of each."""


def not_yet(config: Config) -> tuple[str, ...]:
    """List the dotted keys that the file sets and that do nothing yet, in the file's form."""
    written = _written(config, "")
    return tuple(where for where in written if pattern(where) in NOT_YET)


def why_not_yet(where: str) -> str:
    """Say what is not there yet for a key of `not_yet`."""
    return NOT_YET[pattern(where)]


def _written(section: BaseModel, where: str) -> Iterator[str]:
    """Walk the keys that were really written; one that is empty (null) asks for nothing."""
    for key, field in keys(SECTIONS[pattern(where)]).items():
        value = getattr(section, field)
        if field not in section.model_fields_set or value is None:
            continue
        place = below(where, key)
        if pattern(place) in SECTIONS:
            yield from _written(value, place)
        elif place == "folders":
            for index, folder in enumerate(value):
                yield from _written(folder, below(place, index))
        else:
            yield place
