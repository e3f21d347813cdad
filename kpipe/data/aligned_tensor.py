"""Tensors that share the memory of NumPy arrays; `tf.constant` would temporarily need three times the memory."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

#: The kernels of TensorFlow need addresses that are multiples of this (EIGEN_MAX_ALIGN_BYTES).
_ALIGNMENT = 64

#: Bytes from which memory is kept for other arrays, and the multiple of bytes to which it is rounded up. The C library
#: keeps smaller pieces.
_LARGE, _GRANULE = 2**17, 2**16

#: Most bytes that are kept while no array uses them.
MAX_KEPT = 128 * 2**20

_KEPT: deque[Values] = deque()


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

    Memory of a large array is used again after the last reference to it, such as that of a tensor, is gone. New memory
    costs a page fault for every 4 KiB, which is a quarter of the time in which a JPEG file is decoded into it.

    Example:
        >>> aligned_empty((2, 3), "uint8").ctypes.data % 64
        0
    """
    form = np.dtype(dtype)
    size = math.prod(shape) * form.itemsize
    buffer = np.empty(size + _ALIGNMENT, np.uint8) if size < _LARGE else np.asarray(_Lease(size + _ALIGNMENT))
    first = -buffer.ctypes.data % _ALIGNMENT
    return buffer[first : first + size].view(form).reshape(shape)


class _Lease:
    """The owner of the memory of an array, which is kept for another array when this one is gone."""

    def __init__(self, size: int) -> None:
        kept = _kept(size)
        self._memory = np.empty(-(-size // _GRANULE) * _GRANULE, np.uint8) if kept is None else kept
        self.__array_interface__ = {**self._memory.__array_interface__, "shape": (size,)}

    def __del__(self, kept: deque[Values] = _KEPT, most: int = MAX_KEPT) -> None:
        # Any thread may be here, also one that is within `_kept`, so only single operations of the deque are used.
        # Global names may be gone when the interpreter ends.
        kept.append(self._memory)
        while sum(memory.nbytes for memory in tuple(kept)) > most:
            try:
                kept.popleft()
            except IndexError:
                return


def _kept(size: int) -> Values | None:
    """Return kept memory of a size, rounded up; others become the first to be released."""
    for _ in range(len(_KEPT)):
        try:
            memory = _KEPT.pop()
        except IndexError:
            return None
        if 0 <= memory.nbytes - size < _GRANULE:
            return memory
        _KEPT.appendleft(memory)
    return None


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
