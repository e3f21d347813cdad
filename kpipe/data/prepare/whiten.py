"""Preparation: decorrelated features of variance one."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Gt

from kpipe.components.argument_check import check_arguments
from kpipe.data.prepare.features import FeatureColumn, Features
from kpipe.data.prepare.normalize import projection
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.data.prepare.spectrum import Spectrum, flat_size
from kpipe.errors import ArgumentError, DataError


class Whiten(Preparation):
    """Makes the covariance of flattened samples the identity: y = (x - mean) U diag(1 / sqrt(v + epsilon)), with
    eigenvectors U and eigenvalues v of the training part's covariance; `zca` multiplies by U^T, which stays
    nearest to the input and keeps its shape (Bell and Sejnowski, "The independent components of natural scenes
    are edge filters", 1997; Krizhevsky 2009, appendix A).

    Mean and covariance (divided by n) are summed in float64 and decomposed by `eigh`; of each direction the
    entry of the largest size is positive; eigenvalues below 0 count as 0. The map itself is float32. At most
    4,096 values a sample, and more training samples than values: with fewer, some directions hold no
    variance at all, and unseen samples would be blown up by 1 / sqrt(epsilon) along them.

    Args:
        method: `pca` (default; rotated, largest variance first) or `zca` (not rotated).
        epsilon: added to each eigenvalue, above 0, in squared units of the input, default 1e-5.

    Shapes: `pca`: (n, ...) becomes (n, d); `zca`: as it was.

    Raises:
        ArgumentError: a value out of its range; columns that hold categories; too many values a sample.

    Example:
        >>> Whiten(method="zca").epsilon
        1e-05
    """

    @check_arguments
    def __init__(self, method: Literal["pca", "zca"] = "pca", epsilon: Annotated[float, Gt(0)] = 1e-5) -> None:
        if method not in ("pca", "zca"):
            raise ArgumentError("method", f"{method!r} is unknown; it is pca or zca")
        self.method = method
        self.epsilon = epsilon
        self._values: dict[str, Batch] = {}

    def bind(self, features: Features) -> Features:
        """As many values as enter; numbers, regardless of their former type."""
        size = flat_size(features, "Whiten")
        self.features = features
        shape = (size,) if self.method == "pca" else features.shape
        columns = tuple(FeatureColumn(f"whitened {i + 1}") for i in range(len(features.columns)))
        return dataclasses.replace(features, shape=shape, columns=columns)

    def fit(self, batches: Batches) -> None:
        """Takes mean and map from all samples; in one pass, with d^2 float64 in memory."""
        spectrum = Spectrum.of(batches)
        size = len(spectrum.mean)
        if spectrum.count <= size:
            raise DataError(
                f"Whiten: input {self.features.name!r} has {size} values a sample and {spectrum.count} training "
                f"samples; it needs more samples than values: write Resize with a smaller size or PCA with fewer "
                f"components before it, or use Standardize"
            )
        kernel = spectrum.directions / np.sqrt(spectrum.variances + self.epsilon)
        if self.method == "zca":
            kernel = kernel @ spectrum.directions.T
        self._values = {"mean": spectrum.mean, "kernel": kernel}

    def fitted(self) -> dict[str, Batch]:
        """`mean` (d,), `kernel` (d, d)."""
        return dict(self._values)

    def transform(self, batch: Batch) -> Batch:
        """The same in NumPy."""
        self.require_fit()
        white: Batch = (batch.reshape(len(batch), -1) - self._values["mean"]) @ self._values["kernel"]
        return white.reshape(batch.shape) if self.method == "zca" else white

    def build(self, tensor: Any, name: str) -> Any:
        """Flatten, a `Normalization` that centres, a `Dense` without bias, and for `zca` a `Reshape`."""
        import keras

        self.require_fit()
        white = projection(tensor, self._values["mean"], self._values["kernel"], name)
        if self.method == "zca" and len(tensor.shape) > 2:
            return keras.layers.Reshape(tensor.shape[1:], dtype="float32", name=f"{name}_reshape")(white)
        return white
