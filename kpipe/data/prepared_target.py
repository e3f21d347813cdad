"""One target of a dataset, and the preparations between its own units and those of the model."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Indices, Target
from kpipe.data.features import Features
from kpipe.data.prepare.preparation import Batch, Preparation
from kpipe.errors import ArgumentError
from kpipe.messages.escaped import escaped

Values = npt.NDArray[Any]

#: Labels that are in memory at once as float64.
_CHUNK_VALUES = 1 << 20


class PreparedTarget:
    """One target to predict as numbers, with preparations that the training model and the loss see.

    All preparations are affine, so that they are combined to y = x scale + offset, and inverted exactly. Labels are
    prepared in float64 and used in float32, which is more precise than a loss in the units of the target: where the
    mean is large compared to the deviation, most of the digits of float32 are those of the mean.

    Args:
        target: the target.
        stages: its preparations in order; the instances must not be used elsewhere.
        stored: `scale` and `offset` as a finished run has stored them; None (default) if they are to be fitted.

    Attributes:
        target: the target.
        stages: the preparations.

    Raises:
        ArgumentError: the target has classes, or a preparation cannot be inverted.

    Example:
        >>> from kpipe.data.prepare.standardize import Standardize
        >>> price = PreparedTarget(Target("price", "regression", None, ()), [Standardize()])
        >>> price.fit(np.array([100.0, 300.0]), np.array([0, 1]))
        >>> price.transform(np.array([500.0])).tolist(), price.inverse(np.array([3.0])).tolist()
        ([3.0], [500.0])
    """

    def __init__(self, target: Target, stages: Sequence[Preparation], stored: Mapping[str, Any] | None = None) -> None:
        self.target = target
        self.stages = list(stages)
        self._scale: Batch | None = None
        self._offset: Batch = np.zeros(())
        self._check()
        features = self._features
        for stage in self.stages:
            features = stage.bind(features)
        if stored is not None:
            self._scale, self._offset = (np.asarray(stored[key], np.float64) for key in ("scale", "offset"))

    def _check(self) -> None:
        target = self.target
        if target.task != "regression":
            raise ArgumentError(
                "prepare_targets",
                f"the target {target.name!r} has classes ({target.task}); expected a target with numbers to predict; "
                "remove its preparations",
            )
        for stage in self.stages:
            if not stage.is_affine:
                raise ArgumentError(
                    "prepare_targets",
                    f"{type(stage).__name__} cannot prepare the target {target.name!r}, since predictions could not "
                    "be converted back to its units; expected Standardize, Center or Rescale",
                )

    @property
    def _features(self) -> Features:
        return Features(self.target.name, "target", self.target.shape or (1,), dtype="float32")

    def fit(self, labels: Values, train: Indices) -> None:
        """Fit the preparations on the training part, unless the values of a finished run are used.

        Args:
            labels: the labels of all samples.
            train: the indices of the training part.

        Raises:
            DataError: the labels cannot be prepared in this way.
        """
        if self._scale is not None:
            return
        features, scale, offset = self._features, np.ones(()), np.zeros(())
        for stage in self.stages:
            stage.bind(features)
            if stage.fits:
                stage.fit(lambda scale=scale, offset=offset: self._chunks(labels, train, scale, offset))  # type: ignore[misc]
            features = stage.bind(features)
            next_scale, next_offset = stage.affine()
            scale, offset = scale * next_scale, offset * next_scale + next_offset
        self._scale, self._offset = scale, offset

    def _chunks(self, labels: Values, train: Indices, scale: Batch, offset: Batch) -> Iterator[Batch]:
        size = max(_CHUNK_VALUES // max(math.prod(self.target.shape), 1), 1)
        for first in range(0, len(train), size):
            chunk = np.asarray(labels[train[first : first + size]], np.float64)
            yield chunk.reshape(len(chunk), *(self.target.shape or (1,))) * scale + offset

    @property
    def scale(self) -> Batch:
        """The factor of the prepared labels, above or below 0.

        Raises:
            RuntimeError: `fit` has not been called.
        """
        if self._scale is None:
            raise RuntimeError(f"the target {self.target.name!r} is not fitted; call `fit` before building the model")
        return self._scale

    def transform(self, labels: Values) -> npt.NDArray[np.float32]:
        """Return labels (n, ...) as the loss sees them."""
        return np.asarray(self.prepared(np.asarray(labels, np.float64), self.target.shape), np.float32)

    def prepared(self, values: Any, shape: tuple[int | None, ...]) -> Any:
        """Return float64 values (n, ...) in the units of the target as the loss sees them, in NumPy or TensorFlow.

        Args:
            values: a float64 array or tensor.
            shape: the shape of one of them.
        """
        scale, offset = self._shaped(shape)
        return values * scale + offset

    def inverse(self, values: Any, shape: tuple[int | None, ...] | None = None) -> Any:
        """Return float64 values of the model in the units of the target, in NumPy or TensorFlow.

        Args:
            values: a float64 array or tensor (n, ...).
            shape: the shape of one of them if it differs from that of the target, such as `(1,)` for a single number.
        """
        scale, offset = self._shaped(self.target.shape if shape is None else shape)
        return (values - offset) / scale

    def _shaped(self, shape: tuple[int | None, ...]) -> tuple[Any, Any]:
        """Return scale and offset for values of a shape: numbers if all are equal, else arrays that broadcast."""
        found: list[Any] = []
        for values in (self.scale, self._offset):
            array = np.asarray(values)
            if (array == array.flat[0]).all():
                found.append(np.float64(array.flat[0]))
            elif shape == self.target.shape:
                found.append(array)
            else:
                found.append(np.broadcast_to(array, self.target.shape).reshape([size or 1 for size in shape]))
        return found[0], found[1]

    def build_inverse(self, tensor: Any) -> Any:
        """Apply a `keras.layers.Rescaling`, which returns outputs of the training model in the units of the target."""
        import keras

        scale, offset = self._shaped(tuple(tensor.shape[1:]))
        name = f"{re.sub(r'[^0-9A-Za-z_]', '_', self.target.name)}_own_units"
        arguments = (np.asarray(entry).tolist() for entry in (1 / scale, -offset / scale))
        return keras.layers.Rescaling(*arguments, dtype="float32", trainable=False, name=name)(tensor)

    def describe(self) -> dict[str, Any]:
        """Return a JSON-serializable description, from which `stored` restores the preparation."""
        return {
            "stages": [{"class": type(stage).__name__, "arguments": stage.arguments()} for stage in self.stages],
            "scale": self.scale.tolist(),
            "offset": np.asarray(self._offset).tolist(),
        }

    def message(self) -> str:
        """Return the units of the loss, for messages."""
        names = ", ".join(type(stage).__name__ for stage in self.stages)
        return (
            f"target {escaped(self.target.name)}: prepared by {names}; its loss is in prepared units, its metrics and "
            "predictions are in its own"
        )
