"""Half cosines with restarts in a training."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import CosineRestartsSchedule

from .rates import check


def cycles(*lengths, decay=1.0, end=0.0):
    """The rates of whole cycles, one after the other."""
    tops = [0.5 * decay**number for number in range(len(lengths))]
    parts = [
        end + (top - end) / 2 * (1 + np.cos(np.pi * np.arange(length) / length))
        for top, length in zip(tops, lengths, strict=True)
    ]
    return np.concatenate(parts)


def test_each_epoch_begins_at_the_top():
    check(CosineRestartsSchedule(period_epochs=1), cycles(41, 41, 41), epochs=3, batches=41)


def test_cycles_of_steps_grow_and_their_tops_fall():
    schedule = CosineRestartsSchedule(period_steps=5, multiplier=2, peak_decay=0.8, end_learning_rate=0.01)
    check(schedule, cycles(5, 10, 20, decay=0.8, end=0.01), epochs=7, batches=5)


def test_cycles_begin_at_the_end_of_the_warm_up():
    expected = [*(0.5 * np.arange(5) / 5), *cycles(5, 5)]
    check(CosineRestartsSchedule(period_epochs=1, warmup_epochs=1), expected, epochs=3, batches=5)


def test_a_period_of_whole_steps_is_not_moved_by_rounding():
    # 1.1 * 50 is 55.00000000000001, which in the float32 of a training is 55.
    assert CosineRestartsSchedule(learning_rate=1.0, period_epochs=1.1).curve(2, 50)[55] == 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"period_epochs": 1, "period_steps": 5},
        {"period_steps": 0},
        {"period_steps": 5, "multiplier": 0.5},
        {"period_steps": 5, "peak_decay": 0},
        {"period_steps": 5, "end_learning_rate": -1},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        CosineRestartsSchedule(**arguments)
