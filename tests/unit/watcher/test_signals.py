"""Signals: none is lost and none blocks, at whatever instruction of the main thread it comes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

AT_EVERY_LINE = """
import os, signal, sys
from watcher.signals import Asked, Signals

ROUNDS = 50
sent = 0

def trace(frame, event, _argument):
    # Called before each line that waiting executes, here and in the libraries it uses: this is
    # where a signal may come in.
    global sent
    if frame.f_code.co_name != "_on_signal" and sent < 20 * ROUNDS:
        sent += 1
        os.kill(os.getpid(), signal.SIGUSR1)
    return trace

signals = Signals()
signals.catch()
signal.alarm(20)
os.kill(os.getpid(), signal.SIGUSR1)
sys.settrace(trace)
seen = [signals.next() for _ in range(ROUNDS)]
sys.settrace(None)
os.kill(os.getpid(), signal.SIGTERM)
assert set(seen) == {Asked.STACKS}, seen
assert sent >= ROUNDS, sent
assert signals.next() is Asked.STOP
print("stopped after", len(seen))
"""


def test_a_signal_at_any_line_of_the_wait_for_signals_does_not_block_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_EVERY_LINE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped after 50\n", "")


@pytest.mark.parametrize(
    ("number", "asked"),
    [
        (signal.SIGTERM, "STOP"),
        (signal.SIGINT, "STOP"),
        (signal.SIGHUP, "RELOAD"),
        (signal.SIGUSR1, "STACKS"),
    ],
)
def test_each_signal_asks_for_one_thing(number: signal.Signals, asked: str) -> None:
    assert said(f"kill({int(number)}); print(signals.next().name)") == (0, f"{asked}\n")


def test_a_stop_goes_before_what_was_asked_for_earlier_and_stays() -> None:
    earlier = "kill(signal.SIGHUP); kill(signal.SIGUSR1); kill(signal.SIGTERM)"

    assert said(f"{earlier}; print({{signals.next().name for _ in range(5)}})") == (
        0,
        "{'STOP'}\n",
    )


def test_a_second_stop_ends_the_process_at_once() -> None:
    twice = "kill(signal.SIGTERM); kill(signal.SIGTERM)"

    assert said(f"{twice}; signals.next(); print('still here')") == (-signal.SIGTERM, "")


def said(code: str) -> tuple[int, str]:
    """Run code in a process that catches its signals; its exit code and what it printed."""
    begin = (
        "import os, signal; from watcher.signals import Signals\n"
        "signals = Signals(); signals.catch(); kill = lambda number: os.kill(os.getpid(), number)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout
