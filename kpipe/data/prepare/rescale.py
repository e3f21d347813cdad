"""A preparation that multiplies by a scale and adds an offset."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import numpy as np

from kpipe.data.features import Features
from kpipe.data.prepare.preparation import Batch, Preparation
from kpipe.errors import ArgumentError


class Rescale(Preparation):
    """Multiplies by a scale and adds an offset: y = x scale + offset; by default uint8 and uint16 become [0, 1].

    In a table, only numeric columns are changed, not the codes or indicators of categories.

    Args:
        scale: the factor, finite and not 0; `auto` (default) is 1/65535 if the raw samples are uint16, such as images
            with 16 bits per channel, and 1/255 for any other type. The resolved spec contains the number.
        offset: the number to add afterwards, finite, default 0.

    Raises:
        ArgumentError: a value is out of range.

    Example:
        >>> Rescale(scale=2.0, offset=1.0).scale
        2.0
    """

    fits: ClassVar[bool] = False
    is_affine: ClassVar[bool] = True

    def __init__(self, scale: float | Literal["auto"] = "auto", offset: float = 0.0) -> None:
        if isinstance(scale, str) and scale != "auto":
            raise ArgumentError("scale", f"unknown value; expected a finite number other than 0 or auto, got {scale!r}")
        if not isinstance(scale, str) and (not math.isfinite(scale) or scale == 0):
            raise ArgumentError("scale", f"out of range; expected a finite number other than 0, got {scale}")
        if not math.isfinite(offset):
            raise ArgumentError("offset", f"out of range; expected a finite number, got {offset}")
        self.scale: float | str = scale
        self.offset = offset

    def bind(self, features: Features) -> Features:
        """Replace `auto` by the scale for the type of the raw samples."""
        if self.scale == "auto" and features.kind == "target":
            raise ArgumentError(
                "scale", "Rescale requires a scale for a target; write it, such as `Rescale: {scale: 0.001}`"
            )
        if self.scale == "auto":
            self.scale = 1 / 65_535 if features.dtype == "uint16" else 1 / 255
        return super().bind(features)

    @property
    def _factor(self) -> float:
        return float(self.scale)

    def affine(self) -> tuple[Batch, Batch]:
        """Return the scale and the offset."""
        return np.float64(self._factor), np.float64(self.offset)  # type: ignore[return-value]

    def transform(self, batch: Batch) -> Batch:
        """Rescale a batch in NumPy."""
        numbers = self.features.numbers
        if numbers is None:
            return batch * self._factor + self.offset
        return batch * np.where(numbers, self._factor, 1.0) + np.where(numbers, self.offset, 0.0)

    def build(self, tensor: Any, name: str) -> Any:
        """Apply a `keras.layers.Rescaling`."""
        import keras

        numbers = self.features.numbers
        scale: Any = self._factor
        offset: Any = self.offset
        if numbers is not None:
            scale = np.where(numbers, self._factor, 1.0).tolist()
            offset = np.where(numbers, self.offset, 0.0).tolist()
        return keras.layers.Rescaling(scale, offset, dtype="float32", trainable=False, name=name)(tensor)
