"""The inverse square root in a training."""

import numpy as np
from golden import raises
from kpipe_callbacks import InverseSqrtSchedule

from .rates import check


def test_it_begins_with_the_rate():
    check(InverseSqrtSchedule(), 0.5 / np.sqrt(np.arange(82) + 1), epochs=2, batches=41)


def test_after_a_warm_up_it_matches_the_paper():
    steps = np.arange(15)
    # Vaswani et al., equation 3: min(t^-0.5, t w^-1.5).
    expected = 0.5 * np.minimum(np.maximum(steps, 1e-9) ** -0.5, steps * 5**-1.5)
    check(InverseSqrtSchedule(warmup_epochs=1), expected, epochs=3, batches=5)


def test_a_warm_up_in_steps_may_begin_above_zero():
    steps = np.arange(10)
    expected = np.where(steps < 4, 0.1 + (0.25 - 0.1) * steps / 4, 0.5 / np.sqrt(np.maximum(steps, 1)))
    check(InverseSqrtSchedule(warmup_steps=4, warmup_from=0.1), expected, epochs=2, batches=5)


def test_a_wrong_argument_is_refused():
    with raises(ValueError):
        InverseSqrtSchedule(warmup_steps=0)
