import os
import signal
import threading

import pytest

from kpipe.cli.interrupt_by_sigterm import interrupt_by_sigterm


def test_sigterm_is_an_interrupt_inside_the_block_alone():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), interrupt_by_sigterm():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_other_threads_change_nothing():
    before = signal.getsignal(signal.SIGTERM)
    found = []

    def inside():
        with interrupt_by_sigterm():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert found == [before]
