"""Mean and variance of a stream of batches."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


class Moments:
    """Mean and variance along the first axis, batch after batch, in float64.

    All values are shifted by the first row, so that a constant column has a variance of exactly 0 and a large
    offset costs no digits; batches are merged by the pairwise update of Chan, Golub and LeVeque ("Updating
    formulae and a pairwise algorithm for computing sample variances", Stanford STAN-CS-79-773, 1979).

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
        """Moments over all axes of the batches but `axes`, which are in ascending order."""
        moments = cls()
        for batch in batches:
            rest = tuple(axis for axis in range(batch.ndim) if axis not in axes)
            kept = tuple(batch.shape[axis] for axis in axes)
            moments.add(batch.transpose(*rest, *axes).reshape(-1, *kept))
        return moments

    def add(self, rows: Values) -> Moments:
        """Takes more rows in.

        Args:
            rows: float64, any shape behind the first axis.
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
        """The mean squared distance from the mean: divided by the count, not by one less."""
        return self._squares / max(self.count, 1)
