"""Sigmoid units with a categorical crossentropy are an error."""

import pytest
from checks.static.networks import found

from kpipe.checks.static.independent_probabilities import IndependentProbabilities
from kpipe.checks.static.target_facts import TargetFacts


def target(loss, activation="sigmoid", **given):
    return {"y": TargetFacts(task="classification", loss=loss, activation=activation, units=10, **given)}


@pytest.mark.parametrize("loss", ["CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_sigmoid_units_are_an_error(loss):
    assert found(IndependentProbabilities(), targets=target(loss)) == [
        f"train.loss: {loss} expects one distribution over 10 classes, but each sigmoid unit returns a probability of its "
        "own; end the model with softmax, or write BinaryCrossentropy"
    ]


def test_binary_crossentropy_softmax_and_logits_are_not():
    check = IndependentProbabilities()
    assert found(check, targets=target("BinaryCrossentropy")) == []
    assert found(check, targets=target("CategoricalCrossentropy", "softmax")) == []
    assert found(check, targets=target("CategoricalCrossentropy", from_logits=True)) == []
