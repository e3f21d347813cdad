"""A categorical crossentropy of several labels is an error."""

import pytest
from checks.static.networks import found

from kpipe.checks.static.several_labels import SeveralLabels
from kpipe.checks.static.target_facts import TargetFacts


def judged(loss, task="multilabel", units=4):
    return found(SeveralLabels(), targets={"y": TargetFacts(task=task, loss=loss, activation="softmax", units=units)})


@pytest.mark.parametrize(("units", "number"), [(4, "4 "), (None, "")])
def test_one_distribution_over_several_labels_is_an_error(units, number):
    assert judged("CategoricalCrossentropy", units=units) == [
        "train.loss: CategoricalCrossentropy expects exactly one class for each sample, but samples have any number of "
        f"these {number}labels; end the model with sigmoid, and write BinaryCrossentropy"
    ]


def test_other_losses_and_classes_are_not():
    assert judged("BinaryCrossentropy") == []
    assert judged("CategoricalCrossentropy", task="classification") == []
