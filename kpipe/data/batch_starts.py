"""Where the batches of an epoch begin."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from kpipe.errors import ArgumentError

LastBatch = Literal["keep", "spread", "drop"]


def batch_starts(count: int, batch_size: int, last_batch: LastBatch = "keep") -> npt.NDArray[np.int64]:
    """The positions in an epoch's order at which its batches begin, and where the last one ends.

    Args:
        count: samples, at least 0.
        batch_size: samples a batch at most, at least 1.
        last_batch: what happens to the remainder. `keep` (default): the last batch is smaller. `spread`:
            ceil(count / batch_size) batches whose sizes differ by at most one, the larger ones first. `drop`:
            floor(count / batch_size) batches, and the samples that remain are not in this epoch.

    Returns:
        int64 of shape (batches + 1,), ascending.

    Raises:
        ArgumentError: `drop` would leave no batch.

    Example:
        >>> [batch_starts(10, 4, rule).tolist() for rule in ("keep", "spread", "drop")]
        [[0, 4, 8, 10], [0, 4, 7, 10], [0, 4, 8]]
    """
    if last_batch == "drop":
        if count < batch_size:
            message = (
                f"drop leaves no batch; expected at least {batch_size} samples for batch_size {batch_size}, got "
                f"{count} in the training part; lower data.batch_size, or write keep or spread"
            )
            raise ArgumentError("last_batch", message)
        return np.arange(0, count - count % batch_size + 1, batch_size, dtype=np.int64)
    batches = -(-count // batch_size)
    if last_batch == "spread" and batches:
        small, larger = divmod(count, batches)
        numbers = np.arange(batches + 1, dtype=np.int64)
        return numbers * small + np.minimum(numbers, larger)
    return np.minimum(np.arange(batches + 1, dtype=np.int64) * batch_size, count)
