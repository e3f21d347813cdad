"""The prices of further steps follow from the median of those that were measured."""

from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.step_times import StepTimes


def test_a_step_costs_the_median_and_a_trace_the_rest_of_the_first():
    times = StepTimes([30.0, 4.0, 5.0, 100.0])
    assert (len(times), times.step, times.trace) == (4, 5, 25)
    assert times.price(10) == Price(50)
    assert times.price(10, traces=2) == Price(50, 50)
    assert times.price(2.5) == Price(12.5)


def test_until_a_second_step_the_first_one_is_the_price():
    times = StepTimes()
    assert times.price(10, traces=1) == Price(0)
    times.add(30.0)
    assert times.price(10, traces=1) == Price(300)
    times.add(4.0)
    assert times.price(10, traces=1) == Price(40, 26)


def test_a_first_step_that_is_faster_contains_no_trace():
    assert StepTimes([3.0, 4.0]).trace == 0
