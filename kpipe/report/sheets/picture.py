"""A picture in a sheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Picture:
    """A picture in a sheet.

    Args:
        pixels: RGB, `(height, width, 3)`, at most 256 x 256.
        note: what it shows, at most three lines under the picture; empty (default) for nothing.

    Example:
        >>> Picture(np.zeros((8, 8, 3), np.uint8), "original 8 x 8").size
        (8, 8)
    """

    pixels: npt.NDArray[np.uint8]
    note: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """The height and the width in pixels."""
        height, width = self.pixels.shape[:2]
        return height, width
