"""The exit codes of every command; they are part of the contract with scripts and systemd."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command says to the shell that called it. Source of 69 to 78: sysexits.h."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PLEX_AWAY = 69
    PLEX_REFUSED = 77
    CONFIG = 78
