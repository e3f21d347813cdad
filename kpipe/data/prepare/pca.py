"""Preparation: principal components."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.prepare.features import FeatureColumn, Features
from kpipe.data.prepare.normalize import projection
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.data.prepare.spectrum import Spectrum, flat_size
from kpipe.errors import ArgumentError


class PCA(Preparation):
    """Projects flattened samples on the directions of the largest variance: y = (x - mean) U_k, U_k the first k
    eigenvectors of the training part's covariance (Pearson 1901; Jolliffe, "Principal Component Analysis", 2002).

    Mean and covariance (divided by n) are summed in float64 and decomposed by `eigh`; of each direction the
    entry of the largest size is positive, so a fit can be repeated to the sign. Directions of equal variance
    may come out turned. The projection itself is float32. At most 4,096 values a sample.

    Args:
        components: how many, at least 1 and at most min(d, n - 1) for d values and n training samples; or a share in
            (0, 1): as few as explain at least that much of the variance.

    Shapes: (n, ...) becomes (n, k).

    Raises:
        ArgumentError: a value out of its range; columns that hold categories; too many values a sample.

    Example:
        >>> PCA(components=0.99).components
        0.99
    """

    @check_arguments
    def __init__(self, components: Annotated[int, Ge(1)] | Annotated[float, Interval(gt=0, lt=1)]) -> None:
        self.components = components
        self._values: dict[str, Batch] = {}

    def bind(self, features: Features) -> Features:
        """As many values as there are components; unknown before the fit where a share is requested."""
        size = flat_size(features, "PCA")
        if size is not None and self.components > size:
            raise ArgumentError("components", f"{self.components} is more than the {size} values of a sample")
        self.features = features
        count = self.components if isinstance(self.components, int) else None
        if self._values:
            count = self._values["directions"].shape[1]
        columns = () if count is None else tuple(FeatureColumn(f"component {i + 1}") for i in range(count))
        return dataclasses.replace(features, shape=(count,), columns=columns if features.columns else ())

    def fit(self, batches: Batches) -> None:
        """Takes mean and directions from all samples; in one pass, with d^2 float64 in memory."""
        spectrum = Spectrum.of(batches)
        total = spectrum.variances.sum()
        if total == 0:
            raise ArgumentError("PCA", f"all training samples of input {self.features.name!r} are equal")
        if isinstance(self.components, int):
            count = self.components
            if count > spectrum.count - 1:
                raise ArgumentError(
                    "components",
                    f"{count} components need at least {count + 1} training samples; there are {spectrum.count}",
                )
        else:
            shares = np.cumsum(spectrum.variances) / total
            count = min(int(np.searchsorted(shares, self.components)) + 1, len(shares))
        self._values = {
            "mean": spectrum.mean,
            "directions": spectrum.directions[:, :count],
            "variances": spectrum.variances[:count],
        }

    def fitted(self) -> dict[str, Batch]:
        """`mean` (d,), `directions` (d, k), `variances` (k,)."""
        return dict(self._values)

    def transform(self, batch: Batch) -> Batch:
        """The same in NumPy."""
        self.require_fit()
        projected: Batch = (batch.reshape(len(batch), -1) - self._values["mean"]) @ self._values["directions"]
        return projected

    def build(self, tensor: Any, name: str) -> Any:
        """Flatten, a `Normalization` that centres, and a `Dense` without bias."""
        self.require_fit()
        return projection(tensor, self._values["mean"], self._values["directions"], name)
