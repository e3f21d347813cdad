"""Crossentropies of outputs that are no probabilities are errors; probabilities, logits and custom functions are not."""

import pytest
from checks.static.networks import found

from kpipe.checks.static.output_not_probability import CROSSENTROPIES, OutputNotProbability
from kpipe.checks.static.target_facts import TargetFacts


def target(loss, activation, **given):
    return {"y": TargetFacts(task="classification", loss=loss, activation=activation, **given)}


@pytest.mark.parametrize("activation", ["relu", "tanh", "elu", "leaky_relu", "softplus"])
@pytest.mark.parametrize("loss", sorted(CROSSENTROPIES))
def test_another_activation_is_an_error(loss, activation):
    (message,) = found(OutputNotProbability(), targets=target(loss, activation, from_logits=False))
    assert message.startswith(f"train.loss: {loss} expects probabilities, but the activation of the last layer is ")
    assert message.endswith("sigmoid" if loss.startswith("Binary") else "softmax")


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "hard_sigmoid", "linear", "my_activation", None])
def test_probabilities_logits_and_unknown_functions_are_not(activation):
    assert found(OutputNotProbability(), targets=target("CategoricalCrossentropy", activation)) == []


def test_logits_may_have_any_activation():
    assert found(OutputNotProbability(), targets=target("CategoricalCrossentropy", "relu", from_logits=True)) == []


def test_other_losses_are_not_judged():
    assert found(OutputNotProbability(), targets=target("MeanSquaredError", "relu")) == []
