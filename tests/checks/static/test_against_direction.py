"""A mode that contradicts the metric is an error."""

import pytest
from checks.static.networks import found

from kpipe.checks.static.against_direction import AgainstDirection
from kpipe.checks.static.monitor import Monitor


def monitored(metric, mode):
    return found(AgainstDirection(), monitors=[Monitor(owner="EarlyStopping", metric=metric, mode=mode, path="p")])


@pytest.mark.parametrize(("metric", "mode"), [("val_accuracy", "min"), ("val_loss", "max"), ("auc", "min")])
def test_a_contradiction_is_an_error(metric, mode):
    better, other = ("lower", "higher") if mode == "min" else ("higher", "lower")
    assert monitored(metric, mode) == [
        f"p: EarlyStopping takes {better} values of {metric} for better, but {other} ones are; write mode: "
        f"{'max' if mode == 'min' else 'min'}, or remove it"
    ]


@pytest.mark.parametrize(
    ("metric", "mode"),
    [("val_accuracy", "max"), ("val_loss", "min"), ("val_loss", "auto"), ("val_loss", None), ("kl", "max")],
)
def test_other_modes_are_not(metric, mode):
    assert monitored(metric, mode) == []
