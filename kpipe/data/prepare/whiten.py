"""A preparation that decorrelates features and scales them to unit variance."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Gt

from kpipe.components.argument_check import check_arguments
from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.normalize import projection
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.data.prepare.spectrum import Spectrum, flat_size
from kpipe.errors import ArgumentError, DataError


class Whiten(Preparation):
    """Transforms flattened samples to identity covariance: y = (x - mean) U diag(1 / sqrt(v + epsilon)).

    U and v are the eigenvectors and eigenvalues of the covariance matrix of the training part. With `method: zca`, the
    result is multiplied by U^T, which keeps it as close to the input as possible and preserves its shape (Bell and
    Sejnowski, "The independent components of natural scenes are edge filters", 1997; Krizhevsky 2009, appendix A).

    Mean and covariance (divided by n) are computed in float64, and the covariance is decomposed by `eigh`. The sign of
    each direction is chosen such that its entry of largest magnitude is positive. Negative eigenvalues are set to 0.
    The result is computed in float32. A sample can have at most 4,096 values, and there must be more training samples
    than values: otherwise some directions have no variance, and unseen samples would be amplified by 1 / sqrt(epsilon)
    along them.

    Args:
        method: `pca` (default; rotated, largest variance first) or `zca` (not rotated).
        epsilon: the number to add to each eigenvalue, above 0, in squared units of the input, default 1e-5.

    Shapes: (n, ...) becomes (n, d) with `pca`; `zca` preserves the shape.

    Raises:
        ArgumentError: a value is out of range, the input has categorical columns, or a sample has too many values.

    Example:
        >>> Whiten(method="zca").epsilon
        1e-05
    """

    @check_arguments
    def __init__(self, method: Literal["pca", "zca"] = "pca", epsilon: Annotated[float, Gt(0)] = 1e-5) -> None:
        if method not in ("pca", "zca"):
            raise ArgumentError("method", f"unknown value; expected pca or zca, got {method!r}")
        self.method = method
        self.epsilon = epsilon
        self._values: dict[str, Batch] = {}

    def bind(self, features: Features) -> Features:
        """Return as many numeric features as there are values in a sample."""
        size = flat_size(features, "Whiten")
        self.features = features
        shape = (size,) if self.method == "pca" else features.shape
        columns = tuple(FeatureColumn(f"whitened {i + 1}") for i in range(len(features.columns)))
        return dataclasses.replace(features, shape=shape, columns=columns)

    def fit(self, batches: Batches) -> None:
        """Compute mean and kernel in one pass over all samples; needs memory for d^2 float64 numbers."""
        spectrum = Spectrum.of(batches)
        size = len(spectrum.mean)
        if spectrum.count <= size:
            raise DataError(
                f"Whiten: input {self.features.name!r} has too few training samples; expected more than the {size} "
                f"values per sample, got {spectrum.count}; add Resize with a smaller size or PCA with fewer components "
                "before Whiten, or use Standardize"
            )
        kernel = spectrum.directions / np.sqrt(spectrum.variances + self.epsilon)
        if self.method == "zca":
            kernel = kernel @ spectrum.directions.T
        self._values = {"mean": spectrum.mean, "kernel": kernel}

    def fitted(self) -> dict[str, Batch]:
        """Return `mean` (d,) and `kernel` (d, d)."""
        return dict(self._values)

    def transform(self, batch: Batch) -> Batch:
        """Whiten a batch in NumPy."""
        self.require_fit()
        whitened: Batch = (batch.reshape(len(batch), -1) - self._values["mean"]) @ self._values["kernel"]
        return whitened.reshape(batch.shape) if self.method == "zca" else whitened

    def build(self, tensor: Any, name: str) -> Any:
        """Apply `Flatten`, a centering `Normalization`, a `Dense` without bias, and `Reshape` for zca."""
        import keras

        self.require_fit()
        whitened = projection(tensor, self._values["mean"], self._values["kernel"], name)
        if self.method == "zca" and len(tensor.shape) > 2:
            return keras.layers.Reshape(tensor.shape[1:], dtype="float32", name=f"{name}_reshape")(whitened)
        return whitened
