"""A preparation that computes principal components."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.normalize import projection
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.data.prepare.spectrum import Spectrum, flat_size
from kpipe.errors import ArgumentError


class PCA(Preparation):
    """Projects flattened samples onto the directions of largest variance: y = (x - mean) U_k.

    The columns of U_k are the first k eigenvectors of the covariance matrix of the training part (Pearson 1901;
    Jolliffe, "Principal Component Analysis", 2002). Mean and covariance (divided by n) are computed in float64, and
    the covariance is decomposed by `eigh`. The sign of each direction is chosen such that its entry of largest
    magnitude is positive, so the result is reproducible, except for rotations among directions of equal variance. The
    projection is computed in float32.

    Args:
        components: number of components, from 1 to min(d, n - 1) for n training samples with d values (at most 4,096);
            or a fraction in (0, 1): the smallest number of components that explain at least this fraction of the
            variance.

    Shapes: (n, ...) becomes (n, k).

    Raises:
        ArgumentError: a value is out of range, the input has categorical columns, or a sample has too many values.

    Example:
        >>> PCA(components=0.99).components
        0.99
    """

    @check_arguments
    def __init__(self, components: Annotated[int, Ge(1)] | Annotated[float, Interval(gt=0, lt=1)]) -> None:
        self.components = components
        self._values: dict[str, Batch] = {}

    def bind(self, features: Features) -> Features:
        """Return one feature per component; their number is unknown before the fit if `components` is a fraction."""
        size = flat_size(features, "PCA")
        if size is not None and self.components > size:
            raise ArgumentError(
                "components",
                f"too many components; expected at most {size}, the number of values per sample, got {self.components}",
            )
        self.features = features
        count = self.components if isinstance(self.components, int) else None
        if self._values:
            count = self._values["directions"].shape[1]
        columns = () if count is None else tuple(FeatureColumn(f"component {i + 1}") for i in range(count))
        return dataclasses.replace(features, shape=(count,), columns=columns if features.columns else ())

    def fit(self, batches: Batches) -> None:
        """Compute mean and directions in one pass over all samples; needs memory for d^2 float64 numbers."""
        spectrum = Spectrum.of(batches)
        total = spectrum.variances.sum()
        if total == 0:
            raise ArgumentError("PCA", f"all training samples of input {self.features.name!r} are equal; remove PCA")
        if isinstance(self.components, int):
            count = self.components
            if count > spectrum.count - 1:
                raise ArgumentError(
                    "components",
                    f"too few training samples; expected at least {count + 1} for {count} components, got "
                    f"{spectrum.count}; reduce components",
                )
        else:
            explained = np.cumsum(spectrum.variances) / total
            count = min(int(np.searchsorted(explained, self.components)) + 1, len(explained))
        self._values = {
            "mean": spectrum.mean,
            "directions": spectrum.directions[:, :count],
            "variances": spectrum.variances[:count],
        }

    def fitted(self) -> dict[str, Batch]:
        """Return `mean` (d,), `directions` (d, k) and `variances` (k,)."""
        return dict(self._values)

    def transform(self, batch: Batch) -> Batch:
        """Project a batch in NumPy."""
        self.require_fit()
        projected: Batch = (batch.reshape(len(batch), -1) - self._values["mean"]) @ self._values["directions"]
        return projected

    def build(self, tensor: Any, name: str) -> Any:
        """Apply a `Flatten`, a `Normalization` that subtracts the mean, and a `Dense` without bias."""
        self.require_fit()
        return projection(tensor, self._values["mean"], self._values["directions"], name)
