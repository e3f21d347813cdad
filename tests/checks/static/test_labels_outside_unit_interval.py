"""Labels of a binary crossentropy outside of [0, 1] are an error."""

import pytest
from checks.static.networks import found

from kpipe.checks.static.labels_outside_unit_interval import LabelsOutsideUnitInterval
from kpipe.checks.static.target_facts import TargetFacts


def target(labels, loss="BinaryCrossentropy"):
    return {"y": TargetFacts(task="regression", loss=loss, labels=labels)}


@pytest.mark.parametrize("labels", [(-1.0, 1.0), (0.0, 1.5), (3.0, 700.0)])
def test_labels_outside_are_an_error(labels):
    (message,) = found(LabelsOutsideUnitInterval(), targets=target(labels))
    assert f"are {labels[0]:g} to {labels[1]:g}" in message


@pytest.mark.parametrize("labels", [(0.0, 1.0), (0.2, 0.7), None])
def test_labels_inside_and_classes_are_not(labels):
    assert found(LabelsOutsideUnitInterval(), targets=target(labels)) == []


def test_other_losses_take_any_labels():
    assert found(LabelsOutsideUnitInterval(), targets=target((-3.0, 3.0), "MeanSquaredError")) == []
