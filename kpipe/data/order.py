"""The order in which an epoch meets its samples: a pure function, so that nothing needs saving to repeat it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpipe.errors import ArgumentError

_WORD = 2**64


def order(count: int, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """The permutation of `count` samples in one epoch.

    Philox4x64 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), a generator whose streams
    are distinguished by a key; the key is the pair (seed, epoch) in two words of 64 bits, so no two pairs share a
    stream. NumPy shuffles with it (Fisher and Yates).

    Args:
        count: how many samples, at least 0.
        seed: of the run, in [0, 2^64).
        epoch: from 0, below 2^64.

    Returns:
        int64 (count,): each number from 0 to `count` - 1 once.

    Raises:
        ArgumentError: one of them is out of range.

    Example:
        >>> order(5, seed=0, epoch=0).tolist() == order(5, seed=0, epoch=0).tolist()
        True
        >>> sorted(order(5, seed=0, epoch=1).tolist())
        [0, 1, 2, 3, 4]
    """
    if count < 0:
        raise ArgumentError("count", f"{count} samples cannot be ordered; it is at least 0")
    for name, value in (("seed", seed), ("epoch", epoch)):
        if not 0 <= value < _WORD:
            raise ArgumentError(name, f"{value} is out of range; it is an integer in [0, 2^64)")
    key = np.array([seed, epoch], np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).permutation(count)
