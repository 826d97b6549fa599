"""`plexnudge run`: the daemon in the foreground, as systemd starts it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.printable import printable
from watcher.app import Daemon
from watcher.config import ConfigError, find_config, load_config, render_problems
from watcher.exits import Exit
from watcher.garbage import expect_a_lot
from watcher.logs import Log
from watcher.only_one import AlreadyRunningError, OnlyOne
from watcher.signals import Asked, Signals
from watcher.systemd import Notifier

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from watcher.config import Config
    from watcher.patience import Patience

NAME = "run"
SUMMARY = "watch the folders and ask Plex for what each change needs, until told to stop"
DESCRIPTION = """\
Watches every configured folder, lets changes settle, asks Plex for a partial scan, a refresh or
an analysis, and follows each request up until the result is visible in Plex.

It never exits because Plex is away: it keeps what it saw and catches up.
SIGTERM and SIGINT stop it cleanly, SIGHUP reads the configuration again, SIGUSR1 writes the
stacks of all threads to the log.
"""


def add_words(words: argparse.ArgumentParser) -> None:
    """Add this command's own options."""
    words.add_argument(
        "--dry-run",
        action="store_true",
        help="do everything but the requests that change something in Plex; say what they would be",
    )


def do(arguments: argparse.Namespace) -> Exit:
    """Run until a signal says stop."""
    path = find_config(getattr(arguments, "config", None), os.environ, Path.cwd())
    config = load_config(path, os.environ)
    try:
        return Service(path, config, os.environ, dry_run=arguments.dry_run).run()
    except AlreadyRunningError as error:
        sys.stderr.write(f"plexnudge: {printable(str(error))}\n")
        return Exit.FAILED


class Service:
    """One process: the daemon of one configuration after another, between signals."""

    def __init__(
        self,
        path: Path,
        config: Config,
        environ: Mapping[str, str],
        *,
        dry_run: bool,
        patience: Patience | None = None,
    ) -> None:
        self._path = path
        self._config = config
        self._environ = environ
        self._dry_run = dry_run
        self._patience = patience
        self._log = Log()
        self._notifier = Notifier(environ)
        self._signals = Signals()

    def run(self) -> Exit:
        """Start, obey signals, stop. Raises AlreadyRunningError."""
        self._signals.catch()
        expect_a_lot()
        stopping, only_one = False, OnlyOne()
        while not stopping:
            if not self._dry_run:  # which leaves the journal alone
                only_one.take(self._config.cache.directory)
            self._log.redactor.learn([self._config.token.reveal()])
            self._log.start(self._config.logging.level, sys.stderr, self._environ)
            for warning in self._config.warnings:
                self._log.report("WARNING", warning)
            daemon = Daemon(
                self._config,
                self._log,
                self._notifier,
                dry_run=self._dry_run,
                patience=self._patience,
            )
            daemon.start()
            stopping = self._obey() is Asked.STOP
            if stopping:
                self._notifier.stopping()
            else:
                self._notifier.reloading()
            daemon.stop()
        self._log.stop()
        return Exit.DONE

    def _obey(self) -> Asked:
        """Wait until the daemon must stop, for good or to start anew, and say which."""
        while True:
            asked = self._signals.next()
            if asked is Asked.STACKS:
                self._log.stacks()
            elif asked is Asked.STOP or self._read_again():
                return asked

    def _read_again(self) -> bool:
        """Read the configuration again; the old one stays in force if the new one is wrong."""
        try:
            self._config = load_config(self._path, self._environ)
        except ConfigError as error:
            for line in render_problems(error).splitlines():
                self._log.report("ERROR", line.strip())
            self._log.report("WARNING", "the configuration in force stays as it was")
            return False
        self._log.report("INFO", f"read {self._path} again")
        return True
