"""The scale of the values of an input."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The scale of the values of an input after its preparations.

    Args:
        mean: the largest absolute mean of a feature.
        deviation: the largest standard deviation of a feature.
        samples: number of samples that were read.
        mean_of: the name of the column with this mean; None if features have no names.
        deviation_of: that of the column with this deviation.
        are_images: whether they are images; default False.
        are_bytes: whether they are images of 8 bits per channel that no preparation scales; default False.
    """

    mean: float
    deviation: float
    samples: int
    mean_of: str | None = None
    deviation_of: str | None = None
    are_images: bool = False
    are_bytes: bool = False
