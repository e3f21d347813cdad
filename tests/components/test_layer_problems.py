"""Axes of the samples and formulas, which are checked without Keras."""

import pytest
from golden import expect_messages

from kpipe.components import check
from kpipe.errors import Mark
from kpipe.spec.python_value import from_python


def found(layer):
    problems = []
    check(from_python(layer, Mark("model", 1, 1, 1, 1), "model.0"), "layer", "model.0", problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "layer",
    [
        {"Softmax": {"axis": 0}},
        {"LayerNormalization": {"axis": 0}},
        {"RMSNormalization": {"axis": [0, 1]}},
        {"Dot": {"axes": 0}},
        {"Slice": {"start": 1, "axis": 0}},
        {"Formula": {"expression": "mean(x, axis=[1, 0])"}},
        {"Formula": {"expression": "sqr(x)"}},
        {"Formula": {"expression": "x +"}},
        {"TimeDistributed": {"layer": {"Softmax": {"axis": 0}}}},
    ],
)
def test_axes_of_the_samples_and_invalid_formulas_are_problems_at_their_place(layer):
    expect_messages(found(layer), 1)


@pytest.mark.parametrize(
    "layer",
    [
        {"Softmax": {"axis": -1}},
        {"Softmax": {"axis": "=k"}},
        {"Dot": {"axes": [1, 2]}},
        {"Formula": {"expression": "=f"}},
        {"Formula": {"expression": "where(a > b, a, -b) - mean(a, axis=-1, keepdims=true)"}},
    ],
)
def test_other_axes_expressions_and_formulas_are_not(layer):
    assert found(layer) == []
