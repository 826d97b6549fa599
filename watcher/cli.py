"""The command line: which words there are, what they mean, and which module does each command."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from matcher.printable import printable
from watcher.commands import cache, check, demo, explain, reconcile, run, show_config, status
from watcher.config import ConfigError, render_problems
from watcher.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = """\
Sees a file change on this host, asks Plex for exactly the work that this change needs, and
confirms that the result is visible in Plex.

The configuration is the file given with -c, else $PLEXNUDGE_CONFIG, ./config.yaml,
~/.config/plexnudge/config.yaml, /etc/plexnudge/config.yaml: the first that exists.
"""
EPILOG = """\
exit codes: 0 done, 1 failed, 2 usage, 69 Plex not reachable, 77 Plex refused the token,
78 configuration wrong. Try `plexnudge demo` first: it needs no Plex and no configuration.
"""


def parser() -> argparse.ArgumentParser:
    """Build the parser; every command is one module that adds its own words."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-c",
        "--config",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="the configuration file (may stand before or after the command)",
    )
    top = argparse.ArgumentParser(
        "plexnudge",
        description=DESCRIPTION,
        epilog=EPILOG,
        parents=[common],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"plexnudge {version('plexnudge')}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (run, demo, check, status, explain, reconcile, cache, show_config):
        words = commands.add_parser(
            module.NAME,
            help=module.SUMMARY,
            description=module.DESCRIPTION,
            parents=[common],
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_words(words)
        words.set_defaults(do=module.do)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.do(arguments))
    except ConfigError as error:
        sys.stderr.write(render_problems(error))
        return Exit.CONFIG
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not an error of ours. Standard output is
        # pointed elsewhere so that the interpreter's last flush does not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    except KeyboardInterrupt:
        sys.stderr.write("plexnudge: interrupted\n")
        return Exit.FAILED
    except OSError as error:
        sys.stderr.write(f"plexnudge: {printable(str(error))}\n")
        return Exit.FAILED
