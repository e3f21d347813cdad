"""The rule of the budget, with a clock that is set by hand."""

import pytest

from kpipe.judge.protocol.budget import Budget
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.stopwatch import Stopwatch


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(clock):
    return Stopwatch(clock)


def test_a_stopwatch_counts_traces_separately(clock, watch):
    clock.time += 2
    with watch.trace():
        clock.time += 3
    with pytest.raises(ZeroDivisionError), watch.trace():
        clock.time += 1
        raise ZeroDivisionError
    assert (watch.seconds, watch.traced) == (6, 4)


def test_the_default_is_a_minute_without_traces(clock, watch):
    budget = Budget(watch)
    with watch.trace():
        clock.time += 300
    clock.time += 40
    assert budget.seconds == 60
    assert budget.affords(Price(20))
    assert not budget.affords(Price(20.5))
    assert budget.affords(Price(20, 240))
    assert not budget.affords(Price(20, 241))


@pytest.mark.parametrize(("run", "expected"), [(100, 60), (3000, 60), (10_000, 200), (29_000, 580), (1e9, 600)])
def test_the_default_is_a_share_of_a_long_run(watch, run, expected):
    budget = Budget(watch)
    budget.expect_run(run)
    assert budget.seconds == expected
    assert budget.affords(Price(expected))
    assert not budget.affords(Price(expected + 1))


def test_given_seconds_include_traces(clock, watch):
    budget = Budget(watch, 5)
    budget.expect_run(1e9)
    with watch.trace():
        clock.time += 3
    assert budget.seconds == 5
    assert budget.affords(Price(2))
    assert budget.affords(Price(1, 1))
    assert not budget.affords(Price(1, 1.5))


@pytest.mark.parametrize("seconds", [None, 5])
def test_what_costs_nothing_always_fits(clock, watch, seconds):
    budget = Budget(watch, seconds)
    clock.time += 10_000
    assert budget.affords(Price(0))
    assert not budget.affords(Price(0.1))
