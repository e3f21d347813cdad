"""Ranges state in a signature what they check."""

import inspect
from typing import get_args

import keras
import kpipe_callbacks
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks._range import FINITE, Range


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [
        (Range(ge=0), [0, 0.5, 1e30], [-1e-9, float("inf"), float("nan")]),
        (Range(gt=0), [1e-9, 1], [0, -1]),
        (Range(ge=0, lt=1), [0, 0.999], [1, -0.1]),
        (Range(gt=0, le=1), [1e-9, 1], [0, 1.001]),
        (FINITE, [-1e30, 0], [float("inf"), float("nan"), None, "1", True]),
    ],
)
def test_numbers_inside_pass_and_those_outside_do_not(limits, inside, outside):
    for value in inside:
        assert limits.number("x", value) == value
        assert limits.optional("x", np.float64(value)) == value
    for value in outside:
        with raises(ValueError):
            limits.number("x", value)
    assert limits.optional("x", None) is None


def test_an_integer_is_not_a_float_or_a_boolean():
    assert Range(ge=1).integer("n", np.int64(3)) == 3
    for value in (0, 1.0, True, "1"):
        with raises(ValueError):
            Range(ge=1).integer("n", value)


def metadata(hint):
    for part in get_args(hint):
        yield from [part] if isinstance(part, Range) else metadata(part)


CALLBACKS = [
    value
    for value in map(vars(kpipe_callbacks).get, kpipe_callbacks.__all__)
    if inspect.isclass(value) and issubclass(value, keras.callbacks.Callback)
]
ARGUMENTS = [
    (callback, name, limits)
    for callback in CALLBACKS
    for name, hint in inspect.get_annotations(callback.__init__, eval_str=True).items()
    for limits in {*metadata(hint)}
    # Callbacks of Keras accept more for it.
    if name != "verbose"
]


@pytest.mark.parametrize(("callback", "name", "limits"), ARGUMENTS, ids=lambda part: getattr(part, "__name__", None))
def test_each_range_of_a_signature_is_the_one_that_is_checked(callback, name, limits):
    ends = [(limits.ge, -1.0), (limits.gt, 0.0), (limits.le, 1.0), (limits.lt, 0.0)]
    for end, beyond in ends:
        if end is None:
            continue
        value = end + beyond
        given = [value, value] if name in ("milestone_epochs", "milestone_steps", "momentum") else value
        with pytest.raises(ValueError, match=f"{name.removesuffix('_epochs').removesuffix('_steps')}.*, got "):
            callback(**{**needed(callback, name), name: given})


def needed(callback, name):
    """What the constructor needs besides an argument."""
    known = {"schedule": len, "period_epochs": 1, "milestone_epochs": [1]}
    parameters = inspect.signature(callback.__init__).parameters
    found = {key: value for key, value in known.items() if key in parameters}
    return {} if name.partition("_")[0] in {key.partition("_")[0] for key in found} - {"schedule"} else found
