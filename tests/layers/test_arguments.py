"""What several layers ask of their arguments, tried on all that ask it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import raises

from kpipe import layers

Dense = keras.layers.Dense


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.GroupNorm(epsilon="a"),
        lambda: layers.GroupNorm("all"),
        lambda: layers.GroupNorm(2.0),
        lambda: layers.DecorrelatedBatchNorm(momentum=None),
        lambda: layers.DropConnect(Dense(3), rate="a"),
        lambda: layers.DropConnect(Dense(3), 0.5, samples="a"),
        lambda: layers.DropConnect(Dense(3), 0.5, kernels=3),
        lambda: layers.DropConnect(Dense(3), 0.5, kernels=[]),
        lambda: layers.DropConnect(keras.layers.MultiHeadAttention(2, 2), 0.5),
        lambda: layers.FractionalMaxPooling2D("a"),
        lambda: layers.FractionalMaxPooling2D((1.2, 3)),
        lambda: layers.FractalJoin("a"),
        lambda: layers.FractalJoin(2, drop_rate="1"),
        lambda: layers.Maxout("a"),
        lambda: layers.PaddedShortcut("x"),
        lambda: layers.SqueezeExcite(True),
        lambda: layers.LocalResponseNorm(alpha="a"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(make: Any) -> None:
    with raises(ValueError):
        make()


def test_numbers_of_numpy_are_numbers() -> None:
    assert layers.GroupNorm(np.int64(4), epsilon=np.float32(0.5)).groups == 4
    assert layers.StochasticDepth(Dense(3), np.float64(0.5)).survival == 0.5
