"""Positions of the samples of one input in a flat buffer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.aligned_tensor import aligned_empty
from kpipe.data.dataset import Indices

Values = npt.NDArray[Any]


class SampleLayout:
    """Where each sample of an input is in a one-dimensional array of all their values.

    Args:
        shape: of one sample, with None for the height and width of images that differ in size.
        dtype: NumPy name of the type.
        count: number of samples.
        sizes: height and width of each sample (count, 2), if the shape contains None.

    Attributes:
        length: number of values of all samples.
        nbytes: number of bytes of all samples.

    Example:
        >>> layout = SampleLayout((None, None, 1), "uint8", 2, np.array([[1, 2], [1, 1]]))
        >>> [sample.ravel().tolist() for sample in layout.read(np.arange(3), np.array([1, 0]))]
        [[2], [0, 1]]
    """

    def __init__(
        self, shape: Sequence[int | None], dtype: str, count: int, sizes: npt.NDArray[np.integer[Any]] | None = None
    ) -> None:
        self.dtype = dtype
        self._count = count
        self._channels = tuple(int(size) for size in shape if size is not None)
        self._sizes = None if None not in shape else np.asarray(sizes, np.int64)[:count]
        if self._sizes is None:
            self.length = count * math.prod(self._channels)
        else:
            ends = np.cumsum(self._sizes.prod(axis=1) * math.prod(self._channels))
            self._starts = np.concatenate([[0], ends])
            self.length = int(self._starts[-1])
        self.nbytes = self.length * np.dtype(dtype).itemsize

    def whole(self, buffer: Values) -> Values | None:
        """Return a view of all samples (count, ...), or None if their sizes differ."""
        return buffer.reshape(self._count, *self._channels) if self._sizes is None else None

    def place(self, index: int) -> tuple[int, tuple[int, ...]]:
        """Return the position of the first value of a sample, and its shape."""
        if self._sizes is None:
            return index * math.prod(self._channels), self._channels
        return int(self._starts[index]), (*map(int, self._sizes[index]), *self._channels)

    def read(self, buffer: Values, indices: Indices) -> Values | list[Values]:
        """Return copies of the selected samples: an array (n, ...), or a list if their sizes differ."""
        whole = self.whole(buffer)
        if whole is not None:
            copies = aligned_empty((len(indices), *self._channels), whole.dtype)
            # With the mode "raise", NumPy would copy twice.
            return np.take(whole, indices, axis=0, out=copies, mode="clip")
        return [self._view(buffer, int(index)).copy() for index in indices]

    def write(self, buffer: Values, indices: Indices, values: Any) -> None:
        """Put samples into the buffer, given in the form that `read` returns."""
        whole = self.whole(buffer)
        if whole is not None:
            whole[indices] = values
            return
        for index, value in zip(indices, values, strict=True):
            self._view(buffer, int(index))[...] = value

    def _view(self, buffer: Values, index: int) -> Values:
        start, shape = self.place(index)
        return buffer[start : start + math.prod(shape)].reshape(shape)
