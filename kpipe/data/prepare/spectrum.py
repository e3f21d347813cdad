"""Principal axes of batches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpipe.data.features import Features
from kpipe.data.prepare.preparation import Batches
from kpipe.errors import ArgumentError
from kpipe.messages.escaped import escaped

Values = npt.NDArray[np.float64]

#: Most values per sample; their covariance has 128 MiB and is decomposed in about a minute.
MAX_FEATURES = 4096


@dataclass(frozen=True)
class Spectrum:
    """Mean, variances and directions of the principal axes, in the order of decreasing variance.

    The covariance C = 1/n sum (x - m)(x - m)^T is computed in float64 after subtracting the first sample, with batches
    merged as in `Moments`, and is decomposed by `numpy.linalg.eigh`. The sign of each direction is chosen such that
    its (first) entry of largest magnitude is positive. Variances that are negative due to rounding are set to 0.

    Args:
        mean: an array (d,).
        variances: an array (d,), descending.
        directions: an array (d, d) whose columns are unit vectors.
        count: number of samples.
    """

    mean: Values
    variances: Values
    directions: Values
    count: int

    @classmethod
    def of(cls, batches: Batches) -> Spectrum:
        """Compute the spectrum of all batches, each flattened to (n, d)."""
        count, shift, mean, scatter = 0, np.zeros(()), np.zeros(()), np.zeros(())
        for batch in batches():
            rows = batch.reshape(len(batch), -1)
            if not count:
                shift = rows[0].copy()
                mean, scatter = np.zeros_like(shift), np.zeros((shift.size, shift.size))
            shifted = rows - shift
            batch_mean = shifted.mean(axis=0)
            step, total = batch_mean - mean, count + len(rows)
            shifted -= batch_mean
            scatter += shifted.T @ shifted + np.outer(step, step) * (count * len(rows) / total)
            mean, count = mean + step * (len(rows) / total), total
        values, vectors = np.linalg.eigh(scatter / count)
        vectors = vectors[:, ::-1]
        largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(len(vectors))]
        return cls(shift + mean, np.maximum(values[::-1], 0.0), vectors * np.where(largest < 0, -1.0, 1.0), count)


def flat_size(features: Features, stage: str) -> int | None:
    """Return the number of values per sample; None if it is unknown before the fit.

    Raises:
        ArgumentError: `stage` cannot be applied because of codes of categories or too many values.
    """
    if coded := (*features.coded, *features.codes):
        raise ArgumentError(
            stage,
            f"input {features.name!r} has categorical columns; expected numeric columns, got categories in "
            f"{', '.join(map(escaped, coded))}; add OneHot before {stage}, or exclude these columns",
        )
    if None in features.shape:
        return None
    size = math.prod(entry for entry in features.shape if entry is not None)
    if size > MAX_FEATURES:
        raise ArgumentError(
            stage,
            f"input {features.name!r} has too many values per sample, whose covariance {stage} computes; expected at "
            f"most {MAX_FEATURES}, got {size}; add Resize with a smaller size before {stage}",
        )
    return size
