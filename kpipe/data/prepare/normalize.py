"""A linear map in Keras' own layers, with its values held as weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def normalization(tensor: Any, axes: tuple[int, ...], mean: Values, variance: Values, name: str) -> Any:
    """(x - mean) / sqrt(variance) by `keras.layers.Normalization`, whose weights hold the values.

    Args:
        tensor: symbolic.
        axes: those of the batch that have their own values, ascending.
        mean: of the shape of these axes.
        variance: likewise, above 0.
        name: of the layer.
    """
    import keras

    layer = keras.layers.Normalization(axis=axes, dtype="float32", trainable=False, name=name)
    normalized = layer(tensor)
    layer.adapt_mean.assign(mean.astype(np.float32))
    layer.adapt_variance.assign(variance.astype(np.float32))
    # The layer computes with copies of its weights, which only this refreshes; the symbolic call above has
    # left no trace of the old ones, since a functional model calls the layer again.
    layer.finalize_state()
    return normalized


def projection(tensor: Any, mean: Values, kernel: Values, name: str) -> Any:
    """(x - mean) @ kernel over flattened samples.

    Args:
        tensor: symbolic.
        mean: (d,).
        kernel: (d, k).
        name: prefix of the layers' names.
    """
    import keras

    if len(tensor.shape) > 2:
        tensor = keras.layers.Flatten(dtype="float32", name=f"{name}_flatten")(tensor)
    centred = normalization(tensor, (1,), mean, np.ones_like(mean), f"{name}_center")
    # Zeros at first, so that the model's own initial weights do not depend on this layer's random numbers.
    layer = keras.layers.Dense(
        kernel.shape[1],
        use_bias=False,
        kernel_initializer="zeros",
        dtype="float32",
        trainable=False,
        name=f"{name}_project",
    )
    projected = layer(centred)
    layer.kernel.assign(kernel.astype(np.float32))
    return projected
