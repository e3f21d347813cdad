from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.layers.position_embedding import PositionEmbedding

from .harness import Case

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

CASES = [
    Case(PositionEmbedding, (2, 5, 4), trainable=1),
    Case(lambda: PositionEmbedding(max_steps=9), (2, 5, 4), trainable=1),
    Case(lambda: PositionEmbedding("sinusoidal"), (2, 3, 5, 3)),
]


@pytest.mark.parametrize(("steps", "features", "wavelength"), [(7, 6, 10_000.0), (50, 5, 100.0)])
def test_sinusoids_are_those_of_the_formula(steps: int, features: int, wavelength: float) -> None:
    expected = np.zeros((steps, features))
    for p in range(steps):
        for i in range(features):
            angle = p / wavelength ** (2 * (i // 2) / features)
            expected[p, i] = np.sin(angle) if i % 2 == 0 else np.cos(angle)
    x = np.random.default_rng(0).normal(size=(2, steps, features)).astype("float32")
    layer = PositionEmbedding("sinusoidal", wavelength=wavelength)
    np.testing.assert_allclose(layer(x), x + expected, atol=1e-5)
    assert layer.weights == []


def test_learned_vectors_are_added_to_each_position() -> None:
    layer = PositionEmbedding(max_steps=4)
    layer.build((None, None, 2))
    table = np.arange(8.0).reshape(4, 2).astype("float32")
    layer.embeddings.assign(table)
    for steps in (1, 3, 4):
        x = np.ones((2, steps, 2), "float32")
        np.testing.assert_array_equal(layer(x), x + table[:steps])


def test_a_model_with_an_unknown_number_of_steps() -> None:
    for arguments in ({"kind": "sinusoidal"}, {"max_steps": 6}):
        inputs = keras.Input((None, 4))
        model = keras.Model(inputs, PositionEmbedding(**arguments)(inputs))
        assert model.output.shape == (None, None, 4)
        assert [model.predict(np.zeros((1, steps, 4)), verbose=0).shape[1] for steps in (2, 6)] == [2, 6]


@pytest.mark.parametrize(
    "arguments",
    [{"kind": "fixed"}, {"max_steps": 0}, {"kind": "sinusoidal", "max_steps": 3}, {"wavelength": 50.0}],
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, Any]) -> None:
    with raises(ArgumentError):
        PositionEmbedding(**arguments)


@pytest.mark.parametrize(("arguments", "shape"), [({}, (4,)), ({}, (None, 4)), ({"max_steps": 3}, (5, 4))])
def test_inputs_that_do_not_fit_are_refused(arguments: dict[str, Any], shape: tuple[Any, ...]) -> None:
    with raises(ValueError):
        PositionEmbedding(**arguments, name="position")(keras.Input(shape))
