"""What several layers ask of their arguments, tried on all that ask it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from kpipe import layers

Dense = keras.layers.Dense


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.GroupNorm(epsilon="a"), "epsilon: 'a' is out of range; it is a finite number above 0, else"),
        (lambda: layers.GroupNorm("all"), "groups: 'all' is out of range; it is a whole number of at least 1, or auto"),
        (lambda: layers.GroupNorm(2.0), "groups: 2.0 is out of range; it is a whole number"),
        (lambda: layers.DecorrelatedBatchNorm(momentum=None), "momentum: None is out of range; it is from 0 to 1"),
        (lambda: layers.DropConnect(Dense(3), rate="a"), "rate: 'a' is out of range; it is at least 0 and below 1"),
        (lambda: layers.DropConnect(Dense(3), 0.5, samples="a"), "samples: 'a' is out of range; it is a whole number"),
        (lambda: layers.DropConnect(Dense(3), 0.5, kernels=3), "kernels: 3 is no name and no list of names"),
        (lambda: layers.DropConnect(Dense(3), 0.5, kernels=[]), r"kernels: \[\] is no name and no list of names"),
        (lambda: layers.DropConnect(keras.layers.MultiHeadAttention(2, 2), 0.5), "takes several inputs; give a layer"),
        (lambda: layers.FractionalMaxPooling2D("a"), "pool_ratio: 'a' is out of range; it is above 1 and below 2"),
        (lambda: layers.FractionalMaxPooling2D((1.2, 3)), "pool_ratio: 3 is out of range"),
        (lambda: layers.FractalJoin("a"), "columns: 'a' is out of range; it is a whole number of at least 2"),
        (lambda: layers.FractalJoin(2, drop_rate="1"), "drop_rate: '1' is out of range; it is at least 0 and below 1"),
        (lambda: layers.Maxout("a"), "units: 'a' is out of range; it is a whole number of at least 1"),
        (lambda: layers.PaddedShortcut("x"), "filters: 'x' is out of range; it is a whole number of at least 1"),
        (lambda: layers.SqueezeExcite(True), "ratio: True is out of range; it is a whole number of at least 1"),
        (
            lambda: layers.LocalResponseNorm(alpha="a"),
            "alpha: 'a' is out of range; it is a finite number of at least 0",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_numbers_of_numpy_are_numbers() -> None:
    assert layers.GroupNorm(np.int64(4), epsilon=np.float32(0.5)).groups == 4
    assert layers.StochasticDepth(Dense(3), np.float64(0.5)).survival == 0.5
