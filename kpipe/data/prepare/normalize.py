"""Linear maps as built-in Keras layers whose weights are set to fitted values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def normalization(tensor: Any, axes: tuple[int, ...], mean: Values, variance: Values, name: str) -> Any:
    """Return (x - mean) / sqrt(variance), computed by a `keras.layers.Normalization`.

    Args:
        tensor: the symbolic input.
        axes: the axes of a batch along which mean and variance differ, ascending.
        mean: an array of the shape of these axes.
        variance: an array of the same shape, above 0.
        name: the name of the layer.
    """
    import keras

    layer = keras.layers.Normalization(axis=axes, dtype="float32", trainable=False, name=name)
    normalized = layer(tensor)
    layer.adapt_mean.assign(mean.astype(np.float32))
    layer.adapt_variance.assign(variance.astype(np.float32))
    # The layer computes with copies of its weights, which are updated only here. The symbolic call above used the
    # initial copies, but a functional model calls the layer again.
    layer.finalize_state()
    return normalized


def projection(tensor: Any, mean: Values, kernel: Values, name: str) -> Any:
    """Return (x - mean) @ kernel of flattened samples.

    Args:
        tensor: the symbolic input.
        mean: an array (d,).
        kernel: an array (d, k).
        name: a prefix for the names of the layers.
    """
    import keras

    if len(tensor.shape) > 2:
        tensor = keras.layers.Flatten(dtype="float32", name=f"{name}_flatten")(tensor)
    centered = normalization(tensor, (1,), mean, np.ones_like(mean), f"{name}_center")
    # A random initializer would consume random numbers and so change the initial weights of the model.
    layer = keras.layers.Dense(
        kernel.shape[1],
        use_bias=False,
        kernel_initializer="zeros",
        dtype="float32",
        trainable=False,
        name=f"{name}_project",
    )
    projected = layer(centered)
    layer.kernel.assign(kernel.astype(np.float32))
    return projected
