"""Numbers to predict on an unsuitable scale are reported."""

import pytest
from checks.static.networks import found

from kpipe.checks.static.target_facts import TargetFacts
from kpipe.checks.static.target_scale import TargetScale


def judged(loss="MeanSquaredError", names=("price",), **scale):
    target = TargetFacts(task="regression", loss=loss, **scale)
    return found(TargetScale(), targets=dict.fromkeys(names, target))


@pytest.mark.parametrize(
    ("loss", "scale", "message"),
    [
        (
            "MeanSquaredError",
            {"deviation": 10.5},
            "standard deviation of the labels in the training part is 10.5, with which MeanSquaredError hardly learns; "
            "expected 0.01 to 10",
        ),
        (
            "Huber",
            {"deviation": 0.009},
            "standard deviation of the labels in the training part is 0.009, with which Huber hardly learns; expected 0.01 "
            "to 10",
        ),
        (
            "MeanSquaredError",
            {"deviation": 100.0, "is_prepared": True},
            "standard deviation of the prepared labels in the training part is 100, with which MeanSquaredError hardly "
            "learns; expected 0.01 to 10",
        ),
        (
            "MeanAbsoluteError",
            {"deviation": 8.0, "mean": 2000.0},
            "absolute mean of the labels in the training part is 2e+03, with which MeanAbsoluteError hardly learns; "
            "expected at most 80",
        ),
        (
            "MeanSquaredError",
            {"deviation": 0.1, "mean": 10.5},
            "absolute mean of the labels in the training part is 10.5, with which MeanSquaredError hardly learns; expected "
            "at most 10",
        ),
    ],
)
def test_an_unsuitable_scale_is_reported(loss, scale, message):
    assert judged(loss, **scale) == [
        f"data.prepare_targets: target price: the {message}; write data.prepare_targets: [Standardize]"
    ]


@pytest.mark.parametrize(
    ("loss", "scale"),
    [
        ("MeanSquaredError", {"deviation": 10.0}),
        ("MeanSquaredError", {"deviation": 0.01}),
        ("MeanSquaredError", {"deviation": 0.0}),
        ("MeanSquaredError", {"deviation": 7.5, "mean": 60.0}),
        ("MeanSquaredLogarithmicError", {"deviation": 1e6}),
    ],
)
def test_what_is_not_reported(loss, scale):
    assert judged(loss, **scale) == []


def test_one_of_several_targets_is_named():
    first, second = judged(names=("price", "size in m2"), deviation=50.0)
    assert first.endswith("; write data.prepare_targets: {price: [Standardize]}")
    assert second.endswith('; write data.prepare_targets: {"size in m2": [Standardize]}')
