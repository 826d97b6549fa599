"""`plexnudge run`: the daemon in the foreground, as systemd starts it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.app import Daemon
from watcher.config import ConfigError, find_config, load_config, render_problems
from watcher.exits import Exit
from watcher.garbage import expect_a_lot
from watcher.logs import Log
from watcher.systemd import Notifier

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from types import FrameType

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
    return Service(path, config, os.environ, dry_run=arguments.dry_run).run()


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
        self._woken = threading.Event()
        self._stop = False
        self._reload = False
        self._stacks = False

    def run(self) -> Exit:
        """Start, obey signals, stop."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, self._on_signal)
        expect_a_lot()
        while not self._stop:
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
            self._obey()
            self._say_why()
            daemon.stop()
        self._log.stop()
        return Exit.DONE

    def _say_why(self) -> None:
        if self._stop:
            self._notifier.stopping()
        else:
            self._notifier.reloading()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Only set flags: the main thread acts when it wakes. A second stop signal forces."""
        if number in {signal.SIGTERM, signal.SIGINT}:
            if self._stop:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            self._stop = True
        elif number == signal.SIGHUP:
            self._reload = True
        else:
            self._stacks = True
        self._woken.set()

    def _obey(self) -> None:
        """Wait until the daemon must stop, for good or to start anew."""
        while not self._stop:
            self._woken.wait()
            self._woken.clear()
            if self._stacks:
                self._stacks = False
                self._log.stacks()
            if self._reload:
                self._reload = False
                if self._read_again():
                    return

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
