"""Arrays that TensorFlow uses where they are: `tf.constant` would take their memory three times for a moment."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

#: TensorFlow's kernels want addresses that are multiples of this (EIGEN_MAX_ALIGN_BYTES).
_ALIGNMENT = 64


def aligned_zeros(shape: tuple[int, ...], dtype: str) -> Values:
    """An array of zeros that `held_tensor` can use without a copy.

    Example:
        >>> aligned_zeros((2, 3), "float32").sum().item()
        0.0
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    room = np.zeros(size + _ALIGNMENT, np.uint8)
    first = -room.ctypes.data % _ALIGNMENT
    return room[first : first + size].view(dtype).reshape(shape)


def held_tensor(values: Values) -> Any:
    """A tensor on the host of the values of an array, which must not be changed from then on.

    Args:
        values: copied once, unless it comes from `aligned_zeros`.
    """
    import tensorflow as tf

    if not values.size:
        return tf.constant(values)
    if not (values.flags.writeable and values.flags.c_contiguous and values.ctypes.data % _ALIGNMENT == 0):
        own = aligned_zeros(values.shape, values.dtype.name)
        own[...] = values
        values = own
    return tf.experimental.dlpack.from_dlpack(values.__dlpack__())
