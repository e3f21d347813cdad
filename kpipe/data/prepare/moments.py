"""Running mean and variance of batches."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


class Moments:
    """Running mean and variance along the first axis, in float64.

    The first row is subtracted from all values, so that the variance of a constant column is exactly 0, and a large
    offset does not reduce the precision. Batches are merged by the pairwise update of Chan, Golub and LeVeque
    ("Updating formulae and a pairwise algorithm for computing sample variances", Stanford STAN-CS-79-773, 1979).

    Example:
        >>> moments = Moments().add(np.array([[1.0, 5.0], [3.0, 5.0]])).add(np.array([[5.0, 5.0]]))
        >>> moments.mean, moments.variance
        (array([3., 5.]), array([2.66666667, 0.        ]))
    """

    def __init__(self) -> None:
        self.count = 0
        self._shift: Values = np.zeros(())
        self._mean: Values = np.zeros(())
        self._squares: Values = np.zeros(())

    @classmethod
    def of(cls, batches: Iterable[Values], axes: tuple[int, ...]) -> Moments:
        """Return the moments over all axes of the batches except `axes`, which must be ascending."""
        moments = cls()
        for batch in batches:
            reduced_axes = tuple(axis for axis in range(batch.ndim) if axis not in axes)
            shape = tuple(batch.shape[axis] for axis in axes)
            moments.add(batch.transpose(*reduced_axes, *axes).reshape(-1, *shape))
        return moments

    def add(self, rows: Values) -> Moments:
        """Update the moments with more rows.

        Args:
            rows: a float64 array `(n, ...)`.
        """
        if not len(rows):
            return self
        if not self.count:
            self._shift = rows[0].copy()
        shifted = rows - self._shift
        mean = shifted.mean(axis=0)
        squares = np.square(shifted - mean).sum(axis=0)
        total = self.count + len(rows)
        step = mean - self._mean
        self._squares = self._squares + squares + np.square(step) * (self.count * len(rows) / total)
        self._mean = self._mean + step * (len(rows) / total)
        self.count = total
        return self

    @property
    def mean(self) -> Values:
        """The mean."""
        return self._shift + self._mean

    @property
    def variance(self) -> Values:
        """The biased variance: the sum of squared deviations is divided by n, not by n - 1."""
        return self._squares / max(self.count, 1)
