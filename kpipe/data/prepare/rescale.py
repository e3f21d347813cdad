"""Preparation: a fixed linear map."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import numpy as np

from kpipe.data.prepare.features import Features
from kpipe.data.prepare.preparation import Batch, Preparation
from kpipe.errors import ArgumentError


class Rescale(Preparation):
    """Multiplies and adds: y = x scale + offset. By default bytes, and uint16 numbers, become numbers in [0, 1].

    In a table only the columns of numbers are changed, never codes of categories or what OneHot made of them.

    Args:
        scale: factor, finite and not 0; `auto` (default) is 1/65535 where the raw samples are uint16, such as images
            of 16 bits a channel, and 1/255 for any other type. The resolved spec has the number.
        offset: added afterwards, finite, default 0.

    Raises:
        ArgumentError: a value out of its range.

    Example:
        >>> Rescale(scale=2.0, offset=1.0).scale
        2.0
    """

    fits: ClassVar[bool] = False

    def __init__(self, scale: float | Literal["auto"] = "auto", offset: float = 0.0) -> None:
        if isinstance(scale, str) and scale != "auto":
            raise ArgumentError("scale", f"{scale!r} is unknown; it is a finite number other than 0, or auto")
        if not isinstance(scale, str) and (not math.isfinite(scale) or scale == 0):
            raise ArgumentError("scale", f"{scale} would lose all values; it is a finite number other than 0")
        if not math.isfinite(offset):
            raise ArgumentError("offset", f"{offset} would lose all values; it is a finite number")
        self.scale: float | str = scale
        self.offset = offset

    def bind(self, features: Features) -> Features:
        """Replaces `auto` by the number that the type of the raw samples calls for."""
        if self.scale == "auto":
            self.scale = 1 / 65_535 if features.dtype == "uint16" else 1 / 255
        return super().bind(features)

    @property
    def _factor(self) -> float:
        return float(self.scale)

    def transform(self, batch: Batch) -> Batch:
        """The same in NumPy."""
        numbers = self.features.numbers
        if numbers is None:
            return batch * self._factor + self.offset
        return batch * np.where(numbers, self._factor, 1.0) + np.where(numbers, self.offset, 0.0)

    def build(self, tensor: Any, name: str) -> Any:
        """A `keras.layers.Rescaling`."""
        import keras

        numbers = self.features.numbers
        scale: Any = self._factor
        offset: Any = self.offset
        if numbers is not None:
            scale = np.where(numbers, self._factor, 1.0).tolist()
            offset = np.where(numbers, self.offset, 0.0).tolist()
        return keras.layers.Rescaling(scale, offset, dtype="float32", trainable=False, name=name)(tensor)
