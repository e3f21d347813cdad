import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import Mark, SpecError
from kpipe.messages.training_position import TrainingPosition
from kpipe.spec.sections.choose import Choose
from kpipe.train.best_weights import BestWeights

from .stand_in import numbers

NAMES = ["loss", "accuracy", "kl_divergence", "val_loss", "val_accuracy", "val_kl_divergence"]


def state(value: float) -> keras.Model:
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.BatchNormalization()(inputs))
    model.set_weights([np.full(variable.shape, value, np.float32) for variable in model.weights])
    return model


def kept(values: list[float], rule: BestWeights, name: str = "val_loss") -> tuple[int, float]:
    model = state(0.0)
    for number, value in enumerate(values):
        model.set_weights([np.full(variable.shape, number + 1.0, np.float32) for variable in model.weights])
        rule.update(model, {name: value}, TrainingPosition(number + 1, 10 * number))
    rule.restore(model)
    # The moving statistics are kept with the trainable variables.
    (first,) = {float(numbers(variable)[0]) for variable in model.weights}
    return rule.moment.epoch, first


@pytest.mark.parametrize(
    ("mode", "values", "epoch"),
    [
        ("min", [3.0, 1.0, 2.0], 2),
        ("max", [3.0, 1.0, 2.0], 1),
        ("min", [2.0, 1.0, 1.0], 2),
        ("max", [2.0, 2.0, 1.0], 1),
        ("min", [float("nan"), 3.0, 2.0, float("-inf")], 3),
        ("max", [float("nan"), 1.0, float("inf"), 0.5], 2),
    ],
)
def test_the_best_finite_state_is_kept_and_of_equal_ones_the_first(mode, values, epoch):
    assert kept(values, BestWeights("val_loss", mode)) == (epoch, float(epoch))


def test_the_last_state():
    assert kept([1.0, 5.0, float("nan")], BestWeights("last")) == (3, 3.0)


def test_weights_that_are_not_finite_are_never_kept():
    rule = BestWeights("last")
    assert rule.update(state(1.0), {}, TrainingPosition(1, 1))
    assert not rule.update(state(float("nan")), {}, TrainingPosition(2, 2))
    assert rule.moment.epoch == 1


def test_why_nothing_was_kept_is_counted_and_survives_a_checkpoint():
    rule = BestWeights("val_loss")
    rule.update(state(1.0), {}, TrainingPosition(1, 1))
    rule.update(state(1.0), {"val_loss": float("nan")}, TrainingPosition(2, 2))
    rule.update(state(float("inf")), {"val_loss": float("nan")}, TrainingPosition(3, 3))
    rule.update(state(float("nan")), {"val_loss": 1.0}, TrainingPosition(4, 4))
    expected = {"not measured": 1, "monitor not finite": 1, "weights not finite": 2}
    assert (rule.refused, rule.not_finite) == (expected, rule.not_finite)
    assert rule.not_finite.endswith("/gamma")
    again = BestWeights("val_loss")
    again.set_state(rule.state())
    assert (again.refused, again.not_finite) == (rule.refused, rule.not_finite)
    again.set_state({"moment": None, "figures": {}, "weights": None})
    assert (again.refused, again.not_finite) == ({}, "")


def test_bfloat16_weights_that_are_not_finite_are_never_kept():
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1, dtype="bfloat16")(inputs))
    model.layers[1].bias.assign([float("nan")])
    rule = BestWeights("last")
    assert not rule.update(model, {}, TrainingPosition(1, 1))
    assert rule.refused == {"weights not finite": 1}


@pytest.mark.parametrize(
    ("section", "names", "monitor", "mode"),
    [
        (Choose(), NAMES, "val_loss", "min"),
        (Choose(), ["loss", "accuracy"], "last", "min"),
        (Choose(monitor="val_accuracy"), NAMES, "val_accuracy", "max"),
        (Choose(monitor="val_accuracy", mode="min"), NAMES, "val_accuracy", "min"),
        (Choose(monitor="val_kl_divergence", mode="min"), NAMES, "val_kl_divergence", "min"),
        (Choose(monitor="last"), NAMES, "last", "min"),
    ],
)
def test_the_rule_of_a_spec(section, names, monitor, mode):
    found = BestWeights.from_spec(section, names)
    assert (found.monitor, found.mode) == (monitor, mode)


@pytest.mark.parametrize(
    ("section", "names"),
    [
        (Choose(monitor="val_acuracy"), NAMES),
        (Choose(monitor="val_loss"), ["loss"]),
        (Choose(monitor="val_kl_divergence"), NAMES),
    ],
)
def test_a_typo_is_found_before_training(section, names):
    with raises(SpecError):
        BestWeights.from_spec(section, names, lambda path: Mark("a.yaml", 1, 2, 1, 3))
