"""`plexnudge config`: the effective configuration, secrets masked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.config import find_config, load_config, render_effective, render_effective_json
from watcher.exits import Exit

if TYPE_CHECKING:
    import argparse

NAME = "config"
SUMMARY = "show the effective configuration, secrets masked"
DESCRIPTION = """\
Reads the configuration as `run` would and prints it with every default filled in. The token is
never shown, only where it comes from. Exit 78, with all problems at once, if it cannot be used.
"""


def add_words(words: argparse.ArgumentParser) -> None:
    """Add this command's own options."""
    words.add_argument("--json", action="store_true", help="as one JSON object")


def do(arguments: argparse.Namespace) -> Exit:
    """Print the effective configuration."""
    path = find_config(getattr(arguments, "config", None), os.environ, Path.cwd())
    config = load_config(path, os.environ)
    for warning in config.warnings:
        sys.stderr.write(f"plexnudge: warning: {warning}\n")
    if arguments.json:
        sys.stdout.write(render_effective_json(config))
    else:
        sys.stdout.write(render_effective(config))
    return Exit.DONE
