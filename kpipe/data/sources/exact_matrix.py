"""A matrix of float64 numbers whose float32 values are an array of their own."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Indices
from kpipe.data.workers.shared_array import SharedArray

Numbers = npt.NDArray[np.float64]


class ExactMatrix:
    """A matrix of float64 numbers, as the nearest float32 numbers and the differences between their bits.

    The training uses the float32 values without a copy. The bits of a float64 number differ from those of the nearest
    float32 number by less than 2^28, so that the differences are int32, and both need no more memory than the float64
    numbers; only with numbers below 1.2e-38 or above 3.4e38, the differences are int64.

    Args:
        blocks: the numbers (m, columns), block by block.
        shape: number of rows and of columns of all blocks.

    Attributes:
        values: the float32 numbers (rows, columns), in memory that processes share; infinite above 3.4e38.

    Example:
        >>> matrix = ExactMatrix([np.array([[0.1, 1e300]])], (1, 2))
        >>> matrix.values.tolist(), matrix.rows(np.array([0])).tolist()
        ([[0.10000000149011612, inf]], [[0.1, 1e+300]])
    """

    def __init__(self, blocks: Iterable[Numbers], shape: tuple[int, int]) -> None:
        self.values: npt.NDArray[np.float32] = SharedArray(shape, np.float32).array
        self._bits: npt.NDArray[np.int32] | npt.NDArray[np.int64] = SharedArray(shape, np.int32).array
        first = 0
        for block in blocks:
            self._put(first, block)
            first += len(block)

    def _put(self, first: int, block: Numbers) -> None:
        rows = slice(first, first + len(block))
        with np.errstate(over="ignore"):
            self.values[rows] = block
        bits = np.ascontiguousarray(block).view(np.int64) - self.values[rows].astype(np.float64).view(np.int64)
        limits = np.iinfo(self._bits.dtype)
        if bits.size and (bits.max() > limits.max or bits.min() < limits.min):
            self._bits = SharedArray.of(self._bits.astype(np.int64)).array
        self._bits[rows] = bits

    def rows(self, indices: Indices, columns: npt.NDArray[np.int64] | None = None) -> Numbers:
        """Return the float64 numbers of some rows, and of some or (default) all columns."""
        place = indices if columns is None else (indices[:, np.newaxis], columns)
        bits = self.values[place].astype(np.float64).view(np.int64)
        bits += self._bits[place]
        return bits.view(np.float64)
