import threading

import pytest

from kpipe.data.feeds.exit_gate import ExitGate


def test_calls_pass_until_the_gate_is_closed():
    gate = ExitGate()
    double = gate.passing(lambda value: 2 * value)
    assert double(4) == 8
    gate.close()
    with pytest.raises(StopIteration, match="the program ends"):
        double(4)


def test_a_call_in_progress_is_completed():
    gate, begun, may_end, done = ExitGate(), threading.Event(), threading.Event(), []

    def slow():
        begun.set()
        may_end.wait()
        done.append(True)

    call = threading.Thread(target=gate.passing(slow))
    call.start()
    begun.wait()
    closing = threading.Thread(target=lambda: (gate.close(), done.append("closed")))
    closing.start()
    may_end.set()
    closing.join()
    call.join()
    assert done == [True, "closed"]


def test_a_failed_call_is_completed_too():
    gate = ExitGate()
    with pytest.raises(ZeroDivisionError):
        gate.passing(lambda: 1 / 0)()
    gate.close()
