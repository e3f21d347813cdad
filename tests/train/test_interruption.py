import os
import signal
import subprocess
import sys
import threading

import pytest
from golden import expect_messages

from kpipe.train.interruption import Interrupted, Interruption

SECOND = """
import signal, sys, threading
from kpipe.train.interruption import Interruption
signal.signal(signal.SIGINT, signal.default_int_handler)
def say(text):
    print(text, flush=True)
with Interruption(say) as interruption:
    print("ready", flush=True)
    while True:
        # Waits in C without looking at signals, as a long operation does.
        (lambda: sum(range(1 << 40)))() if interruption.requested else signal.pause()
"""


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield before
    assert {number: signal.getsignal(number) for number in before} == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_request(number, handlers):
    said = []
    with Interruption(said.append) as interruption:
        assert not interruption.requested
        signal.raise_signal(number)
        assert interruption.requested
        # The second one is the system's.
        assert {signal.getsignal(entry) for entry in handlers} == {signal.SIG_DFL}
    expect_messages(said, 1)


def test_without_a_signal_nothing_is_reported_and_the_handlers_come_back():
    with Interruption(pytest.fail) as interruption:
        pass
    assert not interruption.requested


def test_an_error_inside_brings_the_handlers_back(handlers):
    with pytest.raises(Interrupted), Interruption(lambda text: None):
        signal.raise_signal(signal.SIGTERM)
        raise Interrupted
    assert {number: signal.getsignal(number) for number in handlers} == handlers


def test_it_is_an_interrupt_for_everybody_else():
    assert issubclass(Interrupted, KeyboardInterrupt)
    assert not issubclass(Interrupted, Exception)


def test_outside_of_the_main_thread_it_has_no_effect(handlers):
    found = []

    def work():
        with Interruption(pytest.fail) as interruption:
            found.append({number: signal.getsignal(number) for number in handlers} == handlers)
            found.append(interruption.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [True, False]


@pytest.mark.parametrize(
    ("first", "second"),
    [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)],
)
def test_the_second_signal_ends_a_process_in_the_middle_of_a_long_operation(first, second):
    process = subprocess.Popen([sys.executable, "-c", SECOND], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(first)
        assert process.stdout.readline().startswith("interrupted: ")
        process.send_signal(second)
        assert process.wait() == -second
    finally:
        process.kill()
        process.communicate()


def test_a_signal_that_was_ignored_is_ignored_again():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption(lambda text: None) as interruption:
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert interruption.requested
    finally:
        signal.signal(signal.SIGINT, before)
