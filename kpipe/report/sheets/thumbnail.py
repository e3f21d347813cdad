"""Small pictures of samples with any number of channels and any type of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

#: The largest height and width of a picture in a sheet, in pixels of the sheet.
LARGEST_SIDE = 256


@dataclass(frozen=True)
class Thumbnail:
    """The values of a sample that a picture shows, and what is known about all of its values.

    Args:
        values: `(height, width, 1)` for grey or `(height, width, 3)` for colors.
        shape: the shape of the sample.
        dtype: the NumPy name of its type.
        low: its smallest finite value; NaN if it has none.
        high: its largest finite value; NaN if it has none.
        mean: the mean of its finite values; NaN if it has none.
        not_finite: the number of its other values, default 0.

    Example:
        >>> Thumbnail.of(np.zeros((1024, 512, 4), np.uint16)).values.shape
        (256, 128, 3)
    """

    values: Values
    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float
    mean: float
    not_finite: int = 0

    @classmethod
    def of(cls, sample: Values) -> Thumbnail:
        """Return a sample as a picture of at most 256 x 256 pixels; larger ones are averaged over areas.

        Of two channels, the first one is shown, and of more than three, the first three.

        Args:
            sample: an array `(height, width)` or `(height, width, channels)` of numbers or Booleans.
        """
        values = sample if sample.dtype.kind in "iu" else np.asarray(sample, np.float32)
        finite = values if values.dtype.kind in "iu" else values[np.isfinite(values)]
        low, high, mean = [finite.min(), finite.max(), finite.mean(dtype=np.float64)] if finite.size else [np.nan] * 3
        pixels = values[..., None] if values.ndim == 2 else values[..., : 3 if values.shape[2] > 2 else 1]
        return cls(
            _reduced(pixels),
            sample.shape,
            str(sample.dtype),
            float(low),
            float(high),
            float(mean),
            values.size - finite.size,
        )


def _reduced(pixels: Values) -> Values:
    import cv2

    height, width = pixels.shape[:2]
    scale = LARGEST_SIDE / max(height, width)
    if scale >= 1:
        return pixels.copy()
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    kept = pixels if pixels.dtype in (np.uint8, np.uint16) else pixels.astype(np.float32)
    reduced: Values = cv2.resize(kept, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
    return reduced
