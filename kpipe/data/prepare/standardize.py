"""A preparation that scales inputs to zero mean and unit variance."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.prepare.moments import Moments
from kpipe.data.prepare.normalize import normalization
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.errors import ArgumentError, DataError

#: Range of standard deviations: Keras divides by at least 1e-7, and squares above 1.8e19 overflow in float32.
SMALLEST, LARGEST = 1e-6, 1e18


class Standardize(Preparation):
    """Scales to zero mean and unit variance over the training part: y = (x - mean) / sqrt(variance + epsilon).

    See LeCun et al., "Efficient BackProp", 1998, section 4.3. With `per: channel`, there is one mean and variance for
    each index of the last axis; with `per: feature`, one for each position in a sample. For a table, both mean one per
    column. The variance is biased (divided by n). Values that are constant in the training part are centered but not
    scaled. In a table, only numeric columns are changed, not the codes or indicators of categories.

    Mean and variance are computed in float64 from the values that the model receives, and applied in float32; see
    `Center` for large offsets.

    Args:
        per: `channel` (default) or `feature`.
        epsilon: the number to add to the variance, at least 0, default 0.

    Raises:
        ArgumentError: a value is out of range.

    Example:
        >>> Standardize(per="feature").epsilon
        0.0
    """

    is_affine: ClassVar[bool] = True

    @check_arguments
    def __init__(self, per: Literal["channel", "feature"] = "channel", epsilon: Annotated[float, Ge(0)] = 0.0) -> None:
        if per not in ("channel", "feature"):
            raise ArgumentError("per", f"unknown value; expected channel or feature, got {per!r}")
        self.per = per
        self.epsilon = epsilon
        self._values: dict[str, Batch] = {}

    @property
    def _axes(self) -> tuple[int, ...]:
        return self.features.axes[-1:] if self.per == "channel" else self.features.axes

    def fit(self, batches: Batches) -> None:
        """Compute mean and variance in one pass over all samples.

        Raises:
            DataError: Keras cannot divide by a standard deviation in float32.
        """
        moments = Moments.of(batches(), self._axes)
        mean, variance = moments.mean, moments.variance
        variance = np.where(variance > 0, variance + self.epsilon, 1.0)
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
                f"Standardize: the standard deviation of {self.features.label(position)} of {self.features.title} in "
                f"the training part is out of range; expected {SMALLEST:g} to {LARGEST:g}, got "
                f"{deviation[position]:.3g}; add Rescale before Standardize "
                f"(scale: {1 / deviation[position]:.0e})"
            )

    def fitted(self) -> dict[str, Batch]:
        """Return `mean` and `variance` (including epsilon), of shape `(channels,)` or of the shape of a sample."""
        return dict(self._values)

    def affine(self) -> tuple[Batch, Batch]:
        """Return the scale 1 / sqrt(variance + epsilon) and the offset by which the mean becomes 0."""
        self.require_fit()
        scale = 1 / np.sqrt(self._values["variance"])
        return scale, -self._values["mean"] * scale

    def transform(self, batch: Batch) -> Batch:
        """Standardize a batch in NumPy."""
        self.require_fit()
        standardized: Batch = (batch - self._values["mean"]) / np.sqrt(self._values["variance"])
        return standardized

    def build(self, tensor: Any, name: str) -> Any:
        """Apply a `keras.layers.Normalization`."""
        self.require_fit()
        return normalization(tensor, self._axes, self._values["mean"], self._values["variance"], name)
