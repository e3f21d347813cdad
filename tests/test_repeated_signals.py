"""One interrupt that arrives twice at once, as from `timeout`, against two of them."""

import signal
import subprocess
import sys

import pytest

from kpipe.repeated_signals import ignore_repeated_signals

pytestmark = pytest.mark.slow

SWEEP = """
import signal, sys
from kpipe.cli.interrupt_by_sigterm import interrupt_by_sigterm
with interrupt_by_sigterm():
    try:
        print("ready", flush=True)
        while True:
            signal.pause()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.stdin.readline()
        print("reported", flush=True)
"""
RUN = """
import signal, sys
from kpipe.train.interruption import Interruption
with Interruption(lambda text: print("interrupted", flush=True)) as interruption:
    print("ready", flush=True)
    while not interruption.requested:
        signal.pause()
    sys.stdin.readline()
    print("reported", flush=True)
"""


def child(program):
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("program", [SWEEP, RUN], ids=["sweep", "run"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_arrives_twice_at_once_is_one(program, number):
    with child(program) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        process.send_signal(number)
        assert process.stdout.readline() == "interrupted\n"
        assert process.communicate("\n")[0] == "reported\n"
        assert process.returncode == 0


@pytest.mark.parametrize(("program", "ends"), [(SWEEP, 1), (RUN, -signal.SIGTERM)], ids=["sweep", "run"])
def test_a_later_signal_is_another_one(program, ends):
    with child(program) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "interrupted\n"
        process.send_signal(signal.SIGTERM)
        assert process.communicate()[0] == ""
        # An exception that nothing handles ends Python by a signal of its own.
        assert process.returncode in (ends, -signal.SIGINT, 130)


def test_the_handlers_are_those_of_before():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ignore_repeated_signals()
    assert {number: signal.getsignal(number) for number in before} == before
