"""The weights of samples in arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.errors import ArgumentError, DataError


def sample_weights(name: str, parts: Iterable[npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """Return the weights of all parts.

    Args:
        name: the name of the arrays, for messages.
        parts: the arrays, in order.

    Raises:
        ArgumentError: an array does not contain one number for each sample.
        DataError: a weight is negative or not finite.

    Example:
        >>> sample_weights("w", [np.array([1, 2]), np.array([0])]).tolist()
        [1.0, 2.0, 0.0]
    """
    found = []
    for part in parts:
        array = np.asarray(part)
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        if array.ndim != 1 or array.dtype.kind not in "biuf":
            raise ArgumentError(
                "data.sample_weights",
                f"{name!r} does not contain weights; expected numbers of shape (n,), got {array.dtype} of shape "
                f"{array.shape}",
            )
        with np.errstate(over="ignore"):
            weights = array.astype(np.float32)
        bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
        if len(bad):
            raise DataError(
                f"{name!r}[{bad[0]}] is not a weight; expected a finite float32 number of at least 0, got "
                f"{array[bad[0]]}; correct it, or write 0 for a sample without weight"
            )
        found.append(weights)
    return np.concatenate(found)
