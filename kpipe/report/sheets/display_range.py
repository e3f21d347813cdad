"""The values that are black and white in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.report.sheets.thumbnail import Thumbnail

#: The color of values that are not finite.
_NOT_FINITE = (255, 0, 255)

#: Bytes below this value only are not those of usual images.
_DARK = 64


@dataclass(frozen=True)
class DisplayRange:
    """The range of values between black and white.

    Args:
        low: the value of black.
        high: the value of white.

    Example:
        >>> DisplayRange(0, 2).pixels(np.array([[[0.0], [1.0]]])).tolist()
        [[[0, 0, 0], [128, 128, 128]]]
    """

    low: float
    high: float

    @classmethod
    def of(cls, thumbnails: Sequence[Thumbnail]) -> DisplayRange:
        """Return the range of some samples: 0 to 255 for bytes, unless all are below 64, else that of their values.

        Args:
            thumbnails: the samples; those without finite values do not count.
        """
        finite = [entry for entry in thumbnails if np.isfinite(entry.low)]
        low = min((entry.low for entry in finite), default=0.0)
        high = max((entry.high for entry in finite), default=1.0)
        is_usual = high >= _DARK and all(entry.dtype == "uint8" for entry in thumbnails)
        return cls(0.0, 255.0) if is_usual else cls(low, high)

    def pixels(self, values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Return values as RGB pixels; those that are not finite are magenta.

        Args:
            values: `(height, width, 1)` or `(height, width, 3)`.
        """
        numbers = np.broadcast_to(values, (*values.shape[:2], 3)).astype(np.float64)
        is_finite = np.isfinite(numbers)
        scaled = (np.where(is_finite, numbers, self.low) - self.low) / ((self.high - self.low) or 1.0)
        pixels = np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8)
        pixels[~is_finite.all(axis=-1)] = _NOT_FINITE
        return pixels
