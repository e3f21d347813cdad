"""The principal axes of a stream of batches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpipe.data.prepare.features import Features
from kpipe.data.prepare.preparation import Batches
from kpipe.errors import ArgumentError
from kpipe.messages.escaped import escaped

Values = npt.NDArray[np.float64]

#: Features after flattening; the covariance of so many has 128 MiB and takes about a minute to decompose.
MOST_FEATURES = 4096


@dataclass(frozen=True)
class Spectrum:
    """Mean, variances and directions of the principal axes, largest variance first.

    The covariance C = 1/n sum (x - m)(x - m)^T is summed in float64 over values shifted by the first sample
    (batches merged as in `Moments`) and decomposed by `numpy.linalg.eigh`. Of each direction the entry of the
    largest size is positive, the first one where several are equally large. Variances that come out below 0
    are 0.

    Args:
        mean: (d,).
        variances: (d,), descending.
        directions: (d, d), one direction a column, of length 1.
        count: samples seen.
    """

    mean: Values
    variances: Values
    directions: Values
    count: int

    @classmethod
    def of(cls, batches: Batches) -> Spectrum:
        """The spectrum of all batches, each flattened to (n, d)."""
        count, shift, mean, scatter = 0, np.zeros(()), np.zeros(()), np.zeros(())
        for batch in batches():
            rows = batch.reshape(len(batch), -1)
            if not count:
                shift = rows[0].copy()
                mean, scatter = np.zeros_like(shift), np.zeros((shift.size, shift.size))
            shifted = rows - shift
            centre = shifted.mean(axis=0)
            step, total = centre - mean, count + len(rows)
            shifted -= centre
            scatter += shifted.T @ shifted + np.outer(step, step) * (count * len(rows) / total)
            mean, count = mean + step * (len(rows) / total), total
        values, vectors = np.linalg.eigh(scatter / count)
        vectors = vectors[:, ::-1]
        largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(len(vectors))]
        return cls(shift + mean, np.maximum(values[::-1], 0.0), vectors * np.where(largest < 0, -1.0, 1.0), count)


def flat_size(features: Features, stage: str) -> int | None:
    """How many numbers a sample has; None where only the fit will tell.

    Raises:
        ArgumentError: they cannot be mixed by `stage`: codes of categories among them, or too many.
    """
    if features.coded:
        raise ArgumentError(
            stage,
            f"{stage} mixes all columns, and {', '.join(map(escaped, features.coded))} of input {features.name!r} hold "
            f"categories; write OneHot before it, or leave these columns out",
        )
    if None in features.shape:
        return None
    size = math.prod(entry for entry in features.shape if entry is not None)
    if size > MOST_FEATURES:
        raise ArgumentError(
            stage,
            f"input {features.name!r} has {size} values a sample, and {stage} takes at most {MOST_FEATURES}, since "
            f"its covariance grows with their square; write Resize with a smaller size before it",
        )
    return size
