"""The random numbers of one mixed batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class MixDraw:
    """How the n samples of a batch are combined with each other.

    Args:
        weights: the weight of each sample and its label, (n,), in [0, 1]; its partner has the rest.
        permutation: the partner of each sample, (n,), indices in the batch.
        boxes: the pixels that each sample takes from its partner, (n, 4): the first row and column, and the row and
            column after the last. None where a sample becomes the weighted sum of both.
    """

    weights: npt.NDArray[Any]
    permutation: npt.NDArray[Any]
    boxes: npt.NDArray[Any] | None = None
