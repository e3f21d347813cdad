"""A warm-up or a decay that is longer than the training is reported."""

from checks.static.networks import found

from kpipe.checks.static.duration import Duration
from kpipe.checks.static.schedule_beyond_end import ScheduleBeyondEnd


def judged(steps):
    duration = Duration(owner="CosineSchedule", what="decay", steps=steps, path="train.callbacks.0")
    return found(ScheduleBeyondEnd(), durations=[duration], steps=1000)


def test_a_longer_decay_is_reported():
    assert judged(9000.0) == [
        "train.callbacks.0: the decay of CosineSchedule takes 9,000 steps, but the training has 1,000; shorten it, or "
        "write more epochs"
    ]


def test_one_that_ends_with_the_training_is_not():
    assert judged(1000.0) == []
