"""All values of each column of an input."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kpipe.data.prepare.preparation import Batches

#: Values that are in memory at once, unless a single column has more: 64 MiB as float32.
MAX_VALUES = 1 << 24


def column_values(batches: Batches, max_values: int = MAX_VALUES) -> Iterator[npt.NDArray[np.float32]]:
    """Yield all values of each index of the last axis, reading the batches several times to limit the memory.

    Args:
        batches: a function that returns batches (n, ..., columns) with at least one sample, the same ones at each call.
        max_values: number of values that may be in memory at once, at least 1, default 16 million.

    Example:
        >>> batches = [np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]
        >>> [values.tolist() for values in column_values(lambda: batches)]
        [[1.0, 3.0], [2.0, 4.0]]
    """
    sizes = [(batch.shape[-1], batch[..., 0].size) for batch in batches()]
    width, rows = sizes[0][0], sum(size for _, size in sizes)
    together = max(max_values // rows, 1)
    for first in range(0, width, together):
        chosen = slice(first, first + together)
        chunks = [_flat(batch[..., chosen]).astype(np.float32) for batch in batches()]
        yield from np.concatenate(chunks).T


def _flat(batch: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return batch.reshape(-1, batch.shape[-1])
