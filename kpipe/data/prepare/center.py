"""Preparation: a mean of zero."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from kpipe.data.prepare.moments import Moments
from kpipe.data.prepare.normalize import normalization
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.errors import ArgumentError


class Center(Preparation):
    """Subtracts the mean of the training part: y = x - mean.

    `channel`: one mean for each entry of the last axis (Simonyan and Zisserman, "Very deep convolutional
    networks", arXiv:1409.1556, section 2.1); `pixel`: one for each position of a sample (Krizhevsky et al.
    2012, section 2).

    The mean is taken in float64 over the values as the model will see them, and applied in float32: they keep
    about seven digits before the subtraction, so a column whose spread is below 1e-6 of its size, such as
    a time in nanoseconds, should have its offset removed in the file. In a table only the columns of numbers are
    changed.

    Args:
        per: `channel` (default) or `pixel`.

    Raises:
        ArgumentError: another word.

    Example:
        >>> Center(per="pixel").per
        'pixel'
    """

    def __init__(self, per: Literal["channel", "pixel"] = "channel") -> None:
        if per not in ("channel", "pixel"):
            raise ArgumentError("per", f"{per!r} is unknown; it is channel or pixel")
        self.per = per
        self._mean: Batch | None = None

    @property
    def _axes(self) -> tuple[int, ...]:
        return self.features.axes[-1:] if self.per == "channel" else self.features.axes

    def fit(self, batches: Batches) -> None:
        """Takes the mean of all samples; in one pass."""
        mean = Moments.of(batches(), self._axes).mean
        numbers = self.features.numbers
        self._mean = mean if numbers is None else np.where(numbers, mean, 0.0)

    def fitted(self) -> dict[str, Batch]:
        """`mean`, of the shape of the axes that have their own."""
        return {} if self._mean is None else {"mean": self._mean}

    def transform(self, batch: Batch) -> Batch:
        """The same in NumPy."""
        self.require_fit()
        return batch - self.fitted()["mean"]

    def build(self, tensor: Any, name: str) -> Any:
        """A `keras.layers.Normalization` with a variance of 1."""
        self.require_fit()
        mean = self.fitted()["mean"]
        return normalization(tensor, self._axes, mean, np.ones_like(mean), name)
