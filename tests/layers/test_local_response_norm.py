from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from golden import raises

from kpipe.layers import LocalResponseNorm

from .harness import Case

CASES = [
    Case(LocalResponseNorm, (2, 4, 4, 6)),
    Case(lambda: LocalResponseNorm(1, 1.0, 0.5, 0.5, "channels_first"), (2, 3, 5)),
]

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def oracle(a: Any, radius: int, bias: float, alpha: float, beta: float) -> Any:
    """Section 3.3 of the paper, one channel after the other, channels last, float64."""
    a = np.asarray(a, np.float64)
    b = np.empty_like(a)
    for i in range(a.shape[-1]):
        near = a[..., max(0, i - radius) : i + radius + 1]
        b[..., i] = a[..., i] / (bias + alpha * np.square(near).sum(axis=-1)) ** beta
    return b


@pytest.mark.parametrize(
    "arguments",
    [(2, 2.0, 1e-4, 0.75), (5, 1.0, 1.0, 0.5), (0, 1.0, 0.3, 2.0), (9, 0.5, 0.1, 1.0), (2, 2.0, 0.0, 0.75)],
)
def test_agrees_with_the_paper_and_with_tensorflow(arguments: tuple[int, float, float, float]) -> None:
    inputs = np.random.default_rng(1).normal(0, 20, (2, 3, 4, 7)).astype("float32")
    output = LocalResponseNorm(*arguments)(inputs).numpy()
    np.testing.assert_allclose(output, oracle(inputs, *arguments), rtol=2e-6, atol=1e-6)
    theirs = tf.nn.local_response_normalization(inputs, *arguments).numpy()
    np.testing.assert_allclose(output, theirs, rtol=1e-5, atol=1e-6)


def test_defaults_are_the_papers() -> None:
    inputs = np.random.default_rng(2).normal(0, 50, (2, 9)).astype("float32")
    expected = oracle(inputs, radius=2, bias=2.0, alpha=1e-4, beta=0.75)
    np.testing.assert_allclose(LocalResponseNorm()(inputs).numpy(), expected, rtol=2e-6)


def test_channels_first_is_the_transpose_of_channels_last() -> None:
    inputs = np.random.default_rng(3).normal(size=(2, 6, 3, 4)).astype("float32")
    last = LocalResponseNorm(alpha=1.0)(inputs.transpose(0, 2, 3, 1)).numpy()
    first = LocalResponseNorm(alpha=1.0, data_format="channels_first")(inputs).numpy()
    np.testing.assert_array_equal(first, last.transpose(0, 3, 1, 2))


def test_half_precision_does_not_overflow_at_large_activations() -> None:
    inputs = np.full((1, 2, 2, 8), 1000.0, "float16")
    layer = LocalResponseNorm(dtype="mixed_float16")
    expected = oracle(inputs, 2, 2.0, 1e-4, 0.75)
    np.testing.assert_allclose(layer(inputs).numpy().astype("float64"), expected, rtol=1e-3)


def test_float64_stays_exact() -> None:
    inputs = np.random.default_rng(4).normal(size=(3, 5))
    output = LocalResponseNorm(alpha=1.0, dtype="float64")(inputs).numpy()
    np.testing.assert_allclose(output, oracle(inputs, 2, 2.0, 1.0, 0.75), rtol=1e-14)


def test_gradient_is_that_of_the_formula() -> None:
    inputs = np.random.default_rng(5).normal(size=(1, 6))
    layer = LocalResponseNorm(alpha=1.0, dtype="float64")
    with tf.GradientTape() as tape:
        variable = tf.Variable(inputs)
        total = tf.reduce_sum(layer(variable) * np.arange(6.0))
    step = 1e-6 * np.eye(6)
    ends = [(oracle(inputs + s * step, 2, 2.0, 1.0, 0.75) * np.arange(6.0)).sum(axis=-1) for s in (1, -1)]
    np.testing.assert_allclose(tape.gradient(total, variable).numpy()[0], (ends[0] - ends[1]) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [
        {"depth_radius": -1},
        {"depth_radius": 1.5},
        {"bias": 0.0},
        {"alpha": -1e-4},
        {"beta": float("nan")},
        {"data_format": "last"},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        LocalResponseNorm(**arguments)


def test_refuses_an_input_without_channels() -> None:
    with raises(ValueError):
        LocalResponseNorm()(keras.Input((4, None)))
