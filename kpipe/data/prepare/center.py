"""A preparation that subtracts the mean."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from kpipe.data.prepare.moments import Moments
from kpipe.data.prepare.normalize import normalization
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.errors import ArgumentError


class Center(Preparation):
    """Subtracts the mean of the training part: y = x - mean.

    With `per: channel`, there is one mean for each index of the last axis (Simonyan and Zisserman, "Very deep
    convolutional networks", arXiv:1409.1556, section 2.1); with `per: pixel`, one for each position in a sample
    (Krizhevsky et al. 2012, section 2).

    The mean is computed in float64 from the values that the model receives, and subtracted in float32, which has about
    seven digits. If the values of a column vary by less than 1e-6 of their size, such as times in nanoseconds, remove
    the offset in the file. In a table, only numeric columns are changed.

    Args:
        per: `channel` (default) or `pixel`.

    Raises:
        ArgumentError: `per` has another value.

    Example:
        >>> Center(per="pixel").per
        'pixel'
    """

    is_affine: ClassVar[bool] = True

    def __init__(self, per: Literal["channel", "pixel"] = "channel") -> None:
        if per not in ("channel", "pixel"):
            raise ArgumentError("per", f"unknown value; expected channel or pixel, got {per!r}")
        self.per = per
        self._mean: Batch | None = None

    @property
    def _axes(self) -> tuple[int, ...]:
        return self.features.axes[-1:] if self.per == "channel" else self.features.axes

    def fit(self, batches: Batches) -> None:
        """Compute the mean of all samples in one pass."""
        mean = Moments.of(batches(), self._axes).mean
        numbers = self.features.numbers
        self._mean = mean if numbers is None else np.where(numbers, mean, 0.0)

    def fitted(self) -> dict[str, Batch]:
        """Return `mean`, of shape `(channels,)` or of the shape of a sample."""
        return {} if self._mean is None else {"mean": self._mean}

    def affine(self) -> tuple[Batch, Batch]:
        """Return 1 and the negative mean."""
        self.require_fit()
        return np.ones(()), -self.fitted()["mean"]

    def transform(self, batch: Batch) -> Batch:
        """Subtract the mean in NumPy."""
        self.require_fit()
        return batch - self.fitted()["mean"]

    def build(self, tensor: Any, name: str) -> Any:
        """Apply a `keras.layers.Normalization` with a variance of 1."""
        self.require_fit()
        mean = self.fitted()["mean"]
        return normalization(tensor, self._axes, mean, np.ones_like(mean), name)
