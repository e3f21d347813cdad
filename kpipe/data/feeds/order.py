"""The order of samples in an epoch: a pure function, so that a resumed run needs no saved state to repeat it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpipe.errors import ArgumentError

_LIMIT = 2**64


def order(count: int, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """Return the permutation of `count` samples in one epoch.

    The random generator is Philox4x64 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), which
    has an independent stream for each key. The key is the pair (seed, epoch) of 64-bit integers, so every pair has a
    separate stream. NumPy shuffles with this generator (Fisher and Yates).

    Args:
        count: number of samples, at least 0.
        seed: the seed of the run, in [0, 2^64).
        epoch: the epoch, in [0, 2^64).

    Returns:
        An int64 array (count,) that contains each number from 0 to `count` - 1 once.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> order(5, seed=0, epoch=0).tolist() == order(5, seed=0, epoch=0).tolist()
        True
        >>> sorted(order(5, seed=0, epoch=1).tolist())
        [0, 1, 2, 3, 4]
    """
    if count < 0:
        raise ArgumentError("count", f"out of range; expected at least 0, got {count}")
    for name, value in (("seed", seed), ("epoch", epoch)):
        if not 0 <= value < _LIMIT:
            raise ArgumentError(name, f"out of range; expected an integer in [0, 2^64), got {value}")
    key = np.array([seed, epoch], np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).permutation(count)
