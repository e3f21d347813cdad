import pytest

from kpipe.errors import ArgumentError
from tests.train.stages.recipes.contexts import context


@pytest.mark.parametrize(
    ("optimizer", "factor", "expected"),
    [
        ("Adam: {learning_rate: 0.01}", 0.1, {"Adam": {"learning_rate": 0.001}}),
        # The defaults of Keras: 0.001 for Adam, 0.01 for SGD.
        ("Adam", 0.1, {"Adam": {"learning_rate": 0.0001}}),
        ("SGD: {momentum: 0.9}", 0.5, {"SGD": {"momentum": 0.9, "learning_rate": 0.005}}),
        ("SGD: {learning_rate: 0.3}", 0.1, {"SGD": {"learning_rate": 0.03}}),
        ("keras.SGD: {learning_rate: 1}", 0.1, {"keras.SGD": {"learning_rate": 0.1}}),
    ],
)
def test_a_lower_learning_rate(optimizer, factor, expected):
    assert context(optimizer=optimizer).slower(factor) == {"optimizer": expected}


def test_the_same_learning_rate_changes_nothing():
    assert context(optimizer="LBFGS").slower(1) == {}


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        ("LBFGS", "the optimizer LBFGS has no argument learning_rate; write the stages"),
        ("SGD: {learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 9}}}", "is not a number"),
        ("LossScaleOptimizer: {inner_optimizer: SGD}", "has no argument learning_rate"),
    ],
)
def test_optimizers_without_a_number(optimizer, message):
    with pytest.raises(ArgumentError, match=message):
        _ = context(optimizer=optimizer).slower(0.1)
