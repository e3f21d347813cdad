import keras
import numpy as np
import pytest
from golden import raises

from kpipe.data.dataset import Target
from kpipe.errors import SpecError
from kpipe.train.objective.label_range import check_label_range
from kpipe.train.objective.objective import decide

from ..stand_in import train_section


def checked(activation, labels):
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(1)(inputs)
    output = activation(hidden) if callable(activation) else keras.layers.Dense(1, activation=activation)(hidden)
    model = keras.Model(inputs, keras.layers.Flatten()(output))
    objective = decide(train_section(), model, {"y": Target("y", "regression", None, ())}, lambda path: None)
    values = np.array([*labels, 1e9])
    check_label_range(model, objective, {"y": values}, np.arange(len(labels)), lambda path: None)


@pytest.mark.parametrize(
    ("activation", "labels"),
    [("sigmoid", [0, 1]), ("linear", [-9, 9]), ("relu", [0, 900]), ("tanh", [-1, 1]), ("elu", [-9, 9])],
)
def test_labels_within_the_range_pass_and_other_parts_do_not_count(activation, labels):
    checked(activation, labels)


@pytest.mark.parametrize(
    ("activation", "labels"),
    [
        ("sigmoid", [0, 1.5]),
        ("relu", [-0.5, 3]),
        (keras.layers.ReLU(), [-0.5, 3]),
        (keras.layers.Activation("tanh"), [-2, 0]),
    ],
)
def test_labels_that_can_never_be_reached_are_refused(activation, labels):
    with raises(SpecError):
        checked(activation, labels)
