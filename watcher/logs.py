"""The only door to loguru: where lines go, how they look there, and what may never be in one."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import traceback
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote, quote_plus

from loguru import logger

from matcher.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from loguru import Message, Record

PRIORITIES = {"TRACE": 7, "DEBUG": 7, "INFO": 6, "SUCCESS": 5, "WARNING": 4, "ERROR": 3}
"""syslog priorities by level name; journald reads them from a `<N>` before each line."""

_TOKEN_IN_TEXT = re.compile(r"(X-Plex-Token[=:\s]+|X-Plex-Token%3[dD])[^&\s\"']+", re.IGNORECASE)
HIDDEN = "[token]"


class Redactor:
    """Takes secrets out of any text that leaves the process."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these values from now on, also where they are percent-encoded."""
        forms = {f for s in secrets if s for f in (s, quote(s, safe=""), quote_plus(s))}
        self._forms = tuple(sorted({*self._forms, *forms}, key=len, reverse=True))

    def clean(self, text: str) -> str:
        """Return the text without any secret that is known or looks like one."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return _TOKEN_IN_TEXT.sub(rf"\1{HIDDEN}", text)


class Log:
    """The daemon's voice: one printable line a message, no secret in any.

    `report` is handed to every room. Any thread may call it. Source of the
    journal rules: sd-daemon(3) ("<N>" prefixes) and systemd.exec(5) (JOURNAL_STREAM).
    """

    def __init__(self) -> None:
        self.redactor = Redactor()

    def start(self, level: str, stream: TextIO, environ: Mapping[str, str]) -> None:
        """Begin to write to `stream`; earlier sinks are closed."""
        journal = goes_to_journal(stream, environ)
        terminal = stream.isatty() and "NO_COLOR" not in environ
        logger.remove()
        logger.configure(patcher=self._patch)
        logger.add(
            stream if terminal else _plain_sink(stream, journal=journal),
            level=level,
            format=_TERMINAL if terminal else "{message}",
            colorize=terminal,
            backtrace=False,
            diagnose=False,  # it would print the values of variables, the token among them
            catch=True,
        )
        _silence_libraries()

    def stop(self) -> None:
        """Write out what is left."""
        logger.complete()
        logger.remove()

    def report(self, level: str, sentence: str) -> None:
        """Say one sentence."""
        logger.log(level, "{}", sentence)

    def stacks(self) -> None:
        """Say what every thread is doing now, one line a thread."""
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():  # noqa: SLF001 - the only way to see them
            steps = traceback.extract_stack(frame)
            where = " > ".join(f"{step.filename}:{step.lineno} {step.name}" for step in steps[-12:])
            self.report("WARNING", f"stack of thread {names.get(ident, ident)}: {where}")

    def _patch(self, record: Record) -> None:
        record["message"] = printable(self.redactor.clean(record["message"]))


_TERMINAL = "<dim>{time:HH:mm:ss}</dim> <level>{level: <7}</level> {message}"


def goes_to_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `stream` is connected to the systemd journal."""
    try:
        seen = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{seen.st_dev}:{seen.st_ino}"


def _plain_sink(stream: TextIO, *, journal: bool) -> Callable[[Message], None]:
    def write(message: Message) -> None:
        record = message.record
        name = record["level"].name
        if journal:
            head = f"<{PRIORITIES.get(name, 6)}>"
        else:
            head = f"{record['time']:YYYY-MM-DD HH:mm:ss} {name: <7} "
        try:
            stream.write(f"{head}{record['message']}\n")
            stream.flush()
        except (BrokenPipeError, ValueError):
            # The reader went away (a pipe into head, a closed terminal): work goes on.
            pass

    return write


def _silence_libraries() -> None:
    """Keep libraries from logging on their own: at DEBUG urllib3 and plexapi print whole URLs."""
    logging.basicConfig(handlers=[logging.NullHandler()], level=logging.CRITICAL, force=True)
    for name in ("urllib3", "plexapi", "watchdog", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def early_report(level: str, sentence: str) -> None:
    """Speak before there is a configuration: to standard error, plainly."""
    sys.stderr.write(f"plexnudge: {level.lower()}: {printable(sentence)}\n")
