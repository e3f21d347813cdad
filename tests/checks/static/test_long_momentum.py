"""A momentum that averages over half of the training is reported."""

import pytest
from checks.static.networks import found

from kpipe.checks.static.duration import Duration
from kpipe.checks.static.long_momentum import LongMomentum


def judged(average, steps):
    entry = Duration(owner="SGD", what="momentum", steps=average, path="train.optimizer.SGD.momentum")
    return found(LongMomentum(), averages=[entry], steps=steps)


def test_a_long_average_is_reported():
    assert judged(1000.0, 1999) == [
        "train.optimizer.SGD.momentum: momentum of SGD averages over 1,000 updates, but the training has 1,999; expected "
        "at most half of them; write momentum: 0.9"
    ]


@pytest.mark.parametrize(("average", "steps"), [(1000.0, 2000), (100.0, 10), (10.0, 4)])
def test_one_that_is_short_against_the_training_is_not(average, steps):
    assert judged(average, steps) == []
