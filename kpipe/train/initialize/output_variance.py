"""The variance of the outputs of a layer."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

#: The values that are converted to float64 at once, which bounds the memory.
_CHUNK = 1_000_000


def output_variance(outputs: Any) -> float:
    """Return the variance of all values of a tensor around their mean, computed in float64.

    Args:
        outputs: a tensor of floats; the variance is not finite if one of them is not.

    Example:
        >>> output_variance(keras.ops.convert_to_tensor([[1.0, 3.0]]))
        1.0
    """
    values = np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(outputs, "float32"))).reshape(-1)
    chunks = [values[first : first + _CHUNK] for first in range(0, len(values), _CHUNK)]
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sum(float(np.sum(chunk, dtype=np.float64)) for chunk in chunks) / len(values)
        squares = (float(np.sum(np.square(chunk.astype(np.float64) - mean))) for chunk in chunks)
        return sum(squares) / len(values)
