"""Preparation: a mean of zero and a variance of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.prepare.moments import Moments
from kpipe.data.prepare.normalize import normalization
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.errors import ArgumentError, DataError

#: Keras divides by no less than 1e-7, and float32 squares no more than 1.8e19; deviations stay clear of both.
SMALLEST, LARGEST = 1e-6, 1e18


class Standardize(Preparation):
    """Subtracts the mean of the training part and divides by its deviation: y = (x - mean) / sqrt(variance +
    epsilon) (LeCun et al., "Efficient BackProp", 1998, section 4.3).

    `channel`: one mean and variance for each entry of the last axis; `feature`: one for each position of a
    sample; for a table both are one a column. The variance is the mean square, divided by n. What is constant in
    the training part is centred and divided by 1. In a table only the columns of numbers are changed, never
    codes of categories or what OneHot made of them.

    Both are taken in float64 over the values as the model will see them, and applied in float32; see `Center`
    on large offsets.

    Args:
        per: `channel` (default) or `feature`.
        epsilon: added to the variance, at least 0, default 0.

    Raises:
        ArgumentError: a value out of its range.

    Example:
        >>> Standardize(per="feature").epsilon
        0.0
    """

    @check_arguments
    def __init__(self, per: Literal["channel", "feature"] = "channel", epsilon: Annotated[float, Ge(0)] = 0.0) -> None:
        if per not in ("channel", "feature"):
            raise ArgumentError("per", f"{per!r} is unknown; it is channel or feature")
        self.per = per
        self.epsilon = epsilon
        self._values: dict[str, Batch] = {}

    @property
    def _axes(self) -> tuple[int, ...]:
        return self.features.axes[-1:] if self.per == "channel" else self.features.axes

    def fit(self, batches: Batches) -> None:
        """Takes mean and variance of all samples; in one pass.

        Raises:
            DataError: a deviation that Keras cannot divide by in float32.
        """
        moments = Moments.of(batches(), self._axes)
        mean, spread = moments.mean, moments.variance
        variance = np.where(spread > 0, spread + self.epsilon, 1.0)
        numbers = self.features.numbers
        if numbers is not None:
            mean, variance = np.where(numbers, mean, 0.0), np.where(numbers, variance, 1.0)
        self._check(np.sqrt(variance))
        self._values = {"mean": mean, "variance": variance}

    def _check(self, deviation: Batch) -> None:
        bad = np.argwhere((deviation < SMALLEST) | (deviation > LARGEST))
        if len(bad):
            position = tuple(int(entry) for entry in bad[0])
            raise DataError(
                f"Standardize: {self.features.label(position)} of input {self.features.name!r} has a deviation of "
                f"{deviation[position]:.3g} in the training part; float32 can divide by {SMALLEST:g} to {LARGEST:g}: "
                f"write Rescale before it (scale: {1 / deviation[position]:.0e})"
            )

    def fitted(self) -> dict[str, Batch]:
        """`mean` and `variance` (with epsilon), of the shape of the axes that have their own."""
        return dict(self._values)

    def transform(self, batch: Batch) -> Batch:
        """The same in NumPy."""
        self.require_fit()
        standard: Batch = (batch - self._values["mean"]) / np.sqrt(self._values["variance"])
        return standard

    def build(self, tensor: Any, name: str) -> Any:
        """A `keras.layers.Normalization`."""
        self.require_fit()
        return normalization(tensor, self._axes, self._values["mean"], self._values["variance"], name)
