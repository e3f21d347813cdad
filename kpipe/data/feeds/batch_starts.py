"""The boundaries of the batches of an epoch."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from kpipe.errors import ArgumentError

LastBatch = Literal["keep", "spread", "drop"]


def batch_starts(count: int, batch_size: int, last_batch: LastBatch = "keep") -> npt.NDArray[np.int64]:
    """Return the positions at which the batches of an epoch begin, followed by the end of the last batch.

    Args:
        count: number of samples, at least 0.
        batch_size: most samples per batch, at least 1.
        last_batch: what happens to the remainder. `keep` (default): the last batch is smaller. `spread`:
            ceil(count / batch_size) batches whose sizes differ by at most one, the larger ones first. `drop`:
            floor(count / batch_size) batches; the remaining samples are not used in this epoch.

    Returns:
        An ascending int64 array of shape (batches + 1,).

    Raises:
        ArgumentError: `drop` would result in no batches.

    Example:
        >>> [batch_starts(10, 4, rule).tolist() for rule in ("keep", "spread", "drop")]
        [[0, 4, 8, 10], [0, 4, 7, 10], [0, 4, 8]]
    """
    if last_batch == "drop":
        if count < batch_size:
            message = (
                f"drop results in no batches; expected at least {batch_size} samples for batch_size {batch_size}, got "
                f"{count} in the training part; reduce data.batch_size, or write keep or spread"
            )
            raise ArgumentError("last_batch", message)
        return np.arange(0, count - count % batch_size + 1, batch_size, dtype=np.int64)
    batches = -(-count // batch_size)
    if last_batch == "spread" and batches:
        smaller_size, num_larger = divmod(count, batches)
        numbers = np.arange(batches + 1, dtype=np.int64)
        return numbers * smaller_size + np.minimum(numbers, num_larger)
    return np.minimum(np.arange(batches + 1, dtype=np.int64) * batch_size, count)
