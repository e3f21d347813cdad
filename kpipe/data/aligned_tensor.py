"""Tensors that share the memory of NumPy arrays; `tf.constant` would temporarily need three times the memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

#: The kernels of TensorFlow need addresses that are multiples of this (EIGEN_MAX_ALIGN_BYTES).
_ALIGNMENT = 64


def aligned_zeros(shape: tuple[int, ...], dtype: str) -> Values:
    """Return an array of zeros that `aligned_tensor` can use without a copy.

    Example:
        >>> aligned_zeros((2, 3), "float32").sum().item()
        0.0
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    buffer = np.zeros(size + _ALIGNMENT, np.uint8)
    first = -buffer.ctypes.data % _ALIGNMENT
    return buffer[first : first + size].view(dtype).reshape(shape)


def aligned_empty(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Values:
    """Return an array of arbitrary values that TensorFlow can use without a copy.

    Example:
        >>> aligned_empty((2, 3), "uint8").ctypes.data % 64
        0
    """
    form = np.dtype(dtype)
    size = math.prod(shape) * form.itemsize
    buffer = np.empty(size + _ALIGNMENT, np.uint8)
    first = -buffer.ctypes.data % _ALIGNMENT
    return buffer[first : first + size].view(form).reshape(shape)


def aligned_tensor(values: Values) -> Any:
    """Return a CPU tensor with the values of an array, which must not be modified afterwards.

    Args:
        values: the array; it is copied once unless it was created by `aligned_zeros`.
    """
    import tensorflow as tf

    if not values.size:
        return tf.constant(values)
    if not (values.flags.writeable and values.flags.c_contiguous and values.ctypes.data % _ALIGNMENT == 0):
        aligned = aligned_zeros(values.shape, values.dtype.name)
        aligned[...] = values
        values = aligned
    return tf.experimental.dlpack.from_dlpack(values.__dlpack__())
