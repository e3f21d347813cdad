"""The shares of classes among labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.train.objective.label_form import Form

#: The lowest share, so that its logarithm is finite.
_LOWEST = 1e-7


def label_shares(
    form: Form,
    labels: npt.NDArray[Any],
    classes: int,
    weights: npt.NDArray[Any] | None = None,
    *,
    independent: bool = False,
) -> npt.NDArray[np.float64]:
    """Return the constant probabilities with the lowest crossentropy: sum w y / sum w for the weights w and labels y.

    Args:
        form: the form of the labels; `numbers` for the columns 0 and 1 of multi-label targets.
        labels: labels in this form; the first axis is that of samples.
        classes: the number of classes, of labels of the form `sparse`.
        weights: the weights, of a shape that broadcasts to that of the labels, without their last axis unless the form
            is `sparse`; None (default) if all are equal. Weights that are all 0 count as equal.
        independent: whether each column is a probability of its own, default False.

    Returns:
        A probability for each class or column, at least 1e-7, and at most 1 - 1e-7 if they are independent.

    Example:
        >>> label_shares("sparse", np.array([0, 1, 1, 1]), 2).tolist()
        [0.25, 0.75]
        >>> label_shares("sparse", np.array([0, 1, 1, 1]), 2, np.array([3.0, 1.0, 1.0, 1.0])).tolist()
        [0.5, 0.5]
    """
    axes = labels.shape if form == "sparse" else labels.shape[:-1]
    own = None if weights is None or not np.any(weights) else np.broadcast_to(weights, axes).reshape(-1)
    if form == "sparse":
        counts = np.bincount(labels.astype(np.int64).reshape(-1), own, minlength=classes)
        shares = counts / counts.sum()
    else:
        shares = np.average(labels.reshape(-1, labels.shape[-1]).astype(np.float64), axis=0, weights=own)
    found: npt.NDArray[np.float64] = np.clip(shares, _LOWEST, 1 - _LOWEST if independent else 1.0)
    return found
